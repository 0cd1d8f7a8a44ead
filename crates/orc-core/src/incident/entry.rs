//! What people and agents ask to have recorded: statements before they have numbers.

use serde::{Deserialize, Serialize};

use super::fact::{Reach, TaskState, Verdict};
use super::{Detection, Kind, Milestone, Occurred, Section, Severity, When};
use crate::error::Refusal;
use crate::ids::{FollowUpId, HypothesisId, TaskId};

/// One statement. Names are stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum Entry {
    /// Declare an incident.
    Declare(Declare),
    /// Say how bad it is.
    Severity {
        /// The new severity.
        to: Severity,
        /// Why.
        why: String,
    },
    /// Claim a milestone.
    Mark(Claim),
    /// Agree with a claim.
    Confirm {
        /// An event's number, or a milestone.
        of: String,
    },
    /// Take a statement back.
    Retract {
        /// An event's number, or a milestone.
        of: String,
        /// Why.
        why: String,
    },
    /// Put a statement into other words.
    Amend {
        /// An event's number, or a milestone.
        of: String,
        /// The new words.
        text: String,
    },
    /// Say that nothing is left to do.
    Close {
        /// In what words.
        why: String,
    },
    /// Say that it is not over after all.
    Reopen {
        /// Why.
        why: String,
    },
    /// Say that it was none.
    Cancel {
        /// Why.
        why: String,
    },
    /// Name a possible cause.
    Suspect {
        /// What may be.
        text: String,
    },
    /// Say what is to be thought of a possible cause.
    Judge {
        /// Which.
        id: HypothesisId,
        /// What.
        verdict: Verdict,
        /// Why.
        text: String,
        /// What supports that.
        #[serde(default)]
        evidence: Vec<String>,
    },
    /// Keep something that was seen.
    Evidence {
        /// What it shows.
        text: String,
        /// Where it is from.
        source: String,
        /// The thing itself; empty when it is only described.
        #[serde(default)]
        content: String,
    },
    /// Keep something to do after the incident.
    FollowUp {
        /// What.
        text: String,
        /// detect, prevent, mitigate or process.
        kind: String,
        /// Who does it.
        #[serde(default)]
        owner: Option<String>,
    },
    /// It was done.
    FollowUpDone {
        /// Which.
        id: FollowUpId,
    },
    /// Give somebody something to do now.
    AddTask {
        /// What.
        text: String,
        /// The agent's name.
        #[serde(default)]
        assignee: Option<String>,
    },
    /// Give it to somebody.
    AssignTask {
        /// Which.
        id: TaskId,
        /// The agent's name.
        assignee: String,
    },
    /// Say how far it is.
    MoveTask {
        /// Which.
        id: TaskId,
        /// Where it is.
        state: TaskState,
        /// What is to be said of it.
        text: String,
    },
    /// Propose something that a person is to decide on.
    Propose {
        /// What would be done: commands or steps, exactly.
        action: String,
        /// Why.
        why: String,
        /// What it touches at most.
        reach: Reach,
        /// What can go wrong.
        #[serde(default)]
        risk: String,
        /// How it is undone.
        #[serde(default)]
        rollback: String,
    },
    /// Make a remark.
    Note {
        /// The words.
        text: String,
    },
    /// Say what was decided.
    Decide {
        /// What.
        text: String,
        /// Why.
        why: String,
    },
    /// Say what others were told.
    Update {
        /// Who was told.
        audience: String,
        /// What is the case.
        conditions: String,
        /// What is being done.
        actions: String,
        /// What is needed.
        needs: String,
    },
    /// Say what it did to users.
    Impact {
        /// What was affected.
        what: String,
        /// How much, with its unit.
        value: String,
        /// Who or what says so.
        source: String,
    },
    /// Say who has a role.
    Role {
        /// Which.
        role: String,
        /// Who.
        holder: String,
    },
    /// Write a section of the report.
    Narrate {
        /// Which.
        section: Section,
        /// The text, Markdown.
        text: String,
    },
    /// Say that a person has read a section and stands for it.
    AcceptNarrative {
        /// Which.
        section: Section,
    },
}

/// An incident, with what is known of its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declare {
    /// What is wrong, in a line.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// What kind of incident it is.
    #[serde(default)]
    pub kind: Kind,
    /// Who noticed.
    #[serde(default)]
    pub detection: Option<Detection>,
    /// When users began to be affected.
    #[serde(default)]
    pub started: Option<When>,
    /// When it was noticed.
    #[serde(default)]
    pub detected: Option<When>,
}

impl Declare {
    /// Refuses what cannot be so for somebody who says it at `live`.
    pub fn check(&self, live: &Occurred) -> Result<(), Refusal> {
        let given = self.started.iter().chain(&self.detected);
        given.map(|when| when.occurred(live)).try_for_each(|at| at.not_in_the_future(live.at))
    }
}

/// A declaration that is made together with a team, and when the person asked for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The incident.
    pub declaration: Declare,
    /// The request, by all clocks: the team's time begins there.
    pub live: Occurred,
}

/// A claim of a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which.
    pub milestone: Milestone,
    /// In what words.
    pub text: String,
    /// What supports it.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// The hypothesis that it confirms.
    #[serde(default)]
    pub hypothesis: Option<HypothesisId>,
    /// Why no check is needed to call it resolved.
    #[serde(default)]
    pub by_hand: Option<String>,
}

impl Entry {
    /// Calls `change` with every text in it: the one place through which what people and agents write comes in.
    pub fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        match self {
            Self::Declare(declaration) => change(&mut declaration.title),
            Self::Mark(claim) => {
                change(&mut claim.text);
                claim.evidence.iter_mut().chain(&mut claim.by_hand).for_each(change);
            }
            Self::Confirm { of } => change(of),
            Self::Severity { why, .. }
            | Self::Close { why }
            | Self::Reopen { why }
            | Self::Cancel { why } => change(why),
            Self::Retract { of, why: text }
            | Self::Amend { of, text }
            | Self::Decide { text: of, why: text } => {
                change(of);
                change(text);
            }
            Self::Suspect { text }
            | Self::Note { text }
            | Self::Narrate { text, .. }
            | Self::MoveTask { text, .. } => change(text),
            Self::Judge { text, evidence, .. } => {
                change(text);
                evidence.iter_mut().for_each(change);
            }
            Self::Evidence { text, source, content } => [text, source, content].into_iter().for_each(change),
            Self::FollowUp { text, kind, owner } => {
                change(text);
                change(kind);
                owner.iter_mut().for_each(change);
            }
            Self::FollowUpDone { .. } | Self::AcceptNarrative { .. } => {}
            Self::AddTask { text, assignee } => {
                change(text);
                assignee.iter_mut().for_each(change);
            }
            Self::AssignTask { assignee, .. } => change(assignee),
            Self::Update { audience, conditions, actions, needs } => {
                [audience, conditions, actions, needs].into_iter().for_each(change);
            }
            Self::Propose { action, why, risk, rollback, .. } => {
                [action, why, risk, rollback].into_iter().for_each(change);
            }
            Self::Impact { what, value, source } => [what, value, source].into_iter().for_each(change),
            Self::Role { role, holder } => [role, holder].into_iter().for_each(change),
        }
    }
}

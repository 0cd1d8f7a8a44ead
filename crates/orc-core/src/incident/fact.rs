//! What can be recorded of an incident. Kept for ever: a variant or field is never renamed and never changes its meaning.

use serde::{Deserialize, Serialize};

use super::{Detection, Kind, Milestone, Section, Severity};
use crate::ids::{ActionId, EvidenceId, FollowUpId, HypothesisId, Seq, TaskId};

/// One statement about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fact")]
pub enum Fact {
    /// It is declared. At most one is open for a team.
    Declared {
        /// Its id, for example `INC-20261122-01`.
        incident: String,
        /// What is wrong, in a line.
        title: String,
        /// How bad it is.
        severity: Severity,
        /// What kind of incident it is.
        #[serde(default)]
        kind: Kind,
        /// Who noticed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detection: Option<Detection>,
    },
    /// It is worse or less bad than was said.
    SeverityChanged {
        /// The new severity.
        to: Severity,
        /// Why.
        why: String,
    },
    /// Nothing is left to do.
    Closed {
        /// In what words.
        why: String,
    },
    /// It is not over after all.
    Reopened {
        /// Why.
        why: String,
    },
    /// It was none.
    Cancelled {
        /// Why.
        why: String,
    },
    /// A milestone is claimed.
    Marked {
        /// Which.
        milestone: Milestone,
        /// In what words.
        text: String,
        /// What supports it.
        #[serde(default)]
        evidence: Vec<String>,
        /// The hypothesis that it confirms.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hypothesis: Option<HypothesisId>,
    },
    /// A person or the commander agrees with a claim.
    Confirmed {
        /// The event.
        of: Seq,
    },
    /// A statement is taken back; it stays in sight.
    Retracted {
        /// The event.
        of: Seq,
        /// Why.
        why: String,
    },
    /// A statement's words are replaced; the old ones stay in the log.
    Amended {
        /// The event.
        of: Seq,
        /// The new words.
        text: String,
    },
    /// A possible cause.
    HypothesisOpened {
        /// Its id.
        id: HypothesisId,
        /// What may be.
        text: String,
    },
    /// Something speaks for or against it.
    HypothesisJudged {
        /// Which.
        id: HypothesisId,
        /// What is to be thought of it now.
        verdict: Verdict,
        /// Why.
        text: String,
        /// What supports that.
        #[serde(default)]
        evidence: Vec<String>,
    },
    /// Something that was seen.
    EvidenceAdded {
        /// Its id.
        id: EvidenceId,
        /// What it shows, in a line.
        text: String,
        /// Where it is from: a file, a command, an address.
        source: String,
        /// SHA-256 of the whole, hexadecimal; empty when it was only described.
        #[serde(default)]
        sha256: String,
        /// Length of the whole in bytes.
        #[serde(default)]
        bytes: u64,
        /// The beginning of it, 2 KiB at most.
        #[serde(default)]
        excerpt: String,
    },
    /// A remark.
    Noted {
        /// The words.
        text: String,
    },
    /// Something was decided.
    Decided {
        /// What.
        text: String,
        /// Why.
        why: String,
    },
    /// Others were told how it stands.
    Updated {
        /// Who was told.
        audience: String,
        /// What is the case.
        conditions: String,
        /// What is being done.
        #[serde(default)]
        actions: String,
        /// What is needed.
        #[serde(default)]
        needs: String,
    },
    /// What it did to users.
    ImpactRecorded {
        /// What was affected.
        what: String,
        /// How much, with its unit.
        value: String,
        /// Who or what says so.
        source: String,
    },
    /// Somebody takes a role.
    RoleAssumed {
        /// Which: commander, operations, communications, scribe.
        role: String,
        /// Who: an agent's name or a person's.
        holder: String,
    },
    /// Something to do after the incident.
    FollowUpAdded {
        /// Its id.
        id: FollowUpId,
        /// What.
        text: String,
        /// detect, prevent, mitigate or process.
        kind: String,
        /// Who does it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// It was done.
    FollowUpDone {
        /// Which.
        id: FollowUpId,
    },
    /// Something to do now.
    TaskAdded {
        /// Its id.
        id: TaskId,
        /// What.
        text: String,
        /// The agent's name, when somebody has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<String>,
    },
    /// Somebody else has it.
    TaskAssigned {
        /// Which.
        id: TaskId,
        /// The agent's name.
        assignee: String,
    },
    /// It is further, or not.
    TaskMoved {
        /// Which.
        id: TaskId,
        /// Where it is.
        state: TaskState,
        /// What is to be said of it.
        #[serde(default)]
        text: String,
    },
    /// A section of the report, in somebody's words. The last of a section counts.
    NarrativeWritten {
        /// Which.
        section: Section,
        /// The text, Markdown.
        text: String,
    },
    /// A person has read a section and stands for it as it is.
    NarrativeAccepted {
        /// The event that wrote it.
        of: Seq,
    },
    /// Something that a person is to decide on. Nothing is done because of it.
    ActionProposed {
        /// Its id.
        id: ActionId,
        /// What would be done: commands or steps, exactly.
        action: String,
        /// Why.
        why: String,
        /// What it touches at most.
        reach: Reach,
        /// What can go wrong.
        #[serde(default)]
        risk: String,
        /// How it is undone; empty when it cannot be.
        #[serde(default)]
        rollback: String,
    },
}

/// What an action touches at most, by the word of who proposes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It only looks.
    Read,
    /// It changes something that can be changed back.
    Write,
    /// It ends or removes something.
    Destructive,
}

impl Reach {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Destructive => "destructive",
        }
    }
}

/// What is to be thought of a hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something speaks for it.
    Supported,
    /// It is not so.
    RuledOut,
    /// It is so.
    Confirmed,
}

impl Verdict {
    /// Its name, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::RuledOut => "ruled out",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Where a task is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Nobody has begun.
    #[default]
    Open,
    /// Somebody works on it.
    Started,
    /// It waits for something.
    Blocked,
    /// It is done.
    Done,
    /// Nobody will do it.
    Dropped,
}

impl TaskState {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Started => "started",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    /// Whether there is nothing left to do for it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Dropped)
    }
}

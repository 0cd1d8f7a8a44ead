//! One team's incident as its events tell of it.

mod checks;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::fact::{TaskState, Verdict};
use super::mark::effective;
use super::{
    Detection, Fact, Kind, Mark, Milestone, Narrative, Occurred, Phase, Section, Severity, Standing,
};
use crate::change::{Change, ship};
use crate::check::{Begun, CheckId, CheckRun};
use crate::delivery::{MessageKind, Outcome, Sender};
use crate::event::Event;
use crate::ids::{ActionId, AgentId, EvidenceId, FollowUpId, HypothesisId, MessageId, Seq, TaskId};

/// What was declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// The event.
    pub seq: Seq,
    /// The incident's id.
    pub incident: String,
    /// What is wrong.
    pub title: String,
    /// How bad it is now.
    pub severity: Severity,
    /// The worst that it was.
    pub worst: Severity,
    /// What kind of incident it is.
    pub kind: Kind,
    /// Who noticed.
    pub detection: Option<Detection>,
    /// Who declared it.
    pub by: Sender,
    /// When.
    pub at: Occurred,
}

/// A statement that needs nothing but its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The event.
    pub seq: Seq,
    /// When.
    pub at: Occurred,
    /// Who.
    pub by: Sender,
    /// What.
    pub fact: Fact,
    /// Its newest words, when they were amended.
    pub amended: Option<String>,
    /// By whom and why it was taken back.
    pub retracted: Option<(Sender, String)>,
}

/// A possible cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Its id.
    pub id: HypothesisId,
    /// The event.
    pub seq: Seq,
    /// What may be.
    pub text: String,
    /// Who thinks so.
    pub by: Sender,
    /// What is thought of it, newest last: verdict, words, evidence, who.
    pub judgements: Vec<Judgement>,
}

impl Hypothesis {
    /// What is to be thought of it now; nothing when nobody looked.
    pub fn verdict(&self) -> Option<Verdict> {
        self.judgements.last().map(|judgement| judgement.verdict)
    }
}

/// What somebody thinks of a hypothesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// What.
    pub verdict: Verdict,
    /// Why.
    pub text: String,
    /// What supports it.
    pub evidence: Vec<String>,
    /// Who.
    pub by: Sender,
}

/// Something to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The event.
    pub seq: Seq,
    /// What.
    pub text: String,
    /// Who has it.
    pub assignee: Option<String>,
    /// Who gave it.
    pub by: Sender,
    /// Where it is.
    pub state: TaskState,
    /// What was last said of it.
    pub note: String,
    /// When it was last changed.
    pub changed: Occurred,
}

/// The record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What was declared; the newest, when an earlier one is closed.
    pub declared: Option<Declaration>,
    /// Claims of milestones in the order of the log; what follows from events is among them.
    pub marks: Vec<Mark>,
    /// Possible causes.
    pub hypotheses: Vec<Hypothesis>,
    /// Tasks.
    pub tasks: Vec<Task>,
    /// Every statement, in the order of the log.
    pub statements: Vec<Statement>,
    /// Each reopening: what was resolved before is not.
    pub reopened: Vec<(Seq, Occurred)>,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Who leads, when somebody said so.
    pub commander: Option<String>,
    /// Highest hypothesis number so far.
    pub last_hypothesis: u64,
    /// Highest task number so far.
    pub last_task: u64,
    /// Highest evidence number so far.
    pub last_evidence: u64,
    /// Highest follow-up number so far.
    pub last_follow_up: u64,
    /// Highest action number so far.
    #[serde(default)]
    pub last_action: u64,
    /// Follow-ups that are not done.
    pub open_follow_ups: BTreeSet<FollowUpId>,
    /// What was or is being published, one for each branch and base, the newest last.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Highest check number so far.
    #[serde(default)]
    pub last_check: u64,
    /// Checks that have begun and not ended, with who asked for them, in their order.
    #[serde(default)]
    pub checking: Vec<(Begun, Sender, Occurred)>,
    /// The last checks that have ended, oldest first; earlier ones are in the log.
    #[serde(default)]
    pub checks: VecDeque<CheckRun>,
    /// Sections of the report as they were written, in the order of the log.
    #[serde(default)]
    pub narratives: Vec<Narrative>,
    /// The last check that passed and nothing has refuted since, with the event that it began with.
    #[serde(default)]
    pub verified: Option<(CheckId, Seq)>,
    /// Where the checks began that have not ended.
    #[serde(default)]
    began: BTreeMap<CheckId, Seq>,
    briefing: Option<Briefing>,
}

/// The briefing and who has not acknowledged it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Briefing {
    message: MessageId,
    open: BTreeSet<AgentId>,
}

impl Record {
    /// Takes the next event of the team, recorded at `at`.
    pub fn take(&mut self, seq: Seq, at: &Occurred, event: &Event) {
        match event {
            Event::Recorded { by, at: occurred, fact, .. } => self.recorded(seq, occurred, by, fact),
            Event::TeamCreated { .. } => {
                self.follows(seq, at, Milestone::TeamRequested, "the team was asked for");
            }
            Event::CheckStarted { by, begun, .. } => {
                self.last_check = self.last_check.max(begun.check.0);
                self.began.insert(begun.check, seq);
                self.checking.push(((**begun).clone(), by.clone(), at.clone()));
            }
            Event::CheckFinished { run, .. } => self.checked(seq, at, run),
            Event::TeamReady { .. } => self.follows(seq, at, Milestone::TeamReady, "every agent was ready"),
            Event::MessageAccepted {
                message,
                kind: MessageKind::Broadcast,
                from: Sender::Operator,
                to,
                ..
            } if self.briefing.is_none() => {
                self.briefing = Some(Briefing { message: *message, open: to.iter().copied().collect() });
            }
            Event::DeliverySettled {
                message,
                agent,
                outcome: Outcome::Acknowledged | Outcome::Queued,
                ..
            } => self.acknowledged(seq, at, *message, *agent),
            _ => ship::take(&mut self.changes, seq, at, event),
        }
    }

    fn acknowledged(&mut self, seq: Seq, at: &Occurred, message: MessageId, agent: AgentId) {
        let Some(briefing) = self.briefing.as_mut().filter(|briefing| briefing.message == message) else {
            return;
        };
        if !briefing.open.remove(&agent) {
            return;
        }
        let all = briefing.open.is_empty();
        if effective(&self.marks, Milestone::Acknowledged, Seq(0)).is_none() {
            self.follows(seq, at, Milestone::Acknowledged, "the first agent has the briefing");
        }
        if all {
            self.follows(seq, at, Milestone::Briefed, "every agent has the briefing");
        }
    }

    /// A milestone that follows from an event.
    fn follows(&mut self, seq: Seq, at: &Occurred, milestone: Milestone, text: &str) {
        self.marks.push(Mark {
            seq,
            milestone,
            at: at.clone(),
            by: Sender::System,
            text: text.to_owned(),
            evidence: Vec::new(),
            standing: Standing::Claimed,
        });
    }

    fn recorded(&mut self, seq: Seq, at: &Occurred, by: &Sender, fact: &Fact) {
        if matches!(fact, Fact::Declared { .. }) && self.declared.is_some() {
            self.begin_anew();
        }
        self.statements.push(Statement {
            seq,
            at: at.clone(),
            by: by.clone(),
            fact: fact.clone(),
            amended: None,
            retracted: None,
        });
        match fact {
            Fact::Declared { incident, title, severity, kind, detection } => {
                self.declared = Some(Declaration {
                    seq,
                    incident: incident.clone(),
                    title: title.clone(),
                    severity: *severity,
                    worst: *severity,
                    kind: *kind,
                    detection: *detection,
                    by: by.clone(),
                    at: at.clone(),
                });
                self.cancelled = false;
                self.follows(seq, at, Milestone::Declared, title);
            }
            Fact::SeverityChanged { to, .. } => {
                if let Some(declared) = &mut self.declared {
                    declared.severity = *to;
                    declared.worst = declared.worst.min(*to);
                }
            }
            Fact::Closed { why } => self.follows(seq, at, Milestone::Closed, why),
            Fact::Reopened { .. } => {
                self.reopened.push((seq, at.clone()));
                self.cancelled = false;
            }
            Fact::Cancelled { .. } => self.cancelled = true,
            Fact::Marked { milestone, text, evidence, .. } => self.marks.push(Mark {
                seq,
                milestone: *milestone,
                at: at.clone(),
                by: by.clone(),
                text: text.clone(),
                evidence: evidence.clone(),
                standing: Standing::Claimed,
            }),
            Fact::Confirmed { of } => self.stand(*of, &Standing::Confirmed { by: by.clone() }),
            Fact::Retracted { of, why } => {
                self.stand(*of, &Standing::Retracted { by: by.clone(), why: why.clone(), seq });
                if let Some(statement) = self.statements.iter_mut().find(|it| it.seq == *of) {
                    statement.retracted = Some((by.clone(), why.clone()));
                }
                self.with_narrative(*of, |narrative| narrative.retracted = true);
            }
            Fact::Amended { of, text } => {
                self.amend(*of, text);
                self.with_narrative(*of, |narrative| narrative.amend(text, by));
            }
            Fact::NarrativeWritten { section, text } => {
                self.narratives.push(Narrative::new(seq, at, *section, text, by));
            }
            Fact::NarrativeAccepted { of } => {
                self.with_narrative(*of, |narrative| narrative.accepted = Some(by.clone()));
            }
            Fact::HypothesisOpened { id, text } => {
                self.last_hypothesis = self.last_hypothesis.max(id.0);
                let (text, by) = (text.clone(), by.clone());
                self.hypotheses.push(Hypothesis { id: *id, seq, text, by, judgements: Vec::new() });
            }
            Fact::HypothesisJudged { id, verdict, text, evidence } => {
                if let Some(found) = self.hypotheses.iter_mut().find(|it| it.id == *id) {
                    let (text, evidence, by) = (text.clone(), evidence.clone(), by.clone());
                    found.judgements.push(Judgement { verdict: *verdict, text, evidence, by });
                }
            }
            Fact::EvidenceAdded { id, .. } => self.last_evidence = self.last_evidence.max(id.0),
            Fact::RoleAssumed { role, holder } if role == "commander" => {
                self.commander = Some(holder.clone());
            }
            Fact::FollowUpAdded { id, .. } => {
                self.last_follow_up = self.last_follow_up.max(id.0);
                self.open_follow_ups.insert(*id);
            }
            Fact::FollowUpDone { id } => {
                self.open_follow_ups.remove(id);
            }
            Fact::TaskAdded { id, text, assignee } => {
                self.last_task = self.last_task.max(id.0);
                self.tasks.push(Task {
                    id: *id,
                    seq,
                    text: text.clone(),
                    assignee: assignee.clone(),
                    by: by.clone(),
                    state: TaskState::Open,
                    note: String::new(),
                    changed: at.clone(),
                });
            }
            Fact::TaskAssigned { id, assignee } => {
                self.with_task(*id, at, |task| task.assignee = Some(assignee.clone()));
            }
            Fact::TaskMoved { id, state, text } => self.with_task(*id, at, |task| {
                task.state = *state;
                task.note.clone_from(text);
            }),
            Fact::ActionProposed { id, .. } => self.last_action = self.last_action.max(id.0),
            Fact::Noted { .. }
            | Fact::Decided { .. }
            | Fact::Updated { .. }
            | Fact::ImpactRecorded { .. }
            | Fact::RoleAssumed { .. } => {}
        }
    }

    /// Another incident of the same team begins; the earlier one is in the log. Numbers go on.
    fn begin_anew(&mut self) {
        *self = Self {
            last_hypothesis: self.last_hypothesis,
            last_task: self.last_task,
            last_evidence: self.last_evidence,
            last_follow_up: self.last_follow_up,
            last_action: self.last_action,
            open_follow_ups: std::mem::take(&mut self.open_follow_ups),
            commander: self.commander.take(),
            last_check: self.last_check,
            checking: std::mem::take(&mut self.checking),
            began: std::mem::take(&mut self.began),
            checks: std::mem::take(&mut self.checks),
            ..Self::default()
        };
    }

    fn with_task(&mut self, id: TaskId, at: &Occurred, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.iter_mut().find(|task| task.id == id) {
            change(task);
            task.changed = at.clone();
        }
    }

    fn with_narrative(&mut self, of: Seq, change: impl FnOnce(&mut Narrative)) {
        if let Some(narrative) = self.narratives.iter_mut().find(|it| it.seq == of) {
            change(narrative);
        }
    }

    fn stand(&mut self, of: Seq, standing: &Standing) {
        for mark in self.marks.iter_mut().filter(|mark| mark.seq == of && mark.by != Sender::System) {
            mark.standing = standing.clone();
        }
    }

    fn amend(&mut self, of: Seq, text: &str) {
        if let Some(statement) = self.statements.iter_mut().find(|it| it.seq == of) {
            statement.amended = Some(text.to_owned());
        }
        if let Some(mark) = self.marks.iter_mut().find(|it| it.seq == of) {
            text.clone_into(&mut mark.text);
        }
        if let Some(hypothesis) = self.hypotheses.iter_mut().find(|it| it.seq == of) {
            text.clone_into(&mut hypothesis.text);
        }
        if let Some(task) = self.tasks.iter_mut().find(|it| it.seq == of) {
            text.clone_into(&mut task.text);
        }
    }

    /// The claim of a milestone that counts now.
    pub fn effective(&self, milestone: Milestone) -> Option<&Mark> {
        let after = match milestone {
            Milestone::Mitigated | Milestone::Resolved | Milestone::Closed => {
                self.reopened.last().map_or(Seq(0), |(seq, _)| *seq)
            }
            _ => Seq(0),
        };
        effective(&self.marks, milestone, after)
    }

    /// What counts of a section of the report: the last that was written and not taken back.
    pub fn narrative(&self, section: Section) -> Option<&Narrative> {
        self.narratives.iter().rfind(|it| it.section == section && !it.retracted)
    }

    /// Where the incident is.
    pub fn phase(&self) -> Phase {
        let reached = |milestone| self.effective(milestone).is_some();
        if self.cancelled {
            Phase::Cancelled
        } else if reached(Milestone::Closed) {
            Phase::Closed
        } else if reached(Milestone::Resolved) {
            Phase::Resolved
        } else if reached(Milestone::Mitigated) {
            Phase::Monitoring
        } else if reached(Milestone::RootCause) || reached(Milestone::FixReady) {
            Phase::Fixing
        } else if reached(Milestone::Acknowledged) {
            Phase::Investigating
        } else if self.declared.is_some() {
            Phase::Declared
        } else {
            Phase::Undeclared
        }
    }

    /// Whether statements about it are still taken as statements about something that goes on.
    pub fn is_open(&self) -> bool {
        !matches!(self.phase(), Phase::Closed | Phase::Cancelled)
    }

    /// The next id of a hypothesis.
    pub fn next_hypothesis(&self) -> HypothesisId {
        HypothesisId(self.last_hypothesis + 1)
    }

    /// The next id of a piece of evidence.
    pub fn next_evidence(&self) -> EvidenceId {
        EvidenceId(self.last_evidence + 1)
    }

    /// The next id of a follow-up.
    pub fn next_follow_up(&self) -> FollowUpId {
        FollowUpId(self.last_follow_up + 1)
    }

    /// The next id of a check.
    pub fn next_check(&self) -> CheckId {
        CheckId(self.last_check + 1)
    }

    /// The next id of an action.
    pub fn next_action(&self) -> ActionId {
        ActionId(self.last_action + 1)
    }

    /// The next id of a task.
    pub fn next_task(&self) -> TaskId {
        TaskId(self.last_task + 1)
    }
}

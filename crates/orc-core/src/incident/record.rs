//! One team's incident as its events tell of it.

mod checks;
mod fold;
mod items;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::mark::effective;
use super::{Mark, Milestone, Narrative, Occurred, Phase, Section};
use crate::change::Change;
use crate::check::{Begun, CheckId, CheckRun};
use crate::delivery::Sender;
use crate::ids::{ActionId, AgentId, EvidenceId, FollowUpId, HypothesisId, MessageId, Seq, TaskId};

pub use items::{Declaration, Hypothesis, Judgement, Statement, Task};

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

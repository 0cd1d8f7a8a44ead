//! What clients are shown of an incident.

use serde::{Deserialize, Serialize};

use super::mark::Mark;
use super::metrics::{Metrics, impact_ms, metrics};
use super::record::{Declaration, Hypothesis, Record, Statement, Task};
use super::{Milestone, Occurred, Phase, occurred};
use crate::change::Change;
use crate::ids::TeamName;

/// How an incident stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentView {
    /// The team.
    pub team: TeamName,
    /// What was declared; nothing when the team works without a declared incident.
    pub declared: Option<Declaration>,
    /// Where it is.
    pub phase: Phase,
    /// Who leads it.
    pub commander: String,
    /// Milliseconds since it was noticed; nothing before a declaration.
    pub elapsed_ms: Option<u64>,
    /// Every claim of a milestone, those that do not count too, in the order of the log.
    pub marks: Vec<Mark>,
    /// The milestones that count, in their usual order.
    pub reached: Vec<Mark>,
    /// How long things took.
    pub metrics: Metrics,
    /// Milliseconds for which users were affected.
    pub impact_ms: Option<u64>,
    /// Possible causes.
    pub hypotheses: Vec<Hypothesis>,
    /// What is to be done now.
    pub tasks: Vec<Task>,
    /// Everything that was stated, in the order of the log.
    pub statements: Vec<Statement>,
    /// What was or is being published, the newest last.
    #[serde(default)]
    pub changes: Vec<Change>,
}

impl IncidentView {
    /// The record of a team at `live`. `manager` leads when nobody said otherwise.
    pub fn new(team: TeamName, record: &Record, manager: &str, live: &Occurred) -> Self {
        let began = record.effective(Milestone::Detected).or(record.effective(Milestone::Declared));
        let elapsed_ms = began.and_then(|mark| u64::try_from(occurred::span(&mark.at, live).millis).ok());
        Self {
            team,
            declared: record.declared.clone(),
            phase: record.phase(),
            commander: record.commander.clone().unwrap_or_else(|| manager.to_owned()),
            elapsed_ms,
            marks: record.marks.clone(),
            reached: Milestone::ALL.into_iter().filter_map(|it| record.effective(it)).cloned().collect(),
            metrics: metrics(record),
            impact_ms: impact_ms(record),
            hypotheses: record.hypotheses.clone(),
            tasks: record.tasks.clone(),
            statements: record.statements.clone(),
            changes: record.changes.clone(),
        }
    }
}

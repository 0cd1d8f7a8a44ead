//! How late it is: the clock of the incident, and its milestones against their budgets.

use orc_core::incident::metrics::Metric;
use orc_core::incident::view::IncidentView;
use orc_core::incident::{Milestone, Phase};

use super::model::Model;

/// Of a budget so much is gone when it is worth a look.
const SOON: (u64, u64) = (3, 4);

/// How a milestone stands against its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Reached in time.
    Met,
    /// Reached too late.
    Missed,
    /// Not reached, time enough.
    Running,
    /// Not reached, little time.
    Soon,
    /// Not reached, and it should have been.
    Late,
    /// Its clock has not begun, or nobody recorded it.
    Unknown,
}

/// One milestone with a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    /// What it is called here.
    pub(super) name: &'static str,
    /// How it stands.
    pub(super) standing: Standing,
    /// How long it took or has been going on (milliseconds).
    pub(super) took_ms: Option<u64>,
    /// How long it may take (milliseconds).
    pub(super) budget_ms: u64,
}

/// Milliseconds since the incident was noticed; what it took when it is over.
pub(super) fn elapsed(model: &Model, incident: &IncidentView) -> Option<u64> {
    let resolved = incident.metrics.metrics.iter().find(|it| is_base(it) && it.to == Milestone::Resolved);
    let over = matches!(incident.phase, Phase::Resolved | Phase::Closed | Phase::Cancelled);
    match resolved.and_then(|metric| metric.took_ms).filter(|_| over) {
        Some(took) => Some(took),
        None if over => incident.elapsed_ms,
        None => incident.elapsed_ms.map(|then| then + model.unread_for()),
    }
}

/// Whether it counts from where the incident was noticed.
fn is_base(metric: &Metric) -> bool {
    matches!(metric.from, Milestone::Detected | Milestone::Declared)
}

/// The milestones that have a budget, in their order.
pub(super) fn due(model: &Model, incident: &IncidentView) -> Vec<Due> {
    let with_budget = incident.metrics.metrics.iter().filter_map(|it| Some((it, it.budget_ms?)));
    with_budget.map(|(metric, budget_ms)| of(model, incident, metric, budget_ms)).collect()
}

fn of(model: &Model, incident: &IncidentView, metric: &Metric, budget_ms: u64) -> Due {
    let name = match metric.to {
        Milestone::TeamReady => "team ready",
        Milestone::RootCause => "root cause",
        Milestone::FixReady => "fix ready",
        Milestone::Resolved => "resolved",
        other => other.name(),
    };
    let over = matches!(incident.phase, Phase::Resolved | Phase::Closed | Phase::Cancelled);
    let began = incident.reached.iter().find(|mark| mark.milestone == metric.from);
    let running = began.filter(|_| !over).map(|mark| model.since(mark.at.at.0));
    let standing = match (metric.met(), running) {
        (Some(true), _) => Standing::Met,
        (Some(false), _) => Standing::Missed,
        (None, Some(running)) if running > budget_ms => Standing::Late,
        (None, Some(running)) if running * SOON.1 > budget_ms * SOON.0 => Standing::Soon,
        (None, Some(_)) => Standing::Running,
        (None, None) => Standing::Unknown,
    };
    Due { name, standing, took_ms: metric.took_ms.or(running), budget_ms }
}

impl Due {
    /// In as many words as fit beside the others.
    pub(super) fn words(&self) -> String {
        let took = self.took_ms.map(clock).unwrap_or_default();
        let budget = clock(self.budget_ms);
        let left = || clock(self.budget_ms.saturating_sub(self.took_ms.unwrap_or(0)));
        let over = || clock(self.took_ms.unwrap_or(0).saturating_sub(self.budget_ms));
        match self.standing {
            Standing::Met => format!("✓ {} in {took}", self.name),
            Standing::Missed => format!("✗ {} in {took}, {} over", self.name, over()),
            Standing::Running => format!("○ {}: {} left", self.name, left()),
            Standing::Soon => format!("! {}: {} left", self.name, left()),
            Standing::Late => format!("✗ {} LATE by {}", self.name, over()),
            Standing::Unknown => format!("– {}: not recorded ({budget})", self.name),
        }
    }
}

/// Minutes and seconds, with hours when there are some.
pub(super) fn clock(millis: u64) -> String {
    let seconds = millis / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

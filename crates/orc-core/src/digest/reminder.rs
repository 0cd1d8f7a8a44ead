//! What the manager is reminded of while an incident is open: once each, by the clock of the incident.

use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::ids::Seq;
use crate::incident::{Fact, Milestone, Occurred, Phase, Record, occurred};

const MINUTE_MS: u64 = 60_000;
/// A cause should be suspected by then.
const HYPOTHESIS_MS: u64 = 5 * MINUTE_MS;

/// Something that is not there and should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reminder")]
pub enum Reminder {
    /// Nobody has named a possible cause.
    NoHypothesis,
    /// The budget of a milestone that is not reached is nearly used up.
    Near {
        /// Which.
        milestone: Milestone,
    },
    /// It is used up.
    Passed {
        /// Which.
        milestone: Milestone,
    },
    /// Nobody was told how it stands since this event, for longer than its severity allows.
    NoUpdate {
        /// The last update, or the declaration.
        since: Seq,
    },
}

/// One reminder, and when it is due.
#[derive(Debug, Clone)]
struct Timed<'a> {
    reminder: Reminder,
    from: &'a Occurred,
    after_ms: u64,
}

impl Timed<'_> {
    /// Milliseconds until it is due; 0 when it is.
    fn left(&self, live: &Occurred) -> u64 {
        let passed = u64::try_from(occurred::span(self.from, live).millis).unwrap_or(0);
        self.after_ms.saturating_sub(passed)
    }
}

/// The reminders that are due and were not given; first those that say more than others.
pub fn due(record: &Record, ledger: &Ledger, live: &Occurred) -> Vec<Reminder> {
    let open = all(record).into_iter().filter(|timed| !ledger.reminded.contains(&timed.reminder));
    open.filter(|timed| timed.left(live) == 0).map(|timed| timed.reminder).collect()
}

/// Milliseconds until the next reminder is due; nothing when none will be by itself.
pub fn next(record: &Record, ledger: &Ledger, live: &Occurred) -> Option<u64> {
    let open = all(record).into_iter().filter(|timed| !ledger.reminded.contains(&timed.reminder));
    open.map(|timed| timed.left(live)).min()
}

fn all(record: &Record) -> Vec<Timed<'_>> {
    let Some(declared) = &record.declared else { return Vec::new() };
    if matches!(record.phase(), Phase::Resolved | Phase::Closed | Phase::Cancelled) {
        return Vec::new();
    }
    let began = record.effective(Milestone::Detected).or(record.effective(Milestone::Declared));
    let from = began.map_or(&declared.at, |mark| &mark.at);
    let mut timed = Vec::new();
    let cause = record.effective(Milestone::RootCause).is_some();
    if record.hypotheses.is_empty() && !cause {
        timed.push(Timed { reminder: Reminder::NoHypothesis, from, after_ms: HYPOTHESIS_MS });
    }
    for milestone in [Milestone::RootCause, Milestone::FixReady, Milestone::Resolved] {
        let Some(budget) = milestone.budget_ms().filter(|_| record.effective(milestone).is_none()) else {
            continue;
        };
        let near = budget - near_ms(milestone);
        timed.push(Timed { reminder: Reminder::Near { milestone }, from, after_ms: near });
        timed.push(Timed { reminder: Reminder::Passed { milestone }, from, after_ms: budget });
    }
    let told = record.statements.iter().rev().find(|it| {
        matches!(it.fact, Fact::Updated { .. }) && it.retracted.is_none() && it.seq > declared.seq
    });
    let (since, from) = told.map_or((declared.seq, &declared.at), |it| (it.seq, &it.at));
    let after_ms = declared.severity.cadence_ms();
    timed.push(Timed { reminder: Reminder::NoUpdate { since }, from, after_ms });
    timed
}

/// So long before the end of its budget a milestone is near (milliseconds).
fn near_ms(milestone: Milestone) -> u64 {
    if milestone == Milestone::RootCause { 3 * MINUTE_MS } else { 5 * MINUTE_MS }
}

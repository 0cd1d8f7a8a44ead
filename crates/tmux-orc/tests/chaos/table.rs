//! What was measured, in a table.

use std::fmt;
use std::time::Duration;

use crate::ledger::Accounts;

/// What one round came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// From the fault until the log told of it.
    pub(crate) detected: Option<Duration>,
    /// From the fault until everything worked again.
    pub(crate) recovered: Option<Duration>,
    /// What became of the messages.
    pub(crate) messages: Accounts,
    /// Processes that ended and had no part in it.
    pub(crate) wrongly_ended: usize,
}

/// One fault.
#[derive(Debug)]
pub(crate) struct Row {
    name: &'static str,
    rounds: usize,
    detected: Vec<Duration>,
    recovered: Vec<Duration>,
    messages: Accounts,
    wrongly_ended: usize,
    /// Rounds that did not come to an end.
    pub(crate) failed: usize,
}

impl Row {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            rounds: 0,
            detected: Vec::new(),
            recovered: Vec::new(),
            messages: Accounts::default(),
            wrongly_ended: 0,
            failed: 0,
        }
    }

    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.rounds += 1;
        self.detected.extend(outcome.detected);
        self.recovered.extend(outcome.recovered);
        self.messages.add(&outcome.messages);
        self.wrongly_ended += outcome.wrongly_ended;
    }

    /// How much went wrong that never may.
    pub(crate) fn wrong(&self) -> usize {
        self.messages.lost + self.messages.doubled + self.wrongly_ended
    }

    /// The bound that a time does not keep, if there is one. Nothing measured keeps no bound.
    pub(crate) fn missed(&self) -> Option<&'static str> {
        let (_, detected, recovered) = BOUNDS.iter().find(|(name, ..)| *name == self.name)?;
        let over = |times: &[Duration], bound: &Option<u64>| {
            let slow = |bound| at(times, 0.95).is_none_or(|time| time > Duration::from_millis(bound));
            bound.is_some_and(slow)
        };
        if over(&self.detected, detected) {
            return Some("detection is too slow");
        }
        over(&self.recovered, recovered).then_some("recovery is too slow")
    }
}

/// p95 of detection and of recovery in milliseconds, where there is a bound.
const BOUNDS: [(&str, Option<u64>, Option<u64>); 2] =
    [(crate::faults::AGENT_KILLED, Some(300), Some(2_000)), (crate::faults::TMUX_KILLED, None, Some(1_000))];

fn at(times: &[Duration], share: f64) -> Option<Duration> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a few times"
    )]
    let index = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied()
}

fn spread(times: &[Duration]) -> String {
    let millis = |share| at(times, share).map_or(String::from("-"), |time| time.as_millis().to_string());
    format!("{:>6} {:>6} {:>6}", millis(0.5), millis(0.95), millis(1.0))
}

/// All faults.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        writeln!(
            f,
            "{:width$}  rounds  failed  detected ms: p50 p95 max  recovered ms: p50 p95 max  messages  lost  doubled  wrongly ended",
            "FAULT"
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "{:width$}  {:>6}  {:>6}      {}        {}     {:>8}  {:>4}  {:>7}  {:>13}{}",
                row.name,
                row.rounds + row.failed,
                row.failed,
                spread(&row.detected),
                spread(&row.recovered),
                row.messages.sent,
                row.messages.lost,
                row.messages.doubled,
                row.wrongly_ended,
                row.missed().map(|why| format!("  {why}")).unwrap_or_default(),
            )?;
        }
        Ok(())
    }
}

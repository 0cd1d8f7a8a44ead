//! How long things took, against what was hoped for. Every figure names its base.

use serde::{Deserialize, Serialize};

use super::occurred::{Given, Span, span};
use super::{Mark, Milestone, Occurred, Record};
use crate::ids::Seq;

/// One duration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name, for example "time to root cause".
    pub name: String,
    /// From which milestone.
    pub from: Milestone,
    /// To which.
    pub to: Milestone,
    /// How long it took (milliseconds); nothing when one end is not recorded, or when the times contradict each other.
    pub took_ms: Option<u64>,
    /// How long it should take at most, in milliseconds.
    pub budget_ms: Option<u64>,
}

impl Metric {
    /// Whether it was within its budget, if both are known.
    pub fn met(&self) -> Option<bool> {
        Some(self.took_ms? <= self.budget_ms?)
    }
}

/// All durations, and what is to be known before one trusts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// The durations.
    pub metrics: Vec<Metric>,
    /// What is odd about the record: clocks, order, backdating, claims taken back.
    pub notes: Vec<String>,
}

/// Derives them from a record.
pub fn metrics(record: &Record) -> Metrics {
    use Milestone as M;
    let asked = asked_for(record);
    let base = if record.effective(M::Detected).is_some() { M::Detected } else { M::Declared };
    let rows: [(&str, M, M); 9] = [
        ("time to detect", M::ImpactStarted, M::Detected),
        ("time to deploy", asked, M::TeamReady),
        ("time to brief", asked, M::Briefed),
        ("time to root cause", base, M::RootCause),
        ("time to fix", base, M::FixReady),
        ("time to mitigate", base, M::Mitigated),
        ("time to mitigate", M::ImpactStarted, M::Mitigated),
        ("time to resolution", base, M::Resolved),
        ("time to resolution", M::ImpactStarted, M::Resolved),
    ];
    let mut derived = Metrics::default();
    for (name, from, to) in rows {
        let ends = record.effective(from).zip(record.effective(to));
        let took_ms =
            ends.and_then(|(from, to)| derived.between(&from.at, &to.at, from.milestone, to.milestone));
        // Since the impact began nobody may have known of it: a budget is for who does.
        let budget_ms = to.budget_ms().filter(|_| from != M::ImpactStarted);
        derived.metrics.push(Metric { name: name.to_owned(), from, to, took_ms, budget_ms });
    }
    derived.order(record);
    derived.provenance(record);
    derived
}

/// Where the clock of the deployment begins: at the declaration, or at the request for a team that was there before.
fn asked_for(record: &Record) -> Milestone {
    let ends = record.effective(Milestone::Declared).zip(record.effective(Milestone::TeamRequested));
    match ends {
        Some((declared, asked)) if span(&asked.at, &declared.at).millis <= 0 => Milestone::Declared,
        Some(_) => Milestone::TeamRequested,
        None => Milestone::Declared,
    }
}

impl Metrics {
    fn between(&mut self, from: &Occurred, to: &Occurred, start: Milestone, end: Milestone) -> Option<u64> {
        let Span { millis, warning } = span(from, to);
        if let Some(warning) = warning {
            self.note(format!("{} to {}: {warning}", start.name(), end.name()));
        }
        u64::try_from(millis).ok()
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// An odd order is said and never refused: at three in the morning a refused statement is a lost one.
    fn order(&mut self, record: &Record) {
        use Milestone as M;
        for (first, second) in [
            (M::ImpactStarted, M::Detected),
            (M::Detected, M::RootCause),
            (M::Detected, M::FixReady),
            (M::ImpactStarted, M::Mitigated),
            (M::Mitigated, M::Resolved),
            (M::Resolved, M::Closed),
            (M::TeamRequested, M::TeamReady),
            (M::TeamReady, M::Briefed),
        ] {
            let both = record.effective(first).zip(record.effective(second));
            if both.is_some_and(|(first, second)| span(&first.at, &second.at).millis < 0) {
                self.note(format!("{} is recorded before {}", second.name(), first.name()));
            }
        }
    }

    fn provenance(&mut self, record: &Record) {
        for milestone in Milestone::ALL {
            if let Some(mark) = record.effective(milestone) {
                let how = match mark.at.given {
                    Given::Live => continue,
                    Given::Ago => "an age",
                    Given::Absolute => "an instant",
                };
                self.note(format!(
                    "{} was entered afterwards, as {how}, by {}",
                    milestone.name(),
                    mark.by.label()
                ));
            }
        }
        let withdrawn: Vec<&Mark> = record.marks.iter().filter(|mark| !mark.stands()).collect();
        for mark in withdrawn {
            self.note(format!("a claim of {} by {} was taken back", mark.milestone.name(), mark.by.label()));
        }
    }
}

/// How long users were affected (milliseconds): from the start of the impact, and from each reopening, to the last
/// mitigation before the next one. Nothing while an end is not recorded.
pub fn impact_ms(record: &Record) -> Option<u64> {
    let first = (Seq(0), record.effective(Milestone::ImpactStarted)?.at.clone());
    let starts: Vec<(Seq, Occurred)> =
        std::iter::once(first).chain(record.reopened.iter().cloned()).collect();
    let mut total = 0;
    for (index, (after, start)) in starts.iter().enumerate() {
        let next = starts.get(index + 1).map(|(seq, _)| *seq);
        let ends = |mark: &&Mark| {
            mark.milestone == Milestone::Mitigated
                && mark.stands()
                && mark.seq > *after
                && next.is_none_or(|next| mark.seq < next)
        };
        let end = record.marks.iter().rfind(ends)?;
        total += u64::try_from(span(start, &end.at).millis).ok()?;
    }
    Some(total)
}

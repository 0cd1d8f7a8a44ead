//! What is to be known of the data before one trusts a figure: clocks that jumped, times without a supervisor, what was
//! taken for granted.

use super::clock::{Instant, Seconds};
use crate::event::Event;
use crate::incident::metrics::Metrics;
use crate::incident::{Given, Milestone, Occurred, Record};

/// Clocks may differ by this much before it is said (milliseconds).
const TOLERANCE_MS: i64 = 2000;

/// The clocks of the log's entries, and the starts of supervisors among them.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    last: Option<Occurred>,
    stopped: bool,
    jumps: Vec<(u64, i64)>,
    /// For each start: how long nothing had been recorded, and whether the one before had ended in an orderly way.
    starts: Vec<(Instant, Option<i64>, bool)>,
}

impl Clocks {
    /// Another incident begins.
    pub(super) fn begin_anew(&mut self) {
        self.jumps.clear();
        self.starts.clear();
    }

    /// How often a supervisor was started.
    pub(super) fn starts(&self) -> u64 {
        self.starts.len() as u64
    }

    pub(super) fn take(&mut self, seq: u64, at: &Occurred, event: &Event) {
        let before = self.last.replace(at.clone());
        match event {
            Event::SupervisorStarted { .. } => {
                let silent = before.as_ref().map(|before| span(before, at));
                self.starts.push((Instant(at.at), silent, self.stopped));
                self.stopped = false;
            }
            Event::SupervisorStopped { .. } => self.stopped = true,
            _ => {}
        }
        let Some(before) = before else { return };
        if let (Some(one), Some(two)) = (&before.boot, &at.boot)
            && one.id == two.id
        {
            let jump = (at.at.0 - before.at.0) - (two.millis - one.millis);
            if jump.abs() > TOLERANCE_MS {
                self.jumps.push((seq, jump));
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        let jumps = self.jumps.iter().map(|(seq, jump)| {
            let way = if *jump < 0 { "back" } else { "forward" };
            format!("The wall clock was set {way} by {} before event #{seq}; durations go by the clock that does not jump.", Seconds(jump.abs()).words())
        });
        let starts = self.starts.iter().filter_map(|(at, silent, orderly)| {
            let silent = (*silent)?;
            let how = if *orderly { "had been stopped" } else { "had ended without a word" };
            Some(format!(
                "The supervisor {how} and was started anew at {} UTC: for {} before that nothing was recorded; agents went on.",
                at.clock(),
                Seconds(silent).words()
            ))
        });
        jumps.chain(starts).collect()
    }
}

fn span(from: &Occurred, to: &Occurred) -> i64 {
    crate::incident::occurred::span(from, to).millis.max(0)
}

/// Everything that is to be said.
pub(super) fn notes(record: &Record, metrics: &Metrics, clocks: &Clocks) -> Vec<String> {
    let mut notes: Vec<String> = defaulted(record).into_iter().collect();
    notes.extend(metrics.notes.iter().map(|note| sentence(note)));
    notes.extend(clocks.notes());
    notes
}

/// Who declares and does not say when it was noticed has noticed it then, for all we know.
fn defaulted(record: &Record) -> Option<String> {
    let declared = record.declared.as_ref()?;
    let detected = record.effective(Milestone::Detected)?;
    let same = detected.at == declared.at && detected.at.given == Given::Live && detected.text.is_empty();
    same.then(|| {
        "Nobody said when it was detected: the instant of the declaration is taken for it.".to_owned()
    })
}

/// A remark as a sentence, with milestones as people call them.
fn sentence(note: &str) -> String {
    let named = Milestone::ALL.iter().fold(note.to_owned(), |note, it| note.replace(it.name(), it.words()));
    let mut chars = named.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

//! Whether an agent hangs: nothing moves although something should, for so long that it will not any more.
//!
//! Silence alone proves nothing. A turn hangs when for the whole time no output came, no process of the agent's tree
//! used the processor, read or wrote anything, was started or ended. An agent that waits for its provider or for a
//! person does not hang. A process that a signal has stopped is a proof of its own, whatever it was doing.

use crate::team::AgentState;

/// Less processor time than this is no work: timers that look whether there is something to do (per cent of the time).
const IDLE_PERCENT: u64 = 1;
/// The same, at least (milliseconds).
const IDLE_MS: u64 = 100;
/// Bytes read and written with which nothing is done either: a program that waits still wakes up.
const IDLE_BYTES: u64 = 4096;

/// What is seen of an agent at one look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// A signal has stopped its process.
    pub stopped: bool,
    /// Counts its outputs; another number means that something was drawn.
    pub outputs: u64,
    /// It is drawing at the moment.
    pub drawing: bool,
    /// Its processes, itself and all descendants; nothing when nobody looked.
    pub tree: Option<Tree>,
}

/// What the kernel counts of a process and all its descendants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Each process by id and start time.
    pub processes: Vec<(u32, u64)>,
    /// Processor time of all of them, ended children included (milliseconds).
    pub cpu_ms: u64,
    /// Bytes read and written by all of them.
    pub bytes: u64,
}

/// How patient to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a turn in which nothing moves (milliseconds).
    pub hang_after_ms: u64,
    /// For a process that is stopped (milliseconds).
    pub stopped_after_ms: u64,
}

/// What a look led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It hangs.
    Hung {
        /// For how long nothing has moved (milliseconds).
        still_ms: u64,
        /// In words.
        proof: String,
    },
    /// What was said to hang moves again.
    Moves,
}

/// What is remembered of one launch between looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    outputs: Option<u64>,
    base: Option<Tree>,
    still_ms: u64,
    /// How long it has been stopped at all looks since the first that showed it.
    stopped_ms: Option<u64>,
}

impl Watch {
    /// Whether the next look should read the process tree: it is only asked for when nothing is drawn.
    pub fn wants_tree(&self, state: &AgentState, outputs: u64, drawing: bool) -> bool {
        in_turn(state) && !drawing && self.outputs.is_none_or(|before| before == outputs)
    }

    /// Takes in a look, `passed_ms` after the one before. What nobody looked at proves nothing: the caller gives at
    /// most the time that it was really looking.
    pub fn look(
        &mut self,
        state: &AgentState,
        facts: Facts,
        passed_ms: u64,
        patience: Patience,
    ) -> Option<Finding> {
        let hung = matches!(state, AgentState::Hung { .. });
        if facts.stopped {
            // Before the first look that shows it, it may have been running.
            let still_ms = self.stopped_ms.map_or(0, |before| before + passed_ms);
            self.stopped_ms = Some(still_ms);
            let long = still_ms >= patience.stopped_after_ms;
            return (long && !hung).then(|| Finding::Hung {
                still_ms,
                proof: format!("its process has been stopped by a signal for {} s", still_ms / 1000),
            });
        }
        let went_on = self.stopped_ms.take().is_some();
        if !in_turn(state) {
            *self = Self { outputs: Some(facts.outputs), ..Self::default() };
            return None;
        }
        let before = self.outputs.replace(facts.outputs);
        let drawn = facts.drawing || before.is_some_and(|before| before != facts.outputs);
        let Some(tree) = facts.tree.filter(|_| !drawn) else {
            self.still_ms = 0;
            self.base = None;
            return (hung && (drawn || went_on)).then_some(Finding::Moves);
        };
        let elapsed = self.still_ms + passed_ms;
        match &self.base {
            Some(base) if !tree.moved_since(base, elapsed) => self.still_ms = elapsed,
            Some(_) => {
                self.still_ms = 0;
                self.base = Some(tree);
                return hung.then_some(Finding::Moves);
            }
            None => self.base = Some(tree),
        }
        if hung && went_on {
            return Some(Finding::Moves);
        }
        let count = self.base.as_ref().map_or(0, |tree| tree.processes.len());
        (self.still_ms >= patience.hang_after_ms && !hung).then(|| Finding::Hung {
            still_ms: self.still_ms,
            proof: format!(
                "a turn runs, and for {} s there was no output and no processor time, reading or writing of its {count} \
                 processes",
                self.still_ms / 1000
            ),
        })
    }
}

/// Whether a turn is meant to go on by itself.
fn in_turn(state: &AgentState) -> bool {
    matches!(state, AgentState::Working | AgentState::Hung { .. })
}

impl Tree {
    /// Whether anything happened in it since `base`, which is `elapsed_ms` old.
    fn moved_since(&self, base: &Tree, elapsed_ms: u64) -> bool {
        let idle = IDLE_MS.max(elapsed_ms * IDLE_PERCENT / 100);
        self.processes != base.processes
            || self.cpu_ms.abs_diff(base.cpu_ms) > idle
            || self.bytes.abs_diff(base.bytes) > IDLE_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::{Need, ProviderWait};
    use crate::time::Timestamp;

    const PATIENCE: Patience = Patience { hang_after_ms: 60_000, stopped_after_ms: 2_000 };

    fn still() -> Facts {
        let tree = Tree { processes: vec![(10, 1), (11, 2)], cpu_ms: 500, bytes: 70_000 };
        Facts { tree: Some(tree), outputs: 7, ..Facts::default() }
    }

    fn hung() -> AgentState {
        AgentState::Hung { since: Timestamp(0), proof: String::new() }
    }

    /// The first finding of a working agent within ten minutes, looked at each second, with facts by second.
    fn found(state: &AgentState, facts: impl Fn(u64) -> Facts) -> Option<(u64, Finding)> {
        let mut watch = Watch::default();
        (0..600).find_map(|second| Some((second, watch.look(state, facts(second), 1000, PATIENCE)?)))
    }

    #[test]
    fn a_turn_in_which_nothing_moves_hangs() {
        let (second, finding) = found(&AgentState::Working, |_| still()).unwrap();
        assert_eq!(second, 60, "the first look tells what there is, the second how much of it moved");
        let Finding::Hung { still_ms, proof } = finding else { panic!("{finding:?}") };
        assert_eq!(still_ms, 60_000);
        assert!(proof.contains("no output") && proof.contains("processor time"), "{proof}");
    }

    #[test]
    fn whatever_moves_is_no_hang() {
        type Moving = fn(u64) -> Facts;
        let moving: [(&str, Moving); 6] = [
            ("output", |second| Facts { outputs: second / 50, ..still() }),
            ("a spinner", |second| Facts { drawing: second % 50 == 0, ..still() }),
            ("a build", |second| {
                let mut facts = still();
                facts.tree.as_mut().unwrap().cpu_ms += second * 30;
                facts
            }),
            ("a download", |second| {
                let mut facts = still();
                facts.tree.as_mut().unwrap().bytes += second / 50 * 10_000;
                facts
            }),
            ("steps of a script", |second| {
                let mut facts = still();
                facts.tree.as_mut().unwrap().processes[1].0 += u32::try_from(second / 50).unwrap();
                facts
            }),
            ("nobody looked", |_| Facts { tree: None, ..still() }),
        ];
        for (what, facts) in moving {
            assert_eq!(found(&AgentState::Working, facts), None, "{what}");
        }
    }

    #[test]
    fn timers_of_a_program_that_waits_are_no_work() {
        let facts = |second: u64| {
            let mut facts = still();
            facts.tree.as_mut().unwrap().cpu_ms += second * 5;
            facts
        };
        assert!(found(&AgentState::Working, facts).is_some());
    }

    #[test]
    fn only_a_turn_that_should_go_on_by_itself_hangs() {
        let (wait, retry_at, text) = (ProviderWait::RateLimit, None, String::new());
        for state in [
            AgentState::Starting,
            AgentState::Idle,
            AgentState::Unknown,
            AgentState::WaitingOnProvider { wait, retry_at, text },
            AgentState::FailedTurn { error: "529".into() },
            AgentState::NeedsPerson { need: Need::Login },
        ] {
            assert_eq!(found(&state, |_| still()), None, "{state:?}");
        }
    }

    #[test]
    fn time_before_and_after_a_wait_for_the_provider_is_not_added_up() {
        let mut watch = Watch::default();
        let (wait, retry_at, text) = (ProviderWait::Overload, None, String::new());
        let waits = AgentState::WaitingOnProvider { wait, retry_at, text };
        for second in 0..600 {
            let state = if second % 50 == 0 { &waits } else { &AgentState::Working };
            assert_eq!(watch.look(state, still(), 1000, PATIENCE), None);
        }
    }

    #[test]
    fn a_stopped_process_hangs_soon_whatever_it_was_doing_and_moves_when_it_goes_on() {
        let stopped = || Facts { stopped: true, ..still() };
        for state in [AgentState::Working, AgentState::Idle] {
            let mut watch = Watch::default();
            assert_eq!(watch.look(&state, stopped(), 9000, PATIENCE), None, "it may have run until just now");
            assert_eq!(watch.look(&state, stopped(), 1000, PATIENCE), None);
            let finding = watch.look(&state, stopped(), 1000, PATIENCE);
            assert!(
                matches!(&finding, Some(Finding::Hung { proof, .. }) if proof.contains("stopped by a signal"))
            );
            assert_eq!(watch.look(&hung(), stopped(), 1000, PATIENCE), None, "said once");
            assert_eq!(watch.look(&hung(), still(), 1000, PATIENCE), Some(Finding::Moves));
        }
    }

    #[test]
    fn a_hung_turn_that_goes_on_is_said_to_move() {
        let mut watch = Watch::default();
        assert_eq!(watch.look(&hung(), still(), 1000, PATIENCE), None, "a new supervisor takes it as it is");
        assert_eq!(watch.look(&hung(), still(), 1000, PATIENCE), None);
        let drawn = Facts { outputs: 8, ..still() };
        assert_eq!(watch.look(&hung(), drawn, 1000, PATIENCE), Some(Finding::Moves));
    }
}

//! Checks: each is in the log before anything of it runs, and ends there once.

use super::{Decision, Reply};
use crate::check::{Begun, CheckRun, Tested, Tier};
use crate::delivery::Sender;
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::TeamName;
use crate::incident::Record;
use crate::state::State;

/// A check that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// How much is tested.
    pub tier: Tier,
    /// What.
    pub tested: Tested,
    /// How long it may take (milliseconds).
    pub budget_ms: u64,
    /// The folder of its log: the file is named after the check.
    pub logs: String,
}

pub(super) fn begin(state: &State, team: TeamName, by: Sender, beginning: Beginning) -> Decision {
    if !state.teams.contains_key(&team) {
        return Decision::refused(Refusal::new(
            Code::NotFound,
            format!("there is no team `{team}`"),
            "`tmux-orc team list` shows what there is",
        ));
    }
    let empty = Record::default();
    let check = state.records.get(&team).unwrap_or(&empty).next_check();
    let Beginning { tier, tested, budget_ms, logs } = beginning;
    let begun = Begun { check, tier, tested, budget_ms, log: format!("{logs}/{check}.log") };
    let reply = Reply::Checking(Box::new(begun.clone()));
    Decision { events: vec![Event::CheckStarted { team, by, begun: Box::new(begun) }], reply }
}

/// What is told of a check that has ended already, or of a team that is gone, changes nothing.
pub(super) fn ended(state: &State, team: TeamName, run: Box<CheckRun>) -> Decision {
    let begun = state.records.get(&team).is_some_and(|record| {
        record.checking.iter().any(|(begun, ..)| begun.check == run.check && begun.log == run.log)
    });
    if begun { Decision::ok(vec![Event::CheckFinished { team, run }]) } else { Decision::stale() }
}

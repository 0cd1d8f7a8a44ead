//! What somebody waits for an agent to do.

use serde::{Deserialize, Serialize};

use crate::team::AgentState;

/// A kind of state, as a script waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The composer takes a prompt: the last turn ended, well or not.
    Idle,
    /// A turn runs, also one that waits for its provider or hangs.
    Working,
    /// A person must act.
    Blocked,
    /// Its process has ended.
    Ended,
}

impl Until {
    /// Whether a state is of this kind.
    pub fn holds(self, state: &AgentState) -> bool {
        match self {
            Self::Idle => state.takes_prompt(),
            Self::Working => state.is_turn(),
            Self::Blocked => matches!(state, AgentState::NeedsPerson { .. }),
            Self::Ended => matches!(state, AgentState::Exited { .. }),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Working => "working",
            Self::Blocked => "blocked",
            Self::Ended => "ended",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Idle, Self::Working, Self::Blocked, Self::Ended].into_iter().find(|until| until.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::{Exit, Need};

    #[test]
    fn each_state_is_of_one_kind_at_most() {
        let failed = AgentState::FailedTurn { error: String::new() };
        let blocked = AgentState::NeedsPerson { need: Need::Login };
        let ended = AgentState::Exited { exit: Exit::Unseen };
        for (state, kind) in [
            (AgentState::Idle, Some(Until::Idle)),
            (failed, Some(Until::Idle)),
            (AgentState::Working, Some(Until::Working)),
            (blocked, Some(Until::Blocked)),
            (ended, Some(Until::Ended)),
            (AgentState::Starting, None),
            (AgentState::Unknown, None),
        ] {
            for name in ["idle", "working", "blocked", "ended"] {
                let until = Until::from_name(name).unwrap();
                assert_eq!(until.holds(&state), Some(until) == kind, "{name}: {state:?}");
            }
        }
    }
}

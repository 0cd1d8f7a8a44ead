//! What a rule, a hook or a status file says, in the words of profiles.

use crate::team::{AgentState, Need, ProviderWait};
use crate::time::Timestamp;

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// An empty composer is shown: the agent takes a prompt.
    Idle,
    /// A turn is running.
    Working,
    /// A turn is running and waits for the model provider.
    Waits(ProviderWait),
    /// The turn ended with an error, the composer is back.
    FailedTurn,
    /// A person must act.
    Needs(Need),
    /// The program is still starting.
    Starting,
}

impl Says {
    /// What a word of a profile says.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "idle" => Some(Self::Idle),
            "working" => Some(Self::Working),
            "failed_turn" => Some(Self::FailedTurn),
            "starting" => Some(Self::Starting),
            other => ProviderWait::from_name(other)
                .map(Self::Waits)
                .or_else(|| Need::from_name(other).map(Self::Needs)),
        }
    }

    /// Its word in profiles.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Working => "working",
            Self::Waits(wait) => wait.name(),
            Self::FailedTurn => "failed_turn",
            Self::Needs(need) => need.name(),
            Self::Starting => "starting",
        }
    }

    /// The state that it speaks of. `text` is what the agent shows or tells, `retry_at` when it tries again.
    pub fn state(self, text: &str, retry_at: Option<Timestamp>) -> AgentState {
        match self {
            Self::Idle => AgentState::Idle,
            Self::Working => AgentState::Working,
            Self::Waits(wait) => AgentState::WaitingOnProvider { wait, retry_at, text: short(text) },
            Self::FailedTurn => AgentState::FailedTurn { error: short(text) },
            Self::Needs(need) => AgentState::NeedsPerson { need },
            Self::Starting => AgentState::Starting,
        }
    }
}

/// So much of a text that the log may hold it in every event.
fn short(text: &str) -> String {
    const KEPT: usize = 200;
    let text = text.trim();
    if text.chars().count() <= KEPT {
        return text.to_owned();
    }
    text.chars().take(KEPT - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_what_it_is_called() {
        for word in [
            "idle",
            "working",
            "starting",
            "failed_turn",
            "rate_limit",
            "overload",
            "retrying",
            "permission",
            "question",
            "trust",
            "login",
            "onboarding",
        ] {
            assert_eq!(Says::from_word(word).map(Says::word), Some(word));
        }
        assert_eq!(Says::from_word("happy"), None);
    }

    #[test]
    fn a_long_error_is_cut_by_characters() {
        let AgentState::FailedTurn { error } = Says::FailedTurn.state(&"é".repeat(500), None) else {
            unreachable!("a failed turn is one")
        };
        assert_eq!(error.chars().count(), 200);
    }
}

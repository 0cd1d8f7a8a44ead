//! How eagerly and how often: the numbers of each mode.

use serde::{Deserialize, Serialize};

use crate::ids::AgentId;

/// Restarts are counted over this long (milliseconds).
pub const WINDOW_MS: u64 = 600_000;
/// So close together, ends of different agents have one cause (milliseconds).
pub const MASS_WITHIN_MS: u64 = 5_000;
/// So many agents of one team.
pub const MASS_OF_TEAM: usize = 3;
/// So many agents of the host, of several teams.
pub const MASS_OF_HOST: usize = 5;

/// How eagerly agents are brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// With patience; what a person may have done on purpose is left alone.
    Normal,
    /// At once; every agent is needed.
    Emergency,
}

/// The numbers of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Restarts of one agent within the window; one more opens its breaker.
    pub per_agent: usize,
    /// Restarts of a team within the window, however small it is.
    pub per_team: usize,
    /// Restarts on the host within the window, however few agents there are.
    pub per_host: usize,
    /// Restarts for each agent of a team, and of the host, within the window: a large team may come back whole.
    pub per_member: usize,
    /// Launches in a row that may end before the agent was ready; one more opens its breaker.
    pub stillborn: u32,
    /// Wait before the first restart (milliseconds): long enough to see whether others fall too.
    pub first_ms: u64,
    /// Wait before the second restart (milliseconds); doubled for each further one.
    pub second_ms: u64,
    /// Longest wait, jitter not included (milliseconds).
    pub longest_ms: u64,
    /// No progress for so long is a hang (milliseconds).
    pub hang_after_ms: u64,
    /// Stopped by a signal for so long is a hang (milliseconds).
    pub stopped_after_ms: u64,
}

impl Mode {
    /// Its name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Emergency => "emergency",
        }
    }

    /// Its numbers.
    pub fn limits(self) -> Limits {
        match self {
            Self::Normal => Limits {
                per_agent: 4,
                per_team: 10,
                per_host: 20,
                per_member: 2,
                stillborn: 2,
                first_ms: 2_000,
                second_ms: 4_000,
                longest_ms: 60_000,
                hang_after_ms: 600_000,
                stopped_after_ms: 10_000,
            },
            Self::Emergency => Limits {
                per_agent: 8,
                per_team: 30,
                per_host: 60,
                per_member: 4,
                stillborn: 3,
                first_ms: 150,
                second_ms: 500,
                longest_ms: 30_000,
                hang_after_ms: 180_000,
                stopped_after_ms: 2_000,
            },
        }
    }
}

impl Limits {
    /// Restarts of a team of this size within the window.
    pub fn of_team(&self, size: usize) -> usize {
        self.per_team.max(self.per_member * size)
    }

    /// Restarts on a host with this many agents within the window.
    pub fn of_host(&self, size: usize) -> usize {
        self.per_host.max(self.per_member * size)
    }

    /// The wait before an attempt (from 1), in milliseconds: doubled each time, and lengthened by up to a quarter so
    /// that agents that fell together do not come back in step. There is no randomness here: the agent and the attempt
    /// make the difference.
    pub fn delay_ms(&self, agent: AgentId, attempt: u32) -> u64 {
        let doubled = |times: u32| self.second_ms.saturating_mul(1 << times.min(20)).min(self.longest_ms);
        let plain = if attempt <= 1 { self.first_ms } else { doubled(attempt - 2) };
        plain + plain * jitter_percent(agent, attempt) / 100
    }
}

/// 0 to 25, spread evenly over agents and attempts.
fn jitter_percent(agent: AgentId, attempt: u32) -> u64 {
    // The finaliser of SplitMix64: https://prng.di.unimi.it/splitmix64.c
    let mut x = agent.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(attempt).rotate_left(32);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) % 26
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn waits_double_up_to_the_longest_and_differ_between_agents() {
        for mode in [Mode::Normal, Mode::Emergency] {
            let limits = mode.limits();
            for attempt in 1..40 {
                let waits: Vec<u64> = (1..200).map(|id| limits.delay_ms(AgentId(id), attempt)).collect();
                let plain = match attempt {
                    1 => limits.first_ms,
                    2..10 => (limits.second_ms << (attempt - 2)).min(limits.longest_ms),
                    _ => limits.longest_ms,
                };
                assert!(
                    waits.iter().all(|wait| (plain..=plain + plain / 4).contains(wait)),
                    "{attempt}: {waits:?}"
                );
                let different: BTreeSet<u64> = waits.iter().copied().collect();
                assert!(different.len() >= 20, "attempt {attempt} comes in step: {different:?}");
            }
        }
    }
}

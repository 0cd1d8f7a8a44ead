//! When something happened, how that is known, and how long it is between two such instants.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Refusal};
use crate::time::{Now, Timestamp};

/// Clocks may differ by this much before it is said (milliseconds).
const TOLERANCE_MS: i64 = 2000;
/// An instant may lie this far in the future before it is refused: clocks differ (milliseconds).
const FUTURE_MS: u64 = 60_000;

/// A position on the clock of one boot of one machine: it goes on while the wall clock jumps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// Which boot (`/proc/sys/kernel/random/boot_id`).
    pub id: String,
    /// Milliseconds of `CLOCK_BOOTTIME`.
    pub millis: i64,
}

/// How the instant was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// It was recorded as it happened.
    #[default]
    Live,
    /// As "so long ago".
    Ago,
    /// As an instant of the wall clock.
    Absolute,
}

/// When something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurred {
    /// By the wall clock.
    pub at: Timestamp,
    /// How that is known.
    #[serde(default)]
    pub given: Given,
    /// By the clock of the boot; an absolute instant has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
}

impl Occurred {
    /// Now.
    pub fn live(now: Now, boot_id: &str) -> Self {
        let millis = i64::try_from(now.boot_millis).unwrap_or(i64::MAX);
        Self { at: now.wall, given: Given::Live, boot: Some(Boot { id: boot_id.to_owned(), millis }) }
    }

    /// Refuses an instant that has not come yet.
    pub fn not_in_the_future(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.at.millis_since(now) <= FUTURE_MS {
            return Ok(());
        }
        let hint = "say `now`, `10m ago`, `14:03`, or an instant with its zone";
        Err(Refusal::new(Code::BadRequest, "that instant is in the future", hint))
    }
}

/// When something happened, as somebody says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum When {
    /// Now.
    #[default]
    Now,
    /// So long ago.
    Ago {
        /// Milliseconds.
        millis: u64,
    },
    /// At an instant of the wall clock.
    At {
        /// The instant.
        at: Timestamp,
    },
}

impl When {
    /// What it means for somebody who says it at `live`.
    pub fn occurred(self, live: &Occurred) -> Occurred {
        match self {
            Self::Now => live.clone(),
            Self::At { at } => Occurred { at, given: Given::Absolute, boot: None },
            Self::Ago { millis } => {
                let back = i64::try_from(millis).unwrap_or(i64::MAX);
                let boot = live.boot.as_ref();
                Occurred {
                    at: Timestamp(live.at.0.saturating_sub(back)),
                    given: Given::Ago,
                    boot: boot.map(|boot| Boot { millis: boot.millis.saturating_sub(back), ..boot.clone() }),
                }
            }
        }
    }
}

/// The time between two instants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Milliseconds; negative when the second was first by the clocks.
    pub millis: i64,
    /// What is odd about it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// The time from one instant to another: by the clock of the boot when both were on the same one, else by the wall clock.
pub fn span(from: &Occurred, to: &Occurred) -> Span {
    let by_wall = to.at.0.saturating_sub(from.at.0);
    let by_boot = match (&from.boot, &to.boot) {
        (Some(from), Some(to)) if from.id == to.id => Some(to.millis.saturating_sub(from.millis)),
        _ => None,
    };
    let millis = by_boot.unwrap_or(by_wall);
    let warning = if by_boot.is_some_and(|boot| (boot - by_wall).abs() > TOLERANCE_MS) {
        let jumped = by_wall - millis;
        Some(format!("the wall clock was set by {} s in between", jumped / 1000))
    } else if millis < 0 {
        Some("the second is before the first by the times that were given".to_owned())
    } else {
        None
    };
    Span { millis, warning }
}

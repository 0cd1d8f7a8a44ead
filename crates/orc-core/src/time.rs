//! Instants and durations as plain values. The core never reads a clock.

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds from `earlier` to this instant; 0 when the clock went backwards in between.
    pub fn millis_since(self, earlier: Timestamp) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// For people, in UTC: `2026-11-22 14:03:05 UTC`.
    pub fn utc(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .unwrap_or_default()
            .strftime("%Y-%m-%d %H:%M:%S UTC")
            .to_string()
    }

    /// This instant moved forward by `millis` milliseconds.
    #[must_use]
    pub fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(millis).unwrap_or(i64::MAX)))
    }

    /// This instant moved back by `millis` milliseconds.
    #[must_use]
    pub fn minus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_sub(i64::try_from(millis).unwrap_or(i64::MAX)))
    }
}

/// The two clocks read together by the shell: the wall clock that people read, which may jump, and a clock
/// that only goes forward, by which the core measures waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    /// The wall clock.
    pub wall: Timestamp,
    /// Milliseconds of `CLOCK_BOOTTIME`: monotonic, suspended time included, restarts with the machine.
    pub boot_millis: u64,
}

/// An instant of the boot clock, with the boot that it belongs to: what the wall clock says has no part in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The kernel's id of the boot; empty where it cannot be read.
    pub boot: String,
    /// Milliseconds of `CLOCK_BOOTTIME`.
    pub millis: u64,
}

impl Moment {
    /// At least so many milliseconds lie between this instant and `now`. Of an earlier boot only that is known which
    /// has passed since the machine came up: a wait is never cut short by a reboot, and never lasts longer than it.
    pub fn age(&self, now: &Moment) -> u64 {
        if self.boot == now.boot && self.millis <= now.millis { now.millis - self.millis } else { now.millis }
    }
}

/// A duration in milliseconds for people: `0.4 s`, `12 s`, `3m12s`, `2h05m`.
pub fn short(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..10 => format!("{}.{} s", seconds, millis % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(short(400), "0.4 s");
        assert_eq!(short(192_000), "3m12s");
        assert_eq!(short(7_500_000), "2h05m");
    }

    #[test]
    fn an_instant_of_an_earlier_boot_is_as_old_as_the_machine_is_up() {
        let at = |boot: &str, millis| Moment { boot: boot.to_owned(), millis };
        assert_eq!(at("a", 1000).age(&at("a", 1500)), 500);
        assert_eq!(at("a", 900_000).age(&at("b", 1500)), 1500);
        assert_eq!(at("a", 900_000).age(&at("a", 1500)), 1500, "a clock that was set back stalls nothing");
    }
}

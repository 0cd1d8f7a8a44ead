//! Durations as people write them: `30s`, `2m`, `1h 30m`.

use std::str::FromStr;
use std::time::Duration;

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl FromStr for Wait {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed: jiff::SignedDuration =
            text.parse().map_err(|_| "a duration such as `30s`, `2m` or `1h 30m`".to_owned())?;
        Duration::try_from(parsed).map(Self).map_err(|_| "a duration that is not negative".to_owned())
    }
}

impl Wait {
    /// In milliseconds.
    pub(crate) fn millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A duration for people: `0.4 s`, `12 s`, `3m12s`, `2h05m`.
pub(crate) fn short(millis: u64) -> String {
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
    fn durations_read_and_write() {
        assert_eq!("2m".parse::<Wait>().unwrap().0, Duration::from_secs(120));
        assert!("soon".parse::<Wait>().is_err());
        assert_eq!(short(400), "0.4 s");
        assert_eq!(short(192_000), "3m12s");
    }
}

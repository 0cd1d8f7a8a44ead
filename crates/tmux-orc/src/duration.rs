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

pub(crate) use orc_core::time::short;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!("2m".parse::<Wait>().unwrap().0, Duration::from_secs(120));
        assert!("soon".parse::<Wait>().is_err());
    }
}

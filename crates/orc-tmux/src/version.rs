//! Which tmux is installed, and whether it will do.

use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::TmuxError;

/// The oldest tmux that works: control-mode flags `ignore-size` and `no-output`, `-N`, and pane options.
pub const FLOOR: Version = Version::Release { major: 3, minor: 2, letter: None };

const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// A tmux version as `tmux -V` prints it. Ordered by age: a development build of `next-3.8` comes before the
/// release 3.8, `master` is newer than everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `3.3a`; a release candidate (`3.2-rc2`) counts as its release.
    Release {
        /// 3 in `3.3a`.
        major: u16,
        /// 3 in `3.3a`.
        minor: u16,
        /// `a` in `3.3a`.
        letter: Option<char>,
    },
    /// `next-3.8`: what will become 3.8.
    Next {
        /// 3 in `next-3.8`.
        major: u16,
        /// 8 in `next-3.8`.
        minor: u16,
    },
    /// Built from the development branch without a number.
    Master,
}

impl Version {
    /// Reads the output of `tmux -V`, with or without the leading `tmux`.
    pub fn parse(output: &str) -> Result<Self, TmuxError> {
        let text = output.trim();
        let text = text.strip_prefix("tmux ").unwrap_or(text);
        let parsed = match text.strip_prefix("next-") {
            _ if text == "master" => Some(Self::Master),
            Some(rest) => numbers(rest).map(|(major, minor, _)| Self::Next { major, minor }),
            None => numbers(text).map(|(major, minor, letter)| Self::Release { major, minor, letter }),
        };
        parsed.ok_or_else(|| TmuxError::UnknownVersion { output: output.trim().to_owned() })
    }

    /// Refuses what is older than [`FLOOR`].
    pub fn supported(self) -> Result<Self, TmuxError> {
        if self < FLOOR { Err(TmuxError::TooOld { found: self, floor: FLOOR }) } else { Ok(self) }
    }

    fn rank(self) -> (u16, u16, u8, Option<char>) {
        match self {
            Self::Release { major, minor, letter } => (major, minor, 1, letter),
            Self::Next { major, minor } => (major, minor, 0, None),
            Self::Master => (u16::MAX, u16::MAX, 0, None),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release { major, minor, letter: None } => write!(f, "{major}.{minor}"),
            Self::Release { major, minor, letter: Some(letter) } => write!(f, "{major}.{minor}{letter}"),
            Self::Next { major, minor } => write!(f, "next-{major}.{minor}"),
            Self::Master => f.write_str("master"),
        }
    }
}

/// `3.3a` and `3.2-rc2` into numbers and letter; anything else is none.
fn numbers(text: &str) -> Option<(u16, u16, Option<char>)> {
    let text = text.split_once("-rc").map_or(text, |(release, _)| release);
    let (major, rest) = text.split_once('.')?;
    let (minor, letter) = match rest.char_indices().last()? {
        (at, letter) if letter.is_ascii_lowercase() => (&rest[..at], Some(letter)),
        _ => (rest, None),
    };
    Some((major.parse().ok()?, minor.parse().ok()?, letter))
}

/// Runs `tmux -V` (which contacts no server) and refuses what is too old.
pub async fn probe(program: &Path) -> Result<Version, TmuxError> {
    let failed = |source| TmuxError::Exec { program: program.to_owned(), source };
    let child = Command::new(program)
        .arg("-V")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let output = tokio::time::timeout(PROBE_TIMEOUT, child.wait_with_output())
        .await
        .map_err(|_| TmuxError::TimedOut { what: "tmux -V", after: PROBE_TIMEOUT })?
        .map_err(failed)?;
    Version::parse(&String::from_utf8_lossy(&output.stdout))?.supported()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn reads_every_form_that_tmux_prints() {
        for (text, shown) in [
            ("tmux 3.2\n", "3.2"),
            ("tmux 3.2a\n", "3.2a"),
            ("tmux 3.3a", "3.3a"),
            ("tmux 3.2-rc2", "3.2"),
            ("tmux next-3.8\n", "next-3.8"),
            ("tmux master\n", "master"),
            ("3.10", "3.10"),
        ] {
            assert_eq!(parse(text).to_string(), shown, "{text:?}");
        }
        for text in ["", "tmux", "tmux three", "tmux 3", "tmux 3.x", "tmux 3.3A", "tmux -1.2"] {
            assert!(
                matches!(Version::parse(text), Err(TmuxError::UnknownVersion { .. })),
                "{text:?} was read"
            );
        }
    }

    #[test]
    fn orders_by_age_and_refuses_the_old() {
        let ages = ["2.9a", "3.1c", "3.2", "3.2a", "3.3", "3.3a", "next-3.8", "3.8", "3.10", "master"];
        assert!(ages.map(parse).is_sorted());
        for old in ["2.9a", "3.1c", "next-3.2"] {
            assert!(matches!(parse(old).supported(), Err(TmuxError::TooOld { .. })), "{old}");
        }
        for good in ["3.2", "3.2a", "3.3a", "next-3.8", "master"] {
            assert!(parse(good).supported().is_ok(), "{good}");
        }
    }
}

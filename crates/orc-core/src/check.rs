//! Checks: which tests ran on which code, and what that proves.
//!
//! Counts are the verdict, never an exit status alone: zero executed tests prove nothing, a skipped test proves nothing, and
//! a result that cannot be read proves nothing. What was tested is a git tree: a check says nothing about another one.

mod run;
mod verdict;

use serde::{Deserialize, Serialize};

pub use crate::ids::CheckId;
pub use run::{CheckRun, Counts, SuiteRun};
pub use verdict::Verdict;

/// How much is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Everything.
    Full,
    /// What the change can have broken, what is critical, and smoke tests.
    Fast,
    /// What must never break.
    Critical,
    /// Whether it runs at all.
    Smoke,
}

impl Tier {
    /// All of them, the largest first.
    pub const ALL: [Self; 4] = [Self::Full, Self::Fast, Self::Critical, Self::Smoke];

    /// `full` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Fast => "fast",
            Self::Critical => "critical",
            Self::Smoke => "smoke",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }

    /// How long it may take, builds included, unless the configuration says otherwise (milliseconds).
    pub fn budget_ms(self) -> u64 {
        match self {
            Self::Full => 20 * 60_000,
            Self::Fast => 180_000,
            Self::Critical => 120_000,
            Self::Smoke => 60_000,
        }
    }

    /// When the rest is not run any more.
    pub fn stops(self) -> Stops {
        match self {
            Self::Full => Stops::Never,
            Self::Fast => Stops::AfterWhatRuns,
            Self::Critical | Self::Smoke => Stops::AtFirstFailure,
        }
    }
}

/// When a check stops before everything has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stops {
    /// Everything runs.
    Never,
    /// After the first failure nothing more is begun; what runs is let end.
    AfterWhatRuns,
    /// The runner is told to stop at the first failure.
    AtFirstFailure,
}

/// The code that is tested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// The repository's directory, absolute.
    pub repository: String,
    /// The commit's hash.
    pub commit: String,
    /// The hash of its tree: with `dirty` the tree of the commit, which is not what ran.
    pub tree: String,
    /// The branch that it was the head of; nothing for another commit.
    pub branch: Option<String>,
    /// The directory was tested as it was, with changes that no commit has: evidence of nothing else.
    pub dirty: bool,
    /// The commit where the change began; nothing when there is no base.
    pub base: Option<String>,
    /// Commits between the base and this one.
    pub ahead: u64,
}

/// A check that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Its id.
    pub check: CheckId,
    /// How much is tested.
    pub tier: Tier,
    /// What.
    pub tested: Tested,
    /// How long it may take (milliseconds).
    pub budget_ms: u64,
    /// The file with what the runners print, redacted and cut.
    pub log: String,
}

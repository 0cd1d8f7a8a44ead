//! What a check comes to.

use serde::{Deserialize, Serialize};

/// What a check, or one suite of it, comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Tests ran, enough of them, and all passed.
    Pass,
    /// All passed in the end, some only when they were tried again.
    PassFlaky,
    /// A test failed, or the runner says that something did.
    Fail,
    /// No test was executed, or fewer than there must be: this is never green.
    NothingSelected,
    /// It was cut off, or its results are missing or cannot be read.
    Inconclusive,
    /// It could not be built, collected or started.
    Error,
}

impl Verdict {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::PassFlaky => "pass_flaky",
            Self::Fail => "fail",
            Self::NothingSelected => "nothing_selected",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }

    /// Whether a change may be shipped on it.
    pub fn is_green(self) -> bool {
        match self {
            Self::Pass | Self::PassFlaky => true,
            Self::Fail | Self::NothingSelected | Self::Inconclusive | Self::Error => false,
        }
    }

    /// Whether it speaks against the code itself, and not only about what was tested.
    pub fn refutes(self) -> bool {
        match self {
            Self::Fail | Self::Error => true,
            Self::Pass | Self::PassFlaky | Self::NothingSelected | Self::Inconclusive => false,
        }
    }

    /// What two parts come to together: the one that says more against the code.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::PassFlaky => 1,
            Self::NothingSelected => 2,
            Self::Inconclusive => 3,
            Self::Error => 4,
            Self::Fail => 5,
        }
    }
}

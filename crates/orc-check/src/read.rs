//! What came out of tests: each case by its name, and nothing that is not said.

mod cargo;
mod go;
mod jest;
mod junit;
mod tally;

use std::collections::BTreeMap;

use orc_core::check::Counts;

pub use cargo::Cargo;
pub use go::{Go, go_text};
pub use jest::jest;
pub use junit::junit;
pub use tally::Tally;

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// It passed.
    Passed,
    /// It passed when it was tried again.
    Flaky,
    /// It was not executed.
    Skipped,
    /// It failed.
    Failed,
    /// It could not be run to its end.
    Error,
}

/// What came out of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Tests by name.
    pub cases: BTreeMap<String, Case>,
    /// Tests that only their number is known of.
    pub unnamed: Counts,
    /// Names of failed ones among those.
    pub failures: Vec<String>,
    /// How often a test by name was told of: more than there are names where several have the same one.
    pub named: u64,
}

/// Results that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Outcome {
    /// Takes the next word on a test. One that is told of twice was tried again: it is flaky if it passed in the end.
    pub fn take(&mut self, name: String, case: Case) {
        let case = match (self.cases.get(&name), case) {
            (Some(Case::Passed | Case::Flaky | Case::Failed | Case::Error), Case::Passed) => Case::Flaky,
            (Some(known), Case::Skipped) => *known,
            (_, case) => case,
        };
        self.cases.insert(name, case);
        self.named += 1;
    }

    /// How many tests something is known of, skipped ones among them; never fewer than that.
    pub fn told(&self) -> u64 {
        self.named + self.unnamed.executed() + self.unnamed.skipped
    }

    /// Adds what another run of the same suite came to: a test that ran in both has failed if it failed in one.
    pub fn add(&mut self, other: Self) {
        for (name, case) in other.cases {
            let worse = self.cases.get(&name).copied().filter(|known| known.weight() > case.weight());
            self.cases.insert(name, worse.unwrap_or(case));
        }
        self.unnamed = self.unnamed.plus(other.unnamed);
        self.named += other.named;
        self.failures.extend(other.failures);
    }

    /// How many of each.
    pub fn counts(&self) -> Counts {
        let mut counts = self.unnamed;
        for case in self.cases.values() {
            match case {
                Case::Passed => counts.passed += 1,
                Case::Flaky => {
                    counts.passed += 1;
                    counts.flaky += 1;
                }
                Case::Skipped => counts.skipped += 1,
                Case::Failed => counts.failed += 1,
                Case::Error => counts.errors += 1,
            }
        }
        counts
    }

    /// The names of those that did not pass.
    pub fn failed(&self) -> Vec<String> {
        let bad = self.cases.iter().filter(|(_, case)| matches!(case, Case::Failed | Case::Error));
        bad.map(|(name, _)| name.clone()).chain(self.failures.iter().cloned()).collect()
    }

    /// The names of the flaky ones.
    pub fn flaky(&self) -> Vec<String> {
        self.cases.iter().filter(|(_, case)| **case == Case::Flaky).map(|(name, _)| name.clone()).collect()
    }
}

impl Case {
    fn weight(self) -> u8 {
        match self {
            Self::Skipped => 0,
            Self::Passed => 1,
            Self::Flaky => 2,
            Self::Failed => 3,
            Self::Error => 4,
        }
    }
}

#[cfg(test)]
mod tests;

//! The evidence of a check.

use serde::{Deserialize, Serialize};

use super::{CheckId, Tested, Tier, Verdict};
use crate::delivery::Sender;
use crate::time::Timestamp;

/// Tests by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Passed, those that passed only when tried again among them.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Could not be run to their end.
    pub errors: u64,
    /// Were not executed: they never count for anything.
    pub skipped: u64,
    /// Of the passed ones, those that had failed before.
    pub flaky: u64,
}

impl Counts {
    /// How many tests were executed.
    pub fn executed(&self) -> u64 {
        self.passed + self.failed + self.errors
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
            flaky: self.flaky + other.flaky,
        }
    }
}

/// One runner's part of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteRun {
    /// Its name: the configured one, or the runner and the directory.
    pub name: String,
    /// The runner: `cargo`, `nextest`, `pytest`, `go`, `jest`, `vitest`, `make`, `just`, `command`.
    pub runner: String,
    /// What the runner says of its version; empty when it was not asked.
    pub version: String,
    /// What was run; empty when nothing was.
    pub argv: Vec<String>,
    /// Where, from the repository's directory.
    pub dir: String,
    /// Why these tests and no others.
    pub selection: String,
    /// The changed files that they were chosen by, the first few.
    pub files: Vec<String>,
    /// Tests that there are; nothing where the runner cannot say.
    pub discovered: Option<u64>,
    /// Tests that were chosen; nothing where the runner cannot say.
    pub selected: Option<u64>,
    /// What became of them.
    pub counts: Counts,
    /// Names of failed tests, the first few.
    pub failures: Vec<String>,
    /// Names of tests that passed only when tried again, the first few.
    pub flaky: Vec<String>,
    /// The check means nothing without this suite: it was configured, or a changed file belongs to it.
    pub required: bool,
    /// Nothing but the runner's exit status is known, because the configuration says so.
    pub exit_code_only: bool,
    /// The runner's exit status; nothing when it was ended by a signal or never ran.
    pub exit: Option<i32>,
    /// How long it took (milliseconds).
    pub took_ms: u64,
    /// What it comes to; nothing when it was not begun.
    pub verdict: Option<Verdict>,
    /// Why, in words.
    pub why: String,
}

impl SuiteRun {
    /// Tests that there are and that were not executed, where that is known.
    pub fn not_run(&self) -> Option<u64> {
        Some(self.discovered?.saturating_sub(self.counts.executed()))
    }
}

/// A check that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRun {
    /// Its id.
    pub check: CheckId,
    /// How much was to be tested.
    pub tier: Tier,
    /// What was tested.
    pub tested: Tested,
    /// Who asked for it.
    pub by: Sender,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, without waiting for another check (milliseconds).
    pub took_ms: u64,
    /// How long it might take (milliseconds).
    pub budget_ms: u64,
    /// Its parts.
    pub suites: Vec<SuiteRun>,
    /// Files that differ from the base, so many.
    pub changed: u64,
    /// What made it test more than its tier, a reason each.
    pub widened: Vec<String>,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why, in words.
    pub why: String,
    /// The file with what the runners printed, redacted and cut.
    pub log: String,
    /// What it ran on: operating system and versions of runtimes.
    pub environment: Vec<(String, String)>,
}

impl CheckRun {
    /// What became of all tests.
    pub fn counts(&self) -> Counts {
        self.suites.iter().fold(Counts::default(), |all, suite| all.plus(suite.counts))
    }

    /// Whether it speaks for this git tree: it is green, and ran on that tree and nothing else.
    pub fn proves(&self, tree: &str) -> bool {
        self.verdict.is_green() && !self.tested.dirty && self.tested.tree == tree
    }
}

//! A suite: one runner in one folder.

use orc_core::check::Tier;
use serde::Deserialize;

/// What runs tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runner {
    /// `cargo test`.
    Cargo,
    /// `cargo nextest`.
    Nextest,
    /// `pytest`.
    Pytest,
    /// `go test`.
    Go,
    /// `jest`.
    Jest,
    /// `vitest`.
    Vitest,
    /// A target of a `Makefile`.
    #[serde(skip_deserializing)]
    Make,
    /// A recipe of a `justfile`.
    #[serde(skip_deserializing)]
    Just,
    /// A program that the configuration names.
    Command,
}

impl Runner {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Nextest => "nextest",
            Self::Pytest => "pytest",
            Self::Go => "go",
            Self::Jest => "jest",
            Self::Vitest => "vitest",
            Self::Make => "make",
            Self::Just => "just",
            Self::Command => "command",
        }
    }

    /// Whether it is one program for one tier, and knows nothing of single tests.
    pub fn is_one_program(self) -> bool {
        matches!(self, Self::Make | Self::Just | Self::Command)
    }

    /// Whether a file can be code that its tests test.
    pub(crate) fn knows(self, ending: &str) -> bool {
        match self {
            Self::Cargo | Self::Nextest => ending == "rs",
            Self::Pytest => matches!(ending, "py" | "pyi"),
            Self::Go => ending == "go",
            Self::Jest | Self::Vitest => matches!(
                ending,
                "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "vue" | "svelte"
            ),
            Self::Make | Self::Just | Self::Command => false,
        }
    }
}

/// A mark on tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// What must never break.
    Critical,
    /// Whether it runs at all.
    Smoke,
}

impl Tag {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Smoke => "smoke",
        }
    }
}

/// Where the counts of a program come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultOf {
    /// From what it prints, where that has the counts of a known runner in it.
    Text,
    /// From the `JUnit` file that it writes, by its path from the suite's folder.
    Junit(String),
    /// Nothing is known but its exit status: the configuration says so, and so does the evidence.
    ExitCode,
}

/// One runner in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Its name, unique in a plan.
    pub name: String,
    /// The runner.
    pub runner: Runner,
    /// The folder, from the repository's directory; empty for that one.
    pub dir: String,
    /// The configuration names it.
    pub configured: bool,
    /// Why it is there: the file that says so.
    pub why: String,
    /// The tiers that it is for, if it is one program for each.
    pub tiers: Vec<Tier>,
    /// Arguments that choose critical tests; without them as the runner's own custom is.
    pub critical: Option<Vec<String>>,
    /// Arguments that choose smoke tests.
    pub smoke: Option<Vec<String>>,
    /// The program with its arguments, where it is one program.
    pub command: Vec<String>,
    /// Where its counts come from, where it is one program.
    pub result: ResultOf,
    /// It may take so long by itself (milliseconds).
    pub timeout_ms: Option<u64>,
}

impl Suite {
    /// One that was found in a folder.
    pub fn found(runner: Runner, dir: &str, why: &str) -> Self {
        let name = if dir.is_empty() { runner.name().to_owned() } else { format!("{}:{dir}", runner.name()) };
        Self {
            name,
            runner,
            dir: dir.to_owned(),
            configured: false,
            why: why.to_owned(),
            tiers: Vec::new(),
            critical: None,
            smoke: None,
            command: Vec::new(),
            result: ResultOf::Text,
            timeout_ms: None,
        }
    }

    /// The configured arguments that choose tests with a mark.
    pub(crate) fn arguments(&self, tag: Tag) -> Option<&Vec<String>> {
        match tag {
            Tag::Critical => self.critical.as_ref(),
            Tag::Smoke => self.smoke.as_ref(),
        }
    }
}

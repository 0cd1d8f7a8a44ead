//! What the facts of a run prove. An exit status is one of them, and never the verdict.

use orc_core::check::{Counts, SuiteRun, Verdict};

/// Why a program did not come to its end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Its time was over.
    Deadline,
    /// Somebody asked for its end.
    Cancelled,
}

impl Cut {
    /// In words.
    pub fn why(self) -> &'static str {
        match self {
            Self::Deadline => "its time was over",
            Self::Cancelled => "it was cancelled",
        }
    }
}

/// The facts of a suite's run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Tests that were chosen, where that is known.
    pub selected: Option<u64>,
    /// What became of them.
    pub counts: Counts,
    /// Tests that were chosen and that no result tells of, neither as executed nor as skipped.
    pub untold: u64,
    /// It was cut off.
    pub cut: Option<Cut>,
    /// Its results are missing or cannot be read, and why.
    pub unreadable: Option<String>,
    /// It could not be built, collected or started, and why.
    pub broken: Option<String>,
    /// Its exit status is not 0: what it was.
    pub complaint: Option<String>,
    /// Nothing but the exit status is known, because the configuration says so.
    pub exit_code_only: bool,
    /// A flaky test is among those that the change touches, or counts as failed anyway.
    pub flaky_fails: bool,
}

/// The verdict on a suite, and why.
pub fn judge(facts: &Facts) -> (Verdict, String) {
    let counts = facts.counts;
    let failed = counts.failed + counts.errors;
    let executed = counts.executed();
    if facts.selected == Some(0) && executed == 0 && facts.broken.is_none() && facts.cut.is_none() {
        return (Verdict::NothingSelected, "no test is chosen".to_owned());
    }
    if failed > 0 {
        let cut = facts.cut.map(|cut| format!(", before {}", cut.why())).unwrap_or_default();
        return (Verdict::Fail, format!("{failed} of {executed} tests failed{cut}"));
    }
    if let Some(cut) = facts.cut {
        let of = facts.selected.map(|selected| format!(" of {selected}")).unwrap_or_default();
        return (Verdict::Inconclusive, format!("{}: {executed}{of} tests were run", cut.why()));
    }
    if let Some(broken) = &facts.broken {
        return (Verdict::Error, broken.clone());
    }
    if facts.exit_code_only {
        return match &facts.complaint {
            Some(complaint) => (Verdict::Fail, complaint.clone()),
            None => (Verdict::Pass, "exit status 0; no tests were counted".to_owned()),
        };
    }
    if let Some(unreadable) = &facts.unreadable {
        let also = facts.complaint.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
        return (Verdict::Inconclusive, format!("{unreadable}{also}"));
    }
    if executed == 0 {
        let skipped =
            if counts.skipped > 0 { format!(", {} skipped", counts.skipped) } else { String::new() };
        return (Verdict::NothingSelected, format!("no test was executed{skipped}"));
    }
    if let Some(complaint) = &facts.complaint {
        return (Verdict::Fail, format!("all {executed} tests passed, but {complaint}"));
    }
    if facts.untold > 0 {
        let of = facts.selected.map(|selected| format!(" of {selected}")).unwrap_or_default();
        let why = "it ended early, with a status as if all had run";
        return (
            Verdict::Inconclusive,
            format!("{}{of} chosen tests have no result, {executed} were executed: {why}", facts.untold),
        );
    }
    if counts.flaky > 0 && facts.flaky_fails {
        let why = "tests passed only when tried again, and what they test is what changed, or the configuration forbids it";
        return (Verdict::Fail, format!("{} {why}", counts.flaky));
    }
    if counts.flaky > 0 {
        return (
            Verdict::PassFlaky,
            format!("{} of {executed} tests passed only when tried again", counts.flaky),
        );
    }
    (Verdict::Pass, format!("{executed} tests passed"))
}

/// The verdict on all suites together, and why. A suite that nobody asked for by name and that no change touches may have
/// nothing to run; together they must have executed `min_tests`.
pub fn together(suites: &[SuiteRun], min_tests: u64) -> (Verdict, String) {
    if suites.is_empty() {
        let why = "no runner that is known has tests for this, and no change leads to any; .tmux-orc/checks.toml can name more";
        return (Verdict::NothingSelected, why.to_owned());
    }
    let counts = |suite: &SuiteRun| {
        suite.required || suite.verdict.is_some_and(|verdict| verdict != Verdict::NothingSelected)
    };
    let worst = suites.iter().filter(|suite| counts(suite)).filter_map(|suite| suite.verdict);
    let verdict = worst.reduce(Verdict::and).unwrap_or(Verdict::NothingSelected);
    let executed: u64 = suites.iter().map(|suite| suite.counts.executed()).sum();
    let by_exit_code =
        suites.iter().any(|suite| suite.exit_code_only && suite.verdict == Some(Verdict::Pass));
    if verdict.is_green() && executed < min_tests && !by_exit_code {
        return (Verdict::NothingSelected, format!("{executed} tests were executed, {min_tests} are needed"));
    }
    let skipped = suites.iter().find(|suite| suite.verdict.is_none());
    if let (true, Some(suite)) = (verdict.is_green(), skipped) {
        return (Verdict::Inconclusive, format!("{} was not begun: {}", suite.name, suite.why));
    }
    let why = match suites.iter().find(|suite| suite.verdict == Some(verdict) && !verdict.is_green()) {
        Some(suite) => format!("{}: {}", suite.name, suite.why),
        None => format!("{executed} tests passed"),
    };
    (verdict, why)
}

#[cfg(test)]
mod tests;

//! Counts in what a program prints, where it runs a known runner: the last line that sums up counts for one runner, several
//! of cargo's and go's are added.

use orc_core::check::Counts;

use super::{Cargo, Case, Outcome, Unreadable};

/// Reads it line by line.
#[derive(Debug, Default)]
pub struct Tally {
    cargo: Cargo,
    cargo_any: bool,
    sums: Option<Counts>,
    go: Option<Counts>,
    /// unittest has said how many tests it ran, and not yet what became of them.
    ran: Option<u64>,
    nothing_to_do: bool,
}

impl Tally {
    /// Takes a line.
    pub fn line(&mut self, line: &str) -> Option<Case> {
        let line = line.trim_end();
        self.cargo_any |= line.starts_with("test result: ");
        let case = self.cargo.line(line);
        if let Some(counts) = pytest(line).or_else(|| javascript(line)).or_else(|| nextest(line)) {
            self.sums = Some(self.sums.unwrap_or_default().plus(counts));
        }
        if let Some(counts) = self.ran.and_then(|ran| unittest_end(ran, line)) {
            self.sums = Some(self.sums.unwrap_or_default().plus(counts));
            self.ran = None;
        }
        self.ran = unittest_ran(line).or(self.ran);
        if let Some(case) = go(line) {
            let go = self.go.get_or_insert_default();
            match case {
                Case::Failed => go.failed += 1,
                Case::Skipped => go.skipped += 1,
                _ => go.passed += 1,
            }
            return Some(case);
        }
        self.nothing_to_do |= line.ends_with(" is up to date.") || line.contains("Nothing to be done for");
        case
    }

    /// Whether the program said that there was nothing to do.
    pub fn nothing_to_do(&self) -> bool {
        self.nothing_to_do
    }

    /// What came out; nothing when it printed no counts that are known.
    pub fn finish(self) -> Result<Outcome, Unreadable> {
        if self.ran.is_some() {
            return Err(Unreadable("it ended before it said what became of its tests".to_owned()));
        }
        if !self.cargo_any && self.sums.is_none() && self.go.is_none() {
            let reason = "it printed no counts of a known runner, and its exit status alone proves nothing";
            return Err(Unreadable(reason.to_owned()));
        }
        let mut outcome = if self.cargo_any { self.cargo.finish()? } else { Outcome::default() };
        outcome.unnamed =
            outcome.unnamed.plus(self.sums.unwrap_or_default()).plus(self.go.unwrap_or_default());
        Ok(outcome)
    }
}

/// A word after a number, and where the number is added.
type Word = (&'static str, fn(&mut Counts, u64));

/// `3 passed, 1 failed, 2 skipped` and so on: the number before each word.
fn numbers(text: &str, words: &[Word]) -> Option<Counts> {
    let mut counts = Counts::default();
    let mut any = false;
    let tokens: Vec<&str> = text.split([' ', ',', '(', ')', '|']).filter(|token| !token.is_empty()).collect();
    for pair in tokens.windows(2) {
        let Ok(number) = pair[0].parse::<u64>() else { continue };
        if let Some((_, add)) = words.iter().find(|(word, _)| *word == pair[1]) {
            add(&mut counts, number);
            any = true;
        }
    }
    any.then_some(counts)
}

const WORDS: &[Word] = &[
    ("passed", |counts, n| counts.passed += n),
    ("failed", |counts, n| counts.failed += n),
    ("skipped", |counts, n| counts.skipped += n),
    ("todo", |counts, n| counts.skipped += n),
    ("error", |counts, n| counts.errors += n),
    ("errors", |counts, n| counts.errors += n),
    ("xfailed", |counts, n| counts.skipped += n),
    ("xpassed", |counts, n| counts.passed += n),
    ("flaky", |counts, n| counts.flaky += n),
];

/// `==== 3 passed, 1 skipped in 0.05s ====`, and the same without the signs (`-q`).
fn pytest(line: &str) -> Option<Counts> {
    let bare = line.trim_matches('=').trim();
    let (counts, time) = bare.rsplit_once(" in ")?;
    let seconds = time.split(' ').next()?.strip_suffix('s')?;
    seconds.parse::<f64>().ok()?;
    numbers(counts, WORDS)
}

/// `Tests:       1 failed, 2 passed, 3 total` (jest), `     Tests  2 passed (2)` (vitest).
fn javascript(line: &str) -> Option<Counts> {
    let rest = line.trim_start().strip_prefix("Tests")?;
    numbers(rest.strip_prefix(':').or(rest.strip_prefix("  "))?, WORDS)
}

/// `Ran 3 tests in 0.001s` of Python's own unittest: what became of them is in a line that follows.
fn unittest_ran(line: &str) -> Option<u64> {
    let (number, rest) = line.strip_prefix("Ran ")?.split_once(' ')?;
    rest.strip_prefix("tests in ")
        .or(rest.strip_prefix("test in "))?
        .strip_suffix('s')?
        .parse::<f64>()
        .ok()?;
    number.parse().ok()
}

/// `OK`, `OK (skipped=1)`, `NO TESTS RAN` or `FAILED (failures=1, errors=2)`.
fn unittest_end(ran: u64, line: &str) -> Option<Counts> {
    let (word, rest) = line.split_once(" (").unwrap_or((line, ""));
    if !matches!(word, "OK" | "FAILED" | "NO TESTS RAN") {
        return None;
    }
    let mut counts = Counts::default();
    for part in rest.trim_end_matches(')').split(", ").filter(|part| !part.is_empty()) {
        let (name, number) = part.split_once('=')?;
        let number: u64 = number.parse().ok()?;
        match name {
            "failures" | "unexpected successes" => counts.failed += number,
            "errors" => counts.errors += number,
            "skipped" | "expected failures" => counts.skipped += number,
            _ => return None,
        }
    }
    // A class that is skipped or breaks as a whole was not counted as run: then this is too small, never too large.
    counts.passed = ran.saturating_sub(counts.failed + counts.errors + counts.skipped);
    Some(counts)
}

/// `     Summary [   0.012s] 3 tests run: 2 passed (1 flaky), 1 failed, 1 skipped`
fn nextest(line: &str) -> Option<Counts> {
    let rest = line.trim_start().strip_prefix("Summary [")?;
    numbers(rest.split_once(" run: ")?.1, WORDS)
}

/// `--- PASS: TestA (0.00s)` of a test that is no subtest.
fn go(line: &str) -> Option<Case> {
    let rest = line.strip_prefix("--- ")?;
    match rest.split_once(": ")?.0 {
        "PASS" => Some(Case::Passed),
        "FAIL" => Some(Case::Failed),
        "SKIP" => Some(Case::Skipped),
        _ => None,
    }
}

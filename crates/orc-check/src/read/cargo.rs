//! What `cargo test` prints: on stable Rust its text is all there is.

use orc_core::check::Counts;

use super::{Outcome, Unreadable};

/// Reads it line by line. Each test program says `running 3 tests` and, when it has come to its end, `test result: …`; the
/// numbers of both must agree, so that a line that a test prints itself is not taken for a result.
#[derive(Debug, Default)]
pub struct Cargo {
    outcome: Outcome,
    running: Option<u64>,
    seen: Counts,
    wrong: Option<String>,
    any: bool,
}

impl Cargo {
    /// Takes a line; what became of a test, if it says so.
    pub fn line(&mut self, line: &str) -> Option<super::Case> {
        if let Some(count) = line.strip_prefix("running ").and_then(|rest| {
            rest.strip_suffix(" tests").or(rest.strip_suffix(" test")).and_then(|n| n.parse().ok())
        }) {
            if self.running.is_some() {
                self.cut_off();
            }
            self.running = Some(count);
            self.any = true;
            return None;
        }
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.result(rest);
            return None;
        }
        let (name, end) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
        self.running?;
        match end {
            "FAILED" => {
                self.outcome.failures.push(name.to_owned());
                self.seen.failed += 1;
                Some(super::Case::Failed)
            }
            "ok" => {
                self.seen.passed += 1;
                Some(super::Case::Passed)
            }
            _ if end.starts_with("ignored") => Some(super::Case::Skipped),
            _ => None,
        }
    }

    fn result(&mut self, rest: &str) {
        // `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s`
        let number = |word: &str| {
            rest.split([';', '.']).find_map(|part| {
                let (count, name) = part.trim().split_once(' ')?;
                (name == word).then(|| count.parse::<u64>().ok()).flatten()
            })
        };
        let counted = number("passed").zip(number("failed")).zip(number("ignored"));
        let Some(((passed, failed), skipped)) = counted else { return };
        let Some(running) = self.running else { return };
        if passed + failed + skipped + number("measured").unwrap_or(0) != running {
            self.wrong =
                Some(format!("a test program was to run {running} tests and tells of others: {rest}"));
        }
        self.running = None;
        self.seen = Counts::default();
        self.outcome.unnamed =
            self.outcome.unnamed.plus(Counts { passed, failed, skipped, ..Counts::default() });
    }

    /// A test program that never came to its result: what it said before counts, and its end is an error.
    fn cut_off(&mut self) {
        self.running = None;
        let seen = std::mem::take(&mut self.seen);
        self.outcome.unnamed = self.outcome.unnamed.plus(Counts { errors: 1, ..seen });
    }

    /// What became of the tests so far.
    pub fn seen(&self) -> Counts {
        self.outcome.unnamed.plus(self.seen)
    }

    /// What came out.
    pub fn finish(mut self) -> Result<Outcome, Unreadable> {
        if self.running.is_some() {
            self.cut_off();
        }
        match self.wrong {
            Some(wrong) => Err(Unreadable(wrong)),
            None if self.any => Ok(self.outcome),
            None => Err(Unreadable("no test program said how many tests it ran".to_owned())),
        }
    }
}

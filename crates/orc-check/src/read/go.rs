//! What `go test -json` prints: one JSON object a line.

use serde::Deserialize;

use super::{Case, Outcome, Unreadable};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    action: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    test: String,
    #[serde(default)]
    output: String,
}

/// What a line shows to a person; nothing when it shows nothing. What is no JSON is shown as it is.
pub fn go_text(line: &str) -> Option<String> {
    match serde_json::from_str::<Line>(line) {
        Ok(said) => (!said.output.is_empty()).then_some(said.output),
        Err(_) => Some(line.to_owned()),
    }
}

/// Reads it line by line.
#[derive(Debug, Default)]
pub struct Go {
    outcome: Outcome,
    broken: Option<String>,
    any: bool,
}

impl Go {
    /// Takes a line; what became of a test, if it says so. A subtest is part of its test.
    pub fn line(&mut self, line: &str) -> Option<Case> {
        let Ok(said) = serde_json::from_str::<Line>(line) else {
            self.build(line);
            return None;
        };
        self.any = true;
        if said.action == "build-fail" {
            self.broken.get_or_insert_with(|| format!("{} [build failed]", said.package));
        } else if said.test.is_empty() {
            self.build(&said.output);
        }
        if said.test.contains('/') {
            return None;
        }
        let case = match said.action.as_str() {
            "pass" => Case::Passed,
            "fail" => Case::Failed,
            "skip" => Case::Skipped,
            _ => return None,
        };
        if said.test.is_empty() {
            // The package as a whole: it fails also without a test that does, for example when it panics early.
            if case == Case::Failed && self.broken.is_none() && !self.failed_in(&said.package) {
                self.outcome.take(format!("{} (the package)", said.package), Case::Error);
            }
            return None;
        }
        self.outcome.take(format!("{}.{}", said.package, said.test), case);
        Some(case)
    }

    /// What says that a package could not be built.
    fn build(&mut self, text: &str) {
        if ["[build failed]", "[setup failed]"].iter().any(|sign| text.contains(sign)) {
            self.broken.get_or_insert_with(|| text.trim().to_owned());
        }
    }

    fn failed_in(&self, package: &str) -> bool {
        let of = |name: &str| name.strip_prefix(package).is_some_and(|rest| rest.starts_with('.'));
        self.outcome.cases.iter().any(|(name, case)| *case == Case::Failed && of(name))
    }

    /// What could not be built.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// What came out.
    pub fn finish(self) -> Result<Outcome, Unreadable> {
        if self.any { Ok(self.outcome) } else { Err(Unreadable("it printed no JSON".to_owned())) }
    }
}

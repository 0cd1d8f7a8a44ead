//! The JSON file of jest, which vitest writes in the same form. Its `success` is not read: it is true without a single test.

use serde::Deserialize;

use super::{Case, Outcome, Unreadable};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    test_results: Vec<TestFile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestFile {
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    assertion_results: Vec<Assertion>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    #[serde(default)]
    full_name: String,
    status: String,
    #[serde(default)]
    invocations: Option<u64>,
}

/// Reads it. Names of files are given as from `root`.
pub fn jest(text: &str, root: &str) -> Result<Outcome, Unreadable> {
    let file: File =
        serde_json::from_str(text).map_err(|e| Unreadable(format!("its JSON cannot be read: {e}")))?;
    let mut outcome = Outcome::default();
    for tests in file.test_results {
        let name = tests.name.strip_prefix(root).unwrap_or(&tests.name).trim_start_matches('/').to_owned();
        let mut failed = false;
        for test in tests.assertion_results {
            let case = match test.status.as_str() {
                "passed" if test.invocations.is_some_and(|times| times > 1) => Case::Flaky,
                "passed" => Case::Passed,
                "failed" => Case::Failed,
                // pending, skipped, todo, disabled
                _ => Case::Skipped,
            };
            failed |= case == Case::Failed;
            outcome.take(format!("{name} › {}", test.full_name.trim()), case);
        }
        // A file that could not be loaded has no tests, and has failed.
        if tests.status == "failed" && !failed {
            outcome.take(name, Case::Error);
        }
    }
    Ok(outcome)
}

//! `doctor`: everything that a team needs, as far as it can be told without a call to anybody. No key or token is printed.

use std::process::ExitCode;

use serde::Serialize;

use crate::error::CliError;
use crate::output;

mod agents;
mod forges;
mod host;
mod login;
mod program;
mod runners;
mod show;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    /// It is not there, and nothing shows that it is needed.
    Notice,
    Warning,
    Problem,
}

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Group {
    Host,
    PullRequests,
    Checks,
    Agents,
}

/// One thing that was checked.
#[derive(Debug, Serialize)]
struct Finding {
    group: Group,
    verdict: Verdict,
    what: String,
    found: String,
    remedy: String,
}

impl Finding {
    fn new(group: Group, verdict: Verdict, what: &str, found: impl Into<String>, remedy: &str) -> Self {
        Self { group, verdict, what: what.to_owned(), found: found.into(), remedy: remedy.to_owned() }
    }
}

pub(super) fn run(json: bool) -> Result<ExitCode, CliError> {
    let mut findings = host::findings();
    // Each of the others starts programs that take their time.
    let (forges, runners, agents) = std::thread::scope(|scope| {
        let forges = scope.spawn(forges::findings);
        let runners = scope.spawn(runners::findings);
        (forges.join(), runners.join(), agents::findings())
    });
    let fell = |_| CliError::Failed("a part of the doctor itself failed".to_owned());
    findings.extend(forges.map_err(fell)?);
    findings.extend(runners.map_err(fell)?);
    findings.extend(agents);
    if json {
        output::json(&findings)?;
    } else {
        show::findings(&findings)?;
    }
    let bad = findings.iter().any(|finding| finding.verdict == Verdict::Problem);
    Ok(if bad { ExitCode::from(4) } else { ExitCode::SUCCESS })
}

//! The findings on a screen: what they are for, what is wrong with its remedy, and in one line what is not there.

use super::{Finding, Group, Verdict};
use crate::error::CliError;
use crate::output;

/// The column of the verdict, with the space behind it.
const MARK: usize = 9;
/// A longer name pushes its own line only.
const LONGEST_NAME: usize = 16;

pub(super) fn findings(findings: &[Finding]) -> Result<(), CliError> {
    let names = findings.iter().filter(|it| it.verdict != Verdict::Notice);
    let widths = names.map(|it| it.what.chars().count()).filter(|width| *width <= LONGEST_NAME);
    let width = widths.max().unwrap_or_default();
    for group in [Group::Host, Group::PullRequests, Group::Checks, Group::Agents] {
        let (absent, there): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().filter(|it| it.group == group).partition(|it| it.verdict == Verdict::Notice);
        match group {
            Group::Host => {}
            Group::PullRequests => output::line("\npull requests")?,
            Group::Checks => output::line("\nchecks")?,
            Group::Agents => output::line("\nagents")?,
        }
        for finding in there {
            row(finding, width)?;
        }
        if !absent.is_empty() {
            let names: Vec<&str> = absent.iter().map(|it| it.what.as_str()).collect();
            output::line(&output::plain(&format!("{:MARK$}not here: {}", "-", names.join(", "))))?;
        }
    }
    let count = |verdict| findings.iter().filter(|it| it.verdict == verdict).count();
    let said = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        count => Some(format!("{count} {what}s")),
    };
    let bad = [said(count(Verdict::Problem), "problem"), said(count(Verdict::Warning), "warning")];
    let bad: Vec<String> = bad.into_iter().flatten().collect();
    let end = if bad.is_empty() { "all is well".to_owned() } else { bad.join(", ") };
    output::line(&format!("\n{end}"))
}

fn row(finding: &Finding, width: usize) -> Result<(), CliError> {
    let mark = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::Notice => "-",
        Verdict::Warning => "warning",
        Verdict::Problem => "PROBLEM",
    };
    output::line(&output::plain(&format!("{mark:MARK$}{:width$}  {}", finding.what, finding.found)))?;
    if !finding.remedy.is_empty() {
        output::line(&output::plain(&format!("{:1$}{2}", "", MARK + width + 2, finding.remedy)))?;
    }
    Ok(())
}

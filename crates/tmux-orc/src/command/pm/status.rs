//! `pm status`

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::check::{Begun, CheckRun};
use orc_core::incident::view::IncidentView;

use crate::command::changes;
use crate::command::check::show;
use crate::command::status::age;
use crate::command::unexpected;
use crate::connect::ask;
use crate::error::CliError;
use crate::{output, when};

/// So many checks are shown; all that are kept are in the JSON.
const LAST: usize = 10;

pub(super) fn run(team: &str, json: bool) -> Result<ExitCode, CliError> {
    let (team, of) = (team.to_owned(), team.to_owned());
    let Response::Checks { running, checks } = ask(&Request::Checks { team })? else {
        return Err(unexpected());
    };
    let Response::Incident(incident) = ask(&Request::Incident { team: of })? else {
        return Err(unexpected());
    };
    if json {
        let value = serde_json::json!({
            "team": incident.team,
            "running": running,
            "checks": checks,
            "changes": incident.changes,
            "milestones": incident.reached,
            "metrics": incident.metrics,
        });
        output::json(&value)?;
        return Ok(ExitCode::SUCCESS);
    }
    what_was_checked(&running, &checks)?;
    what_is_published(&incident)?;
    milestones(&incident)?;
    Ok(ExitCode::SUCCESS)
}

fn what_was_checked(running: &[Begun], checks: &[CheckRun]) -> Result<(), CliError> {
    for begun in running {
        output::line(&output::plain(&format!(
            "check {} ({}) of {} runs or waits for its turn",
            begun.check,
            begun.tier.name(),
            show::code(&begun.tested)
        )))?;
    }
    if checks.is_empty() {
        return output::line("no check has ended yet: `tmux-orc pm quality-check TEAM --fast` runs one");
    }
    let row = |run: &CheckRun| {
        let counts = run.counts();
        vec![
            run.check.to_string(),
            run.tier.name().to_owned(),
            show::code(&run.tested),
            show::word(run.verdict),
            counts.executed().to_string(),
            (counts.failed + counts.errors).to_string(),
            counts.skipped.to_string(),
            format!("{} ago", age(run.started_at.0)),
            run.why.clone(),
        ]
    };
    let rows = checks.iter().rev().take(LAST).map(row).collect();
    output::table(&["check", "tier", "code", "verdict", "run", "failed", "skipped", "begun", "why"], rows)
}

fn what_is_published(incident: &IncidentView) -> Result<(), CliError> {
    for change in &incident.changes {
        output::line("")?;
        output::line(&output::plain(&changes::line(change)))?;
    }
    Ok(())
}

fn milestones(incident: &IncidentView) -> Result<(), CliError> {
    if incident.reached.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let rows = incident.reached.iter();
    let rows = rows.map(|mark| {
        vec![when::clock_time(mark.at.at.0), mark.milestone.name().to_owned(), mark.text.clone()]
    });
    output::table(&["time", "milestone", "how"], rows.collect())
}

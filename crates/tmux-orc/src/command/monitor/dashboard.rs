//! `monitor dashboard`

use std::process::ExitCode;
use std::time::Duration;

use orc_api::{Request, Response};
use orc_core::team::TeamPhase;
use orc_core::view::TeamView;

use super::super::unexpected;
use crate::cli::monitor::Dashboard;
use crate::connect::{ask, runtime};
use crate::error::CliError;
use crate::{output, tui};

pub(super) fn run(args: Dashboard, json: bool) -> Result<ExitCode, CliError> {
    let scope = scope(args.session)?;
    if json {
        return runtime()?
            .block_on(tui::data(scope))
            .and_then(|data| output::json(&data))
            .map(|()| ExitCode::SUCCESS);
    }
    if args.once || !output::to_terminal() {
        return runtime()?
            .block_on(tui::frame(scope))
            .and_then(|it| output::line(&it))
            .map(|()| ExitCode::SUCCESS);
    }
    runtime()?.block_on(tui::run(scope, Duration::from_secs(args.refresh)))
}

/// What is shown: the team that was named, else the only one that runs, else all.
fn scope(session: Option<String>) -> Result<tui::Scope, CliError> {
    if let Some(team) = session {
        // A name that is wrong is said here, with the names that are near, and not on a screen of its own.
        let Response::Team(team) = ask(&Request::TeamStatus { team })? else { return Err(unexpected()) };
        return Ok(tui::Scope::Team(team.team.to_string()));
    }
    let Response::Teams { teams } = ask(&Request::ListTeams {})? else { return Err(unexpected()) };
    let running: Vec<&TeamView> = teams.iter().filter(|team| team.phase != TeamPhase::Stopped).collect();
    Ok(match (running.as_slice(), teams.as_slice()) {
        ([only], _) => tui::Scope::Team(only.team.to_string()),
        ([], [only]) => tui::Scope::Team(only.team.to_string()),
        _ => tui::Scope::Teams,
    })
}

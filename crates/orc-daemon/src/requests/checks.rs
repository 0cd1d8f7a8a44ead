//! Checks of a team's code.

use orc_api::request::RunCheck;
use orc_api::response::Response;
use orc_core::error::{Code, Refusal};

use super::team_named;
use crate::run::Shell;

/// Runs tests.
pub(super) async fn run(shell: &Shell, request: RunCheck) -> Result<Response, Refusal> {
    let team = team_named(shell, request.team).await?;
    Err(Refusal::new(Code::Conflict, format!("no runner of checks is there for team `{team}`"), ""))
}

/// The checks that run, and the last ones that have ended.
pub(super) async fn list(shell: &Shell, team: String) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    let look = shell.handle.look(move |at| {
        let record = at.state.records.get(&team);
        let running = record.map(|it| it.checking.iter().map(|(begun, ..)| begun.clone()).collect());
        let checks = record.map(|it| it.checks.iter().cloned().collect());
        Response::Checks { running: running.unwrap_or_default(), checks: checks.unwrap_or_default() }
    });
    look.await
}

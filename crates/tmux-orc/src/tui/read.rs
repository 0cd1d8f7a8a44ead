//! What the supervisor is asked for what is shown.

use std::future::Future;

use orc_api::{Envelope, Request, Response};
use orc_core::incident::view::IncidentView;
use orc_core::view::TeamView;

use super::message::Reading;
use super::model::Board;
use crate::error::CliError;

/// So many of the newest events of the log are looked at for lines; the rest is in `agent messages`.
const BACK: u64 = 4000;
/// Events asked for at a time.
pub(super) const PAGE: usize = 4000;

fn unexpected() -> CliError {
    CliError::Failed(
        "the supervisor answered something else than was asked; are both of one version?".to_owned(),
    )
}

/// All teams.
pub(super) async fn teams<A, F>(ask: A) -> Result<Vec<TeamView>, CliError>
where
    A: Fn(Request) -> F,
    F: Future<Output = Result<Response, CliError>>,
{
    match ask(Request::ListTeams {}).await? {
        Response::Teams { teams } => Ok(teams),
        _ => Err(unexpected()),
    }
}

/// One team with its dialogs and its checks, and its incident when all of it is wanted.
pub(super) async fn board<A, F>(ask: A, team: &str, reading: Reading) -> Result<Board, CliError>
where
    A: Fn(Request) -> F,
    F: Future<Output = Result<Response, CliError>>,
{
    let name = || team.to_owned();
    let incident = async {
        match reading {
            Reading::Whole => incident(&ask, team).await.map(Some),
            Reading::Agents => Ok(None),
        }
    };
    let (team, prompts, checks, incident) = tokio::try_join!(
        ask(Request::TeamStatus { team: name() }),
        ask(Request::Prompts { of: Some(name()) }),
        ask(Request::Checks { team: name() }),
        incident,
    )?;
    match (team, prompts, checks) {
        (Response::Team(team), Response::Prompts { prompts }, Response::Checks { running, checks }) => {
            Ok(Board { team, incident, prompts, running, checks })
        }
        _ => Err(unexpected()),
    }
}

/// The incident of a team.
pub(super) async fn incident<A, F>(ask: A, team: &str) -> Result<IncidentView, CliError>
where
    A: Fn(Request) -> F,
    F: Future<Output = Result<Response, CliError>>,
{
    match ask(Request::Incident { team: team.to_owned() }).await? {
        Response::Incident(incident) => Ok(*incident),
        _ => Err(unexpected()),
    }
}

/// The newest events of a team, and the position in the log up to which they are complete.
pub(super) async fn past<A, F>(ask: A, team: Option<&str>) -> Result<(Vec<Envelope>, u64), CliError>
where
    A: Fn(Request) -> F,
    F: Future<Output = Result<Response, CliError>>,
{
    let Response::Daemon(daemon) = ask(Request::DaemonStatus {}).await? else { return Err(unexpected()) };
    let last = daemon.seq.0;
    let Some(team) = team else { return Ok((Vec::new(), last)) };
    let after = last.saturating_sub(BACK);
    let request = Request::Events { after, team: Some(team.to_owned()), limit: PAGE, wait_ms: 0 };
    let Response::Events { events } = ask(request).await? else { return Err(unexpected()) };
    let end = events.last().map_or(last, |envelope| envelope.seq.0.max(last));
    Ok((events, end))
}

//! Recovery: asking for it, and how it stands.

use orc_api::response::Response;
use orc_core::error::Refusal;
use orc_core::ids::TeamName;
use orc_core::input::Input;
use orc_core::recovery::{Mode, view};

use super::{cli, team_named};
use crate::clock;
use crate::run::Shell;

pub(super) async fn start(
    shell: &Shell,
    team: Option<String>,
    mode: Mode,
    hang_after_ms: Option<u64>,
) -> Result<Response, Refusal> {
    let team = named(shell, team).await?;
    let by = cli().actor;
    shell.handle.input(Input::StartRecovery { team: team.clone(), mode, hang_after_ms, by }, cli()).await?;
    seen(shell, team).await
}

pub(super) async fn stop(shell: &Shell, team: Option<String>) -> Result<Response, Refusal> {
    let team = named(shell, team).await?;
    shell.handle.input(Input::StopRecovery { team: team.clone(), by: cli().actor }, cli()).await?;
    seen(shell, team).await
}

pub(super) async fn status(shell: &Shell, team: Option<String>) -> Result<Response, Refusal> {
    let team = named(shell, team).await?;
    seen(shell, team).await
}

async fn named(shell: &Shell, team: Option<String>) -> Result<Option<TeamName>, Refusal> {
    match team {
        Some(team) => team_named(shell, team).await.map(Some),
        None => Ok(None),
    }
}

async fn seen(shell: &Shell, team: Option<TeamName>) -> Result<Response, Refusal> {
    let now = clock::moment();
    let look = shell.handle.look(move |at| view::host(at.state, team.as_ref(), &now));
    Ok(Response::Recovery(look.await?))
}

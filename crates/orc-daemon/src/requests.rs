//! The one `match` over everything that can be asked.

use std::time::Duration;

use orc_api::CONTRACT;
use orc_api::request::Request;
use orc_api::response::Response;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, Seq, TeamName};
use orc_core::input::Input;
use orc_core::{target, view};

use crate::http::Peer;
use crate::journal::Origin;
use crate::run::Shell;
use crate::{catalog_files, deploy, hooks, ship};

mod by_agent;
mod checks;
pub(crate) mod incident;
mod log;
mod look;
mod performance;
mod prompts;
mod recovery;
mod report;
mod restart;
mod talk;
mod wait;

pub(crate) use log::read_events;
use log::{verify, wait_past};
pub(crate) use look::{agent_view, team_view};
use look::{attach, await_ready, daemon_status, explain, screen_of};
pub(crate) use prompts::give;
pub(crate) use talk::agent_sender;
pub(crate) use talk::broadcasts;
use talk::{await_message, messages, send_message};

/// Longest that one request waits.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A person at the command line.
pub(crate) fn cli() -> Origin {
    Origin { actor: "human".to_owned(), door: "cli" }
}

/// Answers a request.
pub(crate) async fn answer(shell: &Shell, request: Request, peer: Peer) -> Result<Response, Refusal> {
    match request {
        Request::Ping {} => {
            let version = env!("CARGO_PKG_VERSION").to_owned();
            Ok(Response::Pong { version, contract: CONTRACT, pid: std::process::id() })
        }
        Request::Deploy(request) => deploy::deploy(shell, request).await,
        Request::AddAgent(request) => deploy::add(shell, request).await,
        Request::ListTeams {} => {
            let teams = shell.handle.look(|at| {
                at.state
                    .teams
                    .values()
                    .map(|team| view::team(at.state, at.world, at.catalog, team, at.boot_millis))
                    .collect()
            });
            Ok(Response::Teams { teams: teams.await? })
        }
        Request::TeamStatus { team } => {
            let team = team_named(shell, team).await?;
            team_view(shell, &team).await
        }
        Request::AwaitReady { team, timeout_ms } => await_ready(shell, team, timeout_ms).await,
        Request::StopTeam { team } => stop_team(shell, team).await,
        Request::RestartAgent { agent, how } => restart::restart(shell, agent, how).await,
        Request::Send(send) => send_message(shell, send, "cli").await,
        Request::AwaitMessage { message, timeout_ms } => await_message(shell, &message, timeout_ms).await,
        Request::AgentStatus { agent } => {
            let id = agent_named(shell, agent).await?;
            agent_view(shell, id).await
        }
        Request::AwaitState { agent, until, after, timeout_ms } => {
            let id = agent_named(shell, agent).await?;
            wait::await_state(shell, id, until, after, timeout_ms).await
        }
        Request::Screen { agent } => {
            let agent = agent_named(shell, agent).await?;
            let screen = screen_of(shell, agent).await?;
            Ok(Response::Screen { agent, screen })
        }
        Request::Explain { agent } => explain(shell, agent).await,
        Request::Prompts { of } => prompts::list(shell, of).await,
        Request::Answer(answer) => prompts::answer(shell, answer, peer).await,
        Request::Messages { of, after, wait_ms } => messages(shell, of, after, wait_ms).await,
        Request::Events { after, team, limit, wait_ms } => {
            wait_past(shell, Seq(after), wait_ms).await;
            Ok(Response::Events { events: read_events(shell, after, limit.clamp(1, 10_000), team).await? })
        }
        Request::VerifyLog {} => verify(shell).await,
        Request::Attach { to } => attach(shell, &to).await,
        Request::Catalog {} => {
            let catalog = catalog_files::load(&shell.paths.config)
                .map_err(|e| Refusal::new(Code::Config, e.to_string(), "mend the file, or move it away"))?;
            Ok(Response::Catalog(catalog_files::view(&catalog)))
        }
        Request::RunCheck(request) => checks::run(shell, request, "cli").await,
        Request::FollowCheck { team, check, after, wait_ms } => {
            checks::follow(shell, team, &check, after, wait_ms).await
        }
        Request::CancelCheck { team, check } => checks::cancel(shell, team, &check).await,
        Request::Checks { team } => checks::list(shell, team).await,
        Request::Record(request) => incident::record(shell, request, "cli").await,
        Request::Incident { team } => {
            let team = team_named(shell, team).await?;
            Ok(Response::Incident(Box::new(incident::view(shell, team).await?)))
        }
        Request::ByAgent(asked) => by_agent::answer(shell, asked, peer).await,
        Request::CreatePr(request) => ship::create_pr(shell, request).await,
        Request::Report(request) => report::report(shell, request).await,
        Request::Hook(hook) => {
            // What waited in a file comes first: hooks are told in order.
            hooks::take_spooled(shell, &shell.paths.agent_dir(&hook.agent)).await;
            hooks::take(shell, hook).await.map(|()| Response::Done {})
        }
        Request::StartRecovery { team, mode, hang_after_ms } => {
            recovery::start(shell, team, mode, hang_after_ms).await
        }
        Request::StopRecovery { team } => recovery::stop(shell, team).await,
        Request::RecoveryStatus { team } => recovery::status(shell, team).await,
        Request::Performance { team } => performance::of(shell, team).await,
        Request::DaemonStatus {} => daemon_status(shell).await,
        Request::Shutdown {} => {
            let stop = shell.asked_to_stop.clone();
            // The answer leaves first.
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                stop.cancel();
            });
            Ok(Response::Done {})
        }
    }
}

pub(crate) async fn team_named(shell: &Shell, name: String) -> Result<TeamName, Refusal> {
    shell.handle.look(move |at| target::team(at.state, &name).map(|team| team.name.clone())).await?
}

async fn agent_named(shell: &Shell, name: String) -> Result<AgentId, Refusal> {
    shell.handle.look(move |at| target::agent(at.state, &name)).await?
}

pub(crate) fn gone() -> Refusal {
    Refusal::new(Code::NotFound, "the agent is gone", "`tmux-orc team list` shows what there is")
}

async fn stop_team(shell: &Shell, team: String) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    shell.handle.input(Input::StopTeam { team: team.clone() }, cli()).await?;
    let name = team.clone();
    let stopped = move |at: &crate::handle::Look<'_>| {
        let phase = at.state.teams.get(&name).map(|team| team.phase);
        (phase != Some(orc_core::team::TeamPhase::Stopping)).then_some(())
    };
    if shell.handle.wait_for(Duration::from_secs(60), stopped).await?.is_none() {
        return Err(Refusal::new(
            Code::TimedOut,
            format!("team `{team}` has not ended within 60 s"),
            format!("`tmux-orc team status {team}` shows who still runs; its end goes on"),
        ));
    }
    crate::kept::sweep(shell).await;
    if let Err(error) = shell.views.restore().await {
        tracing::warn!(%error, "the windows of a stopped team could not be closed");
    }
    team_view(shell, &team).await
}

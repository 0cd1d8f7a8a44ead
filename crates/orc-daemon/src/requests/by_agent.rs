//! What an agent asks by one of its tools: about its own team, in its own name, and nothing else.

use std::time::{Duration, Instant};

use orc_api::Request;
use orc_api::request::{ByAgent, Environment, Recipients, Record, RunCheck, Send};
use orc_api::response::Response;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, TeamName};
use orc_core::target;
use orc_core::team::Agent;

use super::talk::{agent_sender, messages, send_message};
use super::{checks, gone, incident, team_view};
use crate::handle::Look;
use crate::http::Peer;
use crate::kept::Kept;
use crate::launch::{parent, start_time};
use crate::run::Shell;

/// The door that agents' tools come through.
const DOOR: &str = "mcp";

/// Answers what is the agent's to ask. What is not listed here is refused, whatever is added elsewhere.
pub(super) async fn answer(shell: &Shell, asked: ByAgent, peer: Peer) -> Result<Response, Refusal> {
    let declared = asked.agent;
    let (id, own) = shell.handle.look(move |at| identified(at, &declared, peer)).await??;
    let sender = Some(id.to_string());
    match *asked.ask {
        Request::TeamStatus { team } => {
            of_own_team(shell, &own, team).await?;
            team_view(shell, &own).await
        }
        Request::Incident { team } => {
            of_own_team(shell, &own, team).await?;
            Ok(Response::Incident(Box::new(incident::view(shell, own).await?)))
        }
        Request::Messages { of, after, wait_ms } => {
            of_own_team(shell, &own, of.clone()).await?;
            messages(shell, of, after, wait_ms).await
        }
        Request::Send(send) => {
            let (Recipients::Agent(to) | Recipients::Each(to) | Recipients::Broadcast(to)) = &send.to;
            of_own_team(shell, &own, to.clone()).await?;
            send_message(shell, Send { sender, ..send }, DOOR).await
        }
        Request::Record(record) => {
            of_own_team(shell, &own, record.team.clone()).await?;
            incident::record(shell, Record { sender, ..record }, DOOR).await
        }
        Request::RunCheck(check) => {
            of_own_team(shell, &own, check.team.clone()).await?;
            // Some agents hand on next to nothing of their environment: the tests run in the one that the agent was launched in.
            let kept = Kept::read(shell, id).await.unwrap_or_else(Kept::of_supervisor);
            checks::run(shell, RunCheck { sender, environment: Environment(kept.environment), ..check }, DOOR)
                .await
        }
        Request::FollowCheck { team, check, after, wait_ms } => {
            of_own_team(shell, &own, team).await?;
            end_of_check(shell, &own, &check, after, Duration::from_millis(wait_ms)).await
        }
        _ => Err(Refusal::new(
            Code::Denied,
            "an agent may not ask that",
            "it is for the person at the command line: tell them, or use `propose_action`",
        )),
    }
}

/// How far a check is at its end, or when the wait is over: models do not follow what is printed meanwhile.
async fn end_of_check(
    shell: &Shell,
    own: &TeamName,
    check: &str,
    mut after: u64,
    wait: Duration,
) -> Result<Response, Refusal> {
    let until = Instant::now() + wait;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let response = checks::follow(shell, own.to_string(), check, after, left_ms).await?;
        match &response {
            Response::CheckProgress(progress) if progress.ended.is_none() && !left.is_zero() => {
                after = progress.next;
            }
            _ => return Ok(response),
        }
    }
}

/// The agent that asks, and its team. It says who it is; if its process runs below another agent, it lies.
fn identified(at: &Look<'_>, declared: &str, peer: Peer) -> Result<(AgentId, TeamName), Refusal> {
    agent_sender(at, declared)?;
    let agent = declared.parse().ok().and_then(|id| at.state.agent(id)).ok_or_else(gone)?;
    match above(at, peer) {
        Some(real) if real.id != agent.id => Err(Refusal::new(
            Code::Denied,
            format!(
                "this process belongs to {}:{} and says that it is {}:{}",
                real.team, real.name, agent.team, agent.name
            ),
            "leave TMUX_ORC_AGENT_ID as it was at the agent's launch",
        )),
        _ => Ok((agent.id, agent.team.clone())),
    }
}

/// The agent whose process is above the other end of a connection, if that runs below one.
pub(super) fn above<'a>(at: &Look<'a>, peer: Peer) -> Option<&'a Agent> {
    let mut pid = peer.pid?;
    loop {
        let start = start_time(pid);
        let is = |agent: &&Agent| {
            let child = agent.launch.as_ref().map(|launch| launch.child);
            child.is_some_and(|child| child.pid == pid && Some(child.start) == start)
        };
        if let Some(agent) = at.state.agents.values().find(is) {
            return Some(agent);
        }
        pid = parent(pid).filter(|pid| *pid > 1)?;
    }
}

/// Whether a team, or an agent of one, is of the asker's own team.
async fn of_own_team(shell: &Shell, own: &TeamName, name: String) -> Result<(), Refusal> {
    let own = own.clone();
    let look = shell.handle.look(move |at| {
        let team = match name.split_once(':') {
            Some((team, _)) => team,
            None => name.as_str(),
        };
        if team == own.as_str() {
            return if name.contains(':') { target::agent(at.state, &name).map(drop) } else { Ok(()) };
        }
        // Whether there is such a team is not said.
        Err(Refusal::new(
            Code::Denied,
            format!(
                "an agent of team {own} has nothing to do with team `{}`",
                orc_core::envelope::make_safe(team).text
            ),
            "the teammates are listed by `team_status`",
        ))
    });
    look.await?
}

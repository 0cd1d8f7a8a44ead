//! Starting an agent again because somebody asked, and what became of that.

use std::time::Duration;

use orc_api::response::{Response, Restarted};
use orc_core::decide::Reply;
use orc_core::error::{Code, Refusal};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, MessageId, Seq};
use orc_core::input::Input;
use orc_core::restart::{Cause, Comeback};
use orc_core::team::AgentState;
use orc_core::view;

use super::log::read_events;
use super::{agent_named, cli, gone};
use crate::run::Shell;

/// Longest wait for the new launch to be ready: some agents need half a minute.
const READY: Duration = Duration::from_secs(120);
/// Longest wait for what it is told to be taken.
const TOLD: Duration = Duration::from_secs(20);

pub(super) async fn restart(shell: &Shell, agent: String, how: Comeback) -> Result<Response, Refusal> {
    let agent = agent_named(shell, agent).await?;
    // A profile that was mended meanwhile counts.
    crate::deploy::fresh_catalog(shell).await?;
    let before = shell.handle.look(move |at| {
        let found = at.state.agent(agent)?;
        Some((found.team.to_string(), found.queue.iter().copied().collect::<Vec<_>>(), at.state.seq))
    });
    let (team, mut messages, after) = before.await?.ok_or_else(gone)?;
    let why = "asked for at the command line".to_owned();
    let input = Input::Restart { agent, how, cause: Cause::Asked, why };
    let Reply::Restarting(_) = shell.handle.input(input, cli()).await? else {
        return Err(Refusal::new(Code::Internal, "the restart was not taken in", ""));
    };
    let over = shell.handle.wait_for(READY, move |at| {
        let Some(found) = at.state.agent(agent) else { return Some(()) };
        let Some(restart) = &found.restart else { return Some(()) };
        let asks = matches!(found.state, AgentState::NeedsPerson { .. });
        (asks && found.launch.is_some() && found.generation == restart.generation).then_some(())
    });
    if over.await?.is_none() {
        return Err(Refusal::new(
            Code::TimedOut,
            format!("the agent is not ready after {} s", READY.as_secs()),
            "its restart goes on: `tmux-orc agent status` and `tmux-orc agent screen` show how far it is",
        ));
    }
    let told = story(shell, agent, &team, after).await?;
    if let Some(reason) = told.failed {
        return Err(Refusal::new(
            Code::Conflict,
            format!("the agent could not be started again: {reason}"),
            "`tmux-orc doctor` looks for the cause; its messages wait",
        ));
    }
    if let Some(message) = told.message {
        messages.insert(0, message);
        taken(shell, message).await?;
    }
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent)?;
        let handed = messages.iter().flat_map(|message| {
            let all = view::recipients(at.state, at.world, at.catalog, *message, at.boot_millis);
            all.into_iter().filter(|at| at.agent == agent).map(|at| (*message, at))
        });
        Some((view::agent(at.world, at.catalog, found, at.boot_millis), handed.collect()))
    });
    let (agent, messages) = look.await?.ok_or_else(gone)?;
    let Story { how, detail, tried, .. } = told;
    Ok(Response::Restarted(Box::new(Restarted { agent, how, detail, tried, messages })))
}

/// What the log says of the restart.
#[derive(Default)]
struct Story {
    /// How it came back; nothing while it waits for a person before it is ready.
    how: Option<Comeback>,
    detail: String,
    /// What was tried in vain.
    tried: Vec<String>,
    message: Option<MessageId>,
    failed: Option<String>,
}

async fn story(shell: &Shell, agent: AgentId, team: &str, after: Seq) -> Result<Story, Refusal> {
    let mut told = Story::default();
    let mut newest = Generation(0);
    for envelope in read_events(shell, after.0, 10_000, Some(team.to_owned())).await? {
        match envelope.event {
            Event::AgentRestarting { agent: who, generation, cause, why, .. } if who == agent => {
                newest = generation;
                if cause == Cause::ResumeFailed {
                    told.tried.push(why);
                }
            }
            Event::AgentRestored { agent: who, generation, how, detail } if who == agent => {
                (told.how, told.detail, told.failed) = (Some(how), detail, None);
                newest = generation;
            }
            Event::AgentRestartFailed { agent: who, generation, reason }
                if who == agent && generation >= newest =>
            {
                told.failed = Some(reason);
            }
            Event::MessageAccepted {
                message, kind: orc_core::delivery::MessageKind::Restored, to, ..
            } if to.contains(&agent) => {
                told.message = Some(message);
            }
            _ => {}
        }
    }
    Ok(told)
}

/// Waits a while until what it is told has arrived.
async fn taken(shell: &Shell, message: MessageId) -> Result<(), Refusal> {
    let settled = shell.handle.wait_for(TOLD, move |at| {
        let over =
            at.state.messages.get(&message).is_none_or(|message| {
                message.recipients.values().all(orc_core::delivery::Delivery::is_settled)
            });
        over.then_some(())
    });
    settled.await.map(drop)
}

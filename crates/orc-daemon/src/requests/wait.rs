//! Waiting for a state of an agent: by the log, so that a state which lasts only a moment is not missed.

use std::time::Duration;

use orc_api::response::{Awaited, Response};
use orc_core::error::{Code, Refusal};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Seq};
use orc_core::team::{AgentState, Evidence, Said, Source, TeamPhase};
use orc_core::time::Timestamp;
use orc_core::until::Until;
use tokio::time::Instant;

use super::log::{read_events, wait_past};
use super::look::agent_view;
use super::{LONGEST_WAIT, gone};
use crate::run::Shell;

/// Events read from the log at a time.
const PAGE: usize = 500;

pub(super) async fn await_state(
    shell: &Shell,
    agent: AgentId,
    until: Until,
    after: Option<u64>,
    timeout_ms: u64,
) -> Result<Response, Refusal> {
    let deadline = Instant::now() + Duration::from_millis(timeout_ms).min(LONGEST_WAIT);
    let mut seq = after.map(Seq);
    let reached = loop {
        let (now, last) = look(shell, agent, until).await?;
        let from = seq.replace(last);
        // What is so now comes last: what was so before is the answer to the question asked before.
        let passed = match from {
            Some(from) if from < last => passed(shell, agent, until, from, last).await?,
            _ => None,
        };
        if let Some(said) = passed.or(now) {
            break Some(said);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || shell.stop.is_cancelled() {
            break None;
        }
        wait_past(shell, last, u64::try_from(left.as_millis()).unwrap_or(u64::MAX).max(1)).await;
    };
    let Response::Agent(view) = agent_view(shell, agent).await? else { return Err(gone()) };
    let seq = seq.unwrap_or_default();
    Ok(Response::Awaited(Box::new(Awaited { agent: view, reached, seq })))
}

/// The state if it is the one, and the position in the log at which that is so.
async fn look(shell: &Shell, agent: AgentId, until: Until) -> Result<(Option<Said>, Seq), Refusal> {
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent).ok_or_else(gone)?;
        let said = Said { state: found.state.clone(), evidence: found.evidence.clone() };
        let holds = until.holds(&found.state);
        let stopped = at.state.teams.get(&found.team).is_none_or(|team| team.phase == TeamPhase::Stopped);
        if stopped && !holds {
            return Err(Refusal::new(
                Code::Conflict,
                format!(
                    "{}:{} has ended with its team: it will not be {}",
                    found.team,
                    found.index,
                    until.name()
                ),
                "`tmux-orc agent messages` shows its record",
            ));
        }
        Ok((holds.then_some(said), at.state.seq))
    });
    look.await?
}

/// The first state of this kind in a part of the log.
async fn passed(
    shell: &Shell,
    agent: AgentId,
    until: Until,
    mut from: Seq,
    last: Seq,
) -> Result<Option<Said>, Refusal> {
    while from < last {
        let page = read_events(shell, from.0, PAGE, None).await?;
        let Some(end) = page.last().map(|envelope| envelope.seq) else { break };
        let of_it =
            page.iter().filter(|envelope| envelope.seq <= last && envelope.event.agent() == Some(agent));
        let found = of_it
            .filter_map(|envelope| state_of(&envelope.event, envelope.at))
            .find(|said| until.holds(&said.state));
        if found.is_some() {
            return Ok(found);
        }
        from = end;
    }
    Ok(None)
}

/// The state that an event puts its agent into.
fn state_of(event: &Event, at: Timestamp) -> Option<Said> {
    match event {
        Event::AgentChanged { state, evidence, .. } => {
            Some(Said { state: state.clone(), evidence: evidence.clone() })
        }
        Event::AgentEnded { exit, .. } => {
            let evidence = Evidence::new(Source::Process, exit.to_string(), at);
            Some(Said { state: AgentState::Exited { exit: *exit }, evidence })
        }
        _ => None,
    }
}

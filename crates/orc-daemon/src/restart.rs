//! Starting an agent again: a new launch in place of one that is over, and what it is handed.
//!
//! Everything here may be cut off at any point by the death of the supervisor: the intent is in the log, and the next
//! one looks first what there is.

use std::time::Duration;

use orc_core::decide::Reply;
use orc_core::delivery::{Delivery, Outcome};
use orc_core::ids::{AgentId, Generation, MessageId};
use orc_core::input::Input;
use orc_core::plan::Live;
use orc_core::restart::Comeback;
use orc_core::state::State;
use orc_core::team::Source;

use crate::deploy::start::{order, take_back};
use crate::kept::Kept;
use crate::launch::{self, Order, Return};
use crate::run::Shell;
use crate::{leftovers, observe, proof, rehydrate};

/// A shim that a killed supervisor had just started may not listen yet.
const LATE_SHIM: Duration = Duration::from_millis(300);

/// Makes the new launch, or finds it made.
pub(crate) async fn launch(shell: Shell, agent: AgentId, generation: Generation) {
    if let Some(made) = launch::adopt(&shell, agent, generation).await {
        return launched(&shell, agent, generation, made).await;
    }
    leftovers::end(&shell, agent).await;
    // What was felt of the last launch says nothing of the next.
    shell.handle.live(agent, |live| *live = Live::default()).await;
    let made = match prepared(&shell, agent, generation).await {
        Ok(order) => launch::launch(&shell, order).await.map_err(|error| error.to_string()),
        Err(reason) => Err(reason),
    };
    match made {
        Ok(made) => launched(&shell, agent, generation, made).await,
        Err(reason) => {
            tokio::time::sleep(LATE_SHIM).await;
            match launch::adopt(&shell, agent, generation).await {
                Some(made) => launched(&shell, agent, generation, made).await,
                None => {
                    shell.handle.report(Input::RestartFailed { agent, generation, reason }).await;
                }
            }
        }
    }
}

async fn launched(shell: &Shell, agent: AgentId, generation: Generation, launch: orc_core::team::Launch) {
    let told = shell.handle.report(Input::Launched { agent, generation, launch }).await;
    if told == Reply::Stale {
        // The team was stopped meanwhile.
        take_back(shell, agent, generation).await;
    }
}

/// Everything that the launch needs, with the way in which it comes back decided by what there is.
async fn prepared(shell: &Shell, agent: AgentId, generation: Generation) -> Result<Order, String> {
    let gone = || "the agent is gone".to_owned();
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent)?;
        let restart = found.restart.as_ref().filter(|restart| restart.generation == generation)?;
        Some((restart.how, found.sessions.clone(), open(at.state, agent), found.generation))
    });
    let (how, sessions, open, last) = look.await.ok().flatten().ok_or_else(gone)?;
    let Some((profile, _)) = observe::profile_of(&shell.handle, agent).await else {
        return Err("its profile is gone".to_owned());
    };
    let mut notes = Vec::new();
    let kept = Kept::read(shell, agent).await.unwrap_or_else(|| {
        notes.push("its environment was not kept, it has the supervisor's".to_owned());
        Kept::of_supervisor()
    });
    let environment = kept.environment.clone();
    let order = order(shell, agent, profile.clone(), kept, None).await.ok_or_else(gone)?;
    let mut session = None;
    if how == Comeback::Resume {
        match &profile.resume {
            None => notes.push(format!("{} has no way to resume a session", profile.name)),
            Some(resume) => {
                let (resume, known) = (resume.clone(), sessions.len());
                let look = tokio::task::spawn_blocking(move || {
                    let found = proof::newest(&resume, &sessions, &environment)?;
                    Some((proof::taken(&resume, &found, &open), found))
                });
                match look.await.ok().flatten() {
                    Some((taken, found)) => {
                        by_transcript(shell, agent, last, taken).await;
                        notes.push(format!("session {}: {}", found.id, found.transcript.display()));
                        session = Some(found.id);
                    }
                    None => notes.push(format!("no transcript of its {known} sessions was found")),
                }
            }
        }
    }
    let how = if how == Comeback::Resume && session.is_none() { Comeback::Brief } else { how };
    let comeback = Some(Return { how, session, note: notes.join("; ") });
    Ok(Order { generation, comeback, ..order })
}

/// Messages that were tried and of which it is not known whether the agent took them.
fn open(state: &State, agent: AgentId) -> Vec<MessageId> {
    let unclear = |delivery: &Delivery| match delivery {
        Delivery::Waiting { attempts, .. } => *attempts > 0,
        Delivery::Settled { outcome, attempt, .. } => *attempt > 0 && *outcome != Outcome::Acknowledged,
        Delivery::Attempting { .. } => false,
    };
    let of_agent = state.messages.values().filter(|m| m.recipients.get(&agent).is_some_and(unclear));
    of_agent.map(|message| message.id).collect()
}

/// What the transcript of the session that goes on holds has been taken: it is not handed over again.
async fn by_transcript(shell: &Shell, agent: AgentId, generation: Generation, messages: Vec<MessageId>) {
    if !messages.is_empty() {
        let (source, detail) = (Source::File, "its transcript holds it".to_owned());
        shell.handle.report(Input::Taken { agent, generation, messages, source, detail }).await;
    }
}

/// The new launch is ready: tells it what it is to know.
pub(crate) async fn restore(shell: Shell, agent: AgentId, generation: Generation) {
    let Some((detail, words)) = rehydrate::words(&shell, agent).await else { return };
    shell.handle.report(Input::Restored { agent, generation, detail, words }).await;
}

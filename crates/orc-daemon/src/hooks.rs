//! Hooks of agents become inputs: receipts, states, answers. What a hook says is untrusted text.

use std::collections::HashMap;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use orc_api::request::Hook;
use orc_core::delivery::{Delivery, Outcome};
use orc_core::detect::Says;
use orc_core::envelope::contents;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, Generation, MessageId};
use orc_core::input::Input;
use orc_core::prompt::Asked;
use orc_core::team::{AgentState, Doors, Source};
use rustix::fs::FlockOperation;

use crate::journal::Origin;
use crate::observe::played_by;
use crate::plain_file;
use crate::run::Shell;

/// The folder within an agent's own where hooks wait that found no supervisor.
pub(crate) const SPOOL: &str = "hooks.jsonl";

/// The turn of each agent's hooks: they are taken in one after the other, also those that waited in a file, and a lock
/// that is held across the waiting for the log is the plainest way to say that. A hook whose process lost its patience
/// comes a second time, perhaps to another supervisor: the log knows which have been taken.
#[derive(Clone, Default)]
pub(crate) struct Inbox {
    agents: Arc<Mutex<HashMap<AgentId, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Inbox {
    fn of(&self, agent: AgentId) -> Arc<tokio::sync::Mutex<()>> {
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        agents.entry(agent).or_default().clone()
    }
}

/// Takes a hook in.
pub(crate) async fn take(shell: &Shell, hook: Hook) -> Result<(), Refusal> {
    let agent: AgentId = hook
        .agent
        .parse()
        .map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?;
    let inbox = shell.inbox.of(agent);
    let _turn = inbox.lock().await;
    take_next(shell, agent, hook).await
}

async fn take_next(shell: &Shell, agent: AgentId, hook: Hook) -> Result<(), Refusal> {
    let generation = Generation(hook.generation);
    // A supervisor that is stopping says so: the hook then waits in the file for the next one.
    let Some((profile, _)) = played_by(&shell.handle, agent).await? else {
        return Err(Refusal::new(Code::NotFound, format!("there is no agent {agent}"), ""));
    };
    let text_at =
        |pointer: &str| hook.payload.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned);
    let origin = Origin { actor: agent.to_string(), door: "hook" };
    let detail = format!("hook {}", hook.event);
    let takes_prompt = profile.receipt.hook.as_deref() == Some(&hook.event);
    let shuts = profile.doors.iter().any(|door| door.closed_by.as_deref() == Some(&hook.event));
    let doors = if takes_prompt { Some(Doors::Open) } else { shuts.then_some(Doors::Shut) };
    let mut inputs = vec![Input::HookTaken { agent, generation, id: hook.id, doors }];
    if let Some(session) = text_at("/session_id") {
        inputs.push(Input::SessionKnown { agent, generation, session });
    }
    let says = profile.hook_states.get(&hook.event).and_then(|word| Says::from_word(word));
    let why =
        profile.hook_texts.get(&hook.event).and_then(|pointer| text_at(pointer)).map(|text| clean(&text));
    let state = says.map(|says| says.state(why.as_deref().unwrap_or(&detail), None));
    let detail = match &why {
        Some(why) => format!("{detail}: {why}"),
        None => detail,
    };
    let seen = |state| Input::Seen { agent, generation, state, source: Source::Hook, detail: detail.clone() };
    // A turn begins before its message is settled, and ends after its answer: the next message must not slip in.
    if state == Some(AgentState::Working) {
        inputs.extend(state.clone().map(seen));
    }
    if takes_prompt && let Some(prompt) = profile.receipt.prompt.as_deref().and_then(text_at) {
        let read = contents(&prompt);
        let cut = cut_short(shell, agent, &read.cut, &detail).await;
        let typed = if read.whole.is_empty() && cut.is_empty() { Some(prompt) } else { read.foreign };
        inputs.extend(cut);
        if !read.whole.is_empty() {
            let (messages, detail) = (read.whole, detail.clone());
            inputs.push(Input::Taken { agent, generation, messages, source: Source::Hook, detail });
        }
        inputs.extend(typed.map(|text| Input::Typed {
            agent,
            generation,
            text: clean(&text),
            source: Source::Hook,
        }));
    }
    if let Some(asks) = profile.asks.as_ref().filter(|asks| asks.hook == hook.event) {
        let input = hook.payload.pointer(&asks.input).map(ToString::to_string).unwrap_or_default();
        let tool = clean(&text_at(&asks.tool).unwrap_or_default());
        if input.len() <= LONGEST_ASKED {
            inputs.push(Input::Asked { agent, generation, asked: Asked { tool, input: clean(&input) } });
        }
    }
    if let Some(answer) = profile.answer.as_ref().filter(|answer| answer.hook == hook.event)
        && let Some(text) = text_at(&answer.text).filter(|text| !text.trim().is_empty())
    {
        inputs.push(Input::Said { agent, generation, text: clean(&text), source: Source::Hook });
    }
    if state != Some(AgentState::Working) {
        inputs.extend(state.map(seen));
    }
    shell.handle.inputs(inputs, origin).await.map(drop)
}

/// Of the messages that are on their way to this agent, those of which it took only the beginning.
async fn cut_short(shell: &Shell, agent: AgentId, cut: &[MessageId], detail: &str) -> Vec<Input> {
    if cut.is_empty() {
        return Vec::new();
    }
    let (cut, detail) = (cut.to_vec(), detail.to_owned());
    let look = shell.handle.look(move |at| {
        let over = |message: MessageId| {
            let (attempt, door) = match at.state.messages.get(&message)?.recipients.get(&agent)? {
                Delivery::Attempting { attempt, door } => (*attempt, door.clone()),
                Delivery::Settled { outcome: Outcome::Queued, door, .. } => (0, door.clone()),
                Delivery::Settled { .. } | Delivery::Waiting { .. } => return None,
            };
            let outcome = Outcome::Dead { reason: "the agent took only the beginning of it".to_owned() };
            let (source, detail) = (Source::Hook, detail.clone());
            Some(Input::DeliveryEnded { message, agent, attempt, outcome, door, source, detail })
        };
        cut.into_iter().filter_map(over).collect()
    });
    look.await.unwrap_or_default()
}

/// Takes in the hooks that fired while no supervisor ran, oldest first; each file is removed when all of it is in.
pub(crate) async fn take_spooled(shell: &Shell, folder: &Path) {
    let name = folder.file_name().and_then(|name| name.to_str());
    let Some(agent) = name.and_then(|name| name.parse::<AgentId>().ok()) else {
        return;
    };
    let path = folder.join(SPOOL);
    // A hook that fires meanwhile writes a new file.
    let taken = folder.join("hooks.taking.jsonl");
    let inbox = shell.inbox.of(agent);
    let _turn = inbox.lock().await;
    // What a killed supervisor left half taken in is older than what waits.
    while taken.exists() || std::fs::rename(&path, &taken).is_ok() {
        let Some(text) = settled(&taken).await else { return };
        for line in text.lines().filter(|line| !line.is_empty()) {
            match serde_json::from_str::<Hook>(line) {
                Ok(hook) if hook.agent.parse() != Ok(agent) => {
                    tracing::warn!(%agent, "a hook of another agent waited in its file");
                }
                Ok(hook) => match take_next(shell, agent, hook).await {
                    Err(refusal) if matches!(refusal.code, Code::Storage | Code::ShuttingDown) => return,
                    _ => {}
                },
                Err(error) => tracing::warn!(%error, "a spooled hook is not readable"),
            }
        }
        if let Err(error) = std::fs::remove_file(&taken) {
            tracing::warn!(%agent, %error, "a file of hooks that are in cannot be removed");
            return;
        }
    }
}

/// The text of a file when nobody writes to it any more: a hook that opened it before it was renamed holds its lock.
async fn settled(path: &Path) -> Option<String> {
    let mut file = match plain_file::open(path) {
        Ok((file, _)) => file,
        // A pipe that an agent put there holds no hooks, and must not stand in the way of those that come.
        Err(error) if error.kind() == ErrorKind::InvalidInput => return Some(String::new()),
        Err(_) => return None,
    };
    for _ in 0..50 {
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).ok()?;
            return Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    None
}

/// Longest request of a permission that is kept (bytes). A file that is to be written may be larger: its dialog says enough.
const LONGEST_ASKED: usize = 16 << 10;

fn clean(text: &str) -> String {
    orc_core::envelope::make_safe(text).text
}

#[cfg(test)]
mod tests {
    use orc_core::ids::Seq;
    use tokio::sync::{mpsc, watch};

    use super::*;
    use crate::handle::Handle;

    /// It would not be kept for the next supervisor.
    #[tokio::test]
    async fn a_supervisor_that_has_stopped_calls_no_agent_unknown() {
        let (queue, items) = mpsc::channel(1);
        let (_seq, seen) = watch::channel(Seq(0));
        drop(items);
        let asked = played_by(&Handle { queue, seq: seen }, AgentId(1)).await;
        assert_eq!(asked.err().map(|refusal| refusal.code), Some(Code::ShuttingDown));
    }
}

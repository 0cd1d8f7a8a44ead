//! Hooks of agents become inputs: receipts, states, answers. What a hook says is untrusted text.

use std::path::Path;

use orc_api::request::Hook;
use orc_core::delivery::{Delivery, Outcome};
use orc_core::envelope::contents;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, Generation, MessageId};
use orc_core::input::Input;
use orc_core::team::{AgentState, Need, Source};

use crate::journal::Origin;
use crate::observe::profile_of;
use crate::run::Shell;

/// The folder within an agent's own where hooks wait that found no supervisor.
pub(crate) const SPOOL: &str = "hooks.jsonl";

/// Takes a hook in.
pub(crate) async fn take(shell: &Shell, hook: Hook) -> Result<(), Refusal> {
    let agent: AgentId = hook
        .agent
        .parse()
        .map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?;
    let generation = Generation(hook.generation);
    let Some((profile, _)) = profile_of(&shell.handle, agent).await else {
        return Err(Refusal::new(Code::NotFound, format!("there is no agent {agent}"), ""));
    };
    let text_at =
        |pointer: &str| hook.payload.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned);
    let origin = Origin { actor: agent.to_string(), door: "hook" };
    let detail = format!("hook {}", hook.event);
    let takes_prompt = profile.receipt.hook.as_deref() == Some(&hook.event);
    if takes_prompt || profile.doors.iter().any(|door| door.closed_by.as_deref() == Some(&hook.event)) {
        shell.handle.live(agent, move |live| live.doors_shut = !takes_prompt).await;
    }
    let mut inputs = Vec::new();
    if let Some(session) = text_at("/session_id") {
        inputs.push(Input::SessionKnown { agent, generation, session });
    }
    let state = profile.hook_states.get(&hook.event).and_then(|word| state_of(word));
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
    if let Some(answer) = profile.answer.as_ref().filter(|answer| answer.hook == hook.event)
        && let Some(text) = text_at(&answer.text).filter(|text| !text.trim().is_empty())
    {
        inputs.push(Input::Said { agent, generation, text: clean(&text), source: Source::Hook });
    }
    if state != Some(AgentState::Working) {
        inputs.extend(state.map(seen));
    }
    for input in inputs {
        shell.handle.input(input, origin.clone()).await?;
    }
    Ok(())
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

/// Takes in the hooks that fired while no supervisor ran, oldest first; the file is removed when all are in.
pub(crate) async fn take_spooled(shell: &Shell, folder: &Path) {
    let path = folder.join(SPOOL);
    // A rename first: a hook that fires meanwhile writes a new file.
    let taken = folder.join("hooks.taking.jsonl");
    if !taken.exists() && std::fs::rename(&path, &taken).is_err() {
        return;
    }
    let Ok(text) = std::fs::read_to_string(&taken) else {
        return;
    };
    for line in text.lines() {
        match serde_json::from_str::<Hook>(line) {
            Ok(hook) => match take(shell, hook).await {
                Err(refusal) if refusal.code == Code::Storage => return,
                _ => {}
            },
            Err(error) => tracing::warn!(%error, "a spooled hook is not readable"),
        }
    }
    drop(std::fs::remove_file(&taken));
}

fn state_of(word: &str) -> Option<AgentState> {
    match word {
        "idle" => Some(AgentState::Idle),
        "working" => Some(AgentState::Working),
        "starting" => Some(AgentState::Starting),
        other => Need::from_name(other).map(|need| AgentState::NeedsPerson { need }),
    }
}

fn clean(text: &str) -> String {
    orc_core::envelope::make_safe(text).text
}

//! Messages: sending one, waiting for its fate, reading what was said.

use std::time::Duration;

use orc_api::request::{Recipients, Send};
use orc_api::response::Response;
use orc_core::decide::Reply;
use orc_core::delivery::{MessageKind, Sender};
use orc_core::envelope::make_safe;
use orc_core::error::{Code, Refusal};
use orc_core::event::Event;
use orc_core::ids::{MessageId, SendKey, Seq, TeamName};
use orc_core::input::Input;
use orc_core::transcript::{About, Entry, Transcript};
use orc_core::{target, view};

use super::log::{read_events, wait_past};
use super::{LONGEST_WAIT, agent_named, cli, gone, team_named};
use crate::handle::Look;
use crate::journal::Origin;
use crate::run::Shell;

/// Events read from the log at a time.
const PAGE: usize = 2000;

/// Sends a message. `door` is the one that an agent comes through.
pub(super) async fn send_message(shell: &Shell, send: Send, door: &'static str) -> Result<Response, Refusal> {
    let Send { to, text, repaired, sender, key } = send;
    let key = key.as_deref().map(str::parse::<SendKey>).transpose();
    let key = key.map_err(|e| Refusal::new(Code::BadRequest, e.to_string(), "a key may be a UUID"))?;
    let looked = shell.handle.look(move |at| -> Result<_, Refusal> {
        let everybody =
            |name: &str| target::team(at.state, name).map(|team| (team.name.clone(), team.agents.clone()));
        let (team, to, kind) = match &to {
            Recipients::Agent(name) => {
                let id = target::agent(at.state, name)?;
                let team = at.state.agent(id).map(|agent| agent.team.clone()).ok_or_else(gone)?;
                (team, vec![id], MessageKind::Direct)
            }
            Recipients::Each(name) => everybody(name).map(|(team, all)| (team, all, MessageKind::Each))?,
            Recipients::Broadcast(name) => {
                everybody(name).map(|(team, all)| (team, all, MessageKind::Broadcast))?
            }
        };
        let from = match sender.as_deref() {
            None => Sender::Operator,
            Some(id) => agent_sender(at, id)?,
        };
        // Nobody is told what they said themselves.
        let itself = match (&from, kind) {
            (Sender::Agent { id, .. }, MessageKind::Each | MessageKind::Broadcast) => Some(*id),
            _ => None,
        };
        let to = to.into_iter().filter(|id| Some(*id) != itself).collect::<Vec<_>>();
        Ok((team, to, kind, from))
    });
    let (team, to, kind, from) = looked.await??;
    let mut safe = make_safe(&text);
    if repaired > 0 {
        safe.notes.push(format!("{repaired} bytes were not valid UTF-8 and were replaced"));
    }
    // Done before the supervisor does it again, so that the sender hears of it.
    shell.redactor.message(&mut safe);
    let origin = match &from {
        Sender::Agent { label, .. } => Origin { actor: label.clone(), door },
        Sender::Operator | Sender::System => cli(),
    };
    let mut notes = safe.notes.clone();
    let input = Input::Send { team, from, kind, to, text: safe, key };
    match shell.handle.input(input, origin).await? {
        Reply::Accepted(message) => message_view(shell, message, notes).await,
        Reply::Repeated(message) => {
            notes.push(format!("it was sent before under this key, as {message}; nothing was sent now"));
            known_message(shell, message, notes).await
        }
        _ => Err(Refusal::new(Code::Internal, "the message was not accepted", "")),
    }
}

/// The agent that says it is this one. A process that some forgotten agent left behind speaks for nobody.
pub(crate) fn agent_sender(at: &Look<'_>, id: &str) -> Result<Sender, Refusal> {
    let agent = id.parse().ok().and_then(|id| at.state.agent(id)).ok_or_else(|| {
        Refusal::new(
            Code::Denied,
            format!(
                "TMUX_ORC_AGENT_ID says that agent {} sends this, and there is no such agent",
                make_safe(id).text
            ),
            "a person's shell has no such variable: unset it",
        )
    })?;
    Ok(Sender::Agent { id: agent.id, label: format!("{}:{}", agent.team, agent.name) })
}

async fn message_view(shell: &Shell, message: MessageId, notes: Vec<String>) -> Result<Response, Refusal> {
    let look = shell
        .handle
        .look(move |at| view::recipients(at.state, at.world, at.catalog, message, at.boot_millis));
    Ok(Response::Message { message, recipients: look.await?, notes })
}

pub(super) async fn await_message(
    shell: &Shell,
    message: &str,
    timeout_ms: u64,
) -> Result<Response, Refusal> {
    let id: MessageId = message
        .parse()
        .map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?;
    let settled = move |at: &crate::handle::Look<'_>| {
        let open = at.state.messages.get(&id);
        open.is_none_or(|message| message.recipients.values().all(orc_core::delivery::Delivery::is_settled))
            .then_some(())
    };
    shell.handle.wait_for(Duration::from_millis(timeout_ms).min(LONGEST_WAIT), settled).await?;
    known_message(shell, id, Vec::new()).await
}

/// A message that may be so old that only the log knows it.
async fn known_message(shell: &Shell, id: MessageId, notes: Vec<String>) -> Result<Response, Refusal> {
    let live = message_view(shell, id, notes.clone()).await?;
    match &live {
        Response::Message { recipients, .. } if !recipients.is_empty() => Ok(live),
        _ => match from_log(shell, id).await? {
            Response::Message { message, recipients, .. } => {
                Ok(Response::Message { message, recipients, notes })
            }
            other => Ok(other),
        },
    }
}

/// What became of a message that is only in the log any more.
async fn from_log(shell: &Shell, id: MessageId) -> Result<Response, Refusal> {
    let mut names = std::collections::BTreeMap::new();
    let mut recipients = std::collections::BTreeMap::new();
    let mut after = 0;
    loop {
        let page = read_events(shell, after, PAGE, None).await?;
        for envelope in &page {
            after = envelope.seq.0;
            match &envelope.event {
                Event::AgentAdded { agent, team, name, .. } => {
                    names.insert(*agent, format!("{team}:{name}"));
                }
                Event::DeliverySettled { message, agent, attempt, outcome, door, evidence }
                    if *message == id =>
                {
                    let (outcome, door, evidence) = (outcome.clone(), door.clone(), evidence.clone());
                    let delivery =
                        orc_core::delivery::Delivery::Settled { attempt: *attempt, outcome, door, evidence };
                    let target = names.get(agent).cloned().unwrap_or_else(|| agent.to_string());
                    let view = view::RecipientView { agent: *agent, target, delivery, hold: None };
                    recipients.insert(*agent, view);
                }
                _ => {}
            }
        }
        if page.len() < PAGE {
            break;
        }
    }
    if recipients.is_empty() {
        return Err(Refusal::new(Code::NotFound, format!("there is no message {id}"), ""));
    }
    Ok(Response::Message { message: id, recipients: recipients.into_values().collect(), notes: Vec::new() })
}

pub(super) async fn messages(
    shell: &Shell,
    of: String,
    after: u64,
    wait_ms: u64,
) -> Result<Response, Refusal> {
    let about = if of.contains(':') {
        About::Agent(agent_named(shell, of).await?)
    } else {
        About::Team(team_named(shell, of).await?)
    };
    wait_past(shell, Seq(after), wait_ms).await;
    let (entries, seq) = transcript(shell, about, Seq(after)).await?;
    Ok(Response::Transcript { entries, seq })
}

/// The entries after a position: only the log since the team was made is read, and only the team's own events.
async fn transcript(shell: &Shell, about: About, after: Seq) -> Result<(Vec<Entry>, Seq), Refusal> {
    let wanted = about.clone();
    let found = shell.handle.look(move |at| {
        let team = match &wanted {
            About::Team(name) => at.state.teams.get(name)?,
            About::Agent(id) => at.state.teams.get(&at.state.agent(*id)?.team)?,
        };
        let named = at.state.agents_of(team).map(|agent| (agent.id, format!("{}:{}", team.name, agent.name)));
        Some((team.name.clone(), team.first, Transcript::new(about, named), at.state.seq))
    });
    let (team, first, fold, last) = found.await?.ok_or_else(gone)?;
    let (mut entries, mut at) = (Vec::new(), after.max(Seq(first.0.saturating_sub(1))));
    while at < last {
        let page = read_events(shell, at.0, PAGE, Some(team.to_string())).await?;
        // The log may have grown since `last`: what is beyond it is for the next question, or it came twice.
        let asked = page.iter().filter(|envelope| envelope.seq <= last);
        entries.extend(asked.filter_map(|e| fold.entry(e.seq, e.at, &e.event)));
        at = page.last().filter(|_| page.len() == PAGE).map_or(last, |envelope| envelope.seq.min(last));
    }
    Ok((entries, at))
}

/// What was broadcast to a team so far.
pub(crate) async fn broadcasts(shell: &Shell, team: &TeamName) -> Result<Vec<String>, Refusal> {
    let (entries, _) = transcript(shell, About::Team(team.clone()), Seq(0)).await?;
    let text = |entry: Entry| match entry {
        Entry::Sent { kind: MessageKind::Broadcast, from, text, .. } => Some(format!("{from}: {text}")),
        _ => None,
    };
    Ok(entries.into_iter().filter_map(text).collect())
}

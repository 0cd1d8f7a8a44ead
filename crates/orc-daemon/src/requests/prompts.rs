//! Dialogs: what is open, and the person's answer. An agent answers none.

use std::time::Duration;

use orc_api::request::{AnswerPrompt, Answered};
use orc_api::response::Response;
use orc_core::decide::Reply;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, InvalidId, PromptId};
use orc_core::input::Input;
use orc_core::prompt::{Answerer, Choice, Closed, End, Wanted};
use orc_core::team::Agent;
use orc_core::{target, view};

use super::by_agent::above;
use super::{agent_named, cli};
use crate::handle::Look;
use crate::http::Peer;
use crate::journal::Origin;
use crate::run::Shell;

/// Longest wait for an answer to be typed and its dialog to vanish.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn list(shell: &Shell, of: Option<String>) -> Result<Response, Refusal> {
    let look = shell.handle.look(move |at| {
        let agents: Vec<&Agent> = match of.as_deref() {
            Some(one) if one.contains(':') => {
                at.state.agent(target::agent(at.state, one)?).into_iter().collect()
            }
            Some(team) => at.state.agents_of(target::team(at.state, team)?).collect(),
            None => at.state.teams.values().flat_map(|team| at.state.agents_of(team)).collect(),
        };
        Ok(Response::Prompts { prompts: agents.into_iter().filter_map(view::prompt).collect() })
    });
    look.await?
}

pub(super) async fn answer(shell: &Shell, request: AnswerPrompt, peer: Peer) -> Result<Response, Refusal> {
    let agent = agent_named(shell, request.agent).await?;
    let prompt = request.prompt.map(|id| id.parse::<PromptId>()).transpose();
    let prompt = prompt.map_err(|e: InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?;
    let sender = request.sender;
    shell.handle.look(move |at| refuse_agents(at, agent, sender.as_deref(), peer)).await??;
    let wanted = match request.answer {
        Answered::Option(name) => Wanted::Option(name),
        Answered::Cancel => Wanted::Cancel,
    };
    let by = Answerer::Person { uid: peer.uid };
    let (prompt, choice) = give(shell, agent, prompt, wanted, by).await?;
    let fate = move |at: &Look<'_>| {
        let found = at.state.agent(agent)?;
        let open = found.prompt.as_ref().filter(|open| open.id == prompt);
        if open.is_some_and(|open| open.answering.is_some()) {
            return None;
        }
        Some(found.last_prompt.clone().filter(|fate| fate.prompt == prompt).map(|fate| fate.end))
    };
    let failed = |why: &str| {
        Err(Refusal::new(
            Code::Conflict,
            format!("{prompt}: {why}"),
            "`tmux-orc agent prompts` lists what is open now",
        ))
    };
    match shell.handle.wait_for(PATIENCE, fate).await? {
        Some(Some(End::Closed { how: Closed::AnsweredHere })) => {
            Ok(Response::Answered { prompt, answer: choice })
        }
        Some(Some(End::Closed { how: Closed::AgentEnded })) => {
            failed("the agent ended while it was answered")
        }
        Some(Some(End::Closed { .. })) => failed("it vanished before it was answered"),
        Some(Some(End::Failed { reason })) => failed(&reason),
        Some(None) => failed("what became of the answer is only in the log"),
        None => Err(Refusal::new(
            Code::TimedOut,
            format!("{prompt} has not been answered within {} s", PATIENCE.as_secs()),
            "the answer waits for the agent's shim; `tmux-orc agent explain` says more",
        )),
    }
}

/// Has an answer accepted, which is then typed.
pub(crate) async fn give(
    shell: &Shell,
    agent: AgentId,
    prompt: Option<PromptId>,
    wanted: Wanted,
    by: Answerer,
) -> Result<(PromptId, Choice), Refusal> {
    let origin = match &by {
        Answerer::Person { .. } => cli(),
        Answerer::Policy { .. } => Origin { actor: "system".to_owned(), door: "policy" },
    };
    match shell.handle.input(Input::Answer { agent, prompt, wanted, by }, origin).await? {
        Reply::Answering { prompt, .. } => {
            let look = shell.handle.look(move |at| {
                let open = at.state.agent(agent)?.prompt.as_ref().filter(|open| open.id == prompt)?;
                open.answering.as_ref().map(|answering| answering.choice.clone())
            });
            Ok((prompt, look.await?.unwrap_or(Choice::Cancel {})))
        }
        _ => Err(Refusal::new(Code::Conflict, "the agent asks nothing at the moment", "")),
    }
}

/// A dialog is a question to the person: no agent answers its own, nor another's. An agent is known by what it says of
/// itself, and by its processes, which are those below an agent's own.
fn refuse_agents(at: &Look<'_>, asked: AgentId, sender: Option<&str>, peer: Peer) -> Result<(), Refusal> {
    let by_process = || above(at, peer).map(|agent| agent.id.to_string());
    let Some(sender) = sender.map(str::to_owned).or_else(by_process) else { return Ok(()) };
    let own = sender == asked.to_string();
    let whose = if own { "its own dialog" } else { "the dialog of another agent" };
    Err(Refusal::new(
        Code::Denied,
        format!("an agent may not answer {whose}: it is a question to the person"),
        "answer it from a shell of your own, or in the agent's terminal",
    ))
}

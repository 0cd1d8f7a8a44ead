//! Who is told of a task: the agent that it is given to, and the agent that gave it when it is done or stuck.

use crate::decide::{Decision, talk};
use crate::delivery::{MessageKind, Sender};
use crate::envelope::make_safe;
use crate::error::Refusal;
use crate::event::Event;
use crate::ids::{ActionId, AgentId, MessageId, TaskId, TeamName};
use crate::incident::fact::TaskState;
use crate::incident::record::Task;
use crate::state::State;
use crate::target;
use crate::team::TeamPhase;
use crate::time::Timestamp;

/// The agent of a team that somebody means by its index, name or role: its id and its name.
pub(super) fn assignee(state: &State, team: &TeamName, who: &str) -> Result<(AgentId, String), Refusal> {
    let who = who.strip_prefix(&format!("{team}:")).unwrap_or(who);
    let id = target::agent(state, &format!("{team}:{who}"))?;
    let name = state.agent(id).map(|agent| agent.name.to_string()).unwrap_or_default();
    Ok((id, name))
}

/// The refusal where an agent may not give another one something to do now: it is told of it by a message, and messages have
/// limits.
pub(super) fn refusal(
    state: &State,
    team: &TeamName,
    by: &Sender,
    to: AgentId,
    now: Timestamp,
) -> Option<Decision> {
    let found = state.teams.get(team).filter(|_| !is(by, to))?;
    talk::refusal(state, found, by, &[to], now)
}

/// What the agent is told that a task is given to.
pub(super) fn given(
    state: &State,
    team: &TeamName,
    by: &Sender,
    to: AgentId,
    id: TaskId,
    text: &str,
) -> Option<Event> {
    let words = format!(
        "Task {id} is yours: {text}\nSay `tmux-orc task start {team} {id}` when you begin, and `tmux-orc task done {team} {id} \
         \"what you found\"` when it is done, or `task block` with what you wait for."
    );
    told(state, team, by, to, &words)
}

/// What the agent is told that gave a task, once it is done or stuck.
pub(super) fn moved(
    state: &State,
    team: &TeamName,
    by: &Sender,
    task: &Task,
    to: TaskState,
    text: &str,
) -> Option<Event> {
    let Sender::Agent { id: giver, .. } = task.by else { return None };
    match to {
        TaskState::Done | TaskState::Blocked | TaskState::Dropped => {}
        TaskState::Open | TaskState::Started => return None,
    }
    let note = if text.is_empty() { String::new() } else { format!(": {text}") };
    let words = format!("Task {} ({}) is {}, says {}{note}", task.id, task.text, to.name(), by.label());
    told(state, team, &Sender::System, giver, &words).filter(|_| !is(by, giver))
}

/// What the manager is told when somebody else proposes an action.
pub(super) fn proposed(
    state: &State,
    team: &TeamName,
    by: &Sender,
    id: ActionId,
    action: &str,
) -> Option<Event> {
    let but = match by {
        Sender::Agent { id, .. } => Some(*id),
        Sender::Operator | Sender::System => None,
    };
    let manager = state.manager_of(state.teams.get(team)?, but)?.id;
    let words = format!(
        "{} proposes action {id}: {action}\nIt waits for a person's decision, and nobody carries it out before. \
         `tmux-orc incident status {team}` shows it to them.",
        by.label()
    );
    told(state, team, &Sender::System, manager, &words)
}

fn told(state: &State, team: &TeamName, by: &Sender, to: AgentId, words: &str) -> Option<Event> {
    let found = state.teams.get(team)?;
    let runs = found.phase == TeamPhase::Running && found.deployed && found.agents.contains(&to);
    let safe = make_safe(words);
    (runs && !is(by, to)).then(|| Event::MessageAccepted {
        message: MessageId(state.last_message + 1),
        team: team.clone(),
        from: by.clone(),
        kind: MessageKind::Direct,
        to: vec![to],
        text: safe.text,
        notes: safe.notes,
        key: None,
    })
}

fn is(by: &Sender, agent: AgentId) -> bool {
    matches!(by, Sender::Agent { id, .. } if *id == agent)
}

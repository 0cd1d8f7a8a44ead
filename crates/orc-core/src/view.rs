//! What clients are shown of teams and agents: plain projections of state.

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::delivery::Delivery;
use crate::ids::{AgentId, AgentName, CompositionId, MessageId, ProfileId, PromptId, RoleId, TeamName};
use crate::plan::{World, hold};
use crate::prompt::{Answering, Asked};
use crate::recovery::{self, view::TeamRecovery};
use crate::state::State;
use crate::team::{Agent, AgentState, Evidence, Need, Process, Team, TeamPhase};
use crate::time::{Moment, Timestamp};

/// A team as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamView {
    /// Its name.
    pub team: TeamName,
    /// Its composition.
    pub kind: CompositionId,
    /// Its directory.
    pub dir: String,
    /// Where it is in its life.
    pub phase: TeamPhase,
    /// When it was created.
    pub created_at: Timestamp,
    /// When every agent had been ready.
    pub ready_at: Option<Timestamp>,
    /// Its agents in order.
    pub agents: Vec<AgentView>,
    /// How they are brought back when they fall; nothing from older versions.
    #[serde(default)]
    pub recovery: Option<TeamRecovery>,
    /// Agents that may not say anything to each other for now, because they did nothing else.
    #[serde(default)]
    pub stopped: Vec<String>,
}

/// An agent as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentView {
    /// Its id.
    pub id: AgentId,
    /// `team:index`.
    pub target: String,
    /// Its name.
    pub name: AgentName,
    /// Its title.
    pub title: String,
    /// Its role.
    pub role: RoleId,
    /// Its profile.
    pub profile: ProfileId,
    /// The directory that it works in.
    pub dir: String,
    /// Its state.
    pub state: AgentState,
    /// Why we say so.
    pub evidence: Evidence,
    /// Since when.
    pub since: Timestamp,
    /// It has been ready since its launch.
    pub was_ready: bool,
    /// The agent's process.
    pub process: Option<Process>,
    /// The launch's number.
    pub generation: u32,
    /// A person's unfinished draft stands in its composer, or a person is typing.
    #[serde(default)]
    pub draft: bool,
    /// Messages that wait.
    pub queued: usize,
    /// Why they wait, if they do.
    pub hold: Option<String>,
    /// What a person can do about that, where nothing else will.
    #[serde(default)]
    pub hint: Option<String>,
    /// The dialog that waits for an answer: `agent prompts` shows it.
    #[serde(default)]
    pub prompt: Option<PromptId>,
}

/// A dialog that waits for an answer, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptView {
    /// Its id.
    pub prompt: PromptId,
    /// The agent.
    pub agent: AgentId,
    /// `team:index` of the agent.
    pub target: String,
    /// The agent's name.
    pub name: AgentName,
    /// What the person is needed for.
    pub kind: Need,
    /// What it asks.
    pub text: String,
    /// What the agent's hook says it asks for; the text may show only a part of it.
    #[serde(default)]
    pub asked: Option<Asked>,
    /// Its options, the first is number 1; empty when it can only be answered in the terminal.
    pub options: Vec<String>,
    /// Since when it is open.
    pub since: Timestamp,
    /// Why we say so.
    pub evidence: Evidence,
    /// The answer that is being typed.
    pub answering: Option<Answering>,
}

/// What became of one message at one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientView {
    /// The recipient.
    pub agent: AgentId,
    /// `team:name`.
    pub target: String,
    /// What became of it.
    pub delivery: Delivery,
    /// Why it waits, if it does.
    pub hold: Option<String>,
}

/// A team as shown.
pub fn team(state: &State, world: &World, catalog: &Catalog, team: &Team, boot_millis: u64) -> TeamView {
    TeamView {
        team: team.name.clone(),
        kind: team.kind.clone(),
        dir: team.dir.clone(),
        phase: team.phase,
        created_at: team.created_at,
        ready_at: team.ready_at,
        agents: state.agents_of(team).map(|a| agent(world, catalog, a, boot_millis)).collect(),
        recovery: Some(recovery::view::of_team(
            state,
            team,
            &Moment { boot: world.boot.clone(), millis: boot_millis },
        )),
        stopped: state.talk.get(&team.name).map_or_else(Vec::new, |talk| {
            talk.stopped(world.wall).map(|between| between.describe(state)).collect()
        }),
    }
}

/// An agent as shown.
pub fn agent(world: &World, catalog: &Catalog, agent: &Agent, boot_millis: u64) -> AgentView {
    let waiting =
        agent.queue.iter().any(|message| agent.active.is_none_or(|active| active.message != *message));
    let live = world.live.get(&agent.id).copied().unwrap_or_default();
    let target = format!("{}:{}", agent.team, agent.index);
    // What an attempt met is there until one succeeds, also while the next is being made.
    let met = live.obstacle.filter(|_| live.in_vain > 0);
    let hold = waiting.then(|| hold(agent, live, catalog, boot_millis).or(met)).flatten();
    AgentView {
        id: agent.id,
        hint: hold.and_then(|why| why.hint(&target)),
        target,
        name: agent.name.clone(),
        title: agent.title.clone(),
        role: agent.role.clone(),
        profile: agent.profile.clone(),
        dir: agent.dir.clone(),
        state: agent.state.clone(),
        evidence: agent.evidence.clone(),
        since: agent.since,
        was_ready: agent.was_ready,
        process: agent.launch.as_ref().map(|launch| launch.child),
        generation: agent.generation.0,
        draft: live.draft || live.typing,
        queued: agent.queue.len(),
        hold: hold.map(|why| why.describe().to_owned()),
        prompt: agent.prompt.as_ref().map(|prompt| prompt.id),
    }
}

/// The dialog of an agent that waits for an answer.
pub fn prompt(agent: &Agent) -> Option<PromptView> {
    let prompt = agent.prompt.as_ref()?;
    Some(PromptView {
        prompt: prompt.id,
        agent: agent.id,
        target: format!("{}:{}", agent.team, agent.index),
        name: agent.name.clone(),
        kind: prompt.kind,
        text: prompt.text.clone(),
        asked: agent.asked.iter().rev().find(|asked| asked.is_shown_in(&prompt.text)).cloned(),
        options: prompt.options.clone(),
        since: prompt.at,
        evidence: prompt.evidence.clone(),
        answering: prompt.answering.clone(),
    })
}

/// What became of a message, by recipient; empty when it is over everywhere and only in the log.
pub fn recipients(
    state: &State,
    world: &World,
    catalog: &Catalog,
    message: MessageId,
    boot_millis: u64,
) -> Vec<RecipientView> {
    let Some(found) = state.messages.get(&message) else {
        return Vec::new();
    };
    let view = |(id, delivery): (&AgentId, &Delivery)| {
        let agent = state.agent(*id)?;
        let live = world.live.get(id).copied().unwrap_or_default();
        let waits = matches!(delivery, Delivery::Waiting { .. });
        let why = waits.then(|| hold(agent, live, catalog, boot_millis)).flatten();
        Some(RecipientView {
            agent: *id,
            target: format!("{}:{}", agent.team, agent.name),
            delivery: delivery.clone(),
            hold: why.map(|why| why.describe().to_owned()).or_else(|| turn(agent, message).filter(|_| waits)),
        })
    };
    found.recipients.iter().filter_map(view).collect()
}

/// What goes to the agent before this message.
fn turn(agent: &Agent, message: MessageId) -> Option<String> {
    let active = agent.active.as_ref().map(|active| active.message).filter(|active| *active != message);
    let queued = agent.queue.iter().take_while(|id| **id != message).filter(|id| active != Some(**id));
    match queued.count() + usize::from(active.is_some()) {
        0 => None,
        1 => Some("one message goes before it".to_owned()),
        many => Some(format!("{many} messages go before it")),
    }
}

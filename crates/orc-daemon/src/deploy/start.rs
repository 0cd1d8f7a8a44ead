//! Starting the processes of agents that the log knows, and taking them back.

use std::collections::BTreeMap;
use std::sync::Arc;

use orc_core::decide::Reply;
use orc_core::envelope::{SafeText, make_safe};
use orc_core::ids::{AgentId, Generation, TeamName};
use orc_core::incident::Severity;
use orc_core::input::Input;
use orc_core::profile::Profile;
use orc_core::role::{Role, brief};
use orc_core::state::State;
use orc_core::team::{Exit, Team};

use crate::journal::Origin;
use crate::kept::Kept;
use crate::launch::{self, Order};
use crate::link::Link;
use crate::run::Shell;
use crate::{leftovers, stop};

/// An agent that is about to be started for the first time.
pub(super) struct Starting {
    pub(super) agent: AgentId,
    pub(super) profile: Arc<Profile>,
    pub(super) kept: Kept,
    /// What becomes durable together with the fact that it runs: none runs without it, whenever this supervisor is killed.
    pub(super) words: Vec<Input>,
}

/// Starts the processes of agents that the log knows, all at once. On a failure the others are still running.
pub(super) async fn start(
    shell: &Shell,
    agents: Vec<Starting>,
    incident: Option<&str>,
) -> Result<(), String> {
    let mut tasks = tokio::task::JoinSet::new();
    for Starting { agent, profile, kept, words } in agents {
        let Some(order) = order(shell, agent, profile, kept, incident).await else {
            return Err(format!("agent {agent} is gone"));
        };
        let shell = shell.clone();
        tasks.spawn(async move {
            let generation = order.generation;
            let launch = launch::launch(&shell, order).await.map_err(|e| e.to_string())?;
            let launched = Input::Launched { agent, generation, launch };
            let told = std::iter::once(launched).chain(words).collect();
            match shell.handle.inputs(told, Origin::system()).await {
                Ok(Reply::Stale) => Err("it was stopped while it was made".to_owned()),
                Ok(_) => Ok(()),
                Err(refusal) => Err(refusal.message),
            }
        });
    }
    let mut failures = Vec::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => failures.push(reason),
            Err(error) => failures.push(error.to_string()),
        }
    }
    failures.sort();
    failures.dedup();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

/// What is needed to start an agent for the next time; nothing when it is gone. `incident` is what is about to be declared.
pub(crate) async fn order(
    shell: &Shell,
    agent: AgentId,
    profile: Arc<Profile>,
    kept: Kept,
    incident: Option<&str>,
) -> Option<Order> {
    let incident = incident.map(str::to_owned);
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent)?;
        let team = at.state.teams.get(&found.team)?;
        let members: Vec<_> = at.state.agents_of(team).collect();
        let role = kept.role.or_else(|| at.catalog.role(&found.role).map(|entry| entry.value.clone()))?;
        Some(Order {
            agent,
            generation: found.generation.next(),
            team: team.name.clone(),
            name: found.name.to_string(),
            dir: found.dir.clone(),
            profile,
            brief: brief(&role, found, team, &members, &incident.unwrap_or_else(|| declared(at.state, team))),
            environment: kept.environment,
            comeback: None,
        })
    });
    look.await.ok().flatten()
}

/// What is declared for a team that runs, in words; empty when nothing is.
fn declared(state: &State, team: &Team) -> String {
    let record = state.records.get(&team.name).filter(|record| record.is_open());
    let found = record.and_then(|record| record.declared.as_ref());
    found.map_or_else(String::new, |found| words_of(&found.title, found.severity, &team.name))
}

/// An incident as a brief tells of it.
pub(super) fn words_of(title: &str, severity: Severity, team: &TeamName) -> String {
    let severity = severity.name();
    format!(
        "The incident ({severity}): {title}. `tmux-orc incident status {team}` shows its id, its clock and what is known."
    )
}

/// Ends what a failed start of this launch left running, at once.
pub(crate) async fn take_back(shell: &Shell, agent: AgentId, generation: Generation) {
    let id = agent.to_string();
    let Ok((link, hello)) = Link::connect(&shell.paths.shim_socket(&id)).await else {
        return;
    };
    // The start may have failed because another agent runs there: that one is not ours to end.
    let meant = hello.agent == id && hello.generation == generation.0;
    if !meant || !leftovers::is_of_this_state(shell, hello.child_pid) {
        tracing::warn!(%agent, pid = hello.child_pid, "what runs at its socket is another agent: it is left alone");
        return;
    }
    stop::at_once(&link).await;
    let exit = Exit::Signal(9);
    shell.handle.report(Input::Ended { agent, generation, exit, last_words: String::new() }).await;
}

/// The role briefs of agents that cannot be given theirs at launch.
pub(super) async fn briefs(
    shell: &Shell,
    ids: &[AgentId],
    profiles: &[Arc<Profile>],
    own: &BTreeMap<AgentId, Role>,
    incident: Option<&str>,
) -> Vec<(AgentId, SafeText)> {
    let mut briefs = Vec::new();
    for (agent, profile) in ids.iter().copied().zip(profiles).filter(|(_, p)| p.brief_args.is_empty()) {
        let role = own.get(&agent).cloned();
        let kept = Kept { environment: BTreeMap::new(), role };
        if let Some(order) = order(shell, agent, profile.clone(), kept, incident).await {
            briefs.push((agent, make_safe(&order.brief)));
        }
    }
    briefs
}

//! Names of teams and agents for the shell's completion, as the running supervisor knows them.

use clap_complete::CompletionCandidate;
use orc_api::{Request, Response};
use orc_core::team::TeamPhase;

use crate::connect::ask_running;

/// Names of teams that run. Completing starts no supervisor.
pub(crate) fn teams() -> Vec<CompletionCandidate> {
    let Ok(Response::Teams { teams }) = ask_running(&Request::ListTeams {}) else { return Vec::new() };
    let running = teams.into_iter().filter(|team| team.phase == TeamPhase::Running);
    running.map(|team| CompletionCandidate::new(team.team.to_string())).collect()
}

/// `team:name` of every agent, with its title.
pub(crate) fn agents() -> Vec<CompletionCandidate> {
    agents_with(|_| true)
}

/// The same of those that a dialog keeps.
pub(crate) fn agents_that_ask() -> Vec<CompletionCandidate> {
    agents_with(|agent| agent.prompt.is_some())
}

fn agents_with(wanted: impl Fn(&orc_core::view::AgentView) -> bool) -> Vec<CompletionCandidate> {
    let Ok(Response::Teams { teams }) = ask_running(&Request::ListTeams {}) else { return Vec::new() };
    let running = teams.into_iter().filter(|team| team.phase == TeamPhase::Running);
    let named = |agent: &orc_core::view::AgentView, team: &str| {
        CompletionCandidate::new(format!("{team}:{}", agent.name)).help(Some(agent.title.clone().into()))
    };
    running
        .flat_map(|team| {
            team.agents
                .iter()
                .filter(|agent| wanted(agent))
                .map(|agent| named(agent, team.team.as_str()))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Both, for commands that take either.
pub(crate) fn teams_and_agents() -> Vec<CompletionCandidate> {
    teams().into_iter().chain(agents()).collect()
}

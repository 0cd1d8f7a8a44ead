//! A team.

use orc_core::view::{AgentView, TeamView};
use serde_json::{Value, json};

/// Who is in the team and what each is doing.
pub(crate) fn team(team: &TeamView) -> Value {
    json!({
        "team": team.team,
        "directory": team.dir,
        "teammates": team.agents.iter().map(agent).collect::<Vec<_>>(),
    })
}

fn agent(agent: &AgentView) -> Value {
    json!({
        "name": agent.name,
        "title": agent.title,
        "role": agent.role,
        "state": agent.state.describe(),
        "since": super::time(agent.since),
        "messages_waiting": agent.queued,
    })
}

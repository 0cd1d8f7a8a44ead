//! `team list`, `team status`, `agent status`

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::view::{AgentView, TeamView};

use super::{recovery, unexpected};
use crate::connect::ask;
use crate::duration::short;
use crate::error::CliError;
use crate::output;

pub(super) fn list(json: bool) -> Result<ExitCode, CliError> {
    let Response::Teams { teams } = ask(&Request::ListTeams {})? else {
        return Err(unexpected());
    };
    if json {
        output::json(&teams)?;
        return Ok(ExitCode::SUCCESS);
    }
    if teams.is_empty() {
        output::talk("no team yet: `tmux-orc quick-deploy backend 3 --project-name NAME` makes one");
        return Ok(ExitCode::SUCCESS);
    }
    let row = |team: &TeamView| {
        let ready = team.agents.iter().filter(|agent| agent.was_ready).count();
        vec![
            team.team.to_string(),
            team.kind.to_string(),
            format!("{:?}", team.phase).to_lowercase(),
            format!("{ready}/{}", team.agents.len()),
            age(team.created_at.0),
            team.dir.clone(),
        ]
    };
    output::table(&["TEAM", "TYPE", "PHASE", "READY", "AGE", "DIRECTORY"], teams.iter().map(row).collect())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn team(team: String, json: bool) -> Result<ExitCode, CliError> {
    let Response::Team(team) = ask(&Request::TeamStatus { team })? else {
        return Err(unexpected());
    };
    if json {
        output::json(&team)?;
    } else {
        print_agents(&team.agents)?;
        for whose in &team.stopped {
            output::talk(&format!(
                "{whose} answered each other too often and are stopped: `tmux-orc agent messages {}` shows what they said, \
                 any message of yours lets them go on",
                team.team
            ));
        }
        if let Some(recovery) = &team.recovery {
            recovery::notes(recovery);
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn agents(of: Option<String>, json: bool) -> Result<ExitCode, CliError> {
    let agents = match of {
        Some(one) if one.contains(':') => {
            let Response::Agent(agent) = ask(&Request::AgentStatus { agent: one })? else {
                return Err(unexpected());
            };
            vec![agent]
        }
        Some(team) => {
            let Response::Team(team) = ask(&Request::TeamStatus { team })? else {
                return Err(unexpected());
            };
            team.agents
        }
        None => {
            let Response::Teams { teams } = ask(&Request::ListTeams {})? else {
                return Err(unexpected());
            };
            teams.into_iter().flat_map(|team| team.agents).collect()
        }
    };
    if json {
        output::json(&agents)?;
    } else {
        print_agents(&agents)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The roster with each agent's state, since when, and why we say so.
pub(super) fn print_agents(agents: &[AgentView]) -> Result<(), CliError> {
    let row = |agent: &AgentView| {
        let queue = match (agent.queued, &agent.hold) {
            (0, _) => String::new(),
            (waiting, Some(why)) => format!("{waiting} ({why})"),
            (waiting, None) => waiting.to_string(),
        };
        vec![
            agent.target.clone(),
            agent.name.to_string(),
            agent.title.clone(),
            agent.profile.to_string(),
            agent.state.describe(),
            age(agent.since.0),
            queue,
            clip(&agent.evidence.detail),
        ]
    };
    let table = output::table(
        &["TARGET", "NAME", "TITLE", "AGENT", "STATE", "SINCE", "QUEUE", "EVIDENCE"],
        agents.iter().map(row).collect(),
    );
    hint_at_prompts(agents);
    agents.iter().filter_map(|agent| agent.hint.as_ref()).for_each(|hint| output::talk(hint));
    table
}

/// What to type next when somebody waits for the person.
fn hint_at_prompts(agents: &[AgentView]) {
    let asking: Vec<&str> =
        agents.iter().filter(|agent| agent.prompt.is_some()).map(|agent| agent.target.as_str()).collect();
    let team = |target: &&str| target.split(':').next().map(str::to_owned);
    let verb = "tmux-orc agent prompts";
    match asking.as_slice() {
        [] => {}
        [one] => output::talk(&format!("1 dialog waits for you: `{verb} {one}`")),
        [first, rest @ ..] => {
            let of = team(first).filter(|of| rest.iter().all(|other| team(other).as_ref() == Some(of)));
            let of = of.map(|of| format!(" {of}")).unwrap_or_default();
            output::talk(&format!("{} dialogs wait for you: `{verb}{of}`", asking.len()));
        }
    }
}

fn clip(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 60 { line.chars().take(59).chain(['…']).collect() } else { line.to_owned() }
}

/// How long ago.
pub(super) fn age(millis: i64) -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    short(u64::try_from(now - millis).unwrap_or(0))
}

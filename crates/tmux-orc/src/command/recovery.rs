//! `recovery start`, `recovery stop`, `recovery status`

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::recovery::Mode;
use orc_core::recovery::view::{AgentRecovery, PolicyView, RecoveryView, Standing, TeamRecovery};

use super::status::age;
use super::unexpected;
use crate::cli::Recovery;
use crate::connect::ask;
use crate::duration::{Wait, short};
use crate::error::CliError;
use crate::output;

pub(super) fn run(verb: Recovery, json: bool) -> Result<ExitCode, CliError> {
    let (request, status) = match verb {
        Recovery::Start(args) => {
            let mode = if args.emergency { Mode::Emergency } else { Mode::Normal };
            let hang_after_ms = args.hang_after.map(Wait::millis);
            (Request::StartRecovery { team: args.session, mode, hang_after_ms }, false)
        }
        Recovery::Stop { session } => (Request::StopRecovery { team: session }, false),
        Recovery::Status { session } => (Request::RecoveryStatus { team: session }, true),
    };
    let Response::Recovery(view) = ask(&request)? else { return Err(unexpected()) };
    if json {
        output::json(&view)?;
    } else if status {
        show(&view)?;
    } else {
        said(&view);
    }
    Ok(ExitCode::SUCCESS)
}

/// What holds from now on, in a line for each team.
fn said(view: &RecoveryView) {
    if view.teams.is_empty() {
        output::talk(&format!("no team runs; later teams: {}", everywhere(view)));
    }
    for team in &view.teams {
        output::talk(&format!("team {}: recovery {}", team.team, policy(team.policy.as_ref())));
    }
}

fn everywhere(view: &RecoveryView) -> String {
    policy(view.everywhere.as_ref())
}

fn policy(policy: Option<&PolicyView>) -> String {
    policy.map_or_else(
        || "off".to_owned(),
        |policy| {
            format!("{}, a hang is {} without progress", policy.mode.name(), short(policy.hang_after_ms))
        },
    )
}

fn show(view: &RecoveryView) -> Result<(), CliError> {
    let window = short(view.window_ms);
    let row = |team: &TeamRecovery| {
        let (mode, since, by) = match &team.policy {
            Some(policy) => (policy.mode.name().to_owned(), age(policy.since.0), policy.by.clone()),
            None => ("off".to_owned(), String::new(), String::new()),
        };
        let counted = |count: usize, most: usize| match &team.policy {
            Some(_) => format!("{count}/{most}"),
            None => String::new(),
        };
        vec![
            team.team.to_string(),
            mode,
            since,
            by,
            counted(team.restarts, team.most),
            counted(view.restarts, team.most_of_host),
            team.paused.as_ref().map(|pause| pause.reason.clone()).unwrap_or_default(),
        ]
    };
    if view.teams.is_empty() {
        output::talk(&format!("no team runs; recovery of later teams: {}", everywhere(view)));
        return Ok(());
    }
    let head = ["TEAM", "MODE", "SINCE", "BY", "RESTARTS", "OF HOST", "PAUSED"];
    output::table(&head, view.teams.iter().map(row).collect())?;
    let noted: Vec<Vec<String>> = view
        .teams
        .iter()
        .flat_map(|team| &team.agents)
        .filter(|agent| notable(agent))
        .map(agent_row)
        .collect();
    if !noted.is_empty() {
        output::line("")?;
        output::table(&["AGENT", "RESTARTS", "STANDING"], noted)?;
    }
    output::talk(&format!("restarts are counted over {window}"));
    for command in view.teams.iter().flat_map(|team| &team.next) {
        output::talk(&format!("next: {command}"));
    }
    Ok(())
}

/// What a person who looks at the team must know of its recovery; nothing when all is well.
pub(super) fn notes(team: &TeamRecovery) {
    if let Some(pause) = &team.paused {
        let since = age(pause.since.0);
        output::talk(&output::plain(&format!("nobody has been restarted for {since}: {}", pause.reason)));
    }
    for agent in team.agents.iter().filter(|agent| agent.standing != Standing::Fine) {
        output::talk(&output::plain(&format!("{}: {}", agent.target, agent.standing.describe())));
    }
    if team.policy.is_some() {
        for command in &team.next {
            output::talk(&format!("next: {command}"));
        }
    }
}

fn notable(agent: &AgentRecovery) -> bool {
    agent.restarts > 0 || agent.standing != Standing::Fine
}

fn agent_row(agent: &AgentRecovery) -> Vec<String> {
    let most = agent.most.map(|most| format!("/{most}")).unwrap_or_default();
    vec![agent.target.clone(), format!("{}{most}", agent.restarts), agent.standing.describe()]
}

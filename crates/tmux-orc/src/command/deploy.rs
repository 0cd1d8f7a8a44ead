//! `quick-deploy`

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use orc_api::request::{AgentChoice, Deploy, Environment};
use orc_api::response::Preview;
use orc_api::{Request, Response};
use orc_core::incident::Kind;
use orc_core::incident::entry::Declare;
use orc_core::incident::view::IncidentView;
use orc_core::team::AgentState;
use orc_core::view::{AgentView, TeamView};

use super::{status, unexpected};
use crate::cli::QuickDeploy;
use crate::connect::ask;
use crate::duration::{Wait, short};
use crate::error::CliError;
use crate::{output, text_argument, when};

/// The seed's target from the command to a team that is ready.
const TARGET_SECONDS: u64 = 120;
/// The wait on a terminal when nothing else is said.
const DEFAULT_WAIT: Wait = Wait(std::time::Duration::from_secs(TARGET_SECONDS));

pub(super) fn run(args: QuickDeploy, json: bool) -> Result<ExitCode, CliError> {
    let begun = Instant::now();
    let brief = match (args.brief, args.brief_file) {
        (None, None) => None,
        (text, file) => Some(text_argument::read(text, file.as_deref())?.text),
    };
    let incident = match args.incident {
        None => None,
        Some(title) => {
            let started = args.started.as_deref().map(when::of).transpose()?;
            let severity = super::incident::severity(args.severity);
            let kind = if args.drill { Kind::Drill } else { Kind::Real };
            Some(Declare { title, severity, kind, detection: None, started, detected: None })
        }
    };
    let declares = incident.is_some();
    let request = Deploy {
        incident,
        kind: args.kind,
        size: args.size,
        team: args.project_name,
        dir: directory(args.project_dir)?,
        agents: args.agent.iter().map(|word| choice(word)).collect(),
        brief,
        environment: environment(),
        worktrees: args.worktrees,
        dry_run: args.dry_run,
    };
    let team = match ask(&Request::Deploy(request))? {
        Response::Preview(preview) => return show_preview(&preview, json),
        Response::Team(team) => team,
        _ => return Err(unexpected()),
    };
    let wait = args.wait.or_else(|| (output::to_terminal() && !args.no_wait).then_some(DEFAULT_WAIT));
    let (team, status) = match wait {
        None => (team, ExitCode::SUCCESS),
        Some(wait) => {
            let team = until_ready(team, wait, begun, !json && output::to_terminal())?;
            let all = team.agents.iter().all(|agent| agent.was_ready);
            (team, if all { ExitCode::SUCCESS } else { ExitCode::from(8) })
        }
    };
    let incident = if declares { Some(incident_of(&team)?) } else { None };
    if json {
        show_json(&team, incident.as_deref())?;
    } else {
        show(&team, incident.as_deref(), begun, wait.is_some())?;
    }
    Ok(status)
}

fn incident_of(team: &TeamView) -> Result<Box<IncidentView>, CliError> {
    match ask(&Request::Incident { team: team.team.to_string() })? {
        Response::Incident(incident) => Ok(incident),
        _ => Err(unexpected()),
    }
}

/// The team, with its incident beside its other fields when one was declared.
fn show_json(team: &TeamView, incident: Option<&IncidentView>) -> Result<(), CliError> {
    let Some(incident) = incident else { return output::json(team) };
    let mut both = serde_json::to_value(team).map_err(|error| CliError::Failed(error.to_string()))?;
    both["incident"] = serde_json::json!({
        "id": incident.declared.as_ref().map(|declared| &declared.incident),
        "severity": incident.declared.as_ref().map(|declared| declared.severity),
        "title": incident.declared.as_ref().map(|declared| &declared.title),
        "phase": incident.phase,
        "elapsed_ms": incident.elapsed_ms,
    });
    output::json(&both)
}

/// Waits until every agent is ready or cannot become it by itself; a person is told of each as it comes.
fn until_ready(mut team: TeamView, wait: Wait, begun: Instant, aloud: bool) -> Result<TeamView, CliError> {
    /// Between two lines for a person, in milliseconds.
    const SLICE_MS: u64 = 1000;
    let mut told = BTreeSet::new();
    loop {
        for agent in team.agents.iter().filter(|agent| aloud && agent.was_ready) {
            if told.insert(agent.id) {
                output::talk(&format!("  {} {} is ready after {}", agent.target, agent.title, since(begun)));
            }
        }
        let over = |agent: &AgentView| {
            agent.was_ready
                || matches!(agent.state, AgentState::NeedsPerson { .. } | AgentState::Exited { .. })
        };
        let left = wait.0.saturating_sub(begun.elapsed());
        if left.is_zero() || team.agents.iter().all(over) {
            return Ok(team);
        }
        let timeout_ms = Wait(left).millis().clamp(1, if aloud { SLICE_MS } else { u64::MAX });
        let request = Request::AwaitReady { team: team.team.to_string(), timeout_ms };
        let Response::Team(now) = ask(&request)? else { return Err(unexpected()) };
        team = now;
    }
}

/// `PROFILE` or `ROLE=PROFILE`.
pub(super) fn choice(word: &str) -> AgentChoice {
    match word.split_once('=') {
        Some((role, profile)) => AgentChoice { role: Some(role.to_owned()), profile: profile.to_owned() },
        None => AgentChoice { role: None, profile: word.to_owned() },
    }
}

fn directory(given: Option<PathBuf>) -> Result<String, CliError> {
    let dir = given.unwrap_or_else(|| PathBuf::from("."));
    let dir = std::path::absolute(&dir)?;
    let dir = dir.canonicalize().unwrap_or(dir);
    dir.into_os_string()
        .into_string()
        .map_err(|dir| CliError::Usage(format!("{} is not UTF-8", dir.display())))
}

/// This shell's environment, which the agents get; what is not UTF-8 stays here.
pub(super) fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Environment(std::env::vars_os().filter_map(text).collect())
}

fn since(begun: Instant) -> String {
    short(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
}

fn show(
    team: &TeamView,
    incident: Option<&IncidentView>,
    begun: Instant,
    waited: bool,
) -> Result<(), CliError> {
    status::print_agents(&team.agents)?;
    let name = &team.team;
    let late: Vec<_> = team.agents.iter().filter(|agent| !agent.was_ready).collect();
    if waited && late.is_empty() {
        let budget = if begun.elapsed().as_secs() <= TARGET_SECONDS { "within" } else { "over" };
        output::talk(&format!(
            "\nteam {name}: all {} ready after {} ({budget} the 2 min target)",
            team.agents.len(),
            since(begun)
        ));
    } else if waited {
        output::talk(&format!(
            "\nteam {name}: {} of {} not ready after {}:",
            late.len(),
            team.agents.len(),
            since(begun)
        ));
        for agent in late {
            output::talk(&format!(
                "  {} {}: {}",
                agent.target,
                agent.title,
                remedy(&agent.state, &agent.target)
            ));
        }
    } else {
        output::talk(&format!("\nteam {name}: {} agents started in {}", team.agents.len(), since(begun)));
    }
    if let Some(incident) = incident {
        for line in super::incident::clock_line(incident) {
            output::talk(&line);
        }
    }
    output::talk(&format!(
        "next:\n  tmux-orc team broadcast {name} \"what is broken, since when, what you know\"\n  tmux-orc agent messages {name} --follow\n  tmux-orc team attach {name}"
    ));
    Ok(())
}

fn remedy(state: &AgentState, target: &str) -> String {
    match state {
        AgentState::NeedsPerson { need } => {
            format!("waits for a person ({}): `tmux-orc agent attach {target}`", need.name())
        }
        AgentState::Exited { exit } => format!("ended ({exit}): `tmux-orc agent explain {target}`"),
        AgentState::Starting
        | AgentState::Unknown
        | AgentState::Idle
        | AgentState::Working
        | AgentState::WaitingOnProvider { .. }
        | AgentState::FailedTurn { .. }
        | AgentState::Hung { .. }
        | AgentState::Replaced { .. } => {
            format!("{}: `tmux-orc agent screen {target}` shows what it does", state.word())
        }
    }
}

fn show_preview(preview: &Preview, json: bool) -> Result<ExitCode, CliError> {
    if json {
        output::json(preview)?;
        return Ok(ExitCode::SUCCESS);
    }
    let row = |m: &orc_api::response::PreviewMember| {
        vec![m.target.clone(), m.role.clone(), m.title.clone(), m.profile.clone(), m.program.clone()]
    };
    output::table(
        &["TARGET", "ROLE", "TITLE", "AGENT", "PROGRAM"],
        preview.members.iter().map(row).collect(),
    )?;
    output::talk(&format!("\nteam {} would work in {}; nothing was started", preview.team, preview.dir));
    for warning in &preview.warnings {
        output::talk(&format!("warning: {warning}"));
    }
    Ok(ExitCode::SUCCESS)
}

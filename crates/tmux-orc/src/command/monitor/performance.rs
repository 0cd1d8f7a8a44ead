//! `monitor performance [--analyze]`

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::performance::load::bytes;
use orc_core::performance::{AgentPerformance, Finding, Host, Latency, Performance, TeamPerformance};
use orc_core::team::AgentState;

use crate::cli;
use crate::command::unexpected;
use crate::connect::ask;
use crate::duration::short;
use crate::error::CliError;
use crate::output;
use crate::tui::text::wrap;

/// The width that every terminal has.
const COLUMNS: usize = 80;

pub(super) fn run(args: cli::monitor::Performance, json: bool) -> Result<ExitCode, CliError> {
    let Response::Performance(figures) = ask(&Request::Performance { team: args.session })? else {
        return Err(unexpected());
    };
    if json {
        let mut value = output::presentable(&figures);
        if let Some(all) = value.as_object_mut().filter(|_| !args.analyze) {
            all.remove("findings");
        }
        output::line(&value.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    show(&figures)?;
    if args.analyze {
        analysis(&figures)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(figures: &Performance) -> Result<(), CliError> {
    for team in &figures.teams {
        let count = team.agents.len();
        output::line(&format!("{}: {count} agents, {}", team.team, short(team.window_ms)))?;
        agents(team)?;
        output::line("")?;
    }
    if figures.teams.is_empty() {
        output::talk("no team runs");
    }
    output::line(&host(&figures.host))
}

/// Three tables, so that a terminal of 80 columns holds them: what is now, where the time went, and what was done in it.
fn agents(team: &TeamPerformance) -> Result<(), CliError> {
    let now = ["AGENT", "NOW", "QUEUED", "CPU", "MEMORY"];
    output::table(&now, team.agents.iter().map(now_of).collect())?;
    output::line("")?;
    let times = ["AGENT", "WORKING", "IDLE", "PERSON", "PROVIDER", "OTHER", "RESTARTS"];
    output::table(&times, team.agents.iter().map(times_of).collect())?;
    output::line("")?;
    let work = ["AGENT", "TURNS", "p50/p95", "DELIVERED", "WAITED", "TOOK"];
    output::table(&work, team.agents.iter().map(work_of).collect())
}

fn name(agent: &AgentPerformance) -> String {
    format!("{} {}", agent.target, agent.name)
}

/// The state by its one word: what is wrong in it is among the findings, and in `team status`.
fn now_of(agent: &AgentPerformance) -> Vec<String> {
    let usage = agent.usage.as_ref();
    let unknown = || "-".to_owned();
    vec![
        name(agent),
        format!("{} {}", agent.state.word(), short(agent.in_state_ms)),
        agent.queued.to_string(),
        usage.map_or_else(unknown, |usage| format!("{} %", usage.cpu_percent)),
        usage.map_or_else(unknown, |usage| bytes(usage.now.memory_bytes)),
    ]
}

fn times_of(agent: &AgentPerformance) -> Vec<String> {
    let named = [
        AgentState::Working.word(),
        AgentState::Idle.word(),
        AgentState::NEEDS_PERSON,
        AgentState::WAITING_ON_PROVIDER,
    ];
    let [working, idle, person, provider] = named.map(|word| agent.spent(word));
    let other = agent.age_ms.saturating_sub(working + idle + person + provider);
    let share = |time: u64| match time * 100 / agent.age_ms.max(1) {
        0 if time > 0 => "<1 %".to_owned(),
        percent => format!("{percent} %"),
    };
    let mut row = vec![name(agent)];
    row.extend([working, idle, person, provider, other].map(share));
    row.push(agent.restarts.to_string());
    row
}

fn work_of(agent: &AgentPerformance) -> Vec<String> {
    vec![
        name(agent),
        agent.turns.count.to_string(),
        spread(agent.turns),
        agent.delivered.count.to_string(),
        spread(agent.waited),
        spread(agent.delivered),
    ]
}

/// The two percentiles, their unit once where it is the same; what was never measured is a dash.
fn spread(latency: Latency) -> String {
    let time = |millis: u64| if millis < 1000 { format!("{millis} ms") } else { short(millis) };
    let (Some(half), Some(most)) = (latency.p50_ms, latency.p95_ms) else { return "-".to_owned() };
    let (half, most) = (time(half), time(most));
    match (half.split_once(' '), most.split_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other => format!("{number}/{most}"),
        _ => format!("{half}/{most}"),
    }
}

/// The host in lines of what belongs together; what the kernel does not tell is left out.
fn host(host: &Host) -> String {
    let of = |name: &str, free: Option<u64>, all: Option<u64>| {
        free.zip(all).map(|(free, all)| format!("{name} {} of {} free", bytes(free), bytes(all)))
    };
    let pressure = |name: &str, share: Option<f64>| share.map(|share| format!("{name} {share:.0} %"));
    let joined = |parts: &[Option<String>], between: &str| {
        let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(between))
    };
    let has = joined(
        &[
            host.now.load.map(|load| format!("load {load:.2} on {} processors", host.now.cores)),
            of("memory", host.now.available_bytes, host.now.memory_bytes),
            host.swap_bytes_per_second.map(|rate| format!("swap {}/s", bytes(rate))),
        ],
        " · ",
    );
    let waits = [
        pressure("processors", host.now.cpu_pressure),
        pressure("memory", host.now.memory_pressure),
        pressure("disks", host.now.io_pressure),
    ];
    let waits = joined(&waits, ", ").map(|waits| format!("waited for {waits}"));
    let disk = of("disk of the state", host.now.disk_free_bytes, host.now.disk_bytes);
    format!("host: {}", joined(&[has, waits, disk], "\n      ").unwrap_or_default())
}

fn analysis(figures: &Performance) -> Result<(), CliError> {
    output::line("")?;
    if figures.findings.is_empty() {
        return output::line("findings: none; nothing in these figures holds anybody up");
    }
    output::line("findings, worst first:")?;
    figures.findings.iter().enumerate().try_for_each(|(index, finding)| said(index + 1, finding))
}

/// What is wrong, broken between words, and the command in a line of its own, whole, so that it can be taken as it is.
fn said(number: usize, finding: &Finding) -> Result<(), CliError> {
    let mark = format!("{number}. ");
    let indent = " ".repeat(mark.len());
    let text = wrap(&output::plain(&finding.text), COLUMNS - mark.len(), usize::MAX);
    for (row, text) in text.iter().enumerate() {
        output::line(&format!("{}{text}", if row == 0 { &mark } else { &indent }))?;
    }
    output::line(&format!("{indent}{}", output::plain(&finding.command)))
}

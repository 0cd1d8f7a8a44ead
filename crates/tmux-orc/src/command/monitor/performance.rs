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

/// Two tables, so that a terminal of usual width holds them: where the time went, and what was done in it.
fn agents(team: &TeamPerformance) -> Result<(), CliError> {
    let times = ["AGENT", "NOW", "WORKING", "IDLE", "PERSON", "PROVIDER", "OTHER"];
    output::table(&times, team.agents.iter().map(times_of).collect())?;
    output::line("")?;
    let work = [
        "AGENT",
        "TURNS",
        "p50 / p95",
        "QUEUED",
        "p50 / p95",
        "DELIVERED",
        "p50 / p95",
        "RESTARTS",
        "CPU",
        "MEMORY",
    ];
    output::table(&work, team.agents.iter().map(work_of).collect())
}

fn name(agent: &AgentPerformance) -> String {
    format!("{} {}", agent.target, agent.name)
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
    let mut row = vec![name(agent), format!("{} {}", agent.state.describe(), short(agent.in_state_ms))];
    row.extend([working, idle, person, provider, other].map(share));
    row
}

fn work_of(agent: &AgentPerformance) -> Vec<String> {
    let usage = agent.usage.as_ref();
    let unknown = || "-".to_owned();
    vec![
        name(agent),
        agent.turns.count.to_string(),
        spread(agent.turns),
        agent.queued.to_string(),
        spread(agent.waited),
        agent.delivered.count.to_string(),
        spread(agent.delivered),
        agent.restarts.to_string(),
        usage.map_or_else(unknown, |usage| format!("{} %", usage.cpu_percent)),
        usage.map_or_else(unknown, |usage| bytes(usage.now.memory_bytes)),
    ]
}

/// The two percentiles; what was never measured is a dash.
fn spread(latency: Latency) -> String {
    let time = |millis: u64| if millis < 1000 { format!("{millis} ms") } else { short(millis) };
    match (latency.p50_ms, latency.p95_ms) {
        (Some(half), Some(most)) => format!("{} / {}", time(half), time(most)),
        _ => "-".to_owned(),
    }
}

/// The host in a line; what the kernel does not tell is left out.
fn host(host: &Host) -> String {
    let of = |free: Option<u64>, all: Option<u64>| {
        free.zip(all).map(|(free, all)| format!("{} of {} free", bytes(free), bytes(all)))
    };
    let pressure = |name: &str, share: Option<f64>| share.map(|share| format!("{name} {share:.0} %"));
    let waits: Vec<String> = [
        pressure("processors", host.now.cpu_pressure),
        pressure("memory", host.now.memory_pressure),
        pressure("disks", host.now.io_pressure),
    ]
    .into_iter()
    .flatten()
    .collect();
    let parts = [
        host.now.load.map(|load| format!("load {load:.2} on {} processors", host.now.cores)),
        (!waits.is_empty()).then(|| format!("waited for {}", waits.join(", "))),
        of(host.now.available_bytes, host.now.memory_bytes).map(|memory| format!("memory {memory}")),
        host.swap_bytes_per_second.map(|rate| format!("swap {}/s", bytes(rate))),
        of(host.now.disk_free_bytes, host.now.disk_bytes).map(|disk| format!("disk of the state {disk}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("host: {}", parts.join(" · "))
}

fn analysis(figures: &Performance) -> Result<(), CliError> {
    output::line("")?;
    if figures.findings.is_empty() {
        return output::line("findings: none; nothing in these figures holds anybody up");
    }
    output::line("findings, worst first:")?;
    let line = |(index, finding): (usize, &Finding)| {
        output::line(&output::plain(&format!("{}. {}: `{}`", index + 1, finding.text, finding.command)))
    };
    figures.findings.iter().enumerate().try_for_each(line)
}

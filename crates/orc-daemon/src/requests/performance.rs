//! Performance: the log is added up and the kernel is looked at while somebody asks, and never otherwise.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use orc_api::response::Response;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, Seq};
use orc_core::incident::{Occurred, Record};
use orc_core::performance::findings::{Case, analyze};
use orc_core::performance::view::figures;
use orc_core::performance::{Host, HostSample, Ledger, Performance, Sample, TeamPerformance, Usage};
use orc_core::team::{Process, Team, TeamPhase};
use orc_core::view::{self, TeamView};

use super::team_named;
use crate::handle::Look;
use crate::run::Shell;
use crate::{clock, host, journal, launch, procfs};

/// Between the two looks at the kernel.
const BETWEEN: Duration = Duration::from_millis(250);

/// One team as the state has it.
struct Known {
    team: Team,
    view: TeamView,
    record: Record,
}

/// Everything that the state says, at one position of the log.
struct Snapshot {
    seq: Seq,
    at: Occurred,
    teams: Vec<Known>,
}

pub(super) async fn of(shell: &Shell, team: Option<String>) -> Result<Response, Refusal> {
    let team = match team {
        Some(name) => Some(team_named(shell, name).await?),
        None => None,
    };
    let snapshot = shell.handle.look(move |at| {
        let wanted = |one: &&Team| match &team {
            Some(name) => one.name == *name,
            None => one.phase == TeamPhase::Running,
        };
        let teams = at.state.teams.values().filter(wanted).map(|team| known(at, team)).collect();
        Snapshot { seq: at.state.seq, at: Occurred::live(clock::now(), &clock::boot_id()), teams }
    });
    let snapshot = snapshot.await?;
    let processes: Vec<(AgentId, Process)> = snapshot
        .teams
        .iter()
        .flat_map(|known| &known.view.agents)
        .filter_map(|agent| Some((agent.id, agent.process?)))
        .collect();
    let log = shell.log.clone();
    let added_up = tokio::task::spawn_blocking(move || -> Result<_, Refusal> {
        let mut ledgers = Vec::new();
        for known in &snapshot.teams {
            let mut ledger = journal::add_up(&log, &known.team, snapshot.seq).map_err(|e| {
                Refusal::new(Code::Storage, e.to_string(), "`tmux-orc log verify` checks the log")
            })?;
            ledger.until(&snapshot.at);
            ledgers.push(ledger);
        }
        Ok((snapshot, ledgers))
    });
    let (added_up, (host, usage)) = tokio::join!(added_up, sampled(shell, processes));
    let (snapshot, ledgers) = added_up.map_err(|e| Refusal::new(Code::Internal, e.to_string(), ""))??;
    Ok(Response::Performance(Box::new(shown(&snapshot, &ledgers, host, &usage))))
}

fn known(at: &Look<'_>, team: &Team) -> Known {
    Known {
        team: team.clone(),
        view: view::team(at.state, at.world, at.catalog, team, at.boot_millis),
        record: at.state.records.get(&team.name).cloned().unwrap_or_default(),
    }
}

fn shown(
    snapshot: &Snapshot,
    ledgers: &[Ledger],
    host: Host,
    usage: &BTreeMap<AgentId, Usage>,
) -> Performance {
    let both = || snapshot.teams.iter().zip(ledgers);
    let teams: Vec<TeamPerformance> = both()
        .map(|(known, ledger)| figures(&known.view, ledger, |agent| usage.get(&agent).cloned()))
        .collect();
    let cases: Vec<Case<'_>> = both()
        .zip(&teams)
        .map(|((known, ledger), figures)| Case { team: &known.view, record: &known.record, ledger, figures })
        .collect();
    let findings = analyze(&host, &cases);
    Performance { host, teams, findings }
}

/// The host and the process trees of agents, from two looks.
async fn sampled(shell: &Shell, processes: Vec<(AgentId, Process)>) -> (Host, BTreeMap<AgentId, Usage>) {
    let begun = Instant::now();
    let first = look(shell, processes.clone()).await;
    tokio::time::sleep(BETWEEN).await;
    let (host, trees) = look(shell, processes).await;
    let passed = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let usage = trees.into_iter().filter_map(|(agent, after)| {
        let before = first.1.get(&agent)?;
        Some((agent, Usage::between(before, after, passed)))
    });
    let usage = usage.collect();
    let state_dir = shell.paths.state.display().to_string();
    (Host::between(&first.0, host, passed, state_dir), usage)
}

async fn look(shell: &Shell, processes: Vec<(AgentId, Process)>) -> (HostSample, BTreeMap<AgentId, Sample>) {
    let state_dir = shell.paths.state.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let trees = processes.into_iter().filter_map(|(agent, process)| {
            let sample = procfs::usage(process.pid);
            // Looked at last: all of it was of this process.
            (launch::start_time(process.pid) == Some(process.start)).then_some((agent, sample))
        });
        (host::sample(&state_dir), trees.collect())
    });
    looked.await.unwrap_or_default()
}

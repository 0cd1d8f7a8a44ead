//! What the host is short of, and who takes it.

use super::{Figure, Finding, Kind, Patient};
use crate::performance::load::{Host, bytes};

/// With less than this left, a log that grows by the hour does not get through the incident.
const DISK_BYTES: u64 = 1 << 30;
/// Swapping in and out at this rate, programs wait for it (bytes each second).
const SWAP_BYTES: u64 = 1 << 20;
/// Something waited for memory in so much of the last 10 seconds (per cent).
const MEMORY_PRESSURE: f64 = 10.0;
/// So much of the memory is left (per cent).
const MEMORY_LEFT: u64 = 5;
/// Something waited for a processor in so much of the last 10 seconds (per cent) …
const CPU_PRESSURE: f64 = 60.0;
/// … and so many processes for each processor want to run.
const LOAD: f64 = 2.0;
/// Less than this is nobody's trouble, however small the others are.
const HUNGRY_BYTES: u64 = 512 << 20;
/// So many times as much as the others of the team hold …
const HUNGRY_TIMES: u64 = 4;
/// … or so much of the host's memory (per cent).
const HUNGRY_PERCENT: u64 = 25;

/// What the host is short of.
pub(super) fn findings(host: &Host) -> Vec<Finding> {
    [disk(host), memory(host), cpu(host)].into_iter().flatten().collect()
}

fn of_host(kind: Kind, figure: Figure, text: String, command: String) -> Finding {
    Finding { kind, team: None, agent: None, text, figure, command }
}

fn disk(host: &Host) -> Option<Finding> {
    let left = host.now.disk_free_bytes.filter(|left| *left < DISK_BYTES)?;
    let text = format!(
        "the disk of the state directory has {} left; full, it takes no message any more",
        bytes(left)
    );
    let command = format!("df -h '{}'", host.state_dir);
    Some(of_host(Kind::DiskNearlyFull, Figure::Bytes { bytes: left }, text, command))
}

fn memory(host: &Host) -> Option<Finding> {
    let command = "ps -eo pid,rss,comm --sort=-rss | head".to_owned();
    let found = |figure, text| Some(of_host(Kind::MemoryShort, figure, text, command.clone()));
    if let Some(rate) = host.swap_bytes_per_second.filter(|rate| *rate >= SWAP_BYTES) {
        return found(Figure::Bytes { bytes: rate }, format!("the host swaps {} each second", bytes(rate)));
    }
    if let Some(pressure) = host.now.memory_pressure.filter(|pressure| *pressure >= MEMORY_PRESSURE) {
        let text = format!("something waited for memory in {pressure:.0} % of the last 10 seconds");
        return found(Figure::Percent { percent: whole(pressure) }, text);
    }
    let (all, left) = host.now.memory_bytes.filter(|all| *all > 0).zip(host.now.available_bytes)?;
    let percent = left.saturating_mul(100) / all;
    if percent >= MEMORY_LEFT {
        return None;
    }
    found(Figure::Percent { percent }, format!("the host has {} of memory left, {percent} %", bytes(left)))
}

fn cpu(host: &Host) -> Option<Finding> {
    let cores = u32::try_from(host.now.cores).ok().filter(|cores| *cores > 0)?;
    let load = host.now.load.filter(|load| *load >= LOAD * f64::from(cores))?;
    // Without the kernel's word for it, load alone counts: disks make it, too.
    let pressure = host
        .now
        .cpu_pressure
        .map_or(Some(100.0), |pressure| Some(pressure).filter(|it| *it >= CPU_PRESSURE))?;
    let text = format!(
        "{load:.1} processes want the {cores} processors; something waited for one in {pressure:.0} % of the last 10 seconds"
    );
    let command = "ps -eo pid,pcpu,comm --sort=-pcpu | head".to_owned();
    Some(of_host(Kind::CpuShort, Figure::Percent { percent: whole(pressure) }, text, command))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "per cent")]
fn whole(percent: f64) -> u64 {
    percent.clamp(0.0, 100.0).round() as u64
}

/// Whether an agent's processes hold far more memory than others do.
pub(super) fn of_agent(one: &Patient<'_>, host: &Host) -> Option<Finding> {
    let usage = one.figures.usage.as_ref().filter(|usage| usage.now.memory_bytes >= HUNGRY_BYTES)?;
    let mut others: Vec<u64> = one
        .case
        .figures
        .agents
        .iter()
        .filter(|other| other.id != one.agent.id)
        .filter_map(|other| Some(other.usage.as_ref()?.now.memory_bytes))
        .collect();
    others.sort_unstable();
    let usual = others.get(others.len() / 2).copied().filter(|usual| *usual > 0);
    let share = host
        .now
        .memory_bytes
        .filter(|all| *all > 0)
        .map(|all| usage.now.memory_bytes.saturating_mul(100) / all);
    let more = usual.map(|usual| usage.now.memory_bytes / usual).filter(|times| *times >= HUNGRY_TIMES);
    let share = share.filter(|share| *share >= HUNGRY_PERCENT);
    let beside = match (more, share) {
        (Some(times), _) => format!("{times} times as much as the others"),
        (None, Some(share)) => format!("{share} % of the host's"),
        (None, None) => return None,
    };
    let what = format!(
        "holds {} of memory in {} processes, {beside}; most in `{}` ({})",
        bytes(usage.now.memory_bytes),
        usage.now.processes,
        usage.now.largest,
        bytes(usage.now.largest_bytes)
    );
    Some(one.finding(
        Kind::MemoryHungry,
        Figure::Bytes { bytes: usage.now.memory_bytes },
        &what,
        one.restart(),
    ))
}

//! What the kernel counts of a process.

use std::time::Instant;

/// Processor time of all its threads so far, in nanoseconds.
fn cpu(pid: u32) -> u64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    let of_thread = |thread: std::fs::DirEntry| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    };
    threads.flatten().filter_map(of_thread).sum()
}

/// A line of a file of `/proc` in KiB.
fn kib(pid: u32, file: &str, starts: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let lines = text.lines().filter(|line| line.starts_with(starts));
    lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a process has less than 2^52 KiB")]
pub(super) fn resident_mb(pid: u32) -> f64 {
    kib(pid, "status", "VmRSS:") as f64 / 1024.0
}

/// Memory that would be free without the process, in MiB.
#[expect(clippy::cast_precision_loss, reason = "a process has less than 2^52 KiB")]
pub(super) fn private_mb(pid: u32) -> f64 {
    kib(pid, "smaps_rollup", "Private_") as f64 / 1024.0
}

/// Processor time of several processes over a while.
pub(super) struct Load {
    since: Instant,
    before: Vec<(u32, u64)>,
}

impl Load {
    pub(super) fn new(pids: &[u32]) -> Self {
        Self { before: pids.iter().map(|pid| (*pid, cpu(*pid))).collect(), since: Instant::now() }
    }

    /// Per cent of one processor since the beginning, all together.
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a short while")]
    pub(super) fn percent(&self) -> f64 {
        let used: u64 = self.before.iter().map(|(pid, before)| cpu(*pid).saturating_sub(*before)).sum();
        used as f64 / 1e9 / self.since.elapsed().as_secs_f64() * 100.0
    }
}

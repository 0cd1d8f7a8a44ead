//! What the kernel counts of a process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// Processor time of each thread of some processes so far, in nanoseconds.
fn cpu(pids: &[u32]) -> BTreeMap<PathBuf, u64> {
    let threads = pids.iter().filter_map(|pid| std::fs::read_dir(format!("/proc/{pid}/task")).ok()).flatten();
    let of_thread = |thread: std::fs::DirEntry| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        Some((thread.path(), text.split_whitespace().next()?.parse().ok()?))
    };
    threads.flatten().filter_map(of_thread).collect()
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
    pids: Vec<u32>,
    before: BTreeMap<PathBuf, u64>,
}

impl Load {
    pub(super) fn new(pids: &[u32]) -> Self {
        Self { before: cpu(pids), pids: pids.to_owned(), since: Instant::now() }
    }

    /// Per cent of one processor since the beginning, all together. What a thread used that has ended since does not
    /// count: idle threads of a pool end without having worked.
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a short while")]
    pub(super) fn percent(&self) -> f64 {
        let elapsed = self.since.elapsed().as_secs_f64();
        let before = |thread: &PathBuf| self.before.get(thread).copied().unwrap_or(0);
        let used: u64 = cpu(&self.pids).iter().map(|(thread, now)| now.saturating_sub(before(thread))).sum();
        used as f64 / 1e9 / elapsed * 100.0
    }
}

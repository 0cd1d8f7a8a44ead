//! Finds and kills what a test has left behind.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::process::Process;

/// How long killed processes may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every living process with this state folder in its environment, and the descendants of those, whatever their
/// environment is; never this process.
pub(crate) fn of_state_dir(state_dir: &Path) -> Vec<Process> {
    let own = i32::try_from(std::process::id()).expect("a pid");
    let mut others: Vec<_> = Process::all()
        .into_iter()
        .filter(|process| process.pid != own)
        .collect();
    let mut found: Vec<Process> = others
        .extract_if(.., |process| {
            process.has_variable("TMUX_ORC_STATE_DIR", state_dir)
        })
        .collect();
    loop {
        let is_child = |process: &mut Process| found.iter().any(|parent| parent.pid == process.parent);
        let children: Vec<_> = others.extract_if(.., is_child).collect();
        if children.is_empty() {
            return found;
        }
        found.extend(children);
    }
}

/// Kills them until there are none (one may have started another meanwhile); answers who survives.
pub(crate) fn kill_all(state_dir: &Path) -> Vec<Process> {
    let start = Instant::now();
    loop {
        let found = of_state_dir(state_dir);
        if found.is_empty() || start.elapsed() > PATIENCE {
            return found;
        }
        found.iter().for_each(Process::kill);
        thread::sleep(Duration::from_millis(10));
    }
}

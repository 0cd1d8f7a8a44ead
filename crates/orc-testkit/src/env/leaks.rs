//! Finds and kills what a test has left behind.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::process::Process;

/// How long killed processes may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every living process whose environment points into one of the folders, and the descendants of those, whatever
/// their environment is; never this process. The folders are of one test and have random names.
pub(crate) fn of_folders(folders: &[&Path]) -> Vec<Process> {
    let own = i32::try_from(std::process::id()).expect("a pid");
    let mut others: Vec<_> = Process::all().into_iter().filter(|process| process.pid != own).collect();
    let mut found: Vec<_> = others.extract_if(.., |process| process.points_into(folders)).collect();
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
pub(crate) fn kill_all(folders: &[&Path]) -> Vec<Process> {
    let start = Instant::now();
    loop {
        let found = of_folders(folders);
        if found.is_empty() || start.elapsed() > PATIENCE {
            return found;
        }
        found.iter().for_each(Process::kill);
        thread::sleep(Duration::from_millis(10));
    }
}

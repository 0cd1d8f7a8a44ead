//! The processes of a check: all that carry its mark in the environment that they were started with, and all of the groups
//! of what it started. Each is ended only if it is provably ours, by pid and start time.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use orc_core::team::Process;

use crate::leftovers::processes;
use crate::procfs::group_and_session;
use crate::run::Shell;
use crate::stop::{self, Reach};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// What is started while others are ended is found by looking again, so often.
const ROUNDS: usize = 10;

/// The variable that marks the processes of a check.
pub(super) const MARK: &str = "TMUX_ORC_CHECK";

/// How the processes of a check are known: by the name of its log, which no other has.
pub(super) fn mark(log: &str) -> String {
    format!("{MARK}={log}")
}

/// Ends every process that carries this mark.
pub(super) async fn end_marked(_shell: &Shell, mark: &str) {
    let mark = mark.to_owned();
    end_all(move |process| marked(process.pid, &mark)).await;
}

/// Ends the group that this process led, and what carries the mark.
pub(super) async fn end_group(leader: u32, mark: &str) {
    // Its number may be somebody else's by now, but not in our session.
    let session = group_and_session(std::process::id()).map(|(_, session)| session);
    let mark = mark.to_owned();
    end_all(move |process| {
        let ours = session.is_some_and(|session| group_and_session(process.pid) == Some((leader, session)));
        ours || marked(process.pid, &mark)
    })
    .await;
}

async fn end_all(ours: impl Fn(&Process) -> bool + Clone + Send + 'static) {
    for _ in 0..ROUNDS {
        let ours = ours.clone();
        let own = std::process::id();
        let found = tokio::task::spawn_blocking(move || {
            processes().into_iter().filter(|process| process.pid != own && ours(process)).collect::<Vec<_>>()
        });
        let found = found.await.unwrap_or_default();
        if found.is_empty() {
            return;
        }
        let mut ends: tokio::task::JoinSet<()> =
            found.into_iter().map(|process| stop::end(process, Reach::Process, GRACE)).collect();
        while ends.join_next().await.is_some() {}
    }
    tracing::warn!("a check's processes multiply faster than they can be ended");
}

/// Whether a process of our own user carries the mark.
fn marked(pid: u32, mark: &str) -> bool {
    let folder = format!("/proc/{pid}");
    let user = std::fs::metadata(&folder).map(|metadata| metadata.uid());
    if user.ok() != Some(rustix::process::geteuid().as_raw()) {
        return false;
    }
    let environment = std::fs::read(format!("{folder}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
}

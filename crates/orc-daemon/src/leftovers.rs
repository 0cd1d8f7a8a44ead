//! What a launch that is over left behind: its process group and session when the shim could not end them, and
//! children that left the session. Each is ended only if it is provably ours, by pid and start time.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use orc_core::ids::AgentId;
use orc_core::team::{Launch, Process};
use orc_shim::protocol::ToShim;
use rustix::process::{Pid, getsid};

use crate::launch::start_time;
use crate::link::Link;
use crate::run::Shell;
use crate::stop::{self, Reach};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// Ends what the last launch of an agent left: afterwards the next one can be made.
pub(crate) async fn end(shell: &Shell, agent: AgentId) {
    let look = shell.handle.look(move |at| at.state.agent(agent)?.last_launch.clone());
    if let Ok(Some(launch)) = look.await
        && (launch.boot.is_empty() || launch.boot == shell.boot_id)
    {
        end_launch(shell, agent, &launch).await;
    }
    end_marked(shell, agent).await;
}

async fn end_launch(shell: &Shell, agent: AgentId, launch: &Launch) {
    let lives = |process: Process| start_time(process.pid) == Some(process.start);
    // A shim waits a moment after its agent's end for whoever wants to hear of it.
    if lives(launch.shim)
        && let Ok((link, hello)) = Link::connect(&shell.paths.shim_socket(&agent.to_string())).await
        && hello.shim_pid == launch.shim.pid
    {
        drop(link.call(|seq| ToShim::Shutdown { seq, end_leftovers: true }).await);
    }
    // While its leader lives, the number of a session is nobody else's.
    let session = if lives(launch.child) { session_of(launch.child) } else { Vec::new() };
    stop::end(launch.child, Reach::Group, GRACE).await;
    for member in session {
        stop::end(member, Reach::Process, Duration::ZERO).await;
    }
    stop::end(launch.shim, Reach::Process, Duration::from_millis(500)).await;
}

/// Ends every process that carries this agent's mark in the environment that it was started with: only what the agent
/// started has it. Our own program and the tmux server are no agent's leftovers, whoever first called them.
pub(crate) async fn end_marked(shell: &Shell, agent: AgentId) {
    let marks =
        [format!("TMUX_ORC_AGENT_ID={agent}"), format!("TMUX_ORC_STATE_DIR={}", shell.paths.state.display())];
    let own = std::fs::canonicalize(&shell.exe).unwrap_or_else(|_| shell.exe.clone());
    let tmux = shell.views.server_pid().await;
    let ours = move |process: &Process| {
        Some(process.pid) != tmux && process.pid != std::process::id() && marked(process.pid, &marks, &own)
    };
    let found = tokio::task::spawn_blocking(move || processes().into_iter().filter(ours).collect::<Vec<_>>());
    let ends = found.await.unwrap_or_default().into_iter().map(|process| {
        tracing::info!(%agent, pid = process.pid, "ending what the agent left behind");
        stop::end(process, Reach::Process, GRACE)
    });
    let mut tasks: tokio::task::JoinSet<()> = ends.collect();
    while tasks.join_next().await.is_some() {}
}

/// Whether a process was started for an agent of this state directory.
pub(crate) fn is_of_this_state(shell: &Shell, pid: u32) -> bool {
    let mark = format!("TMUX_ORC_STATE_DIR={}", shell.paths.state.display());
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
}

/// Every living process, as the kernel identifies it.
pub(crate) fn processes() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Some(Process { pid, start: start_time(pid)? })).collect()
}

/// The living processes of the session that this one leads, but for itself.
fn session_of(leader: Process) -> Vec<Process> {
    let session = |pid: u32| getsid(i32::try_from(pid).ok().and_then(Pid::from_raw)).ok();
    let Some(own) = session(leader.pid).filter(|own| u32::try_from(own.as_raw_pid()) == Ok(leader.pid))
    else {
        return Vec::new();
    };
    let members = processes().into_iter().filter(|process| session(process.pid) == Some(own));
    members.filter(|process| process.pid != leader.pid).collect()
}

/// Whether a process of our own user carries all the marks and runs another program than ours.
fn marked(pid: u32, marks: &[String], own: &Path) -> bool {
    let folder = Path::new("/proc").join(pid.to_string());
    let user = std::fs::metadata(&folder).map(|metadata| metadata.uid());
    if user.ok() != Some(rustix::process::geteuid().as_raw()) {
        return false;
    }
    let Ok(environment) = std::fs::read(folder.join("environ")) else { return false };
    let variables: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
    marks.iter().all(|mark| variables.contains(&mark.as_bytes()))
        && std::fs::read_link(folder.join("exe")).is_ok_and(|program| program != own)
}

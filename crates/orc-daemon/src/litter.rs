//! What nobody needs any more: shims that the log does not know, files of launches and teams that are over.

use std::path::{Path, PathBuf};
use std::time::Duration;

use orc_core::ids::{AgentId, Generation};
use orc_core::team::TeamPhase;

use crate::handle::Look;
use crate::link::Link;
use crate::run::Shell;
use crate::{check, leftovers, stop};

/// Files are kept for so long after their last change: somebody may still be looking for what went wrong.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two looks for old files.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// Ends the agents that run behind a socket of ours and are in no launch that the log knows: a supervisor was killed
/// between their start and the record of it, or their log is gone. Nobody could talk to them or stop them. Called
/// before anything new is started.
pub(crate) async fn end_unknown(shell: &Shell) {
    let mut tasks = tokio::task::JoinSet::new();
    for socket in entries(&shell.paths.runtime.join("s")) {
        let name =
            socket.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".sock"));
        let Some(agent) = name.and_then(|name| name.parse::<AgentId>().ok()) else { continue };
        let look = shell.handle.look(move |at| is_known(at, agent));
        if look.await == Ok(false) {
            let shell = shell.clone();
            tasks.spawn(async move { end(&shell, agent, &socket).await });
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Whether a launch of this agent runs by the log, or is being made: those are taken over or taken back by others.
fn is_known(at: &Look<'_>, agent: AgentId) -> bool {
    at.state.agent(agent).is_some_and(|found| {
        let running = at.state.teams.get(&found.team).is_some_and(|team| team.phase != TeamPhase::Stopped);
        let beginning = found.generation == Generation(0) || found.restart.is_some();
        found.launch.is_some() || running && beginning
    })
}

async fn end(shell: &Shell, agent: AgentId, socket: &Path) {
    match Link::connect(socket).await {
        Ok((link, hello)) if leftovers::is_of_this_state(shell, hello.child_pid) => {
            tracing::warn!(%agent, pid = hello.child_pid, "ending an agent that the log does not know");
            stop::at_once(&link).await;
            leftovers::end_marked(shell, agent).await;
        }
        Ok(_) => tracing::warn!(%agent, "an agent of another state directory runs at a socket of ours"),
        // Nobody listens: its process is gone, and the file is all that is left.
        Err(crate::link::LinkError::Unreachable(error))
            if error.kind() == std::io::ErrorKind::ConnectionRefused =>
        {
            drop(std::fs::remove_file(socket));
        }
        Err(error) => tracing::warn!(%agent, %error, "an agent that the log does not know cannot be reached"),
    }
}

/// Removes old files, now and every hour.
pub(crate) async fn keep_tidy(shell: Shell) {
    loop {
        remove_old_files(&shell).await;
        tokio::select! {
            () = shell.stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// The folders of agents that no team has any more, what earlier launches of an agent were given and left, and the long
/// messages of teams that have ended (their texts are in the log).
async fn remove_old_files(shell: &Shell) {
    // Listed before the state is read: what is made meanwhile is not in the list.
    let (agents, teams) = (shell.paths.state.join("agents"), shell.paths.state.join("teams"));
    let (agents, teams) = (entries(&agents), entries(&teams));
    let look = shell.handle.look(|at| {
        let known = at.state.agents.values();
        let generations: std::collections::BTreeMap<String, (u32, bool)> =
            known.map(|a| (a.id.to_string(), (a.generation.0, a.launch.is_some()))).collect();
        let running = at.state.teams.values().filter(|team| team.phase != TeamPhase::Stopped);
        (generations, running.map(|team| team.name.to_string()).collect::<Vec<_>>())
    });
    let Ok((generations, running)) = look.await else { return };
    for folder in agents {
        match generations.get(&name_of(&folder)) {
            None => remove_if_old(&folder),
            Some((now, runs)) => {
                for path in entries(&folder) {
                    if is_told(&path, *now, *runs) {
                        remove(&path);
                    } else if is_of_earlier(&path, *now) {
                        remove_if_old(&path);
                    }
                }
            }
        }
    }
    // What compilers made for the checks of a repository: each check makes and removes its worktree there.
    for folder in entries(&check::repositories(shell)) {
        remove_if_old(&folder);
    }
    for folder in teams.iter().filter(|folder| !running.contains(&name_of(folder))) {
        remove_if_old(&folder.join("messages"));
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned()
}

/// Whether it is the folder of a launch before this one.
fn is_of_earlier(path: &Path, now: u32) -> bool {
    let name = name_of(path);
    let launch = name.strip_prefix("launch-").and_then(|number| number.parse::<u32>().ok());
    launch.is_some_and(|launch| launch < now)
}

/// Whether it is the record of an end that the log has: of a launch before this one, or of this one when it does not run.
/// It holds the agent's last screen with whatever secrets that shows, so it goes at once.
fn is_told(path: &Path, now: u32, runs: bool) -> bool {
    let name = name_of(path);
    let exit = name.strip_prefix("exit-").and_then(|rest| rest.strip_suffix(".json")?.parse::<u32>().ok());
    exit.is_some_and(|exit| exit < now || exit == now && !runs)
}

/// Removes it when neither it nor anything directly in it has changed lately.
fn remove_if_old(path: &Path) {
    let changed = |path: &Path| std::fs::symlink_metadata(path).and_then(|meta| meta.modified());
    let old = |path: &Path| {
        let age = changed(path).ok().and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age >= KEPT)
    };
    if old(path) && entries(path).iter().all(|inside| old(inside)) {
        remove(path);
    }
}

fn remove(path: &Path) {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Ok(()) => tracing::info!(path = %path.display(), "removed: it is not needed any more"),
        Err(error) => tracing::warn!(path = %path.display(), %error, "what is not needed cannot be removed"),
    }
}

/// What is in a folder; nothing when it is not there.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .map(|found| found.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_an_earlier_launch_is_earlier() {
        let earlier = |name: &str| is_of_earlier(Path::new(name), 3);
        assert!(["launch-1", "launch-2"].into_iter().all(earlier));
        assert!(!["launch-3", "launch-4", "exit-1.json"].into_iter().any(earlier));
        assert!(!["kept.json", "hooks.jsonl", "launch-x", "exit-1"].into_iter().any(earlier));
    }

    #[test]
    fn the_record_of_an_end_is_told_when_its_launch_does_not_run() {
        let told = |name: &str, runs: bool| is_told(Path::new(name), 3, runs);
        assert!(["exit-1.json", "exit-2.json"].into_iter().all(|name| told(name, true) && told(name, false)));
        assert!(told("exit-3.json", false) && !told("exit-3.json", true));
        let others = ["exit-4.json", "exit-1", "exit-x.json", "launch-1", "kept.json", "hooks.jsonl"];
        assert!(!others.into_iter().any(|name| told(name, true) || told(name, false)));
    }
}

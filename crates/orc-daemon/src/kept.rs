//! What an agent was started with and the log does not hold: the environment of the person who deployed, and a brief
//! of its own. It has secrets in it: a file that only we can read, there as long as the team runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use orc_core::ids::AgentId;
use orc_core::role::Role;
use orc_core::team::TeamPhase;
use serde::{Deserialize, Serialize};

use crate::launch::{LaunchError, write_private};
use crate::run::Shell;

/// The file's name within the agent's folder.
const FILE: &str = "kept.json";

/// What every launch of an agent needs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) environment: BTreeMap<String, String>,
    /// A role of its own, in place of the one in the data files.
    pub(crate) role: Option<Role>,
}

fn path(shell: &Shell, agent: &str) -> PathBuf {
    shell.paths.agent_dir(agent).join(FILE)
}

impl Kept {
    /// Keeps it. The disk has it a moment later: fifty agents do not wait for fifty disks.
    pub(crate) fn write(&self, shell: &Shell, agent: AgentId) -> Result<(), LaunchError> {
        let text = serde_json::to_vec(self).map_err(|e| LaunchError::Shim(e.to_string()))?;
        let file = write_private(&path(shell, &agent.to_string()), &text)?;
        shell.tasks.spawn_blocking(move || {
            file.sync_all().map_err(|error| tracing::warn!(%agent, %error, "not synced"))
        });
        Ok(())
    }

    /// What was kept, if it is there and readable.
    pub(crate) fn read(shell: &Shell, agent: AgentId) -> Option<Self> {
        let text = std::fs::read(path(shell, &agent.to_string())).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// In its absence: the supervisor's own environment, which is that of whoever started it.
    pub(crate) fn of_supervisor() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { environment: std::env::vars_os().filter_map(text).collect(), role: None }
    }
}

/// Removes what is kept of agents whose team runs no more.
pub(crate) async fn sweep(shell: &Shell) {
    let look = shell.handle.look(|at| {
        let runs = |id: &AgentId| {
            let team = at.state.agent(*id).and_then(|agent| at.state.teams.get(&agent.team));
            team.is_some_and(|team| team.phase != TeamPhase::Stopped)
        };
        at.state.agents.keys().filter(|id| runs(id)).map(ToString::to_string).collect::<Vec<_>>()
    });
    let Ok(running) = look.await else { return };
    let Ok(folders) = std::fs::read_dir(shell.paths.state.join("agents")) else { return };
    for folder in folders.flatten() {
        let name = folder.file_name();
        let Some(agent) = name.to_str().filter(|name| !running.iter().any(|id| id == name)) else { continue };
        if let Err(error) = std::fs::remove_file(path(shell, agent))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%agent, %error, "what was kept for an agent cannot be removed");
        }
    }
}

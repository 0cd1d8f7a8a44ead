//! What agents were started with and the log does not hold: the environment of the person who deployed, and a brief
//! of an agent's own. It has secrets in it: files that only we can read, there as long as the team runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use orc_core::ids::{AgentId, TeamName};
use orc_core::role::Role;
use orc_core::team::TeamPhase;
use serde::{Deserialize, Serialize};

use crate::launch::{LaunchError, write_private};
use crate::litter::entries;
use crate::run::Shell;

/// The file's name within the folder of a team, and of an agent that was started with something else.
const FILE: &str = "kept.json";

/// What every launch of an agent needs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) environment: BTreeMap<String, String>,
    /// A role of its own, in place of the one in the data files.
    pub(crate) role: Option<Role>,
}

impl Kept {
    /// Keeps it for every member that has nothing of its own: fifty agents wait for one file, and not for fifty.
    pub(crate) fn write_for_team(&self, shell: &Shell, team: &TeamName) -> Result<(), LaunchError> {
        self.write(shell, &shell.paths.team_dir(team.as_str()))
    }

    /// Keeps it for one agent.
    pub(crate) fn write_for_agent(&self, shell: &Shell, agent: AgentId) -> Result<(), LaunchError> {
        self.write(shell, &shell.paths.agent_dir(&agent.to_string()))
    }

    /// The disk has it a moment later.
    fn write(&self, shell: &Shell, folder: &Path) -> Result<(), LaunchError> {
        let text = serde_json::to_vec(self).map_err(|e| LaunchError::Shim(e.to_string()))?;
        let path = folder.join(FILE);
        let file = write_private(&path, &text)?;
        shell.tasks.spawn_blocking(move || {
            let synced = file.sync_all();
            synced.map_err(|error| tracing::warn!(path = %path.display(), %error, "not synced"))
        });
        Ok(())
    }

    /// What was kept for an agent, if it is there and readable.
    pub(crate) async fn read(shell: &Shell, agent: AgentId) -> Option<Self> {
        let look = shell.handle.look(move |at| at.state.agent(agent).map(|found| found.team.clone()));
        let team = look.await.ok().flatten()?;
        let own = shell.paths.agent_dir(&agent.to_string());
        let text = [own, shell.paths.team_dir(team.as_str())]
            .into_iter()
            .find_map(|folder| std::fs::read(folder.join(FILE)).ok())?;
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

/// Removes what is kept of teams that run no more, and of their agents.
pub(crate) async fn sweep(shell: &Shell) {
    // Listed before the state is read: what is made meanwhile is not in the list.
    let kept: Vec<PathBuf> = ["agents", "teams"]
        .iter()
        .flat_map(|kind| entries(&shell.paths.state.join(kind)))
        .map(|folder| folder.join(FILE))
        .filter(|file| file.exists())
        .collect();
    let look = shell.handle.look(|at| {
        let runs =
            |team: &TeamName| at.state.teams.get(team).is_some_and(|team| team.phase != TeamPhase::Stopped);
        let agents = at.state.agents.values().filter(|agent| runs(&agent.team));
        let agents: Vec<String> = agents.map(|agent| agent.id.to_string()).collect();
        let teams: Vec<String> =
            at.state.teams.keys().filter(|team| runs(team)).map(ToString::to_string).collect();
        (agents, teams)
    });
    let Ok((agents, teams)) = look.await else { return };
    let used = agents
        .iter()
        .map(|agent| shell.paths.agent_dir(agent))
        .chain(teams.iter().map(|team| shell.paths.team_dir(team)));
    let used: Vec<PathBuf> = used.map(|folder| folder.join(FILE)).collect();
    for file in kept.iter().filter(|file| !used.contains(file)) {
        if let Err(error) = std::fs::remove_file(file)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(file = %file.display(), %error, "what was kept for a launch cannot be removed");
        }
    }
}

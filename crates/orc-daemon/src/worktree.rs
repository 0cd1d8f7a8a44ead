//! A git worktree and branch for each agent, when the team asks for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use orc_core::ids::{AgentName, TeamName};

use crate::program::{self, Program};
use crate::run::Shell;

/// Longest that one git command may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A worktree that belongs to one agent.
#[derive(Debug, Clone)]
pub(crate) struct Worktree {
    pub(crate) path: PathBuf,
    pub(crate) branch: String,
}

impl Worktree {
    /// Where an agent's worktree is and what its branch is called.
    pub(crate) fn of(shell: &Shell, team: &TeamName, name: &AgentName) -> Self {
        Self {
            path: shell.paths.team_dir(team.as_str()).join("worktrees").join(name.as_str()),
            branch: format!("tmux-orc/{team}/{name}"),
        }
    }

    /// What keeps it from being made.
    pub(crate) async fn obstacle(&self, repo: &str) -> Option<String> {
        if self.path.exists() {
            let path = self.path.display();
            return Some(format!(
                "{path} is left from an earlier team; `git worktree remove {path}` removes it"
            ));
        }
        let reference = format!("refs/heads/{}", self.branch);
        let there = git(repo, &["rev-parse", "--verify", "--quiet", &reference]).await.is_ok();
        there.then(|| format!("the branch {} exists already; `git branch -D` removes it", self.branch))
    }

    /// Makes it at the repository's current commit.
    pub(crate) async fn make(&self, repo: &str) -> Result<(), String> {
        let path = self.path.to_string_lossy();
        git(repo, &["worktree", "add", "--quiet", "-b", &self.branch, &path, "HEAD"]).await.map(drop)
    }

    /// Takes back what [`Self::make`] made for a team that was never started, or began to make.
    pub(crate) async fn take_back(&self, repo: &str) {
        if self.obstacle(repo).await.is_none() {
            return;
        }
        let path = self.path.to_string_lossy();
        // Twice: git keeps one that it is still making locked.
        let remove = ["worktree", "remove", "--force", "--force", &*path];
        let mut removed = git(repo, &remove).await;
        if removed.is_err() && std::fs::remove_dir_all(&self.path).is_ok() {
            // It was not whole; without its files git forgets it.
            removed = git(repo, &remove).await;
        }
        for done in [removed, git(repo, &["branch", "-D", &self.branch]).await] {
            if let Err(error) = done {
                tracing::warn!(%error, "a worktree could not be taken back");
            }
        }
    }
}

/// Whether a directory is in a git repository with a commit to start from.
pub(crate) async fn has_commit(dir: &str) -> bool {
    git(dir, &["rev-parse", "--verify", "--quiet", "HEAD"]).await.is_ok()
}

/// Runs git in a directory; what it printed, up to the usual limit.
pub(crate) async fn git(dir: &str, words: &[&str]) -> Result<String, String> {
    git_keeping(dir, words, None).await
}

/// The same for what may be long: names of all files of a large repository.
pub(crate) async fn git_whole(dir: &str, words: &[&str]) -> Result<String, String> {
    git_keeping(dir, words, Some(256 << 20)).await
}

async fn git_keeping(dir: &str, words: &[&str], kept: Option<u64>) -> Result<String, String> {
    let environment: Vec<(String, String)> =
        std::env::vars().filter(|(name, _)| !name.starts_with("GIT_")).collect();
    let path = environment.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.clone());
    let git = program::find("git", path.as_deref()).unwrap_or_else(|| PathBuf::from("git"));
    let args = words.iter().map(|word| (*word).to_owned()).collect();
    let program = Program { path: Path::new(&git), args, dir, environment, limit: LIMIT };
    let done = match kept {
        Some(kept) => program::run_keeping(program, kept).await,
        None => program::run(program).await,
    };
    match done {
        Ok(done) if done.status.success() => Ok(done.stdout),
        Ok(done) => Err(format!("git {}: {}", words[0], done.stderr.trim())),
        Err(error) => Err(format!("git {}: {error}", words[0])),
    }
}

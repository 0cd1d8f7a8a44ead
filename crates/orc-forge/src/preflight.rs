//! Everything that must be true before a change is published, looked at in one go: all problems are told at once, and nothing
//! is changed but the repository's own knowledge of its remote.

use std::path::{Path, PathBuf};

use orc_core::change::Forge;
use orc_core::error::Problem;
use orc_core::redact::Redactor;

use crate::git::Git;
use crate::program::{Caller, ProgramError};
use crate::remote::Remote;
use crate::rest::Api;

mod base;
mod branch;
mod contents;
mod place;
mod secrets;
mod tree;

pub use contents::{Commit, FileStat};
pub use secrets::Finding;

/// What somebody wants published.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The branch; without it the one that the team works on.
    pub branch: Option<String>,
    /// The branch that it is to go into; without it the forge's or the remote's own.
    pub base: Option<String>,
    /// The forge, when its address does not say enough or another one is meant.
    pub forge: Option<Forge>,
    /// Marks of finds that a person says are no secrets.
    pub no_secrets: Vec<String>,
}

/// Where the team works.
#[derive(Debug, Clone)]
pub struct Places {
    /// The team's directory.
    pub dir: PathBuf,
    /// Its agents' own directories, where they have some.
    pub others: Vec<PathBuf>,
    /// A directory of ours for what is handed to programs.
    pub scratch: PathBuf,
}

/// What is to be published, as git knows it.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The repository that all its worktrees share.
    pub repository: PathBuf,
    /// The branch.
    pub branch: String,
    /// The branch that it is to go into.
    pub base: String,
    /// The newest commit of the branch.
    pub head: String,
    /// Its tree.
    pub tree: String,
    /// The newest commit of the base that is known.
    pub base_commit: String,
    /// Commits of the base that the branch does not have.
    pub behind: u64,
    /// Its commits, the oldest first.
    pub commits: Vec<Commit>,
    /// The files that it changes.
    pub files: Vec<FileStat>,
    /// Where it is pushed to.
    pub remote: Option<Remote>,
    /// Where it is proposed.
    pub forge: Forge,
    /// The directory in which the branch is checked out, if it is.
    pub checked_out: Option<PathBuf>,
    /// Finds that a person says are no secrets.
    pub no_secrets: Vec<Finding>,
}

/// What was found.
#[derive(Debug)]
pub struct Preflight {
    /// What is to be published: nothing when that could not even be told.
    pub ground: Option<Ground>,
    /// The tree of the branch's newest commit, as soon as there is a branch.
    pub tree: Option<String>,
    /// What stands in the way.
    pub problems: Vec<Problem>,
    /// What is odd and is no obstacle.
    pub warnings: Vec<Problem>,
}

/// What is found as it goes.
#[derive(Debug, Default)]
struct Found {
    tree: Option<String>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Found {
    fn problem(&mut self, code: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem::new(code, message, hint));
    }

    fn warning(&mut self, code: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.warnings.push(Problem::new(code, message, hint));
    }
}

/// The repository that all its worktrees share; nothing for a directory that is in none.
pub async fn shared_repository(caller: &Caller, dir: &Path) -> Option<PathBuf> {
    repository(&Git::new(caller, dir), dir, &mut Found::default()).await
}

/// Looks at everything.
pub async fn preflight(caller: &Caller, places: &Places, wish: &Wish, redactor: &Redactor) -> Preflight {
    let mut found = Found::default();
    let ground = look(caller, places, wish, redactor, &mut found).await;
    Preflight { ground, tree: found.tree, problems: found.problems, warnings: found.warnings }
}

async fn look(
    caller: &Caller,
    places: &Places,
    wish: &Wish,
    redactor: &Redactor,
    found: &mut Found,
) -> Option<Ground> {
    let git = Git::new(caller, &places.dir);
    let repository = repository(&git, &places.dir, found).await?;
    let remote = place::remote(&git, wish, found).await;
    let place = place::of(caller, remote.as_ref(), wish, places, found).await;
    let base = base::name(&git, wish, remote.as_ref(), place.default_branch.as_deref()).await;
    let branch = branch::choose(&git, places, wish, &base, found).await;
    let asked: Vec<&str> = branch.iter().map(|it| it.name.as_str()).chain([base.as_str()]).collect();
    let there = base::there(&git, remote.as_ref(), &asked, place.forge, found).await;
    let base_commit = base::commit(&git, &base, remote.as_ref(), there.as_ref(), place.forge, found).await;
    let branch = branch?;
    let tree =
        git.line(&["rev-parse", "--verify", "--quiet", &format!("{}^{{tree}}", branch.commit)]).await?;
    found.tree = Some(tree.clone());
    let forbidden = place::protected(&place, &branch.name, &base, found).await;
    tree::dirty(&git, &branch, found).await;
    let base_commit = base_commit?;
    if forbidden {
        return None;
    }
    let head = branch.commit.clone();
    let behind = base::apart(&git, &base, &base_commit, &branch, found).await;
    base::conflicts(&git, &base, &base_commit, &branch, found).await;
    if let Some(there) = &there {
        branch::pushed_before(&git, &branch, there, found).await;
    }
    let range = format!("{base_commit}..{head}");
    let files = contents::files(&git, &base_commit, &head, found).await;
    let commits = contents::commits(&git, &range, found).await;
    let no_secrets = secrets::scan(&git, &range, redactor, &wish.no_secrets, found).await;
    Some(Ground {
        repository,
        branch: branch.name,
        base,
        head,
        tree,
        base_commit,
        behind,
        commits,
        files,
        // A remote that does not answer is none.
        remote: remote.filter(|_| there.is_some()),
        forge: place.forge,
        checked_out: branch.checked_out,
        no_secrets,
    })
}

/// The repository of a directory, if it is in one.
async fn repository(git: &Git, dir: &Path, found: &mut Found) -> Option<PathBuf> {
    match git.text(&["rev-parse", "--path-format=absolute", "--git-common-dir"]).await {
        Ok(text) => Some(PathBuf::from(text.trim_end_matches('\n'))),
        Err(error @ ProgramError::Missing(_)) => {
            found.problem("git_missing", error.to_string(), "install git");
            None
        }
        Err(ProgramError::Failed { said, .. }) if said.contains("not a git repository") => {
            let hint = "deploy the team with --project-dir in the repository, or make one: `git init`";
            found.problem("no_repository", format!("{} is not in a git repository", dir.display()), hint);
            None
        }
        Err(error) => {
            found.problem(
                "no_repository",
                format!("git does not open {}: {error}", dir.display()),
                "what git says is what to mend: `git status` there says it too",
            );
            None
        }
    }
}

/// The interface of a forge for a repository on it.
pub(crate) fn api(caller: &Caller, forge: Forge, remote: Option<&Remote>, scratch: &Path) -> Option<Api> {
    let remote = remote?;
    Api::new(caller, forge, remote.host.as_deref()?, &remote.path, scratch)
}

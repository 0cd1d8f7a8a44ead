//! What is to be tested: the commit, where its change began, what it changed, and what is configured. Every problem is
//! named at once, and nothing is begun before.

use std::path::PathBuf;

use orc_api::request::RunCheck;
use orc_check::config::{Config, PATH};
use orc_check::plan::plan;
use orc_check::{Plan, Tree};
use orc_core::check::{Tested, Tier};
use orc_core::error::{Code, Refusal};

use super::objects::{Directory, Objects};
use crate::program;
use crate::worktree::{git, git_whole};

/// What was found.
#[derive(Debug, Clone)]
pub(crate) struct Examined {
    pub(crate) tested: Tested,
    pub(crate) config: Config,
    /// Git's own directory, which all worktrees share.
    pub(crate) git_dir: PathBuf,
    /// Files that differ from where the change began.
    pub(crate) changed: Vec<String>,
    /// What is not tested although it lies there, and what else one should know.
    pub(crate) notes: Vec<String>,
}

/// Looks at the repository of a directory and plans the check.
pub(super) async fn examine(
    dir: &str,
    request: &RunCheck,
    environment: &[(String, String)],
) -> Result<(Examined, Plan), Refusal> {
    let not_there = |_| {
        let hint = "checks need a git repository: `git init`, and commit what is to be tested";
        Refusal::new(Code::Preflight, format!("{dir} is not in a git repository"), hint)
    };
    let said = git(dir, &["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir"]);
    let said = said.await.map_err(not_there)?;
    let mut lines = said.lines();
    let root = lines.next().unwrap_or(dir).to_owned();
    let git_dir = PathBuf::from(lines.next().unwrap_or_default());
    let mut problems = Vec::new();
    let (commit, tree, branch) = match target(&root, request).await {
        Ok(found) => found,
        Err(problem) => {
            problems.push(problem);
            Default::default()
        }
    };
    let config = config(&root, &commit, request.worktree).await?;
    let base = base(&root, &commit, request, &config, &mut problems).await;
    let since = match &request.since {
        Some(since) => {
            commit_of(&root, since).await.map_err(|()| problems.push(no_commit(since, "--since"))).ok()
        }
        None => base.clone(),
    };
    if since.is_none() && request.tier == Tier::Fast && problems.is_empty() {
        problems.push("nothing says where the change began: there is no main, master or origin/HEAD; say --base or --since".to_owned());
    }
    if !problems.is_empty() {
        let refusal = Refusal::new(Code::Preflight, problems[0].clone(), "nothing was run");
        return Err(refusal.with_problems(problems));
    }
    let ahead = match &base {
        Some(base) => git(&root, &["rev-list", "--count", &format!("{base}..{commit}")]).await,
        None => Ok("0".to_owned()),
    };
    let lying = git_whole(&root, &["status", "--porcelain", "-z", "--untracked-files=normal"])
        .await
        .unwrap_or_default();
    let lying = lying.split('\0').filter(|row| !row.is_empty()).count();
    let changed = changed(&root, since.as_deref(), &commit, request.worktree).await?;
    let files = files(&root, &commit, request.worktree).await?;
    let mut notes = Vec::new();
    if lying > 0 && !request.worktree && request.branch.is_none() {
        notes.push(format!(
            "{lying} changes that are not committed are not tested (--worktree tests the directory as it is)"
        ));
    }
    if request.worktree {
        notes.push("the directory is tested as it is: this is no evidence for any commit".to_owned());
    }
    let tested = Tested {
        repository: root.clone(),
        commit: commit.clone(),
        tree,
        branch,
        dirty: request.worktree,
        base,
        ahead: ahead.ok().and_then(|count| count.trim().parse().ok()).unwrap_or(0),
    };
    let path = environment.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.as_str());
    let nextest = program::find("cargo-nextest", path).is_some();
    let (tier, worktree, config_of, changed_of) =
        (request.tier, request.worktree, config.clone(), changed.clone());
    let planned = tokio::task::spawn_blocking(move || {
        let tree: Box<dyn Tree> = if worktree {
            Box::new(Directory::new(&root, files))
        } else {
            Box::new(Objects::open(&root, &commit, files)?)
        };
        Ok::<_, std::io::Error>(plan(tier, &config_of, &*tree, &changed_of, nextest))
    });
    let planned = planned.await.map_err(std::io::Error::other).and_then(|planned| planned);
    let plan = planned.map_err(|e| Refusal::new(Code::Internal, format!("git cannot be asked: {e}"), ""))?;
    Ok((Examined { tested, config, git_dir, changed, notes }, plan))
}

/// The commit that is tested, its tree, and the branch that it is the head of.
async fn target(root: &str, request: &RunCheck) -> Result<(String, String, Option<String>), String> {
    let named = request.branch.as_deref();
    let Ok(commit) = commit_of(root, named.unwrap_or("HEAD")).await else {
        return Err(match named {
            Some(name) => no_commit(name, "--branch"),
            None => "the repository has no commit yet: commit what is to be tested".to_owned(),
        });
    };
    let tree = git(root, &["rev-parse", "--verify", &format!("{commit}^{{tree}}")]).await?.trim().to_owned();
    let branch = match named {
        Some(name) => {
            let reference = format!("refs/heads/{name}");
            git(root, &["rev-parse", "--verify", "--quiet", &reference]).await.ok().map(|_| name.to_owned())
        }
        None => git(root, &["symbolic-ref", "--quiet", "--short", "HEAD"])
            .await
            .ok()
            .map(|name| name.trim().to_owned()),
    };
    Ok((commit, tree, branch))
}

async fn commit_of(root: &str, name: &str) -> Result<String, ()> {
    // A name that begins with a dash would be an option.
    let wanted = format!("{name}^{{commit}}");
    let said = git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).await;
    said.map(|said| said.lines().last().unwrap_or_default().trim().to_owned()).map_err(drop)
}

fn no_commit(name: &str, option: &str) -> String {
    format!("{option}: `{name}` is no commit or branch of this repository")
}

/// Where the change began: where the commit left the branch that it is meant for.
async fn base(
    root: &str,
    commit: &str,
    request: &RunCheck,
    config: &Config,
    problems: &mut Vec<String>,
) -> Option<String> {
    let asked = request.base.as_ref().map(|base| (base.clone(), "--base".to_owned()));
    let asked = asked.or_else(|| config.base.as_ref().map(|base| (base.clone(), format!("base in {PATH}"))));
    let head = if let Some((base, from)) = asked {
        let Ok(head) = commit_of(root, &base).await else {
            problems.push(no_commit(&base, &from));
            return None;
        };
        head
    } else {
        usual_base(root).await?
    };
    match git(root, &["merge-base", &head, commit]).await {
        Ok(base) => Some(base.trim().to_owned()),
        Err(_) if commit.is_empty() => None,
        Err(_) => {
            problems.push("the base has no commit in common with what is tested".to_owned());
            None
        }
    }
}

/// The default branch, as far as it can be told.
async fn usual_base(root: &str) -> Option<String> {
    for name in
        ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master", "refs/remotes/origin/main"]
    {
        if let Ok(head) = commit_of(root, name).await {
            return Some(head);
        }
    }
    None
}

async fn config(root: &str, commit: &str, worktree: bool) -> Result<Config, Refusal> {
    let text = if worktree {
        tokio::fs::read_to_string(PathBuf::from(root).join(PATH)).await.ok()
    } else {
        git(root, &["cat-file", "blob", &format!("{commit}:{PATH}")]).await.ok()
    };
    let wrong = |e: orc_check::ConfigError| {
        let whose = if worktree { "mend the file" } else { "mend the file and commit it" };
        Refusal::new(Code::Config, e.to_string(), format!("{whose}; docs/checks.md shows what can be said"))
    };
    text.map_or_else(|| Ok(Config::default()), |text| Config::parse(&text).map_err(wrong))
}

async fn changed(
    root: &str,
    since: Option<&str>,
    commit: &str,
    worktree: bool,
) -> Result<Vec<String>, Refusal> {
    let Some(since) = since else { return Ok(Vec::new()) };
    let mut words = vec!["diff", "--name-only", "--no-renames", "-z", since];
    if !worktree {
        words.push(commit);
    }
    words.push("--");
    let mut changed = names(git_whole(root, &words).await)?;
    if worktree {
        changed.extend(names(git_whole(root, &["ls-files", "--others", "--exclude-standard", "-z"]).await)?);
    }
    changed.sort();
    changed.dedup();
    Ok(changed)
}

pub(super) async fn files(root: &str, commit: &str, worktree: bool) -> Result<Vec<String>, Refusal> {
    let words = if worktree {
        vec!["ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    } else {
        vec!["ls-tree", "-r", "--name-only", "--full-tree", "-z", commit]
    };
    let mut files = names(git_whole(root, &words).await)?;
    files.sort();
    files.dedup();
    Ok(files)
}

fn names(said: Result<String, String>) -> Result<Vec<String>, Refusal> {
    let said =
        said.map_err(|why| Refusal::new(Code::Internal, why, "`git status` in the repository says more"))?;
    Ok(said.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

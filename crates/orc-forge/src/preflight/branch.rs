//! Which branch is published, and whether its place on the remote can take it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use orc_core::target::near_misses;

use super::{Found, Places, Wish};
use crate::git::Git;

/// The branch that is published.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) name: String,
    pub(super) commit: String,
    /// The directory in which it is checked out.
    pub(super) checked_out: Option<PathBuf>,
}

/// The branch that was asked for, else the one that the team has checked out.
pub(super) async fn choose(
    git: &Git,
    places: &Places,
    wish: &Wish,
    base: &str,
    found: &mut Found,
) -> Option<Branch> {
    let name = match &wish.branch {
        Some(name) => named(git, name, found).await?,
        None => worked_on(git, places, base, found).await?,
    };
    let Some(commit) = git.commit(&format!("refs/heads/{name}")).await else {
        let known = branches(git).await;
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = match near_misses(&name, &known) {
            Some(near) => near,
            None if known.is_empty() => {
                "the repository has no commit yet: commit the change first".to_owned()
            }
            None => format!("there are: {}", known.iter().take(12).copied().collect::<Vec<_>>().join(", ")),
        };
        found.problem("branch_missing", format!("there is no branch `{name}`"), hint);
        return None;
    };
    let checked_out = worktree_of(git, &name).await;
    Some(Branch { name, commit, checked_out })
}

/// A name that somebody gave: it must be able to be one.
async fn named(git: &Git, given: &str, found: &mut Found) -> Option<String> {
    let name = given.strip_prefix("refs/heads/").unwrap_or(given);
    let reference = format!("refs/heads/{name}");
    let good = !name.starts_with('-') && git.text(&["check-ref-format", &reference]).await.is_ok();
    if !good {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
        found.problem(
            "branch_name",
            format!("`{shown}` cannot be the name of a branch"),
            "see `git help check-ref-format`",
        );
    }
    good.then(|| name.to_owned())
}

/// The one branch other than the base that the team has checked out, in its directory or in the agents' own.
async fn worked_on(git: &Git, places: &Places, base: &str, found: &mut Found) -> Option<String> {
    let mut on = BTreeMap::new();
    let mut detached = Vec::new();
    let mut unborn = None;
    for dir in std::iter::once(&places.dir).chain(&places.others) {
        let there = Git::new(&git.caller, dir);
        match there.line(&["symbolic-ref", "--quiet", "--short", "HEAD"]).await {
            Some(name) if there.commit("HEAD").await.is_none() => unborn = Some(name),
            Some(name) if name == base => {}
            // A branch that an agent has not worked on holds nothing to publish.
            Some(name) if dir != &places.dir && !is_ahead(&there, base).await => drop(name),
            Some(name) => drop(on.insert(name, dir.clone())),
            None => detached.push(dir.clone()),
        }
    }
    let hint = "name it: --branch NAME";
    let mut names = on.into_keys();
    match (names.next(), names.next()) {
        (Some(only), None) => return Some(only),
        (Some(first), Some(second)) => {
            let all: Vec<String> = [first, second].into_iter().chain(names).collect();
            found.problem("several_branches", format!("the team works on several branches: {}", all.join(", ")), hint);
        }
        (None, _) => match (unborn, detached.first()) {
            (Some(name), _) => found.problem(
                "nothing_ahead",
                format!("the branch {name} has no commit yet"),
                "commit the change, then run it again",
            ),
            (None, Some(dir)) => found.problem(
                "detached_head",
                format!("{} has no branch checked out: its HEAD is detached", dir.display()),
                "put the commits on one (`git switch -c hotfix/NAME`), or name one: --branch NAME",
            ),
            (None, None) => found.problem(
                "head_is_base",
                format!("the team has only {base} checked out, and that is the base"),
                "put the change on a branch of its own (`git switch -c hotfix/NAME`), or name it: --branch NAME",
            ),
        },
    }
    None
}

async fn is_ahead(git: &Git, base: &str) -> bool {
    let range = format!("refs/heads/{base}..HEAD");
    let count = git.line(&["rev-list", "--count", "--max-count=1", &range]).await;
    count.is_none_or(|count| count != "0")
}

async fn branches(git: &Git) -> Vec<String> {
    let words =
        ["for-each-ref", "--format=%(refname:short)", "--sort=-committerdate", "--count=200", "refs/heads"];
    git.text(&words).await.map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
}

/// The directory in which a branch is checked out.
async fn worktree_of(git: &Git, name: &str) -> Option<PathBuf> {
    let list = git.text(&["worktree", "list", "--porcelain"]).await.ok()?;
    let wanted = format!("branch refs/heads/{name}");
    let mut dir = None;
    for line in list.lines() {
        if let Some(path) = line.strip_prefix("worktree ") {
            dir = Some(Path::new(path).to_owned());
        } else if line == wanted {
            return dir.filter(|dir| dir.is_dir());
        }
    }
    None
}

/// What the remote's branch of that name has must be part of ours: nothing is ever forced.
pub(super) async fn pushed_before(
    git: &Git,
    branch: &Branch,
    there: &BTreeMap<String, String>,
    found: &mut Found,
) {
    let Some(pushed) = there.get(&branch.name).filter(|pushed| **pushed != branch.commit) else { return };
    let within = git.text(&["merge-base", "--is-ancestor", pushed, &branch.commit]).await.is_ok();
    if !within {
        found.problem(
            "remote_differs",
            format!(
                "the remote's {} is at {}, which is not part of ours at {}: it would have to be forced",
                branch.name,
                short(pushed),
                short(&branch.commit)
            ),
            "look at it (`git fetch`), then merge it or take another branch; nothing is ever forced",
        );
    }
}

pub(super) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

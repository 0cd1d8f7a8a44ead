//! The branch that a change is to go into: that it is there, what it has that the change has not, and whether they fit.

use std::collections::BTreeMap;
use std::time::Duration;

use orc_core::change::Forge;
use orc_core::target::near_misses;

use super::branch::{Branch, short};
use super::{Found, Wish};
use crate::git::{Git, complaint};
use crate::remote::Remote;

/// Longest that a remote may take to answer.
const REMOTE: Duration = Duration::from_secs(30);
/// Longest that it may take to hand over what is new.
const FETCH: Duration = Duration::from_secs(120);

/// Its name: the one that was asked for, else what the forge says, else the remote, else what is usual.
pub(super) async fn name(git: &Git, wish: &Wish, remote: Option<&Remote>, default: Option<&str>) -> String {
    if let Some(name) = wish.base.as_deref().or(default) {
        return name.strip_prefix("refs/heads/").unwrap_or(name).to_owned();
    }
    if let Some(remote) = remote {
        let reference = format!("refs/remotes/{}/HEAD", remote.name);
        let prefix = format!("refs/remotes/{}/", remote.name);
        let target = git.line(&["symbolic-ref", "--quiet", &reference]).await;
        if let Some(name) = target.as_deref().and_then(|target| target.strip_prefix(&prefix)) {
            return name.to_owned();
        }
    }
    for usual in ["main", "master"] {
        if git.commit(&format!("refs/heads/{usual}")).await.is_some() {
            return usual.to_owned();
        }
    }
    "main".to_owned()
}

/// What the remote has under these names; nothing when there is no remote, or none that answers.
pub(super) async fn there(
    git: &Git,
    remote: Option<&Remote>,
    names: &[&str],
    forge: Forge,
    found: &mut Found,
) -> Option<BTreeMap<String, String>> {
    let remote = remote?;
    let references: Vec<String> = names.iter().map(|name| format!("refs/heads/{name}")).collect();
    let mut words = vec!["ls-remote", "--quiet", "--", remote.name.as_str()];
    words.extend(references.iter().map(String::as_str));
    let why = match git.run(&words, REMOTE).await {
        Ok(done) if done.code == Some(0) => {
            let read = |line: &str| {
                let (commit, name) = line.split_once("\trefs/heads/")?;
                Some((name.to_owned(), commit.to_owned()))
            };
            return Some(done.text().lines().filter_map(read).collect());
        }
        Ok(done) => complaint(&done.stderr),
        Err(error) => error.to_string(),
    };
    let message = format!("the remote {} does not answer: {why}", remote.name);
    if forge == Forge::None {
        found.warning("remote_unreachable", message, "nothing is pushed; the patch holds everything");
    } else {
        let hint = "mend the connection and run it again, or take a patch along: --forge none";
        found.problem("remote_unreachable", message, hint);
    }
    None
}

/// The newest commit of the base that is known: the remote's, brought here if it is new.
pub(super) async fn commit(
    git: &Git,
    base: &str,
    remote: Option<&Remote>,
    there: Option<&BTreeMap<String, String>>,
    forge: Forge,
    found: &mut Found,
) -> Option<String> {
    let local = git.commit(&format!("refs/heads/{base}")).await;
    let (Some(remote), Some(there)) = (remote, there) else {
        let known = match remote {
            Some(remote) => git.commit(&format!("refs/remotes/{}/{base}", remote.name)).await,
            None => None,
        };
        return match known.or(local) {
            Some(commit) => Some(commit),
            None => missing(git, base, "", found).await,
        };
    };
    let Some(newest) = there.get(base) else {
        // Without a forge nothing is proposed to it: what the base is here is what the patch is made against.
        return match local.filter(|_| forge == Forge::None) {
            Some(commit) => Some(commit),
            None => missing(git, base, &format!(" on the remote {}", remote.name), found).await,
        };
    };
    if git.commit(newest).await.is_none() {
        let refspec = format!("+refs/heads/{base}:refs/remotes/{}/{base}", remote.name);
        let words =
            ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", &remote.name, &refspec];
        let fetched = git.run(&words, FETCH).await;
        if git.commit(newest).await.is_none() {
            let why = fetched.map_or_else(|error| error.to_string(), |done| complaint(&done.stderr));
            let message = format!("{base} of {} cannot be fetched: {why}", remote.name);
            found.problem("remote_unreachable", message, "mend the connection and run it again");
            return None;
        }
    }
    Some(newest.clone())
}

async fn missing(git: &Git, base: &str, place: &str, found: &mut Found) -> Option<String> {
    let words =
        ["for-each-ref", "--format=%(refname:lstrip=-1)", "--count=200", "refs/heads", "refs/remotes"];
    let known = git.text(&words).await.unwrap_or_default();
    let known: Vec<&str> = known.lines().filter(|name| *name != "HEAD").collect();
    let near =
        near_misses(base, &known).unwrap_or_else(|| "name the one that is meant: --base NAME".to_owned());
    found.problem("base_missing", format!("there is no branch `{base}`{place} to go into"), near);
    None
}

/// How far the two have gone apart: a change without a commit is none. Answers what the base has that the branch has not.
pub(super) async fn apart(
    git: &Git,
    base: &str,
    base_commit: &str,
    branch: &Branch,
    found: &mut Found,
) -> u64 {
    let range = format!("{base_commit}...{}", branch.commit);
    let counts = git.line(&["rev-list", "--left-right", "--count", &range]).await.unwrap_or_default();
    let mut counts = counts.split_whitespace().filter_map(|count| count.parse::<u64>().ok());
    let (behind, ahead) = (counts.next().unwrap_or(0), counts.next().unwrap_or(0));
    if ahead == 0 {
        found.problem(
            "nothing_ahead",
            format!("{} has no commit that {base} does not have: there is nothing to propose", branch.name),
            "commit the change on it, then run it again",
        );
    } else if behind > 0 {
        let commits = if behind == 1 { "commit" } else { "commits" };
        found.warning(
            "base_moved",
            format!(
                "{base} has {behind} {commits} that {} does not have: what was tested is without them",
                branch.name
            ),
            "merge them and check again, if there is time",
        );
    }
    behind
}

/// Whether the two can be merged by git alone.
pub(super) async fn conflicts(git: &Git, base: &str, base_commit: &str, branch: &Branch, found: &mut Found) {
    let words = ["merge-tree", "--write-tree", "--name-only", "--no-messages", base_commit, &branch.commit];
    // git before 2.38 cannot say: then the forge will.
    let Ok(done) = git.run(&words, REMOTE).await else { return };
    if done.code == Some(1) {
        let text = done.text();
        let files: Vec<&str> = text.lines().skip(1).take(8).collect();
        found.problem(
            "conflict",
            format!("{} at {} conflicts with {base}: {}", branch.name, short(&branch.commit), files.join(", ")),
            format!("merge {base} into it, settle the conflict and check again; tmux-orc never rebases or merges for you"),
        );
    }
}

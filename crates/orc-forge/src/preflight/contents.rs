//! What a change consists of.

use serde_json::json;

use super::Found;
use super::tree::named;
use crate::git::Git;

/// A commit of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
}

/// A file of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStat {
    /// Its path.
    pub path: String,
    /// Lines added and removed; nothing for a binary file.
    pub lines: Option<(u64, u64)>,
}

impl FileStat {
    /// For scripts.
    pub fn json(&self) -> serde_json::Value {
        json!({ "path": self.path, "added": self.lines.map(|it| it.0), "removed": self.lines.map(|it| it.1) })
    }
}

/// So many commits are named.
const COMMITS: &str = "--max-count=200";

/// Its commits, the oldest first.
pub(super) async fn commits(git: &Git, range: &str, found: &mut Found) -> Vec<Commit> {
    let words = ["log", COMMITS, "--format=%H %s", "--end-of-options", range];
    match git.text(&words).await {
        Ok(text) => {
            let commit = |line: &str| {
                let (id, subject) = line.split_once(' ')?;
                Some(Commit { id: id.to_owned(), subject: subject.to_owned() })
            };
            let mut commits: Vec<Commit> = text.lines().filter_map(commit).collect();
            commits.reverse();
            commits
        }
        Err(error) => {
            found.problem("git_failed", format!("the commits cannot be listed: {error}"), "");
            Vec::new()
        }
    }
}

/// The files that differ from where the change left the base.
pub(super) async fn files(git: &Git, base: &str, head: &str, found: &mut Found) -> Vec<FileStat> {
    let range = format!("{base}...{head}");
    let words = [
        "diff",
        "--numstat",
        "-z",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--end-of-options",
        &range,
    ];
    let text = match git.text(&words).await {
        Ok(text) => text,
        Err(error) => {
            found.problem("git_failed", format!("the change cannot be read: {error}"), "");
            return Vec::new();
        }
    };
    let stat = |entry: &str| {
        let mut parts = entry.splitn(3, '\t');
        let (added, removed, path) = (parts.next()?, parts.next()?, parts.next()?);
        let lines = added.parse().ok().zip(removed.parse().ok());
        Some(FileStat { path: path.to_owned(), lines })
    };
    let files: Vec<FileStat> = text.split('\0').filter_map(stat).collect();
    let binary: Vec<&str> = files.iter().filter(|it| it.lines.is_none()).map(|it| it.path.as_str()).collect();
    if !binary.is_empty() {
        found.warning(
            "binary_files",
            format!(
                "binary files cannot be read by reviewers, nor looked through for secrets: {}",
                named(&binary)
            ),
            "",
        );
    }
    files
}

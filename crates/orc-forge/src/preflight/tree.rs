//! Whether what is checked out is what is published: changes that no commit has are in no pull request.

use super::Found;
use super::branch::Branch;
use crate::git::Git;

/// So many files are named.
const NAMED: usize = 8;

pub(super) async fn dirty(git: &Git, branch: &Branch, found: &mut Found) {
    let Some(dir) = &branch.checked_out else { return };
    let there = Git::new(&git.caller, dir);
    let Ok(text) = there.text(&["status", "--porcelain=v1", "-z", "--untracked-files=normal"]).await else {
        return;
    };
    let (mut changed, mut untracked) = (Vec::new(), Vec::new());
    let mut entries = text.split('\0').filter(|entry| entry.len() > 3);
    while let Some(entry) = entries.next() {
        let (sign, path) = entry.split_at(3);
        match sign {
            "?? " => untracked.push(path),
            // The name that it had before follows.
            sign if sign.starts_with(['R', 'C']) => {
                entries.next();
                changed.push(path);
            }
            _ => changed.push(path),
        }
    }
    if !changed.is_empty() {
        found.problem(
            "dirty_tree",
            format!("{} has changes that no commit holds: {}", dir.display(), named(&changed)),
            "commit them, or put them aside (`git stash`): what is published is what was committed and tested",
        );
    }
    if !untracked.is_empty() {
        found.warning(
            "untracked",
            format!("files that git does not know are not part of the change: {}", named(&untracked)),
            "add and commit those that belong to it",
        );
    }
}

/// The first of them, and how many more there are.
pub(super) fn named(names: &[&str]) -> String {
    let text = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

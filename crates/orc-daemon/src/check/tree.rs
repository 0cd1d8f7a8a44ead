//! Where the code under test lies: a worktree of exactly the commit, at a place of its own for each repository, so that
//! what compilers keep by path stays of use. What a commit never holds and tests need is linked from the person's directory.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use orc_core::check::Begun;
use orc_core::ids::TeamName;

use super::live::Live;
use crate::run::Shell;
use crate::worktree::git;

/// The folder of everything about checks of a team.
pub(super) fn logs(shell: &Shell, team: &TeamName) -> PathBuf {
    let stamp = crate::clock::now().wall.0;
    shell.paths.state.join("checks").join(team.as_str()).join(stamp.to_string())
}

/// What is kept between checks, beside the teams' logs and not among them: a team may have any name.
pub(crate) fn repositories(shell: &Shell) -> PathBuf {
    shell.paths.state.join("repositories")
}

/// What is kept for a repository between checks.
fn of_repository(shell: &Shell, repository: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    repository.hash(&mut hasher);
    repositories(shell).join(format!("{:016x}", hasher.finish()))
}

/// The worktree of a check.
fn worktree(shell: &Shell, begun: &Begun) -> PathBuf {
    of_repository(shell, &begun.tested.repository).join("tree")
}

/// Where compilers keep what they made, from check to check.
pub(super) fn target(shell: &Shell, begun: &Begun) -> PathBuf {
    of_repository(shell, &begun.tested.repository).join("target")
}

/// Where result files are while it runs.
pub(super) fn scratch(begun: &Begun) -> PathBuf {
    PathBuf::from(format!("{}.files", begun.log))
}

/// Makes the place where it runs; its absolute path.
pub(super) async fn make(shell: &Shell, begun: &Begun, live: &Arc<Live>) -> Result<PathBuf, String> {
    std::fs::create_dir_all(scratch(begun)).map_err(|e| format!("its folder cannot be made: {e}"))?;
    let repository = &begun.tested.repository;
    if begun.tested.dirty {
        return Ok(PathBuf::from(repository));
    }
    let path = worktree(shell, begun);
    live.show(|progress| "the worktree".clone_into(&mut progress.doing));
    remove(repository, &path).await;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|e| format!("its worktree cannot be made: {e}"))?;
    }
    let place = path.to_string_lossy();
    // The person's hooks are for their own checkouts.
    let words = [
        "-c",
        "core.hooksPath=/dev/null",
        "worktree",
        "add",
        "--quiet",
        "--detach",
        "--force",
        &place,
        &begun.tested.commit,
    ];
    git(repository, &words).await.map_err(|why| format!("its worktree cannot be made: {why}"))?;
    let (from, to) = (PathBuf::from(repository), path.clone());
    let linked = tokio::task::spawn_blocking(move || link_installed(&from, &to));
    linked.await.map_err(std::io::Error::other).and_then(|linked| linked).map_err(|e| e.to_string())?;
    Ok(path)
}

/// Takes back what [`make`] made.
pub(super) async fn take_back(shell: &Shell, begun: &Begun) {
    if !begun.tested.dirty {
        remove(&begun.tested.repository, &worktree(shell, begun)).await;
    }
    if let Err(error) = std::fs::remove_dir_all(scratch(begun))
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the result files of a check cannot be removed");
    }
}

async fn remove(repository: &str, path: &Path) {
    if !path.exists() {
        return;
    }
    let place = path.to_string_lossy();
    if let Err(error) = git(repository, &["worktree", "remove", "--force", "--force", &place]).await {
        tracing::info!(%error, "a worktree of a check is removed by hand");
        if let Err(error) = std::fs::remove_dir_all(path) {
            tracing::warn!(%error, "a worktree of a check cannot be removed");
        }
        drop(git(repository, &["worktree", "prune"]).await);
    }
}

/// Gives the worktree the packages that npm and its kin installed beside each `package.json`. What they link from the
/// repository itself (a workspace's own packages) is linked from the worktree: it is code under test.
fn link_installed(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut left = vec![PathBuf::new()];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(to.join(&dir))?.flatten() {
            let name = entry.file_name();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && name != ".git" {
                left.push(dir.join(&name));
            } else if name == "package.json" {
                let (theirs, ours) =
                    (from.join(&dir).join("node_modules"), to.join(&dir).join("node_modules"));
                if theirs.is_dir() && !ours.exists() {
                    link_each(&theirs, &ours, from, to)?;
                }
            }
        }
    }
    Ok(())
}

fn link_each(theirs: &Path, ours: &Path, from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(ours)?;
    for entry in std::fs::read_dir(theirs)?.flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        // `@scope` is a folder of packages.
        if name.to_string_lossy().starts_with('@') && path.is_dir() {
            link_each(&path, &ours.join(&name), from, to)?;
            continue;
        }
        let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let inside = real.strip_prefix(from).ok();
        let own = inside.filter(|inside| !inside.components().any(|part| part.as_os_str() == "node_modules"));
        symlink(own.map_or(path, |own| to.join(own)), ours.join(&name))?;
    }
    Ok(())
}

/// A program of the tree, as a suite in one of its folders names it. What npm installed once for a workspace lies above.
pub(super) fn program(root: &Path, dir: &Path, name: &str) -> PathBuf {
    let above = dir.ancestors().take_while(|above| above.starts_with(root));
    let mut places = above.map(|above| above.join(name));
    let installed = name.starts_with("node_modules/").then(|| places.find(|place| place.exists())).flatten();
    installed.unwrap_or_else(|| dir.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_npm_installed_for_a_workspace_is_found_from_its_folders() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        let dir = root.join("packages/web");
        let jest = "node_modules/.bin/jest";
        for above in [folder.path(), &root] {
            std::fs::create_dir_all(above.join("node_modules/.bin")).unwrap();
        }
        std::fs::write(folder.path().join(jest), "").unwrap();
        assert_eq!(program(&root, &dir, jest), dir.join(jest), "not from outside of the tree");
        std::fs::write(root.join(jest), "").unwrap();
        assert_eq!(program(&root, &dir, jest), root.join(jest));
        std::fs::write(root.join("all.sh"), "").unwrap();
        assert_eq!(
            program(&root, &dir, "./all.sh"),
            dir.join("./all.sh"),
            "other programs are where they are said to be"
        );
    }
}

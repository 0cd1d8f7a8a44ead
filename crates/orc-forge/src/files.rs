//! Without a forge: the change as files that somebody can take along. Each is written beside its place and then moved there, so
//! that a file of that name is always whole.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::git::Git;
use crate::preflight::Ground;
use crate::program::{Caller, ProgramError};

/// Where a change's files are.
pub fn folder(scratch: &Path, branch: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = branch.chars().map(plain).collect();
    scratch.join(name.trim_start_matches('.'))
}

/// Writes the text of a pull request into the folder; its path.
pub fn write_text(folder: &Path, text: &str) -> Result<PathBuf, ProgramError> {
    let failed = |error| ProgramError::Start("writing PULL_REQUEST.md".to_owned(), error);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let (path, new) = (folder.join("PULL_REQUEST.md"), folder.join(".PULL_REQUEST.md.new"));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&new, &path).map_err(failed)?;
    Ok(path)
}

/// Writes the patch and the bundle of a change into the folder; their paths. `git am` takes the one, `git pull` the other.
pub async fn write_change(
    caller: &Caller,
    dir: &Path,
    ground: &Ground,
    folder: &Path,
) -> Result<Vec<PathBuf>, ProgramError> {
    let failed = |error| ProgramError::Start("writing the patch".to_owned(), error);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let git = Git::new(caller, dir);
    let (patch, bundle) = (folder.join("change.patch"), folder.join("change.bundle"));
    let (new_patch, new_bundle) = (folder.join(".change.patch.new"), folder.join(".change.bundle.new"));
    let range = format!("{}..{}", ground.base_commit, ground.head);
    let words = ["format-patch", "--stdout", "--binary", "--no-signature", "--no-ext-diff", &range];
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new_patch)
        .map_err(failed)?;
    let mut wrote = Ok(());
    git.stream(&words, |bytes| {
        if wrote.is_ok() {
            wrote = file.write_all(bytes);
        }
    })
    .await?;
    wrote.and_then(|()| file.sync_all()).map_err(failed)?;
    let reference = format!("refs/heads/{}", ground.branch);
    let exclude = format!("^{}", ground.base_commit);
    let place = new_bundle.display().to_string();
    git.text(&["bundle", "create", "--quiet", &place, &reference, &exclude]).await?;
    let heads = git.text(&["bundle", "list-heads", &place]).await?;
    if !heads.starts_with(&ground.head) {
        // A bundle holds a branch as it is: one that has moved on meanwhile is not what was tested.
        return Err(ProgramError::Failed {
            what: "git bundle".to_owned(),
            said: format!("{} has moved on meanwhile", ground.branch),
        });
    }
    std::fs::rename(&new_patch, &patch).map_err(failed)?;
    std::fs::rename(&new_bundle, &bundle).map_err(failed)?;
    Ok(vec![patch, bundle])
}

//! One check on a repository at a time, also of two supervisors: a lock beside git's own files, which the kernel releases
//! whatever kills us.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::live::Live;

/// Between two tries to take it from another supervisor.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits for it; nothing when it was cancelled. A place where no file can be made has no other supervisor either.
pub(super) async fn take(git_dir: &Path, live: &Live) -> Result<Option<File>, ()> {
    let path = git_dir.join("tmux-orc-check.lock");
    let file = match OpenOptions::new().write(true).create(true).truncate(false).open(&path) {
        Ok(file) => file,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a repository cannot be locked");
            return Ok(None);
        }
    };
    while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        live.show(|progress| progress.queued = true);
        tokio::select! {
            () = live.cancel.cancelled() => return Err(()),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    Ok(Some(file))
}

//! One supervisor per state directory and per runtime directory, and directories that belong to us alone.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use orc_api::Paths;
use rustix::fs::{FlockOperation, flock};

use crate::error::DaemonError;

/// Held as long as the supervisor runs; the kernel releases it whatever kills us.
pub(crate) struct Lock {
    _state: File,
    _runtime: File,
}

/// Makes the directories and takes both locks: the supervisor of another state directory may use the same sockets.
pub(crate) fn take(paths: &Paths) -> Result<Lock, DaemonError> {
    for dir in [&paths.state, &paths.runtime, &paths.runtime.join("s")] {
        private_dir(dir)?;
    }
    let state =
        hold(&paths.lock())?.ok_or_else(|| DaemonError::AlreadyRunning { state: paths.state.clone() })?;
    let runtime = hold(&paths.runtime_lock())?
        .ok_or_else(|| DaemonError::RuntimeInUse { runtime: paths.runtime.clone() })?;
    Ok(Lock { _state: state, _runtime: runtime })
}

/// The lock, unless somebody holds it.
fn hold(path: &Path) -> Result<Option<File>, DaemonError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(DaemonError::io("opening", path))?;
    Ok(flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok().then_some(file))
}

/// Makes a directory with mode 0700, or closes the existing one if it is ours.
pub(crate) fn private_dir(path: &Path) -> Result<(), DaemonError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(DaemonError::io("making", path))?;
    let meta = std::fs::symlink_metadata(path).map_err(DaemonError::io("reading", path))?;
    let uid = rustix::process::geteuid().as_raw();
    let found = if !meta.is_dir() {
        "not a directory".to_owned()
    } else if meta.uid() != uid {
        format!("it belongs to user {}", meta.uid())
    } else {
        // Ours, but open to others (made by hand, or by an umask): closing it is what its owner wants.
        let closed = std::fs::Permissions::from_mode(0o700);
        return std::fs::set_permissions(path, closed).map_err(DaemonError::io("protecting", path));
    };
    Err(DaemonError::UnsafeDirectory { path: path.to_owned(), found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_state_nor_the_sockets_have_two_supervisors() {
        let folder = tempfile::tempdir().unwrap();
        let paths = |state: &str| Paths {
            state: folder.path().join(state),
            runtime: folder.path().join("run"),
            config: folder.path().join("config"),
        };
        let one = take(&paths("one")).unwrap();
        assert!(matches!(take(&paths("one")), Err(DaemonError::AlreadyRunning { .. })));
        assert!(matches!(take(&paths("two")), Err(DaemonError::RuntimeInUse { .. })));
        drop(one);
        take(&paths("two")).unwrap();
    }
}

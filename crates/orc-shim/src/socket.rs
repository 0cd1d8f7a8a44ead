//! The shim's door: a unix socket for our own user alone.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, flock};

use crate::ShimError;

/// The listening socket; it is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Door {
    listener: UnixListener,
    path: PathBuf,
    /// Held as long as we live, whatever ends us: of two shims at one door one goes away.
    _lock: File,
}

impl Door {
    /// Listens on `path`. A socket that nobody answers on is replaced.
    pub(crate) fn open(path: &Path) -> Result<Self, ShimError> {
        let failed = |source| ShimError::Socket { path: path.to_owned(), source };
        let lock = lock(&path.with_extension("lock")).map_err(failed)?;
        let Some(lock) = lock else {
            return Err(ShimError::SocketInUse { path: path.to_owned() });
        };
        match UnixStream::connect(path) {
            Ok(_) => {
                return Err(ShimError::SocketInUse { path: path.to_owned() });
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && is_socket(path) => {
                std::fs::remove_file(path).map_err(failed)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let before = rustix::process::umask(Mode::from_bits_retain(0o177));
        let listener = UnixListener::bind(path);
        rustix::process::umask(before);
        let listener = listener.map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self { listener, path: path.to_owned(), _lock: lock })
    }

    /// The listener, to poll.
    pub(crate) fn listener(&self) -> &UnixListener {
        &self.listener
    }

    /// The next client, if it runs as our own user; strangers are turned away.
    pub(crate) fn accept(&self) -> Option<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().ok()?;
            let ours = rustix::net::sockopt::socket_peercred(&stream)
                .is_ok_and(|peer| peer.uid == rustix::process::getuid());
            if ours && stream.set_nonblocking(true).is_ok() {
                return Some(stream);
            }
        }
    }
}

/// The lock, if nobody holds it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

impl Drop for Door {
    fn drop(&mut self) {
        let _already_gone = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_at_one_door_one_goes_away_also_when_the_socket_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a1.sock");
        let first = Door::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Door::open(&path), Err(ShimError::SocketInUse { .. })));
        drop(first);
        Door::open(&path).unwrap();
    }
}

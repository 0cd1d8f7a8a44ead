//! Where a supervisor's own words go: standard error, which for one in the background is a file that must not grow for
//! ever.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use orc_api::Paths;

/// A file that has reached this size in bytes becomes the old one.
const LARGEST: u64 = 5 << 20;

/// The words before those in the file itself.
pub(crate) fn old(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// Opens the file to add to it.
pub(crate) fn open(log: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(log)
}

/// Standard error, whose disk may be full: the supervisor goes on without its words.
pub(crate) struct Words {
    log: PathBuf,
}

impl Words {
    /// Standard error; where it is the supervisor's log, that is kept small.
    pub(crate) fn new(paths: &Paths) -> Self {
        Self { log: paths.daemon_log() }
    }

    /// Begins a new file. Standard error itself goes there, so that the words of a panic do, too.
    fn turn_over(&self) -> std::io::Result<()> {
        let stderr = std::io::stderr().lock();
        let (now, file) = (rustix::fs::fstat(&stderr)?, std::fs::metadata(&self.log)?);
        let is_the_log = now.st_ino == file.ino() && now.st_dev == file.dev();
        if is_the_log && file.len() >= LARGEST {
            std::fs::rename(&self.log, old(&self.log))?;
            rustix::stdio::dup2_stderr(open(&self.log)?)?;
        }
        Ok(())
    }
}

impl Write for Words {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _goes_on_in_the_old_one = self.turn_over();
        drop(std::io::stderr().write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        drop(std::io::stderr().flush());
        Ok(())
    }
}

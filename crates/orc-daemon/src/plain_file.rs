//! Files in places where others write, too: what stands there may be no file, and a look at it must not stand still.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens a file to read it. What is none, a pipe say, is an error of the kind `InvalidInput`, and is not waited for.
pub(crate) fn open(path: &Path) -> Result<(File, Metadata)> {
    let file =
        OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    let about = file.metadata()?;
    if about.is_file() {
        return Ok((file, about));
    }
    Err(Error::new(ErrorKind::InvalidInput, format!("{} is no plain file", path.display())))
}

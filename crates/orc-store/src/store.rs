//! The log opened for writing.

use std::ops::Range;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::{
    Batch, Entry, Filter, Head, NewEntry, Result, Verification, anchor, append, connect, read, verify,
};

/// The log of one host, opened for writing. A value of one owner: give it to a [`crate::Writer`].
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Opens the log at `path`; makes it (mode 0600) when there is none, and migrates an older format. The folder
    /// must exist.
    ///
    /// Refuses a file of a newer version, a database that is not a log, and a file that is read-only.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let connection = connect::writable(&path)?;
        Ok(Self { path, connection })
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends the entries in one transaction and answers the positions they got. They are on the disk when this
    /// returns. With `expected` nothing is written unless the log ends there: [`crate::StoreError::Conflict`].
    pub fn append(&mut self, expected: Option<u64>, entries: &[NewEntry]) -> Result<Range<u64>> {
        let batch = Batch { expected, entries: entries.to_vec() };
        self.append_group(&[batch]).remove(0)
    }

    /// Appends the batches in one transaction (one wait for the disk) and answers each in its place. A batch whose
    /// `expected` does not hold fails alone.
    pub fn append_group(&mut self, batches: &[Batch]) -> Vec<Result<Range<u64>>> {
        append::append(&mut self.connection, batches)
    }

    /// At most `limit` entries that follow position `after` and pass `filter`, in order.
    pub fn read(&self, after: u64, limit: usize, filter: &Filter) -> Result<Vec<Entry>> {
        read::read(&self.connection, after, limit, filter)
    }

    /// The end of the log.
    pub fn last(&self) -> Result<Head> {
        anchor::read(&self.connection)
    }

    /// Verifies the whole chain against the anchor in the file.
    pub fn verify(&self) -> Result<Verification> {
        verify::verify(&self.connection, None)
    }
}

#[cfg(test)]
mod full_disk;

//! The log opened for reading, beside a writer.

use std::path::Path;

use rusqlite::Connection;

use crate::{Entry, Filter, Head, Result, Verification, anchor, connect, read, verify};

/// A read-only view of the log: as many as wanted, in any process; none of them blocks the writer, and each call sees
/// everything that was acknowledged before it.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the log at `path`, which must exist. Refuses a file of a newer version and a file that is not a log.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { connection: connect::read_only(path.as_ref())? })
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

    /// Verifies the whole chain also against a head that was noted elsewhere: whoever can write the file can make
    /// chain and anchor agree again, but not with a head that he does not hold.
    pub fn verify_against(&self, known: Head) -> Result<Verification> {
        verify::verify(&self.connection, Some(known))
    }
}

//! Walks the whole chain and names the first entry that is not as it was appended.

use rusqlite::Connection;

use crate::read::{COLUMNS, entry};
use crate::{Entry, Hash, Head, Result, anchor, chain};

/// What a walk over the log found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verification {
    /// How many entries, from the first one on, are as they were appended.
    pub entries: u64,
    /// The hash of the last of them; [`Hash::GENESIS`] when there is none.
    pub head_hash: Hash,
    /// Where the log stops being believable; `None` when all of it is.
    pub first_bad: Option<BadEntry>,
}

/// The first entry that is not as it was appended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadEntry {
    /// Its position.
    pub seq: u64,
    /// What is wrong with it.
    pub reason: BadReason,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadReason {
    /// There is no entry at this position, though there are later ones.
    #[error("the entry is missing")]
    Missing,
    /// The position cannot be one of the log's (it starts at 1).
    #[error("an entry stands before the first one")]
    OutOfPlace,
    /// The entry does not link to the one before it: one of the two was replaced.
    #[error("the entry does not follow from the one before it")]
    Unlinked,
    /// The content is not what was hashed.
    #[error("the content of the entry was changed")]
    Altered,
    /// The row cannot be decoded.
    #[error("the entry cannot be decoded")]
    Unreadable,
    /// The log ends before the anchor: its tail was cut off.
    #[error("the log was cut off before this entry")]
    CutOff,
    /// The entry is beyond the anchor: it was not appended through the log.
    #[error("the entry was not appended by this program")]
    NotAnchored,
    /// The entry that the anchor (or the known head) names is another one now.
    #[error("the entry is not the one that was recorded as the head")]
    NotTheHead,
}

/// Verifies the log against its anchor and, if given, against a head that the caller kept elsewhere. Streams: memory
/// does not grow with the log. A damaged database file is an error, not a verdict.
pub(crate) fn verify(connection: &Connection, known: Option<Head>) -> Result<Verification> {
    // One read transaction, so that the anchor and the rows are of the same instant.
    let tx = connection.unchecked_transaction()?;
    let anchor = anchor::read(&tx)?;
    let mut good = Head::EMPTY;
    let mut statement = tx.prepare(&format!("SELECT {COLUMNS} FROM log ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    let bad = |good: Head, reason, seq| {
        Ok(Verification {
            entries: good.seq,
            head_hash: good.hash,
            first_bad: Some(BadEntry { seq, reason }),
        })
    };
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let next = good.seq + 1;
        let reason = match u64::try_from(seq) {
            Err(_) | Ok(0) => return bad(good, BadReason::OutOfPlace, 0),
            Ok(seq) if seq != next => Some(BadReason::Missing),
            Ok(_) => match entry(row) {
                Err(_) => Some(BadReason::Unreadable),
                Ok(entry) => {
                    let reason = judge(&entry, good, &[Some(anchor), known]);
                    good = if reason.is_none() { Head { seq: next, hash: entry.hash } } else { good };
                    reason
                }
            },
        };
        if let Some(reason) = reason {
            return bad(good, reason, next);
        }
    }
    if [Some(anchor), known].into_iter().flatten().any(|head| head.seq > good.seq) {
        return bad(good, BadReason::CutOff, good.seq + 1);
    }
    if anchor.seq < good.seq {
        return bad(good, BadReason::NotAnchored, anchor.seq + 1);
    }
    Ok(Verification { entries: good.seq, head_hash: good.hash, first_bad: None })
}

fn judge(entry: &Entry, before: Head, heads: &[Option<Head>]) -> Option<BadReason> {
    if entry.prev_hash != before.hash {
        Some(BadReason::Unlinked)
    } else if chain::link(&before.hash, entry.seq, &entry.fact) != entry.hash {
        Some(BadReason::Altered)
    } else if heads.iter().flatten().any(|head| head.seq == entry.seq && head.hash != entry.hash) {
        Some(BadReason::NotTheHead)
    } else {
        None
    }
}

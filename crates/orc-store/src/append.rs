//! Appending: a group of batches in one transaction, each batch whole or not at all.

use std::ops::Range;

use rusqlite::{Connection, Statement, TransactionBehavior};
use serde::de::IgnoredAny;

use crate::anchor::position;
use crate::{Head, NewEntry, Result, StoreError, anchor, chain};

const INSERT: &str = "INSERT INTO log
    (seq, at_ms, recorded_ms, boot_id, boottime_ms, actor, door, kind, team, body, prev_hash, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Entries that are appended together or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The last position of the log that the author has seen; `None` when it does not matter to him.
    pub expected: Option<u64>,
    /// The entries, in order.
    pub entries: Vec<NewEntry>,
}

/// Appends the batches in one transaction and answers for each. A batch that is itself at fault (a conflict, a body
/// that is not JSON) fails alone. When the group fails as a whole its parts are tried one by one if that can save
/// some of them (a full disk may still hold the small ones); else all of them get the same error.
pub(crate) fn append(connection: &mut Connection, batches: &[Batch]) -> Vec<Result<Range<u64>>> {
    match append_together(connection, batches) {
        Ok(answers) => answers,
        Err(error) if batches.len() > 1 && error.may_pass_alone() => {
            batches.iter().flat_map(|batch| append(connection, std::slice::from_ref(batch))).collect()
        }
        Err(error) => batches.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn append_together(connection: &mut Connection, batches: &[Batch]) -> Result<Vec<Result<Range<u64>>>> {
    // Immediate: the head that is read here cannot move before the commit, whoever else has the file open.
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = anchor::read(&tx)?;
    let mut head = before;
    let mut insert = tx.prepare(INSERT)?;
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        answers.push(match append_one(&mut insert, head, batch) {
            Ok(after) => {
                let range = head.seq + 1..after.seq + 1;
                head = after;
                Ok(range)
            }
            Err(error) if error.is_of_the_batch() => Err(error),
            Err(error) => return Err(error),
        });
    }
    drop(insert);
    if head != before {
        anchor::advance(&tx, head)?;
        tx.commit()?;
    }
    Ok(answers)
}

/// Checks the batch first and writes it then, so that a batch at fault leaves no trace in the transaction.
fn append_one(insert: &mut Statement<'_>, mut head: Head, batch: &Batch) -> Result<Head> {
    if let Some(expected) = batch.expected.filter(|expected| *expected != head.seq) {
        return Err(StoreError::Conflict { expected, actual: head.seq });
    }
    let bad = batch.entries.iter().position(|e| serde_json::from_str::<IgnoredAny>(&e.body).is_err());
    if let Some(index) = bad {
        return Err(StoreError::BadBody { index });
    }
    for fact in &batch.entries {
        let seq = head.seq + 1;
        let hash = chain::link(&head.hash, seq, fact);
        insert.execute((
            position(seq),
            fact.at_ms,
            fact.recorded_ms,
            &fact.boot_id,
            fact.boottime_ms,
            &fact.actor,
            &fact.door,
            &fact.kind,
            &fact.team,
            &fact.body,
            head.hash.0,
            hash.0,
        ))?;
        head = Head { seq, hash };
    }
    Ok(head)
}

//! Reading the log from a cursor.

use rusqlite::{Connection, Row, ToSql};

use crate::anchor::{position, sequence};
use crate::{Entry, Hash, NewEntry, Result};

pub(crate) const COLUMNS: &str =
    "seq, at_ms, recorded_ms, boot_id, boottime_ms, actor, door, kind, team, body, prev_hash, hash";

/// Which entries are wanted. The default wants all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Filter {
    /// Only entries of this team (entries of the host have none and are left out); `None`: of all and of the host.
    pub team: Option<String>,
    /// Only these kinds; empty: all.
    pub kinds: Vec<String>,
}

/// At most `limit` entries that follow position `after` and pass `filter`, in order.
pub(crate) fn read(connection: &Connection, after: u64, limit: usize, filter: &Filter) -> Result<Vec<Entry>> {
    let (after, limit) = (position(after), i64::try_from(limit).unwrap_or(i64::MAX));
    let mut sql = format!("SELECT {COLUMNS} FROM log WHERE seq > ?");
    let mut values: Vec<&dyn ToSql> = vec![&after];
    if let Some(team) = &filter.team {
        sql.push_str(" AND team = ?");
        values.push(team);
    }
    if !filter.kinds.is_empty() {
        sql.push_str(" AND kind IN (?");
        sql.push_str(&", ?".repeat(filter.kinds.len() - 1));
        sql.push(')');
        values.extend(filter.kinds.iter().map(|kind| kind as &dyn ToSql));
    }
    sql.push_str(" ORDER BY seq LIMIT ?");
    values.push(&limit);
    let mut statement = connection.prepare(&sql)?;
    let entries = statement.query_map(values.as_slice(), entry)?.collect::<rusqlite::Result<_>>()?;
    Ok(entries)
}

/// Decodes a row of [`COLUMNS`].
pub(crate) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: sequence(row, 0)?,
        fact: NewEntry {
            at_ms: row.get(1)?,
            recorded_ms: row.get(2)?,
            boot_id: row.get(3)?,
            boottime_ms: row.get(4)?,
            actor: row.get(5)?,
            door: row.get(6)?,
            kind: row.get(7)?,
            team: row.get(8)?,
            body: row.get(9)?,
        },
        prev_hash: Hash(row.get(10)?),
        hash: Hash(row.get(11)?),
    })
}

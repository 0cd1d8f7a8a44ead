//! Whoever changes the file behind the log's back is found out, at the first place he touched.

use orc_store::{BadReason, Reader, Store, Verification};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::sample::{entry, log_of};

/// Makes a log of `n` entries, lets `tamper` at it with the triggers gone, and verifies.
fn tampered(n: u64, tamper: impl FnOnce(&Connection)) -> Verification {
    let (dir, store) = log_of(n);
    drop(store);
    let path = dir.path().join("log.db");
    let raw = disarmed(&path);
    tamper(&raw);
    drop(raw);
    Reader::open(&path).expect("a log").verify().expect("a verdict")
}

fn disarmed(path: &std::path::Path) -> Connection {
    let raw = Connection::open(path).expect("a database");
    let drop_all =
        "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'";
    let sql: String = raw.query_row(drop_all, [], |row| row.get(0)).expect("triggers");
    raw.execute_batch(&sql).expect("dropped");
    raw
}

/// Every column of a row, each with an expression that changes it.
const EDITS: [(&str, &str); 12] = [
    ("seq", "seq + 1000"),
    ("at_ms", "at_ms + 1"),
    ("recorded_ms", "-recorded_ms"),
    ("boot_id", "boot_id || ' '"),
    ("boottime_ms", "0"),
    ("actor", "'human:eve'"),
    ("door", "upper(door)"),
    ("kind", "'incident.resolved'"),
    ("team", "iif(team IS NULL, '', NULL)"),
    ("body", "'{\"n\":0}'"),
    ("prev_hash", "zeroblob(31) || x'01'"),
    ("hash", "randomblob(32)"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edited_field_is_named(n in 1..12_u64, pick in any::<prop::sample::Index>(), edit in 0..EDITS.len()) {
        let victim = pick.index(usize::try_from(n).unwrap()) as u64 + 1;
        let (column, value) = EDITS[edit];
        let found = tampered(n, |raw| {
            let sql = format!("UPDATE log SET {column} = CAST({value} AS {}) WHERE seq = {victim}", kind(column));
            assert_eq!(raw.execute(&sql, []).unwrap(), 1);
        });
        prop_assert_eq!(found.entries, victim - 1);
        prop_assert_eq!(found.first_bad.map(|bad| bad.seq), Some(victim), "{}", column);
    }

    #[test]
    fn a_removed_entry_is_named(n in 1..12_u64, pick in any::<prop::sample::Index>()) {
        let victim = pick.index(usize::try_from(n).unwrap()) as u64 + 1;
        let found = tampered(n, |raw| {
            raw.execute("DELETE FROM log WHERE seq >= ?1 AND seq < ?1 + 2", [i64::try_from(victim).unwrap()]).unwrap();
        });
        let bad = found.first_bad.unwrap();
        prop_assert_eq!(bad.seq, victim);
        prop_assert_eq!(bad.reason, if victim + 2 > n { BadReason::CutOff } else { BadReason::Missing });
    }

    #[test]
    fn two_entries_that_changed_places_are_named(n in 2..12_u64, pick in any::<prop::sample::Index>()) {
        let victim = pick.index(usize::try_from(n - 1).unwrap()) as u64 + 1;
        let found = tampered(n, |raw| {
            raw.execute_batch(&format!(
                "UPDATE log SET seq = -1 WHERE seq = {victim};
                 UPDATE log SET seq = {victim} WHERE seq = {victim} + 1;
                 UPDATE log SET seq = {victim} + 1 WHERE seq = -1;"
            )).unwrap();
        });
        prop_assert_eq!(found.first_bad.map(|bad| bad.seq), Some(victim));
    }

    #[test]
    fn an_inserted_entry_is_named(n in 2..12_u64, pick in any::<prop::sample::Index>()) {
        let victim = pick.index(usize::try_from(n).unwrap()) as u64 + 1;
        let found = tampered(n, |raw| {
            raw.execute_batch(&format!(
                "UPDATE log SET seq = -seq WHERE seq >= {victim};
                 UPDATE log SET seq = 1 - seq WHERE seq < 0;
                 INSERT INTO log SELECT {victim}, at_ms, recorded_ms, boot_id, boottime_ms, actor, door, kind, team,
                     body, prev_hash, randomblob(32) FROM log WHERE seq = {victim} + 1;"
            )).unwrap();
        });
        prop_assert_eq!(found.first_bad.map(|bad| bad.seq), Some(victim));
    }
}

fn kind(column: &str) -> &'static str {
    match column {
        "seq" | "at_ms" | "recorded_ms" | "boottime_ms" => "INTEGER",
        "prev_hash" | "hash" => "BLOB",
        _ => "TEXT",
    }
}

#[test]
fn a_row_that_cannot_be_decoded_is_named() {
    let found = tampered(3, |raw| {
        raw.execute("UPDATE log SET actor = CAST(x'ff' AS TEXT) WHERE seq = 2", []).unwrap();
    });
    assert_eq!(found.first_bad.unwrap().seq, 2);
    assert_eq!(found.first_bad.unwrap().reason, BadReason::Unreadable);
    let found = tampered(3, |raw| {
        raw.execute("UPDATE log SET seq = -7 WHERE seq = 2", []).unwrap();
    });
    assert_eq!(found.first_bad.unwrap().reason, BadReason::OutOfPlace);
}

#[test]
fn a_forged_tail_is_found_by_the_anchor() {
    let found = tampered(5, |raw| {
        raw.execute("UPDATE anchor SET (seq, hash) = (SELECT seq, hash FROM log WHERE seq = 3)", []).unwrap();
    });
    assert_eq!(found.first_bad.unwrap().seq, 4);
    assert_eq!(found.first_bad.unwrap().reason, BadReason::NotAnchored);
}

#[test]
fn a_rewritten_history_is_found_by_a_head_that_was_kept_elsewhere() {
    let (dir, store) = log_of(5);
    let path = dir.path().join("log.db");
    let kept = store.last().unwrap();
    drop(store);
    let raw = disarmed(&path);
    raw.execute("UPDATE anchor SET (seq, hash) = (SELECT seq, hash FROM log WHERE seq = 3)", []).unwrap();
    raw.execute("DELETE FROM log WHERE seq > 3", []).unwrap();
    drop(raw);

    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.verify().unwrap().first_bad, None, "the file agrees with itself");
    let bad = reader.verify_against(kept).unwrap().first_bad.unwrap();
    assert_eq!((bad.seq, bad.reason), (4, BadReason::CutOff));

    let other: Vec<_> = (40..44).map(entry).collect();
    Store::open(&path).unwrap().append(None, &other).unwrap();
    assert_eq!(reader.verify().unwrap().entries, 7);
    let bad = reader.verify_against(kept).unwrap().first_bad.unwrap();
    assert_eq!((bad.seq, bad.reason), (5, BadReason::NotTheHead));
}

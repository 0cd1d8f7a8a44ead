//! The file itself: its mode, who may change it, other versions, other databases, old logs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use orc_store::{Filter, Reader, Store, StoreError};
use rusqlite::Connection;

use crate::sample::{entry, log_of};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[test]
fn only_the_owner_can_open_the_files() {
    let (dir, _store) = log_of(1);
    for name in ["log.db", "log.db-wal", "log.db-shm"] {
        assert_eq!(mode(&dir.path().join(name)), 0o600, "{name}");
    }
    let path = dir.path().join("log.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    Store::open(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn the_log_refuses_update_delete_and_insert_before_its_end() {
    let (dir, _store) = log_of(3);
    let raw = Connection::open(dir.path().join("log.db")).unwrap();
    for sql in [
        "UPDATE log SET body = '{}' WHERE seq = 2",
        "DELETE FROM log WHERE seq = 3",
        "INSERT OR REPLACE INTO log SELECT * FROM log WHERE seq = 2",
        "UPDATE anchor SET seq = 1",
        "UPDATE anchor SET hash = zeroblob(32)",
        "DELETE FROM anchor",
        "INSERT OR REPLACE INTO anchor VALUES (1, 0, zeroblob(32))",
    ] {
        let error = raw.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only") || error.contains("anchor"), "{sql}: {error}");
    }
}

#[test]
fn a_newer_file_is_refused_untouched() {
    let (dir, store) = log_of(1);
    drop(store);
    let path = dir.path().join("log.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    for error in [Store::open(&path).unwrap_err(), Reader::open(&path).unwrap_err()] {
        assert!(matches!(error, StoreError::Newer { found: 99, supported: 1, .. }), "{error:?}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_somebody_else_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    let before = fs::read(&path).unwrap();
    for error in [Store::open(&path).unwrap_err(), Reader::open(&path).unwrap_err()] {
        assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.db");
    fs::write(&path, "not a database, and long enough to be looked at".repeat(100)).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
}

#[test]
fn a_read_only_file_is_refused_for_writing_and_readable() {
    let (dir, store) = log_of(2);
    drop(store);
    let path = dir.path().join("log.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
    assert_eq!(Reader::open(&path).unwrap().last().unwrap().seq, 2);
}

#[test]
fn what_cannot_be_opened_names_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open(dir.path().join("no/log.db")).unwrap_err();
    assert!(matches!(&error, StoreError::Open { path, .. } if path.ends_with("no/log.db")), "{error:?}");
    assert!(matches!(Reader::open(dir.path().join("log.db")), Err(StoreError::Open { .. })));
}

/// Old files are kept for ever: each must open, verify and take new entries in every later version.
#[test]
fn a_log_of_format_1_opens_verifies_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.db");
    fs::write(&path, fs::read(fixture("v1.db")).unwrap()).unwrap();
    let mut store = Store::open(&path).unwrap();
    let entries = store.read(0, 100, &Filter::default()).unwrap();
    assert_eq!(
        entries.iter().map(|e| e.fact.clone()).collect::<Vec<_>>(),
        (1..=7).map(entry).collect::<Vec<_>>()
    );
    assert_eq!(
        store.last().unwrap().hash.to_string(),
        "db189f820a802f257fb268b90e38981d8b8f43929cf091ff0ffb4dda179ba619"
    );
    assert_eq!(store.append(Some(7), &[entry(8)]).unwrap(), 8..9);
    assert_eq!(store.verify().unwrap().entries, 8);
}

/// Made `v1.db`. A new format gets its own file and its own maker; `v1.db` is never written again.
#[test]
#[ignore = "makes the fixture of the current format"]
fn make_the_fixture() {
    let (dir, store) = log_of(7);
    drop(store);
    assert!(!fixture("v1.db").exists(), "released fixtures are never made again");
    fs::copy(dir.path().join("log.db"), fixture("v1.db")).unwrap();
}

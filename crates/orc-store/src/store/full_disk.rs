//! What the log does when the disk is full: simulated by SQLite's own limit of pages.

use super::*;
use crate::StoreError;

fn entry(bytes: usize) -> NewEntry {
    NewEntry {
        at_ms: 1,
        recorded_ms: 1,
        boot_id: "boot".into(),
        boottime_ms: 1,
        actor: "system".into(),
        door: "cli".into(),
        kind: "note".into(),
        team: None,
        body: format!("\"{}\"", "x".repeat(bytes)),
    }
}

fn limit_pages(store: &Store, extra: i64) {
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let set = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    store.connection.pragma_update_and_check(None, "max_page_count", pages + extra, set).unwrap();
}

fn open() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("log.db")).unwrap();
    (dir, store)
}

#[test]
fn a_full_disk_is_told_apart_and_nothing_is_half_written() {
    let (_dir, mut store) = open();
    store.append(None, &[entry(10)]).unwrap();
    let before = store.last().unwrap();

    limit_pages(&store, 2);
    // The first entry would fit, the second does not: neither may stay.
    let error = store.append(Some(1), &[entry(10), entry(100_000)]).unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    assert_eq!(store.last().unwrap(), before);
    assert_eq!(store.read(0, 10, &Filter::default()).unwrap().len(), 1);

    limit_pages(&store, 1000);
    assert_eq!(store.append(Some(1), &[entry(10), entry(100_000)]).unwrap(), 2..4);
    assert_eq!(store.verify().unwrap().first_bad, None);
}

#[test]
fn a_batch_that_does_not_fit_takes_no_neighbour_with_it() {
    let (_dir, mut store) = open();
    limit_pages(&store, 2);
    let batch = |expected, bytes| Batch { expected, entries: vec![entry(bytes)] };
    let answers =
        store.append_group(&[batch(None, 10), batch(None, 100_000), batch(Some(2), 10), batch(Some(1), 20)]);
    assert_eq!(answers[0].as_ref().unwrap(), &(1..2));
    assert!(matches!(answers[1], Err(StoreError::Full(_))), "{:?}", answers[1]);
    assert!(matches!(answers[2], Err(StoreError::Conflict { expected: 2, actual: 1 })), "{:?}", answers[2]);
    assert_eq!(answers[3].as_ref().unwrap(), &(2..3));
    assert_eq!(store.verify().unwrap().entries, 2);
}

#[test]
fn a_write_refused_by_the_file_is_read_only() {
    let (_dir, mut store) = open();
    store.connection.pragma_update(None, "query_only", true).unwrap();
    let error = store.append(None, &[entry(1)]).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
}

//! Entries and logs to test with.

use orc_store::{NewEntry, Store};
use tempfile::TempDir;

/// An entry that says `n`.
pub(crate) fn entry(n: u64) -> NewEntry {
    let ms = 1_700_000_000_000 + i64::try_from(n).expect("small");
    NewEntry {
        at_ms: ms,
        recorded_ms: ms + 5,
        boot_id: "5f1c6f0e-9a33-4f0b-8d6e-0c6a3b1f2d11".into(),
        boottime_ms: 1000 + i64::try_from(n).expect("small"),
        actor: "human:ada".into(),
        door: "cli".into(),
        kind: if n.is_multiple_of(3) { "message.accepted" } else { "note" }.into(),
        team: (!n.is_multiple_of(2)).then(|| "auth-hotfix".into()),
        body: format!(r#"{{"n":{n},"text":"ünïcode ✓"}}"#),
    }
}

/// A folder with a log of `n` entries (1 to `n`) in it.
pub(crate) fn log_of(n: u64) -> (TempDir, Store) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(dir.path().join("log.db")).expect("a log");
    let entries: Vec<_> = (1..=n).map(entry).collect();
    store.append(Some(0), &entries).expect("appended");
    (dir, store)
}

//! Appending and reading.

use orc_store::{Batch, Filter, Hash, Head, Reader, Store, StoreError};

use crate::sample::{entry, log_of};

#[test]
fn what_was_appended_is_read_in_order_from_any_cursor() {
    let (dir, mut store) = log_of(0);
    assert_eq!(store.last().unwrap(), Head::EMPTY);
    assert_eq!(store.append(None, &[entry(1)]).unwrap(), 1..2);
    assert_eq!(store.append(None, &[entry(2), entry(3)]).unwrap(), 2..4);
    assert_eq!(store.append(None, &[]).unwrap(), 4..4);

    let reader = Reader::open(dir.path().join("log.db")).unwrap();
    let entries = reader.read(0, 10, &Filter::default()).unwrap();
    assert_eq!(entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(entries[2].fact, entry(3));
    assert_eq!(entries[0].prev_hash, Hash::GENESIS);
    assert_eq!(entries[2].prev_hash, entries[1].hash);
    assert_eq!(reader.last().unwrap(), Head { seq: 3, hash: entries[2].hash });

    let seqs = |after, limit| -> Vec<u64> {
        reader.read(after, limit, &Filter::default()).unwrap().iter().map(|e| e.seq).collect()
    };
    assert_eq!(seqs(1, 1), [2]);
    assert_eq!(seqs(1, 100), [2, 3]);
    assert_eq!(seqs(3, 100), [] as [u64; 0]);
    assert_eq!(seqs(u64::MAX, usize::MAX), [] as [u64; 0]);
}

#[test]
fn a_filter_takes_teams_and_kinds() {
    let (_dir, store) = log_of(12);
    let seqs = |team: Option<&str>, kinds: &[&str]| -> Vec<u64> {
        let filter =
            Filter { team: team.map(Into::into), kinds: kinds.iter().map(|k| (*k).into()).collect() };
        store.read(0, 100, &filter).unwrap().iter().map(|e| e.seq).collect()
    };
    assert_eq!(seqs(None, &["message.accepted"]), [3, 6, 9, 12]);
    assert_eq!(seqs(None, &["message.accepted", "note"]).len(), 12);
    assert_eq!(seqs(Some("auth-hotfix"), &[]), [1, 3, 5, 7, 9, 11]);
    assert_eq!(seqs(Some("auth-hotfix"), &["message.accepted", "other"]), [3, 9]);
    assert_eq!(seqs(Some("' OR 1=1 --"), &[]), [] as [u64; 0]);
}

#[test]
fn an_expected_position_that_does_not_hold_writes_nothing() {
    let (_dir, mut store) = log_of(2);
    let error = store.append(Some(1), &[entry(9)]).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { expected: 1, actual: 2 }), "{error:?}");
    assert!(matches!(store.append(Some(3), &[]), Err(StoreError::Conflict { .. })));
    assert_eq!(store.last().unwrap().seq, 2);
    assert_eq!(store.append(Some(2), &[entry(3)]).unwrap(), 3..4);
}

#[test]
fn a_batch_at_fault_fails_alone_and_whole() {
    let (_dir, mut store) = log_of(1);
    let mut bad = entry(3);
    bad.body = "{} trailing".into();
    let answers = store.append_group(&[
        Batch { expected: Some(1), entries: vec![entry(2)] },
        Batch { expected: Some(1), entries: vec![entry(3)] },
        Batch { expected: None, entries: vec![entry(3), bad] },
        Batch { expected: Some(2), entries: vec![entry(3)] },
    ]);
    assert_eq!(answers[0].as_ref().unwrap(), &(2..3));
    assert!(matches!(answers[1], Err(StoreError::Conflict { expected: 1, actual: 2 })));
    assert!(matches!(answers[2], Err(StoreError::BadBody { index: 1 })));
    assert_eq!(answers[3].as_ref().unwrap(), &(3..4));
    assert_eq!(store.verify().unwrap().entries, 3);
}

#[test]
fn two_stores_on_one_file_keep_one_chain() {
    let (dir, mut one) = log_of(1);
    let mut two = Store::open(dir.path().join("log.db")).unwrap();
    assert_eq!(two.append(None, &[entry(2)]).unwrap(), 2..3);
    assert_eq!(one.append(None, &[entry(3)]).unwrap(), 3..4);
    assert!(matches!(two.append(Some(2), &[entry(4)]), Err(StoreError::Conflict { actual: 3, .. })));
    assert_eq!(two.verify().unwrap().first_bad, None);
}

//! The writer's thread: order, answers, bounds.

use std::sync::mpsc::channel;
use std::thread;

use orc_store::{Batch, Filter, Reader, StoreError, Writer};

use crate::sample::{entry, log_of};

#[test]
fn eight_authors_keep_their_own_order() {
    let (dir, store) = log_of(0);
    let writer = Writer::spawn(store, 16).unwrap();
    thread::scope(|scope| {
        for author in 0..8 {
            let writer = &writer;
            scope.spawn(move || {
                let mut last = 0;
                for n in 0..60 {
                    let mut entry = entry(n);
                    entry.actor = format!("agent:{author}");
                    let range = writer.append(None, vec![entry.clone(), entry]).unwrap();
                    assert!(range.start > last && range.end == range.start + 2, "{range:?} after {last}");
                    last = range.start;
                }
            });
        }
    });
    let reader = Reader::open(dir.path().join("log.db")).unwrap();
    assert_eq!(reader.verify().unwrap().entries, 960);
    let entries = reader.read(0, 1000, &Filter::default()).unwrap();
    for author in 0..8 {
        let actor = format!("agent:{author}");
        let said: Vec<_> = entries.iter().filter(|e| e.fact.actor == actor).map(|e| e.fact.at_ms).collect();
        assert_eq!(said.len(), 120);
        assert!(said.is_sorted(), "{said:?}");
    }
}

#[test]
fn every_submission_is_answered_in_order_also_those_queued_at_the_end() {
    let (_dir, store) = log_of(0);
    let writer = Writer::spawn(store, 1000).unwrap();
    let (tx, answers) = channel();
    for n in 0..500_u64 {
        let tx = tx.clone();
        // Every fifth believes in a position that does not hold.
        let expected = n.is_multiple_of(5).then_some(u64::MAX);
        let batch = Batch { expected, entries: vec![entry(n)] };
        writer.submit(batch, move |answer| tx.send((n, answer)).expect("a listener")).unwrap();
    }
    let store = writer.close().unwrap();
    drop(tx);
    let answers: Vec<_> = answers.iter().collect();
    assert!(answers.iter().map(|(n, _)| *n).eq(0..500));
    let mut next = 1;
    for (n, answer) in answers {
        if n.is_multiple_of(5) {
            assert!(matches!(answer, Err(StoreError::Conflict { .. })), "{n}: {answer:?}");
        } else {
            assert_eq!(answer.unwrap(), next..next + 1);
            next += 1;
        }
    }
    assert_eq!(store.last().unwrap().seq, 400);
}

#[test]
fn a_full_queue_refuses_at_once_and_drops_the_callback() {
    let (_dir, store) = log_of(0);
    let writer = Writer::spawn(store, 2).unwrap();
    let (entered, is_inside) = channel();
    let (leave, may_leave) = channel::<()>();
    let batch = || Batch { expected: None, entries: vec![entry(1)] };
    writer
        .submit(batch(), move |_| {
            entered.send(()).expect("a listener");
            may_leave.recv().expect("a word");
        })
        .unwrap();
    is_inside.recv().unwrap();
    let (tx, answers) = channel();
    for _ in 0..2 {
        let tx = tx.clone();
        writer.submit(batch(), move |answer| tx.send(answer).expect("a listener")).unwrap();
    }
    let refused = writer.submit(batch(), move |answer| tx.send(answer).expect("a listener"));
    assert!(matches!(refused, Err(StoreError::QueueFull { capacity: 2 })), "{refused:?}");
    leave.send(()).unwrap();
    assert_eq!(answers.iter().map(|answer| answer.unwrap().start).collect::<Vec<_>>(), [2, 3]);
}

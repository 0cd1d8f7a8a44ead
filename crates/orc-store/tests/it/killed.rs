//! A writer that is killed with -9 in the middle of appending loses nothing that it acknowledged.

#![expect(clippy::disallowed_methods, reason = "the writer that is killed is a process of its own")]

use std::io::{BufRead, BufReader, Write};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use orc_store::{Batch, Filter, Store, Writer};

use crate::sample::{entry, log_of};

const LOG: &str = "ORC_STORE_APPEND_FOR_EVER";

/// Not a test of its own: the child that [`acknowledged_entries_survive_kill_9`] starts and kills.
#[test]
#[ignore = "the child of another test"]
fn append_for_ever() {
    let Some(path) = std::env::var_os(LOG) else { return };
    let store = Store::open(path).unwrap();
    // No number is used twice: there are never more batches than entries.
    let first = store.last().unwrap().seq;
    let writer = Writer::spawn(store, 64).unwrap();
    for n in first.. {
        let entries = vec![entry(n); usize::try_from(n % 3 + 1).unwrap()];
        let say = move |answer: orc_store::Result<Range<u64>>| {
            let last = answer.expect("appended").end - 1;
            writeln!(std::io::stdout(), "acknowledged {last} {n}").expect("a parent");
        };
        let batch = Batch { expected: None, entries: entries.clone() };
        if writer.submit(batch, say).is_err() {
            // A full queue is the usual state here: wait for a place in it.
            say(writer.append(None, entries));
        }
    }
}

/// Lets a child append until `count` acknowledgements were read, kills it, and answers the last of them.
fn kill_after(path: &Path, count: usize) -> Vec<(u64, u64)> {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "killed::append_for_ever", "--ignored", "--nocapture"])
        .env(LOG, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let parse = |line: &str| {
        let (seq, n) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
        Some((seq.parse().ok()?, n.parse().ok()?))
    };
    let mut next = || lines.next().map(|line| line.expect("a line"));
    let mut acknowledged = Vec::new();
    while acknowledged.len() < count {
        acknowledged.extend(parse(&next().expect("the child goes on")));
    }
    child.kill().expect("killed with -9");
    // What it had said before it died counts too; a line that was cut off does not parse.
    while let Some(line) = next() {
        acknowledged.extend(parse(&line));
    }
    child.wait().expect("reaped");
    acknowledged
}

#[test]
fn acknowledged_entries_survive_kill_9() {
    let (dir, store) = log_of(0);
    drop(store);
    let path = dir.path().join("log.db");
    for count in [1, 7, 40, 150, 400] {
        let acknowledged = kill_after(&path, count);
        let store = Store::open(&path).unwrap();
        let verification = store.verify().unwrap();
        assert_eq!(verification.first_bad, None);
        for (seq, n) in acknowledged {
            let found = store.read(seq - 1, 1, &Filter::default()).unwrap();
            assert_eq!(found.first().map(|e| &e.fact), Some(&entry(n)), "{seq} was acknowledged");
        }
        // Batches are whole: entry(n) stands n % 3 + 1 times in a row.
        let entries = store.read(0, usize::MAX, &Filter::default()).unwrap();
        for batch in entries.chunk_by(|a, b| a.fact == b.fact) {
            let n = batch[0].fact.at_ms - 1_700_000_000_000;
            assert_eq!(i64::try_from(batch.len()).unwrap(), n % 3 + 1, "the batch at {}", batch[0].seq);
        }
    }
}

//! Events to log entries and back: the seam between the core's facts and the store's rows.

use std::path::{Path, PathBuf};

use orc_api::Envelope;
use orc_core::event::Event;
use orc_core::ids::Seq;
use orc_core::incident::{Boot, Given, Occurred};
use orc_core::performance::Ledger;
use orc_core::report::{Chain, Logged};
use orc_core::state::State;
use orc_core::team::Team;
use orc_core::time::{Now, Timestamp};
use orc_store::{Batch, Entry, Filter, NewEntry, Reader, Store, StoreError, Verification, Writer};

use crate::clock;
use crate::error::DaemonError;

/// Who made something happen and through which door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// `human`, `system`, or an agent's `team:name`.
    pub(crate) actor: String,
    /// `cli`, `hook`, `monitor`, …
    pub(crate) door: &'static str,
}

impl Origin {
    /// The supervisor itself.
    pub(crate) fn system() -> Self {
        Self { actor: "system".to_owned(), door: "monitor" }
    }
}

/// The log as the supervisor uses it.
pub(crate) struct Journal {
    writer: Writer,
    path: PathBuf,
    boot_id: String,
}

impl Journal {
    /// Opens or makes the log and replays it.
    pub(crate) fn open(path: &Path) -> Result<(Self, State), DaemonError> {
        Ok((Self::unread(path)?, replay(path)?))
    }

    /// Opens or makes the log and does not look into it.
    pub(crate) fn unread(path: &Path) -> Result<Self, DaemonError> {
        let writer = Writer::spawn(Store::open(path)?, 64)?;
        Ok(Self { writer, path: path.to_owned(), boot_id: clock::boot_id() })
    }

    /// The log's file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes events durable; they follow directly on `after`.
    pub(crate) async fn append(&self, after: Seq, entries: Vec<NewEntry>) -> Result<(), StoreError> {
        let (done, answer) = tokio::sync::oneshot::channel();
        let batch = Batch { expected: Some(after.0), entries };
        self.writer.submit(batch, move |result| drop(done.send(result)))?;
        answer.await.unwrap_or(Err(StoreError::Closed)).map(drop)
    }

    /// The entry of an event.
    pub(crate) fn entry(&self, event: &Event, team: Option<String>, origin: &Origin, now: Now) -> NewEntry {
        entry(event, team, origin, now, &self.boot_id)
    }
}

/// The entry of an event that is recorded in this boot.
pub(crate) fn entry(event: &Event, team: Option<String>, origin: &Origin, now: Now, boot: &str) -> NewEntry {
    NewEntry {
        at_ms: now.wall.0,
        recorded_ms: now.wall.0,
        boot_id: boot.to_owned(),
        boottime_ms: i64::try_from(now.boot_millis).unwrap_or(i64::MAX),
        actor: origin.actor.clone(),
        door: origin.door.to_owned(),
        kind: event.kind().to_owned(),
        team,
        body: serde_json::to_string(event).expect("an event has string keys only"),
    }
}

/// The state as the log tells it.
pub(crate) fn replay(path: &Path) -> Result<State, DaemonError> {
    let mut state = State::default();
    catch_up(path, &mut state)?;
    Ok(state)
}

/// Brings a state up to the end of the log.
pub(crate) fn catch_up(path: &Path, state: &mut State) -> Result<(), DaemonError> {
    const PAGE: usize = 1000;
    let reader = Reader::open(path)?;
    loop {
        let page = reader.read(state.seq.0, PAGE, &Filter::default())?;
        for entry in &page {
            let event = event_of(entry)?;
            state.apply(Seq(entry.seq), Timestamp(entry.fact.recorded_ms), &event);
        }
        if page.len() < PAGE {
            return Ok(());
        }
    }
}

fn event_of(entry: &Entry) -> Result<Event, DaemonError> {
    serde_json::from_str(&entry.fact.body)
        .map_err(|e| DaemonError::Unreadable { seq: entry.seq, reason: e.to_string() })
}

/// Reads events after a position. Blocking: call it off the async threads.
pub(crate) fn read(
    path: &Path,
    after: u64,
    limit: usize,
    team: Option<String>,
) -> Result<Vec<Envelope>, DaemonError> {
    let reader = Reader::open(path)?;
    let filter = Filter { team, ..Filter::default() };
    let envelope = |entry: &Entry| {
        Ok(Envelope {
            seq: Seq(entry.seq),
            at: Timestamp(entry.fact.at_ms),
            actor: entry.fact.actor.clone(),
            door: entry.fact.door.clone(),
            team: entry.fact.team.clone(),
            event: event_of(entry)?,
        })
    };
    reader.read(after, limit, &filter)?.iter().map(envelope).collect()
}

/// Adds up the events of a team from the one that made it to `last`. Blocking.
pub(crate) fn add_up(path: &Path, team: &Team, last: Seq) -> Result<Ledger, DaemonError> {
    const PAGE: usize = 1000;
    let reader = Reader::open(path)?;
    let filter = Filter { team: Some(team.name.to_string()), ..Filter::default() };
    let (mut ledger, mut after) = (Ledger::default(), team.first.0.saturating_sub(1));
    loop {
        let page = reader.read(after, PAGE, &filter)?;
        for entry in page.iter().filter(|entry| entry.seq <= last.0) {
            ledger.take(&recorded(&entry.fact), &event_of(entry)?);
        }
        match page.last() {
            Some(end) if page.len() == PAGE && end.seq < last.0 => after = end.seq,
            _ => return Ok(ledger),
        }
    }
}

/// The end of the log: its position and its hash. Blocking.
pub(crate) fn head(path: &Path) -> Result<(Seq, String), DaemonError> {
    let head = Reader::open(path)?.last()?;
    Ok((Seq(head.seq), head.hash.to_string()))
}

/// Kinds of events of the host that a team's story needs: when nobody kept the record.
const OF_THE_HOST: [&str; 2] = ["supervisor_started", "supervisor_stopped"];
/// A log of more entries than this is not verified for each report: that takes seconds.
const VERIFIED: u64 = 100_000;

/// A team's entries after a position, those of the host among them, and what is known of the log. Blocking.
pub(crate) fn story(path: &Path, team: &str, after: Seq) -> Result<(Vec<Logged>, Chain), DaemonError> {
    let reader = Reader::open(path)?;
    let head = reader.last()?;
    let of_team = Filter { team: Some(team.to_owned()), ..Filter::default() };
    let of_host = Filter { kinds: OF_THE_HOST.map(str::to_owned).to_vec(), ..Filter::default() };
    let mut log = Vec::new();
    for (filter, is_team) in [(of_team, true), (of_host, false)] {
        // What was appended since belongs to the next report.
        let entries = reader.read(after.0, usize::MAX, &filter)?;
        for entry in entries.iter().filter(|entry| entry.seq <= head.seq) {
            log.push(Logged {
                seq: Seq(entry.seq),
                at: recorded(&entry.fact),
                of_team: is_team,
                event: event_of(entry)?,
            });
        }
    }
    log.sort_by_key(|entry| entry.seq);
    let mut chain = Chain { seq: head.seq, head: head.hash.to_string(), intact: None, detail: String::new() };
    if head.seq > VERIFIED {
        chain.detail = format!("{} entries are too many for each report: `tmux-orc log verify`", head.seq);
    } else {
        let found = reader.verify()?;
        chain.intact = Some(found.first_bad.is_none());
        chain.detail = match found.first_bad {
            None => format!("{} entries", found.entries),
            Some(bad) => format!("from entry #{} on: {}", bad.seq, bad.reason),
        };
    }
    Ok((log, chain))
}

/// What is known of the log as it was when this entry was its last. Blocking.
pub(crate) fn as_of(path: &Path, last: Seq, chain: Chain) -> Result<Chain, DaemonError> {
    let entries = Reader::open(path)?.read(last.0.saturating_sub(1), 1, &Filter::default())?;
    let Some(entry) = entries.first() else { return Ok(chain) };
    // Positions have no gaps: they count the entries. What is wrong with the log is told whole.
    let detail = if chain.intact == Some(true) { format!("{} entries", entry.seq) } else { chain.detail };
    Ok(Chain { seq: entry.seq, head: entry.hash.to_string(), intact: chain.intact, detail })
}

/// When an entry was recorded, by both clocks.
fn recorded(fact: &NewEntry) -> Occurred {
    let boot = Boot { id: fact.boot_id.clone(), millis: fact.boottime_ms };
    Occurred { at: Timestamp(fact.recorded_ms), given: Given::Live, boot: Some(boot) }
}

/// Checks the hash chain. Blocking.
pub(crate) fn verify(path: &Path) -> Result<Verification, DaemonError> {
    Ok(Reader::open(path)?.verify()?)
}

//! Who may write to the agent: a pure state machine between the person's keys and injected messages.
//!
//! An injection is open from `Inject` to `Release`; the person's keys wait meanwhile. Injections are remembered by id, so that a
//! supervisor that was killed in the middle learns what was typed, and the same id is never typed twice. Times are milliseconds
//! of one monotonic clock.

use std::collections::VecDeque;

use crate::person::{Effect, Kind};
use crate::protocol::{Injection, Mode, Person, Refusal, Stage};

/// Keys held at most while an injection is open (bytes).
const MOST_HELD: usize = 64 << 10;
/// An injection that nobody speaks of for this long is over (milliseconds).
const PATIENCE: u64 = 30_000;
/// Injections remembered.
const MEMORY: usize = 64;
/// Carriage returns per injection.
const MOST_SUBMITS: u8 = 2;
/// A key after this long a pause is news (milliseconds).
const PAUSE: u64 = 1_000;

/// What an injection asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) id: &'a str,
    pub(crate) text: &'a str,
    pub(crate) if_quiet_ms: Option<u64>,
    pub(crate) allow_draft: bool,
}

/// The terminal at the moment of an injection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// Whether the agent asked for bracketed paste.
    pub(crate) bracketed: bool,
    /// Bytes ever queued for the terminal.
    pub(crate) queued: u64,
}

/// What becomes of a wish.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Write these bytes, as one.
    Write(Vec<u8>, Injection),
    /// It was injected before: write nothing.
    Already(Injection),
    /// It may not be now.
    Refused(Refusal),
}

#[derive(Debug)]
struct Record {
    injection: Injection,
    at: u64,
}

#[derive(Debug)]
struct Open {
    id: String,
    end: u64,
    deadline: u64,
}

/// The arbiter of one agent's input.
#[derive(Debug, Default)]
pub(crate) struct Arbiter {
    last_key: Option<u64>,
    draft: bool,
    news: bool,
    open: Option<Open>,
    held: Vec<u8>,
    dropped: u64,
    memory: VecDeque<Record>,
}

impl Arbiter {
    /// Takes a piece of a view's input and appends to `write` what goes to the agent now.
    pub(crate) fn view_input(&mut self, piece: &[u8], kind: Kind, now: u64, write: &mut Vec<u8>) {
        let Kind::Key(effect) = kind else {
            write.extend_from_slice(piece);
            return;
        };
        self.news |= self.last_key.is_none_or(|last| now.saturating_sub(last) >= PAUSE);
        self.last_key = Some(now);
        if self.open.is_some() && self.held.len() + piece.len() > MOST_HELD {
            self.dropped += piece.len() as u64;
            return;
        }
        let draft = match effect {
            Effect::Adds => true,
            Effect::Ends => false,
            Effect::None => self.draft,
        };
        self.news |= draft != self.draft;
        self.draft = draft;
        if self.open.is_some() { &mut self.held } else { write }.extend_from_slice(piece);
    }

    /// What is known of the person.
    pub(crate) fn person(&self, now: u64) -> Person {
        Person {
            last_key_ms_ago: self.last_key.map(|last| now.saturating_sub(last)),
            draft: self.draft,
            held: self.held.len() as u64,
            views: 0,
        }
    }

    /// Whether there is news of the person since the last question.
    pub(crate) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// Begins an injection, if it may be.
    pub(crate) fn inject(&mut self, wish: Wish<'_>, terminal: Terminal, now: u64) -> Outcome {
        if let Some(injection) = self.find(wish.id, now) {
            let _known_but_closed = self.touch(wish.id, now);
            return Outcome::Already(injection);
        }
        if let Some(refusal) = self.refusal(wish, terminal.bracketed, now) {
            return Outcome::Refused(refusal);
        }
        let bytes = if terminal.bracketed {
            [b"\x1b[200~", wish.text.as_bytes(), b"\x1b[201~"].concat()
        } else {
            wish.text.as_bytes().to_vec()
        };
        let injection = Injection {
            id: wish.id.to_owned(),
            stage: Stage::Pasting,
            submits: 0,
            bytes: wish.text.len() as u64,
            mode: if terminal.bracketed { Mode::Bracketed } else { Mode::Bare },
            timed_out: false,
            ms_ago: 0,
        };
        self.open = Some(Open {
            id: wish.id.to_owned(),
            end: terminal.queued + bytes.len() as u64,
            deadline: now + PATIENCE,
        });
        if self.memory.len() == MEMORY {
            self.memory.pop_front();
        }
        self.memory.push_back(Record { injection: injection.clone(), at: now });
        Outcome::Write(bytes, injection)
    }

    /// Refuses when the person's last key is younger than this.
    pub(crate) fn quiet(&self, if_quiet_ms: Option<u64>, now: u64) -> Result<(), Refusal> {
        let ms = self.last_key.map(|last| now.saturating_sub(last));
        match (ms, if_quiet_ms) {
            (Some(ms), Some(quiet)) if ms < quiet => Err(Refusal::PersonTyping { ms }),
            _ => Ok(()),
        }
    }

    fn refusal(&self, wish: Wish<'_>, bracketed: bool, now: u64) -> Option<Refusal> {
        if let Some(open) = &self.open {
            return Some(Refusal::AnotherInjection { id: open.id.clone() });
        }
        if bracketed && wish.text.contains("\x1b[201~") {
            return Some(Refusal::UnsafeText);
        }
        if let Err(typing) = self.quiet(wish.if_quiet_ms, now) {
            return Some(typing);
        }
        (self.draft && !wish.allow_draft).then_some(Refusal::Draft)
    }

    /// Takes note that `written` bytes in all have reached the terminal; gives the injection that is whole now.
    pub(crate) fn written(&mut self, written: u64) -> Option<String> {
        let open = self.open.as_ref().filter(|open| written >= open.end)?;
        let id = open.id.clone();
        let record = self.record(&id)?;
        if record.injection.stage != Stage::Pasting {
            return None;
        }
        record.injection.stage = Stage::Pasted;
        Some(id)
    }

    /// Whether a carriage return may be written now for an injection.
    pub(crate) fn submit(&mut self, id: &str, now: u64) -> Result<Injection, Refusal> {
        self.touch(id, now)?;
        let record = self.record(id).ok_or(Refusal::NotOpen)?;
        if record.injection.stage == Stage::Pasting {
            return Err(Refusal::NotDrained);
        }
        if record.injection.submits >= MOST_SUBMITS {
            return Err(Refusal::SubmitLimit);
        }
        record.injection.submits += 1;
        record.injection.stage = Stage::Submitted;
        self.find(id, now).ok_or(Refusal::NotOpen)
    }

    /// Ends an injection; gives its memory, the keys to write now, and how many bytes of keys were dropped.
    pub(crate) fn release(&mut self, id: &str, now: u64) -> Result<(Injection, Vec<u8>, u64), Refusal> {
        self.touch(id, now)?;
        self.close(id, now, End::Asked).ok_or(Refusal::NotOpen)
    }

    /// When [`Arbiter::expire`] must be called.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.deadline)
    }

    /// A control client went away: a new one has the whole patience to take its injection over.
    pub(crate) fn control_closed(&mut self, now: u64) {
        if let Some(open) = &mut self.open {
            open.deadline = now + PATIENCE;
        }
    }

    /// Ends an injection that nobody spoke of for too long; gives the keys to write now.
    pub(crate) fn expire(&mut self, now: u64) -> Vec<u8> {
        let Some(id) = self.open.as_ref().filter(|open| now >= open.deadline).map(|open| open.id.clone())
        else {
            return Vec::new();
        };
        self.close(&id, now, End::TimedOut).map_or_else(Vec::new, |(_, keys, _)| keys)
    }

    /// Whether an injection is open, and which.
    pub(crate) fn open(&self) -> Option<&str> {
        self.open.as_ref().map(|open| open.id.as_str())
    }

    /// All remembered injections, oldest first.
    pub(crate) fn injections(&self, now: u64) -> Vec<Injection> {
        self.memory.iter().map(|record| aged(record, now)).collect()
    }

    fn close(&mut self, id: &str, now: u64, end: End) -> Option<(Injection, Vec<u8>, u64)> {
        let record = self.record(id)?;
        record.injection.stage = Stage::Released;
        record.injection.timed_out = end == End::TimedOut;
        self.open = None;
        let injection = self.find(id, now)?;
        Some((injection, std::mem::take(&mut self.held), std::mem::take(&mut self.dropped)))
    }

    fn touch(&mut self, id: &str, now: u64) -> Result<(), Refusal> {
        match &mut self.open {
            Some(open) if open.id == id => {
                open.deadline = now + PATIENCE;
                Ok(())
            }
            _ => Err(Refusal::NotOpen),
        }
    }

    fn record(&mut self, id: &str) -> Option<&mut Record> {
        self.memory.iter_mut().rev().find(|record| record.injection.id == id)
    }

    fn find(&self, id: &str, now: u64) -> Option<Injection> {
        self.memory.iter().rev().find(|record| record.injection.id == id).map(|record| aged(record, now))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Asked,
    TimedOut,
}

fn aged(record: &Record, now: u64) -> Injection {
    Injection { ms_ago: now.saturating_sub(record.at), ..record.injection.clone() }
}

#[cfg(test)]
mod tests;

//! The composer: what a person or a delivery has put in and not yet submitted.
//!
//! The cursor is always at the end. Large pastes are shown as placeholders and expanded on submit; very
//! large ones take time to be taken in, and an Enter in that time submits only what is in already: that
//! loss is on purpose, real agents do it.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::text;

/// A paste with more lines than this is shown as a placeholder.
const LINES_SHOWN: usize = 5;
/// A paste with more characters than this is shown as a placeholder.
const CHARS_SHOWN: usize = 800;
/// A paste of more bytes than this takes time.
const BYTES_AT_ONCE: usize = 64 * 1024;
/// How fast a large paste is taken in, bytes per millisecond.
const BYTES_PER_MS: usize = 2048;
/// How often the progress of a large paste is shown.
const PROGRESS: Duration = Duration::from_millis(100);

#[derive(Debug)]
enum Piece {
    Text(String),
    /// A paste behind a placeholder.
    Folded {
        number: usize,
        text: String,
    },
}

/// A large paste that is being taken in.
#[derive(Debug)]
struct TakingIn {
    text: String,
    since: Instant,
    /// What was typed or pasted meanwhile and comes after it.
    held: String,
}

impl TakingIn {
    fn ready_at(&self) -> Instant {
        self.since + Duration::from_millis(self.text.len().div_ceil(BYTES_PER_MS) as u64)
    }

    fn done(&self, now: Instant) -> &str {
        let bytes = now.duration_since(self.since).as_micros() * BYTES_PER_MS as u128 / 1000;
        text::prefix(&self.text, usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}

/// The composer's content.
#[derive(Debug, Default)]
pub(crate) struct Composer {
    pieces: Vec<Piece>,
    folded: usize,
    taking_in: Option<TakingIn>,
}

impl Composer {
    /// Appends typed text.
    pub(crate) fn insert(&mut self, typed: &str) {
        if let Some(taking_in) = &mut self.taking_in {
            taking_in.held.push_str(typed);
        } else if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            text.push_str(typed);
        } else {
            self.pieces.push(Piece::Text(typed.to_owned()));
        }
    }

    /// Takes in a paste that came at `now`.
    pub(crate) fn paste(&mut self, content: &str, now: Instant) {
        if self.taking_in.is_some() {
            self.insert(content);
        } else if content.len() > BYTES_AT_ONCE {
            self.taking_in = Some(TakingIn { text: content.to_owned(), since: now, held: String::new() });
        } else {
            self.place(content.to_owned());
        }
    }

    fn place(&mut self, content: String) {
        if breaks(&content) >= LINES_SHOWN || content.chars().count() > CHARS_SHOWN {
            self.folded += 1;
            self.pieces.push(Piece::Folded { number: self.folded, text: content });
        } else {
            self.insert(&content);
        }
    }

    /// Finishes a large paste whose time has come.
    pub(crate) fn tick(&mut self, now: Instant) {
        if let Some(taking_in) = self.taking_in.take_if(|paste| paste.ready_at() <= now) {
            self.place(taking_in.text);
            if !taking_in.held.is_empty() {
                self.insert(&taking_in.held);
            }
        }
    }

    /// When [`tick`](Self::tick) has something to do, or the progress of a large paste is shown anew.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        self.taking_in.as_ref().map(|paste| paste.ready_at().min(now + PROGRESS))
    }

    /// Deletes the last character, or the last placeholder as a whole.
    pub(crate) fn backspace(&mut self) {
        if let Some(taking_in) = &mut self.taking_in {
            taking_in.held.pop();
            return;
        }
        let empty = match self.pieces.last_mut() {
            Some(Piece::Text(text)) => {
                text.pop();
                text.is_empty()
            }
            Some(Piece::Folded { .. }) => true,
            None => false,
        };
        if empty {
            self.pieces.pop();
        }
    }

    /// Throws the draft away.
    pub(crate) fn clear(&mut self) {
        self.pieces.clear();
        self.taking_in = None;
    }

    /// Takes the draft out for submission, with placeholders expanded; `None` when it is blank. Of a paste
    /// that is still being taken in only the part until `now` is there, and the rest is lost.
    pub(crate) fn submit(&mut self, now: Instant) -> Option<String> {
        self.tick(now);
        let mut text = self.text();
        if let Some(taking_in) = &self.taking_in {
            text.push_str(taking_in.done(now));
        }
        if text.trim().is_empty() {
            return None;
        }
        self.clear();
        Some(text)
    }

    /// The draft with placeholders expanded, without a paste that is still being taken in.
    pub(crate) fn text(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) | Piece::Folded { text, .. } => text.clone(),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// The draft as shown, control characters visible.
    pub(crate) fn shown(&self, now: Instant) -> String {
        let mut shown = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => shown.push_str(&text::visible(text)),
                Piece::Folded { number, text } => {
                    let _ = write!(shown, "[Pasted text #{number} +{} lines]", breaks(text));
                }
            }
        }
        if let Some(taking_in) = &self.taking_in {
            let _ = write!(shown, "Pasting… {} KB", taking_in.done(now).len() / 1024);
        }
        shown
    }

    /// Whether there is nothing in it.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.taking_in.is_none()
    }
}

/// The line breaks in `text`: LF, CR or both together.
pub(crate) fn breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    (0..bytes.len()).filter(|&at| ends(at)).count()
}

#[cfg(test)]
mod tests;

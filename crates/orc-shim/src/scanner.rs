//! Cuts the agent's output into what views may see, and what the shim answers or keeps itself.
//!
//! Whole sequences only: a sequence or character that a read cut in two is held until its rest comes, so that a view can be
//! painted anew between any two pieces (but for strings that are too long to hold). How the output is split into reads never changes the result.

mod csi;
mod osc;
mod sequence;

use crate::protocol::ProgramStatus;
use sequence::{Sequence, Shape};

/// What the agent asked its terminal, in a form that the shim can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query {
    /// These bytes are the answer.
    Fixed(Vec<u8>),
    /// The cursor's position; `true` for the private form.
    Cursor(bool),
    /// The state of a private mode (DECRQM).
    PrivateMode(u16),
    /// The size in cells.
    Size,
}

/// A piece of output, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// For the screen and the views.
    Text(&'a [u8]),
    /// For the views only: a string (title, hyperlink, picture) that does not change the cells.
    Pass(&'a [u8]),
    /// A question that must be answered and that views must not see.
    Query(Query),
    /// The agent's own status.
    Status(ProgramStatus),
    /// The title, cleaned.
    Title(String),
    /// The bell.
    Bell,
    /// A private mode was switched.
    Mode {
        /// Which.
        mode: u16,
        /// On or off.
        on: bool,
    },
    /// The scroll region was set; `None` for the whole screen.
    Region(Option<(u16, u16)>),
    /// The terminal was reset (RIS).
    Reset,
}

/// Strings longer than this are not held (bytes): their rest is passed or dropped as it comes.
const LONGEST_HELD: usize = 8 << 10;

/// The scanner's state between two reads.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    pending: Vec<u8>,
    long: Option<Long>,
}

/// The rest of a string that was too long to hold.
#[derive(Debug)]
struct Long {
    bell_ends: bool,
    drop: bool,
}

impl Scanner {
    /// Whether a part of a string is with the views already: nothing else may be sent to them.
    pub(crate) fn in_long_string(&self) -> bool {
        self.long.is_some()
    }

    /// Takes the next read and gives its pieces.
    pub(crate) fn scan(&mut self, chunk: &[u8], sink: &mut impl FnMut(Piece<'_>)) {
        if self.pending.is_empty() {
            self.pieces(chunk, sink);
        } else {
            let mut joined = std::mem::take(&mut self.pending);
            joined.extend_from_slice(chunk);
            self.pieces(&joined, sink);
        }
    }

    fn pieces(&mut self, mut rest: &[u8], sink: &mut impl FnMut(Piece<'_>)) {
        while !rest.is_empty() {
            if let Some(long) = &self.long {
                let (inside, after, ended) = sequence::string_end(rest, long.bell_ends);
                if !long.drop && !inside.is_empty() {
                    sink(Piece::Pass(inside));
                }
                if ended {
                    self.long = None;
                } else {
                    self.pending.extend_from_slice(after);
                    return;
                }
                rest = after;
                continue;
            }
            let plain = plain_length(rest);
            if plain == rest.len() || rest[plain] == 0x1b {
                let hold = if plain == rest.len() { incomplete_character(rest) } else { 0 };
                let text = &rest[..plain - hold];
                emit_text(text, sink);
                rest = &rest[text.len()..];
                if hold > 0 {
                    self.pending.extend_from_slice(rest);
                    return;
                }
                if rest.is_empty() {
                    return;
                }
            }
            match sequence::parse(rest) {
                Sequence::Complete { length, shape } => {
                    emit_sequence(&rest[..length], &shape, sink);
                    rest = &rest[length..];
                }
                Sequence::Incomplete => {
                    self.pending.extend_from_slice(rest);
                    return;
                }
                Sequence::TooLong { length, bell_ends } => {
                    let drop = osc::is_private(&rest[..length]);
                    if !drop {
                        sink(Piece::Pass(&rest[..length]));
                    }
                    self.long = Some(Long { bell_ends, drop });
                    rest = &rest[length..];
                }
            }
        }
    }
}

fn plain_length(bytes: &[u8]) -> usize {
    if bytes.contains(&0x1b) {
        bytes.iter().position(|&byte| byte == 0x1b).unwrap_or(bytes.len())
    } else {
        bytes.len()
    }
}

fn emit_text(text: &[u8], sink: &mut impl FnMut(Piece<'_>)) {
    if text.is_empty() {
        return;
    }
    sink(Piece::Text(text));
    if text.contains(&0x07) {
        sink(Piece::Bell);
    }
}

fn emit_sequence(bytes: &[u8], shape: &Shape, sink: &mut impl FnMut(Piece<'_>)) {
    match shape {
        Shape::Plain => {
            sink(Piece::Text(bytes));
            if bytes == b"\x1bc" {
                sink(Piece::Reset);
            }
        }
        Shape::Csi => csi::emit(bytes, sink),
        Shape::String => osc::emit(bytes, sink),
    }
}

/// Bytes at the end that are the beginning of a UTF-8 character (0 to 3).
fn incomplete_character(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    for (back, &byte) in tail.iter().rev().enumerate() {
        let length = match byte {
            0x80..=0xbf => continue,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return 0,
        };
        return if back + 1 < length { back + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests;

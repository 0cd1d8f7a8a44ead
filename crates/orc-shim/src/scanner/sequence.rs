//! Where an escape sequence ends.

use super::LONGEST_HELD;

/// Longer control sequences are taken for text (bytes).
const LONGEST_CSI: usize = 256;

/// What kind of sequence it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing of interest.
    Plain,
    /// `ESC [ … final`.
    Csi,
    /// A string with its terminator.
    String,
}

/// The outcome of looking for a sequence's end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sequence {
    /// It ends after `length` bytes.
    Complete { length: usize, shape: Shape },
    /// More bytes are needed.
    Incomplete,
    /// A string that is too long to hold; `length` bytes of it are looked at.
    TooLong { length: usize, bell_ends: bool },
}

/// Parses the sequence at the beginning of `bytes`, which starts with ESC. A pure function of the bytes: that makes the
/// scanner independent of how the output is split.
pub(super) fn parse(bytes: &[u8]) -> Sequence {
    let plain = |length| Sequence::Complete { length, shape: Shape::Plain };
    match bytes.get(1) {
        None => Sequence::Incomplete,
        Some(b'[') => csi(bytes),
        Some(b']') => string(bytes, true),
        Some(b'P' | b'X' | b'^' | b'_' | b'k') => string(bytes, false),
        Some(0x20..=0x2f) => match bytes[1..].iter().position(|byte| !(0x20..=0x2f).contains(byte)) {
            None if bytes.len() > LONGEST_CSI => plain(LONGEST_CSI),
            None => Sequence::Incomplete,
            Some(end) if bytes[1 + end] == 0x1b => plain(1 + end),
            Some(end) => plain(2 + end),
        },
        // An escape or a control cuts the sequence short: only the first ESC is ours.
        Some(0x00..=0x1f | 0x7f..) => plain(1),
        Some(_) => plain(2),
    }
}

fn csi(bytes: &[u8]) -> Sequence {
    for (at, &byte) in bytes.iter().enumerate().skip(2) {
        if at >= LONGEST_CSI {
            return Sequence::Complete { length: at, shape: Shape::Plain };
        }
        match byte {
            0x40..=0x7e => {
                return Sequence::Complete { length: at + 1, shape: Shape::Csi };
            }
            0x1b => {
                return Sequence::Complete { length: at, shape: Shape::Plain };
            }
            0x18 | 0x1a => {
                return Sequence::Complete { length: at + 1, shape: Shape::Plain };
            }
            _ => {}
        }
    }
    Sequence::Incomplete
}

fn string(bytes: &[u8], bell_ends: bool) -> Sequence {
    let window = &bytes[2..bytes.len().min(LONGEST_HELD)];
    let (inside, _, ended) = string_end(window, bell_ends);
    if ended {
        Sequence::Complete { length: 2 + inside.len(), shape: Shape::String }
    } else if bytes.len() > LONGEST_HELD {
        Sequence::TooLong { length: 2 + inside.len(), bell_ends }
    } else {
        Sequence::Incomplete
    }
}

/// Splits at the end of a string: (the string with its terminator, the rest, whether the end was there).
/// Without an end, the rest is an ESC whose next byte decides. An ESC that is not `ESC \` goes on in a device control string
/// (as tmux reads it) and ends an operating system command.
pub(super) fn string_end(bytes: &[u8], bell_ends: bool) -> (&[u8], &[u8], bool) {
    let mut at = 0;
    while at < bytes.len() {
        let (length, ended) = match (bytes[at], bytes.get(at + 1)) {
            (0x07, _) if bell_ends => (1, true),
            (0x18 | 0x1a, _) => (1, true),
            (0x1b, Some(b'\\')) => (2, true),
            (0x1b, Some(_)) if bell_ends => (0, true),
            (0x1b, None) => return (&bytes[..at], &bytes[at..], false),
            _ => (1, false),
        };
        at += length;
        if ended {
            return (&bytes[..at], &bytes[at..], true);
        }
    }
    (bytes, &[], false)
}

//! Control sequences: which are questions, and which change what a repaint must restore.

use super::{Piece, Query};

/// As a VT100 with advanced video: what tmux-like terminals of old said. Nothing is promised that a view could not show.
const DEVICE_ATTRIBUTES: &[u8] = b"\x1b[?1;2c";
const SECONDARY_ATTRIBUTES: &[u8] = b"\x1b[>84;0;0c";

/// Gives the pieces of one complete control sequence.
pub(super) fn emit(bytes: &[u8], sink: &mut impl FnMut(Piece<'_>)) {
    let body = &bytes[2..bytes.len() - 1];
    let last = bytes[bytes.len() - 1];
    let (prefix, rest) = match body.first() {
        Some(&first @ 0x3c..=0x3f) => (Some(first), &body[1..]),
        _ => (None, body),
    };
    let end = rest.iter().position(|byte| (0x20..=0x2f).contains(byte)).unwrap_or(rest.len());
    let (params, intermediates) = rest.split_at(end);
    match question(prefix, params, intermediates, last) {
        Question::None => {
            sink(Piece::Text(bytes));
            note(prefix, params, intermediates, last, sink);
        }
        Question::Ignored => {}
        Question::Answered(query) => sink(Piece::Query(query)),
    }
}

enum Question {
    None,
    /// Dropped without an answer: the answer to the device attributes, which agents ask last, tells them so.
    Ignored,
    Answered(Query),
}

fn question(prefix: Option<u8>, params: &[u8], intermediates: &[u8], last: u8) -> Question {
    let first = numbers(params).next().unwrap_or(0);
    let fixed = |answer: &[u8]| Question::Answered(Query::Fixed(answer.to_vec()));
    match (prefix, intermediates, last) {
        (None, b"", b'c') if first == 0 => fixed(DEVICE_ATTRIBUTES),
        (Some(b'>'), b"", b'c') => fixed(SECONDARY_ATTRIBUTES),
        (None, b"", b'n') if first == 5 => fixed(b"\x1b[0n"),
        (None, b"", b'n') if first == 6 => Question::Answered(Query::Cursor(false)),
        (Some(b'?'), b"", b'n') if first == 6 => Question::Answered(Query::Cursor(true)),
        (Some(b'?'), b"$", b'p') => Question::Answered(Query::PrivateMode(first)),
        (None, b"$", b'p') => fixed(format!("\x1b[{first};0$y").as_bytes()),
        (None, b"", b't') if first == 18 => Question::Answered(Query::Size),
        (None, b"", b't') if matches!(first, 11 | 13..=16 | 19..=21) => Question::Ignored,
        (None | Some(b'?'), b"", b'n')
        | (Some(b'='), b"", b'c')
        | (Some(b'>'), b"", b'q')
        | (Some(b'?'), b"", b'u' | b'm' | b'S') => Question::Ignored,
        _ => Question::None,
    }
}

fn note(prefix: Option<u8>, params: &[u8], intermediates: &[u8], last: u8, sink: &mut impl FnMut(Piece<'_>)) {
    match (prefix, intermediates, last) {
        (Some(b'?'), b"", b'h' | b'l') => {
            for mode in numbers(params) {
                sink(Piece::Mode { mode, on: last == b'h' });
            }
        }
        (None, b"", b'r') => {
            let mut numbers = numbers(params);
            let (top, bottom) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            sink(Piece::Region((top > 1 || bottom > 0).then_some((top, bottom))));
        }
        _ => {}
    }
}

fn numbers(params: &[u8]) -> impl Iterator<Item = u16> + '_ {
    params
        .split(|&byte| byte == b';')
        .map(|digits| std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0))
}

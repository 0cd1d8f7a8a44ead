//! Strings: operating system commands and device control strings.

use super::{Piece, Query};
use crate::status;

const CLIPBOARD: &[u8] = b"52";
const STATUS: &[u8] = b"7501";

/// Whether a string is none of the views' business, judged by its beginning.
///
/// The clipboard (an agent must not write the person's clipboard silently through us), our status reports, and tmux's
/// pass-through, which could carry either.
pub(super) fn is_private(bytes: &[u8]) -> bool {
    match bytes.get(1) {
        Some(b']') => {
            let number =
                bytes[2..].split(|&byte| matches!(byte, b';' | 0x07 | 0x1b)).next().unwrap_or_default();
            let number = &number[number
                .iter()
                .take_while(|&&byte| byte == b'0')
                .count()
                .min(number.len().saturating_sub(1))..];
            number == CLIPBOARD || number == STATUS
        }
        Some(b'P') => bytes[2..].starts_with(b"tmux;") || query(&bytes[2..]).is_some(),
        _ => false,
    }
}

/// Gives the pieces of one complete string.
pub(super) fn emit(bytes: &[u8], sink: &mut impl FnMut(Piece<'_>)) {
    let body = body(bytes);
    if bytes[1] == b'P'
        && let Some(answer) = query(body)
    {
        sink(Piece::Query(Query::Fixed(answer.to_vec())));
        return;
    }
    if is_private(bytes) {
        if let Some(report) = body.strip_prefix(b"7501;").filter(|_| bytes[1] == b']') {
            if report == b"?" {
                // The query is its own answer, and must come before that to the device attributes.
                sink(Piece::Query(Query::Fixed(b"\x1b]7501;?\x1b\\".to_vec())));
            } else if let Some(status) = status::parse(report) {
                sink(Piece::Status(status));
            }
        }
        return;
    }
    if bytes[1] == b']' {
        let (number, text) = split(body);
        if is_color_query(number, text) {
            return;
        }
        if matches!(number, b"0" | b"2") {
            sink(Piece::Title(status::plain(&String::from_utf8_lossy(text))));
        }
    }
    sink(Piece::Pass(bytes));
}

/// Termcap and setting requests: "no such thing".
fn query(body: &[u8]) -> Option<&'static [u8]> {
    match body.get(..2) {
        Some(b"+q") => Some(b"\x1bP0+r\x1b\\"),
        Some(b"$q") => Some(b"\x1bP0$r\x1b\\"),
        _ => None,
    }
}

fn is_color_query(number: &[u8], text: &[u8]) -> bool {
    matches!(
        number,
        b"4" | b"5" | b"10" | b"11" | b"12" | b"13" | b"14" | b"15" | b"16" | b"17" | b"18" | b"19" | b"21"
    ) && text.split(|&byte| matches!(byte, b';' | b'=')).any(|part| part == b"?")
}

fn split(body: &[u8]) -> (&[u8], &[u8]) {
    let end = body.iter().position(|&byte| byte == b';').unwrap_or(body.len());
    (&body[..end], body.get(end + 1..).unwrap_or_default())
}

/// What stands between the introducer and the terminator.
fn body(bytes: &[u8]) -> &[u8] {
    let inner = &bytes[2..];
    inner.strip_suffix(b"\x1b\\").or_else(|| inner.strip_suffix(&[0x07])).unwrap_or(inner)
}

//! Foreign text in cells: nothing in it can move the cursor, hide a letter or be wider than it says.
//!
//! Terminals disagree about sequences that join several characters into one picture. What joins is left out, so that
//! each character is as wide here as it is there.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Combining marks on one letter; more would only be there to smear over its neighbours.
const MARKS: usize = 2;

/// One line of cells' worth: line breaks and tabs become spaces, controls visible, invisible characters nothing.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            c if c.is_control() => out.push('·'),
            c if is_invisible(c) => {}
            c => {
                marks = if is_wide_zero(c) { marks + 1 } else { 0 };
                if marks <= MARKS {
                    out.push(c);
                }
            }
        }
    }
    out
}

/// Characters that join, reorder or select and show nothing themselves.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e01ef}')
}

fn is_wide_zero(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

/// Columns that a clean text takes.
pub(super) fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The text in at most so many columns; `…` says that something is missing.
pub(super) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut out = head(text, room).to_owned();
    out.push('…');
    out
}

/// The text in exactly so many columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    let mut out = fit(text, columns);
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// The longest beginning that fits.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// The text in rows of at most so many columns, broken between words where there is one to break at; at most `rows`
/// of them, the last of which says when something is missing.
pub(crate) fn wrap(text: &str, columns: usize, rows: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() && columns > 0 {
        if out.len() + 1 >= rows {
            out.push(fit(rest, columns));
            break;
        }
        let fits = head(rest, columns);
        let end = if fits.len() == rest.len() {
            rest.len()
        } else {
            // A word that fits no row is broken where the row ends.
            let next = |at: usize| rest[at + 1..].split(' ').next().unwrap_or_default();
            let at_end = rest[fits.len()..].starts_with(' ').then_some(fits.len());
            let word = at_end.or(fits.rfind(' ').filter(|at| width(next(*at)) <= columns));
            // A character that is wider than the row goes alone.
            let first = rest.graphemes(true).next().map_or(rest.len(), str::len);
            word.map_or(fits.len().max(first), |at| at + 1)
        };
        out.push(head(rest[..end].trim_end(), columns).to_owned());
        rest = rest[end..].trim_start();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_moves_the_cursor_or_hides() {
        assert_eq!(clean("a\x1b[31mb\u{9b}2Jc"), "a·[31mb·2Jc");
        assert_eq!(clean("one\ntwo\tthree"), "one two three");
        assert_eq!(clean("ev\u{202e}li\u{200b}x\u{feff}"), "evlix");
        assert_eq!(clean("z\u{300}\u{301}\u{302}\u{303}a"), "z\u{300}\u{301}a");
    }

    #[test]
    fn a_text_is_as_wide_as_it_says() {
        for (given, columns) in
            [("plain", 5), ("データベース", 12), ("cafe\u{301}", 4), ("👩\u{200d}💻 ok", 7), ("❤\u{fe0f}", 1)]
        {
            let text = clean(given);
            assert_eq!(width(&text), columns, "{given}");
            for room in 0..columns + 2 {
                assert!(width(&fit(&text, room)) <= room, "{given} in {room}");
                assert_eq!(width(&pad(&text, room)), room, "{given} in {room}");
            }
        }
    }

    #[test]
    fn rows_are_broken_between_words_and_say_what_is_missing() {
        assert_eq!(wrap("the pool is exhausted", 9, 9), ["the pool", "is", "exhausted"]);
        assert_eq!(wrap("the pool is exhausted", 9, 2), ["the pool", "is exhau…"]);
        assert_eq!(wrap("aaaaaaaaaaaa", 5, 9), ["aaaaa", "aaaaa", "aa"]);
        assert_eq!(wrap("データ", 1, 9).len(), 3, "too narrow for it, and still an end");
        assert!(wrap("x", 0, 3).is_empty());
    }
}

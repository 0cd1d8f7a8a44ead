//! What of a flood of plain text can still be seen.
//!
//! Rendering costs far more than reading. When a piece of plain text scrolls the whole screen away twice, only its tail is
//! rendered; the visible screen is exactly the same (the law is a property test).

/// The part of `text` that decides what is visible after it, on a screen of `rows` rows that scrolls as a whole.
///
/// The tail begins with a carriage return, so that its column is known, and has at least two screens of lines, so that neither
/// the row where it begins nor what was there before matters.
pub(super) fn visible_tail(text: &[u8], rows: usize) -> &[u8] {
    let enough = 2 * rows;
    if text.len() <= 4 * enough || text.contains(&0x1b) {
        return text;
    }
    let mut lines = 0;
    for at in (1..text.len()).rev() {
        if text[at] == b'\n' {
            lines += 1;
            if lines > enough && text[at - 1] == b'\r' {
                return &text[at - 1..];
            }
        }
    }
    text
}

//! Text for the screen: control characters made visible, lines wrapped by display width.

use unicode_width::UnicodeWidthChar;

/// `text` with every control character except the newline made visible, so that no prompt, reply or
/// command output can steer the terminal. C0 and DEL become control pictures (`␛`), C1 becomes `<9b>`.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            0x0a => out.push('\n'),
            code @ 0x00..=0x1f => out.extend(char::from_u32(0x2400 + code)),
            0x7f => out.push('\u{2421}'),
            code @ 0x80..=0x9f => {
                out.push('<');
                out.extend(char::from_digit(code >> 4, 16));
                out.extend(char::from_digit(code & 15, 16));
                out.push('>');
            }
            _ => out.push(c),
        }
    }
    out
}

/// Splits `text` at newlines and wraps each line to `width` columns; an empty text is one empty line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut row = String::new();
        let mut used = 0;
        for c in line.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width {
                lines.push(std::mem::take(&mut row));
                used = 0;
            }
            row.push(c);
            used += wide;
        }
        lines.push(row);
    }
    lines
}

/// The columns that `text` takes on the screen.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The longest start of `text` of at most `bytes` bytes that ends at a character boundary.
pub(crate) fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_shown_and_not_sent() {
        assert_eq!(visible("a\x1b[31m\u{9b}\tb\x7f\nc"), "a␛[31m<9b>␉b␡\nc");
    }

    #[test]
    fn wide_characters_wrap_by_columns() {
        assert_eq!(wrap("日本語x", 4), ["日本", "語x"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(prefix("aé", 2), "a");
    }

    proptest! {
        #[test]
        fn nothing_on_the_screen_is_a_control(text in any::<String>()) {
            prop_assert!(visible(&text).chars().all(|c| c == '\n' || !c.is_control()));
        }

        #[test]
        fn wrapping_loses_nothing_and_keeps_the_width(text in "[a-z日é\n]{0,60}", width in 2_usize..20) {
            let rows = wrap(&text, width);
            prop_assert_eq!(rows.concat(), text.replace('\n', ""));
            prop_assert!(rows.iter().all(|row| columns(row) <= width));
        }
    }
}

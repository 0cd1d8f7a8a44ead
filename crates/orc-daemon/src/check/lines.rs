//! Bytes of a program as lines of plain text.

/// A longer line is taken in pieces (bytes).
const LONGEST: usize = 64 << 10;

/// Cuts what comes in any portions into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes bytes; gives each line that is whole now.
    pub(super) fn take(&mut self, bytes: &[u8], mut line: impl FnMut(&str)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some(whole) = part.strip_suffix(b"\n") {
                self.rest.extend_from_slice(whole);
                self.give(&mut line);
            } else {
                self.rest.extend_from_slice(part);
                if self.rest.len() >= LONGEST {
                    self.give(&mut line);
                }
            }
        }
    }

    /// The last line, if it did not end.
    pub(super) fn finish(&mut self, mut line: impl FnMut(&str)) {
        if !self.rest.is_empty() {
            self.give(&mut line);
        }
    }

    fn give(&mut self, line: &mut impl FnMut(&str)) {
        let text = String::from_utf8_lossy(&self.rest);
        line(&without_colour(text.trim_end_matches('\r')));
        self.rest.clear();
    }
}

/// The text without what only a terminal is told: colours, titles, links. Other control characters stay and are made
/// visible where the text is kept.
fn without_colour(text: &str) -> String {
    if !text.contains('\u{1b}') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\u{1b}', Some('[')) => {
                chars.next();
                // Parameters, then one letter.
                while chars.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)).is_some() {}
                chars.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
            }
            ('\u{1b}', Some(']')) => {
                // To the bell, or to the sign that ends a string.
                while let Some(c) = chars.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(portions: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut given) = (Lines::default(), Vec::new());
        for portion in portions {
            lines.take(portion, |line| given.push(line.to_owned()));
        }
        lines.finish(|line| given.push(line.to_owned()));
        given
    }

    #[test]
    fn portions_do_not_matter() {
        assert_eq!(lines(&[b"a\r\nb", b"c\n", b"", b"\nd"]), ["a", "bc", "", "d"]);
        assert_eq!(lines(&["\u{fc}".as_bytes().split_at(1).0, b"\xbc\n"]), ["\u{fc}"]);
        assert_eq!(lines(&[b"\xff\n"]), ["\u{fffd}"]);
    }

    #[test]
    fn a_line_without_end_is_taken_in_pieces() {
        let long = vec![b'x'; 10 * LONGEST];
        let portions: Vec<&[u8]> = long.chunks(1000).collect();
        let given = lines(&portions);
        assert!(given.len() >= 9 && given.iter().all(|line| line.len() < LONGEST + 1000), "{}", given.len());
        assert_eq!(given.concat().len(), long.len());
    }

    #[test]
    fn what_only_a_terminal_is_told_is_left_out() {
        let text = "\x1b[1;32mok\x1b[0m \x1b]0;title\x07x \x1b]8;;http://h\x1b\\link\x1b]8;;\x1b\\ \x1bc";
        assert_eq!(without_colour(text), "ok x link \x1bc");
        assert_eq!(without_colour("\x1b]never ends"), "");
        assert_eq!(without_colour("\x1b["), "");
    }
}

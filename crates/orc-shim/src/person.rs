//! What a person's terminal sends: keys, or its own reports. And what the keys say of a draft.

/// How one piece of a view's input is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Typed or pasted by the person.
    Key(Effect),
    /// A reply or report of the terminal: focus, mouse, answers.
    Report,
}

/// What a key does to the draft in the agent's composer, as far as a terminal can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Something was added.
    Adds,
    /// It was sent or cleared (Enter, Ctrl-C, Ctrl-U, Ctrl-D).
    Ends,
    /// Neither, or not known.
    None,
}

/// Classifies one view's input. Remembers what a frame's end cut in two.
#[derive(Debug, Default)]
pub(crate) struct Classifier {
    in_paste: bool,
    in_sequence: bool,
    /// So many bytes of [`PASTE_START`] the last input ended with; they have been passed on.
    start_begun: usize,
    /// The same of [`PASTE_END`], within a paste.
    end_begun: usize,
}

const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

impl Classifier {
    /// Gives the input's pieces with their kinds, in order and complete. In line mode a line feed is Enter too; in raw mode it is
    /// Ctrl-J, which most agents take for a new line in the draft.
    pub(crate) fn pieces(&mut self, input: &[u8], line_mode: bool, mut sink: impl FnMut(&[u8], Kind)) {
        let mut rest = input;
        if let Some((length, kind)) = self.rest_of_start(rest) {
            let (piece, after) = rest.split_at(length);
            sink(piece, kind);
            rest = after;
        }
        while !rest.is_empty() {
            let (length, kind) = self.piece(rest, line_mode);
            let (piece, after) = rest.split_at(length);
            sink(piece, kind);
            rest = after;
        }
        if !self.in_paste && self.start_begun == 0 {
            let ends_with = |length: &usize| input.ends_with(&PASTE_START[..*length]);
            self.start_begun = (1..PASTE_START.len()).rev().find(ends_with).unwrap_or(0);
        }
    }

    /// What goes on with a start marker that the last input began. An escape character and a bracket of their own
    /// may also be keys, so the bracket counts as text until the marker goes on.
    fn rest_of_start(&mut self, input: &[u8]) -> Option<(usize, Kind)> {
        let begun = std::mem::take(&mut self.start_begun);
        let left = &PASTE_START[begun..];
        if begun == 0 || input.is_empty() {
            self.start_begun = begun;
            None
        } else if input.starts_with(left) {
            self.in_sequence = false;
            self.in_paste = true;
            Some((left.len(), Kind::Key(Effect::Adds)))
        } else if left.starts_with(input) {
            self.start_begun = begun + input.len();
            Some((input.len(), Kind::Key(if self.in_sequence { Effect::None } else { Effect::Adds })))
        } else {
            None
        }
    }

    /// How much of the input belongs to the paste; its end may have begun in an earlier one.
    fn pasted(&mut self, rest: &[u8]) -> usize {
        for (at, byte) in rest.iter().enumerate() {
            self.end_begun = match *byte {
                byte if byte == PASTE_END[self.end_begun] => self.end_begun + 1,
                byte => usize::from(byte == PASTE_END[0]),
            };
            if self.end_begun == PASTE_END.len() {
                (self.in_paste, self.end_begun) = (false, 0);
                return at + 1;
            }
        }
        rest.len()
    }

    fn piece(&mut self, rest: &[u8], line_mode: bool) -> (usize, Kind) {
        if self.in_sequence {
            let end = rest.iter().position(|byte| matches!(byte, 0x40..=0x7e));
            self.in_sequence = end.is_none();
            return (end.map_or(rest.len(), |end| end + 1), Kind::Key(Effect::None));
        }
        if self.in_paste {
            return (self.pasted(rest), Kind::Key(Effect::Adds));
        }
        if rest.starts_with(PASTE_START) {
            self.in_paste = true;
            return (PASTE_START.len(), Kind::Key(Effect::Adds));
        }
        match (rest[0], rest.get(1)) {
            (0x1b, Some(b'[')) => self.control_sequence(rest),
            (0x1b, Some(b'O')) => (rest.len().min(3), Kind::Key(Effect::None)),
            (0x1b, Some(b']' | b'P' | b'_')) => string_report(rest),
            (0x1b, Some(other)) if *other != 0x1b => (2, Kind::Key(Effect::None)),
            (b'\r' | 0x03 | 0x04 | 0x15, _) => (1, Kind::Key(Effect::Ends)),
            (b'\n', _) if line_mode => (1, Kind::Key(Effect::Ends)),
            (b'\n' | 0x20..=0x7e | 0x80.., _) => {
                let end =
                    rest.iter().position(|byte| !matches!(byte, 0x20..=0x7e | 0x80..)).unwrap_or(rest.len());
                (end.max(1), Kind::Key(Effect::Adds))
            }
            _ => (1, Kind::Key(Effect::None)),
        }
    }

    fn control_sequence(&mut self, rest: &[u8]) -> (usize, Kind) {
        if rest.starts_with(b"\x1b[M") {
            // An old mouse report: three bytes of anything follow.
            return (rest.len().min(6), Kind::Report);
        }
        let Some(end) = rest[2..].iter().position(|byte| matches!(byte, 0x40..=0x7e)) else {
            self.in_sequence = true;
            return (rest.len(), Kind::Key(Effect::None));
        };
        let (params, last) = (&rest[2..2 + end], rest[2 + end]);
        let report = match (params.first(), last) {
            (None, b'I' | b'O')
            | (Some(b'<'), b'M' | b'm')
            | (Some(b'?' | b'>'), _)
            | (Some(_), b'y' | b't' | b'n') => true,
            // A cursor report; `CSI 1 ; modifier R` is a function key.
            (Some(_), b'R') => params.contains(&b';') && !params.starts_with(b"1;"),
            _ => false,
        };
        (3 + end, if report { Kind::Report } else { Kind::Key(encoded_key(params, last)) })
    }
}

/// A key as `CSI code ; modifiers u` or `CSI 27 ; modifiers ; code ~`.
fn encoded_key(params: &[u8], last: u8) -> Effect {
    let text = std::str::from_utf8(params).unwrap_or_default();
    let mut numbers =
        text.split(';').map(|field| field.split(':').next().and_then(|n| n.parse::<u32>().ok()).unwrap_or(0));
    let (first, second, third) =
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let (code, modifiers) = match last {
        b'u' => (first, second),
        b'~' if first == 27 => (third, second),
        _ => return Effect::None,
    };
    let modifiers = modifiers.saturating_sub(1);
    match (code, modifiers) {
        (13, 0) | (99 | 100 | 117, 4) => Effect::Ends,
        (13, _) | (32..=126 | 128..=57_343 | 63_744.., 0 | 1) => Effect::Adds,
        _ => Effect::None,
    }
}

/// An answer as a string: up to its terminator; without one it is a key (Alt and a bracket).
fn string_report(rest: &[u8]) -> (usize, Kind) {
    let end = rest.iter().enumerate().skip(2).find_map(|(at, byte)| match byte {
        0x07 => Some(at + 1),
        b'\\' if rest[at - 1] == 0x1b => Some(at + 1),
        _ => None,
    });
    end.map_or((2, Kind::Key(Effect::None)), |end| (end, Kind::Report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(input: &[u8]) -> Vec<Kind> {
        let mut kinds = Vec::new();
        let mut seen = Vec::new();
        Classifier::default().pieces(input, false, |piece, kind| {
            seen.extend_from_slice(piece);
            kinds.push(kind);
        });
        assert_eq!(seen, input);
        kinds
    }

    #[test]
    fn reports_are_not_keys() {
        for report in [
            "\x1b[I",
            "\x1b[O",
            "\x1b[<35;10;2M",
            "\x1b[<0;1;1m",
            "\x1b[M !!",
            "\x1b[?1;2c",
            "\x1b[24;80R",
            "\x1b]11;rgb:0/0/0\x07",
            "\x1bP1+r\x1b\\",
        ] {
            assert_eq!(kinds(report.as_bytes()), vec![Kind::Report], "{report:?}");
        }
    }

    #[test]
    fn keys_add_end_or_neither() {
        for (keys, effect) in [
            ("a", Effect::Adds),
            ("\u{e4}", Effect::Adds),
            ("\n", Effect::Adds),
            ("\r", Effect::Ends),
            ("\x03", Effect::Ends),
            ("\x15", Effect::Ends),
            ("\x04", Effect::Ends),
            ("\x1b", Effect::None),
            ("\x1b[A", Effect::None),
            ("\x1bOA", Effect::None),
            ("\x1b\r", Effect::None),
            ("\t", Effect::None),
            ("\x7f", Effect::None),
            ("\x1b[97u", Effect::Adds),
            ("\x1b[13u", Effect::Ends),
            ("\x1b[27;5;99~", Effect::Ends),
            ("\x1b[1;2R", Effect::None),
        ] {
            assert_eq!(kinds(keys.as_bytes()), vec![Kind::Key(effect)], "{keys:?}");
        }
    }

    #[test]
    fn enter_within_a_paste_ends_nothing() {
        let adds = Kind::Key(Effect::Adds);
        assert_eq!(kinds(b"\x1b[200~one\rtwo\x1b[201~"), vec![adds, adds]);
        assert_eq!(kinds(b"ab\rc"), vec![adds, Kind::Key(Effect::Ends), adds]);
    }

    #[test]
    fn a_report_cut_in_two_makes_no_draft() {
        let mut classifier = Classifier::default();
        for part in [b"\x1b[<35;1".as_slice(), b"0;2M"] {
            classifier.pieces(part, false, |_, kind| assert_eq!(kind, Kind::Key(Effect::None)));
        }
        classifier.pieces(b"x", false, |_, kind| assert_eq!(kind, Kind::Key(Effect::Adds)));
    }

    /// For every byte whether it ended the draft, and whether a paste is still open, when the input comes in parts.
    fn ends(parts: &[&[u8]]) -> (Vec<bool>, bool) {
        let mut classifier = Classifier::default();
        let mut ends = Vec::new();
        for part in parts {
            let before = ends.len();
            classifier.pieces(part, false, |piece, kind| {
                ends.extend(piece.iter().map(|_| kind == Kind::Key(Effect::Ends)));
            });
            assert_eq!(ends.len() - before, part.len(), "every byte is passed on, once");
        }
        (ends, classifier.in_paste)
    }

    #[test]
    fn a_paste_right_after_escape_is_a_paste() {
        assert_eq!(ends(&[b"\x1b\x1b[200~a\rb\x1b[201~"]).0, [false; 16]);
    }

    proptest! {
        #[test]
        fn where_reads_cut_a_paste_does_not_matter(
            tokens in proptest::collection::vec(
                prop_oneof![
                    Just("ab".to_owned()),
                    Just("\r".to_owned()),
                    Just("\x1b[A".to_owned()),
                    Just("\x1b[200;5H".to_owned()),
                    "[ab\r\x1b~]{0,6}(\x1b\\[20|\x1b\\[201)?".prop_map(|text| format!("\x1b[200~{text}\x1b[201~")),
                ],
                0..6,
            ),
            cuts in proptest::collection::vec(0_usize..80, 0..12),
        ) {
            let input = tokens.concat().into_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
            cuts.extend([0, input.len()]);
            cuts.sort_unstable();
            let parts: Vec<&[u8]> = cuts.windows(2).map(|cut| &input[cut[0]..cut[1]]).collect();
            let mut expected = Vec::new();
            for token in &tokens {
                expected.extend(token.bytes().map(|_| token == "\r"));
            }
            prop_assert_eq!(ends(&parts), (expected, false));
        }
    }
}

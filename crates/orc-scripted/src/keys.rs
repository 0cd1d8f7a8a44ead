//! Terminal bytes to keys, pastes and replies; any split of the bytes gives the same result.

/// One thing that came in from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A printable character (or one of a broken UTF-8 sequence: U+FFFD).
    Char(char),
    Enter,
    AltEnter,
    /// A bare line feed: a new line in the composer, as Ctrl-J.
    LineFeed,
    Backspace,
    Escape,
    Tab,
    /// Ctrl and this lower-case letter.
    Ctrl(char),
    /// The content of a bracketed paste, byte for byte.
    Paste(Vec<u8>),
    /// The reply to `CSI c`.
    DeviceAttributes,
    /// An operating system command that the terminal sent, without its frame.
    Osc(String),
    /// A key that means nothing here, as its escape sequence without ESC.
    Other(String),
}

impl Input {
    /// The character that was typed.
    pub(crate) fn character(&self) -> Option<char> {
        if let Self::Char(c) = self { Some(*c) } else { None }
    }

    /// The key's name for the log; text, pastes and replies of the terminal have none.
    pub(crate) fn key_name(&self) -> Option<String> {
        Some(match self {
            Self::Enter => "enter".to_owned(),
            Self::AltEnter => "alt-enter".to_owned(),
            Self::LineFeed => "ctrl-j".to_owned(),
            Self::Backspace => "backspace".to_owned(),
            Self::Escape => "esc".to_owned(),
            Self::Tab => "tab".to_owned(),
            Self::Ctrl(c) => format!("ctrl-{c}"),
            Self::Other(sequence) => sequence.clone(),
            Self::Char(_) | Self::Paste(_) | Self::DeviceAttributes | Self::Osc(_) => return None,
        })
    }
}

const PASTE_START: &[u8] = b"[200~";
const PASTE_END: &[u8] = b"\x1b[201~";
/// Longest control sequence or OSC kept; the rest of a longer one is dropped, bytes.
const LONGEST: usize = 4096;

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    /// CSI or SS3, with the bytes after ESC.
    Control(Vec<u8>),
    Osc(Vec<u8>),
    OscEscape(Vec<u8>),
    Paste(Vec<u8>),
    Utf8 {
        bytes: Vec<u8>,
        needed: usize,
    },
}

/// The parser between reads.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    state: State,
}

impl Parser {
    /// Parses `bytes` and appends what they mean to `out`.
    pub(crate) fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        for &byte in bytes {
            let state = std::mem::take(&mut self.state);
            self.state = step(state, byte, out);
        }
    }

    /// Whether a lone ESC waits for what follows; when nothing does for a while, call [`flush`](Self::flush).
    pub(crate) fn waits_after_escape(&self) -> bool {
        self.state == State::Escape
    }

    /// Takes a waiting ESC as the Escape key.
    pub(crate) fn flush(&mut self, out: &mut Vec<Input>) {
        if self.waits_after_escape() {
            self.state = State::Ground;
            out.push(Input::Escape);
        }
    }

    /// The bytes of a paste whose end has not come yet.
    pub(crate) fn receiving(&self) -> Option<usize> {
        match &self.state {
            State::Paste(content) => Some(content.len()),
            _ => None,
        }
    }
}

fn step(state: State, byte: u8, out: &mut Vec<Input>) -> State {
    match state {
        State::Ground => ground(byte, out),
        State::Control(mut body) => {
            body.push(byte);
            if (0x40..=0x7e).contains(&byte) && !(body.len() == 1 && (byte == b'[' || byte == b'O')) {
                return control(&body, out);
            }
            if body.len() > LONGEST { State::Ground } else { State::Control(body) }
        }
        State::Osc(mut body) => match byte {
            0x07 => osc(&body, out),
            0x1b => State::OscEscape(body),
            _ => {
                if body.len() < LONGEST {
                    body.push(byte);
                }
                State::Osc(body)
            }
        },
        State::OscEscape(body) if byte == b'\\' => osc(&body, out),
        State::Escape | State::OscEscape(_) => escape(byte, out),
        State::Paste(mut content) => {
            content.push(byte);
            if byte == b'~' && content.ends_with(PASTE_END) {
                content.truncate(content.len() - PASTE_END.len());
                out.push(Input::Paste(content));
                return State::Ground;
            }
            State::Paste(content)
        }
        State::Utf8 { mut bytes, needed } => {
            if !(0x80..=0xbf).contains(&byte) {
                out.push(Input::Char(char::REPLACEMENT_CHARACTER));
                return ground(byte, out);
            }
            bytes.push(byte);
            if bytes.len() < needed {
                return State::Utf8 { bytes, needed };
            }
            match std::str::from_utf8(&bytes) {
                Ok(text) => out.extend(text.chars().map(character)),
                Err(_) => out.push(Input::Char(char::REPLACEMENT_CHARACTER)),
            }
            State::Ground
        }
    }
}

fn character(c: char) -> Input {
    if c.is_control() { Input::Other(format!("{:02x}", u32::from(c))) } else { Input::Char(c) }
}

fn ground(byte: u8, out: &mut Vec<Input>) -> State {
    let utf8 = |needed| State::Utf8 { bytes: vec![byte], needed };
    out.push(match byte {
        0x1b => return State::Escape,
        b'\r' => Input::Enter,
        b'\n' => Input::LineFeed,
        b'\t' => Input::Tab,
        0x08 | 0x7f => Input::Backspace,
        0x01..=0x1a => Input::Ctrl(char::from(byte + 0x60)),
        0x00 | 0x1c..=0x1f => Input::Other(format!("{byte:02x}")),
        0x20..=0x7e => Input::Char(char::from(byte)),
        0xc2..=0xdf => return utf8(2),
        0xe0..=0xef => return utf8(3),
        0xf0..=0xf4 => return utf8(4),
        0x80..=0xc1 | 0xf5..=0xff => Input::Char(char::REPLACEMENT_CHARACTER),
    });
    State::Ground
}

fn escape(byte: u8, out: &mut Vec<Input>) -> State {
    out.push(match byte {
        b'[' | b'O' => return State::Control(vec![byte]),
        b']' => return State::Osc(Vec::new()),
        0x1b => {
            out.push(Input::Escape);
            return State::Escape;
        }
        b'\r' => Input::AltEnter,
        0x20..=0x7e => Input::Other(char::from(byte).to_string()),
        _ => {
            out.push(Input::Escape);
            return ground(byte, out);
        }
    });
    State::Ground
}

fn control(body: &[u8], out: &mut Vec<Input>) -> State {
    if body == PASTE_START {
        return State::Paste(Vec::new());
    }
    out.push(if body.starts_with(b"[?") && body.ends_with(b"c") {
        Input::DeviceAttributes
    } else {
        Input::Other(String::from_utf8_lossy(body).into_owned())
    });
    State::Ground
}

fn osc(body: &[u8], out: &mut Vec<Input>) -> State {
    out.push(Input::Osc(String::from_utf8_lossy(body).into_owned()));
    State::Ground
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(chunks: &[&[u8]]) -> (Vec<Input>, Parser) {
        let (mut parser, mut out) = (Parser::default(), Vec::new());
        for chunk in chunks {
            parser.feed(chunk, &mut out);
        }
        (out, parser)
    }

    #[test]
    fn keys_of_a_composer() {
        let (out, _) = parse(&[b"a\xc3", b"\xa9\r\x1b\r\n\x7f\x15\t\x1b[A\x1bOP\xff"]);
        let other = |text: &str| Input::Other(text.to_owned());
        assert_eq!(
            out,
            [
                Input::Char('a'),
                Input::Char('é'),
                Input::Enter,
                Input::AltEnter,
                Input::LineFeed,
                Input::Backspace,
                Input::Ctrl('u'),
                Input::Tab,
                other("[A"),
                other("OP"),
                Input::Char(char::REPLACEMENT_CHARACTER),
            ]
        );
    }

    #[test]
    fn a_lone_escape_waits_for_its_flush() {
        let (mut out, mut parser) = parse(&[b"\x1b"]);
        assert!(parser.waits_after_escape() && out.is_empty());
        parser.flush(&mut out);
        assert_eq!(out, [Input::Escape]);
    }

    #[test]
    fn replies_of_the_terminal() {
        let (out, _) = parse(&[b"\x1b]7501;?\x1b", b"\\\x1b[?1;2c\x1b]11;x\x07"]);
        assert_eq!(out, [Input::Osc("7501;?".into()), Input::DeviceAttributes, Input::Osc("11;x".into())]);
    }

    #[test]
    fn what_follows_the_end_of_a_paste_is_keys() {
        let (out, _) = parse(&[b"\x1b[200~a\rb\x1b[201~\r"]);
        assert_eq!(out, [Input::Paste(b"a\rb".to_vec()), Input::Enter]);
        let (_, parser) = parse(&[b"\x1b[200~abc"]);
        assert_eq!(parser.receiving(), Some(3));
    }

    /// Bytes in which sequences, their starts and plain text are all likely.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\x1b[200~".to_vec()),
            Just(b"\x1b[201~".to_vec()),
            Just(b"\x1b".to_vec()),
            Just(b"\x1b]7501;?\x1b\\".to_vec()),
            Just("é€😀".as_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..6),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(bytes in stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&bytes[from..cut]);
                from = cut;
            }
            chunks.push(&bytes[from..]);
            prop_assert_eq!(parse(&chunks).0, parse(&[&bytes]).0);
        }

        #[test]
        fn a_paste_is_exact(content in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assume!(!content.windows(PASTE_END.len()).any(|w| w == PASTE_END));
            let bytes = [b"\x1b[200~", content.as_slice(), PASTE_END].concat();
            prop_assert_eq!(parse(&[&bytes]).0, [Input::Paste(content)]);
        }
    }
}

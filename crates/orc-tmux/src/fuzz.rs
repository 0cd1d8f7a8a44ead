//! The quoter against the real tmux: whatever text goes in comes back the same.

use std::path::Path;

use rustix::process::Signal;

use crate::line::Line;
use crate::process::Process;
use crate::{Server, ServerConfig};

/// Characters that some parser on the way treats specially, and some that none does.
const ALPHABET: &[char] = &[
    '\\',
    '"',
    '\'',
    '$',
    '~',
    ';',
    '#',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '%',
    '=',
    ',',
    ':',
    '@',
    '!',
    '&',
    '|',
    '`',
    '*',
    '?',
    '<',
    '>',
    '^',
    '-',
    ' ',
    '\n',
    '\r',
    '\t',
    '\x1b',
    '\x01',
    '\x07',
    '\x08',
    '\x1f',
    '\x7f',
    'a',
    'e',
    'n',
    'u',
    '0',
    '7',
    'é',
    'ÿ',
    '\u{85}',
    '\u{9b}',
    '\u{a0}',
    '中',
    '🦀',
    '\u{200d}',
    '\u{feff}',
    '\u{10ffff}',
];

/// xorshift64: the same texts every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn text(&mut self, alphabet: &[char]) -> String {
        let length = 1 + self.below(40);
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

/// Leaves no server behind when a test fails.
struct Guard(Process);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.signal(Signal::KILL);
    }
}

async fn server(directory: &Path) -> (Server, Guard) {
    let (server, link) = Server::open(ServerConfig::new(directory.join("tmux.sock"))).unwrap();
    tokio::spawn(link);
    let identity = server.ensure_server().await.unwrap();
    (server, Guard(Process::look(identity.pid).unwrap()))
}

/// Sets with `set`, reads with `show`, all in one go, and compares.
async fn round_trip(server: &Server, texts: &[String], set: impl Fn(&str) -> Line, show: &Line) {
    for batch in texts.chunks(64) {
        let lines = batch.iter().flat_map(|text| [set(text), show.clone()]).collect();
        let (_, answers) = server.ask(lines, None).await.unwrap();
        for (text, answers) in batch.iter().zip(answers.chunks(2)) {
            assert_eq!(answers[0].error, None, "{text:?}");
            assert_eq!(answers[1].output.join("\n"), *text);
        }
    }
}

#[tokio::test]
async fn quoted_text_arrives_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (server, _guard) = server(directory.path()).await;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let single = ALPHABET.iter().map(ToString::to_string);
    let ascii = (1..=127_u8).map(|byte| char::from(byte).to_string());
    let mut texts: Vec<_> = single.chain(ascii).collect();
    texts.extend((0..2000).map(|_| random.text(ALPHABET)));
    let set = |text: &str| Line::new("set-option").word("-g").word("--").word("@fuzz").arg(text);
    let show = Line::new("display-message").word("-p").arg("#{@fuzz}");
    round_trip(&server, &texts, set, &show).await;
    server.kill_server().await.unwrap();
}

#[tokio::test]
async fn literal_formats_are_not_expanded() {
    let directory = tempfile::tempdir().unwrap();
    let (server, _guard) = server(directory.path()).await;
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    // tmux shows what cannot be printed, backslashes and `$x`, in its own way, and keeps `##[` as it is.
    let shown_as_given = |c: &char| !c.is_control() && !matches!(c, '\\' | '$' | '[' | '\u{10ffff}');
    let alphabet: Vec<char> = ALPHABET.iter().copied().filter(shown_as_given).collect();
    let mut texts: Vec<String> =
        ["#(touch x)", "#{pid}", "#S", "##", "#", "%H:%M", "#,#}", "-x", "a;", ";"].map(String::from).into();
    texts.extend((0..300).map(|_| random.text(&alphabet)));
    let set = |text: &str| Line::new("rename-window").word("-t").arg("=orc-hold:").word("--").literal(text);
    let show = Line::new("display-message").word("-p").word("-t").arg("=orc-hold:").arg("#{window_name}");
    round_trip(&server, &texts, set, &show).await;
    server.kill_server().await.unwrap();
}

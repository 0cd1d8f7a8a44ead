use proptest::prelude::*;

use super::*;
use crate::protocol::ProgramState;

/// What came out, with neighbouring texts joined.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    views: Vec<u8>,
    screen: Vec<u8>,
    notes: Vec<String>,
}

fn scan(chunks: &[&[u8]]) -> Seen {
    let mut scanner = Scanner::default();
    let mut seen = Seen::default();
    for chunk in chunks {
        scanner.scan(chunk, &mut |piece| match piece {
            Piece::Text(text) => {
                seen.views.extend_from_slice(text);
                seen.screen.extend_from_slice(text);
            }
            Piece::Pass(text) => seen.views.extend_from_slice(text),
            Piece::Bell => {}
            other => seen.notes.push(format!("{other:?} after {}", seen.screen.len())),
        });
    }
    seen
}

fn answers(output: &[u8]) -> Vec<Query> {
    let mut queries = Vec::new();
    Scanner::default().scan(output, &mut |piece| match piece {
        Piece::Query(query) => queries.push(query),
        Piece::Text(text) | Piece::Pass(text) => {
            panic!("{:?} reached the views", String::from_utf8_lossy(text))
        }
        _ => {}
    });
    queries
}

#[test]
fn questions_are_answered_and_hidden() {
    let fixed = |answer: &[u8]| vec![Query::Fixed(answer.to_vec())];
    assert_eq!(answers(b"\x1b[c"), fixed(b"\x1b[?1;2c"));
    assert_eq!(answers(b"\x1b[0c"), fixed(b"\x1b[?1;2c"));
    assert_eq!(answers(b"\x1b[>c"), fixed(b"\x1b[>84;0;0c"));
    assert_eq!(answers(b"\x1b[5n"), fixed(b"\x1b[0n"));
    assert_eq!(answers(b"\x1b[6n\x1b[?6n"), vec![Query::Cursor(false), Query::Cursor(true)]);
    assert_eq!(answers(b"\x1b[?2026$p"), vec![Query::PrivateMode(2026)]);
    assert_eq!(answers(b"\x1b[18t"), vec![Query::Size]);
    assert_eq!(answers(b"\x1bP+q544e\x1b\\"), fixed(b"\x1bP0+r\x1b\\"));
    assert_eq!(answers(b"\x1bP$qm\x1b\\"), fixed(b"\x1bP0$r\x1b\\"));
    assert_eq!(answers(b"\x1b]7501;?\x07"), fixed(b"\x1b]7501;?\x1b\\"));
    for dropped in [
        "\x1b[14t",
        "\x1b[>0q",
        "\x1b[?u",
        "\x1b]10;?\x07",
        "\x1b]4;1;?\x1b\\",
        "\x1b]52;c;YQ==\x07",
        "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\",
    ] {
        assert_eq!(answers(dropped.as_bytes()), vec![], "{dropped:?}");
    }
}

#[test]
fn the_rest_reaches_the_views_untouched() {
    let output = b"a\x1b[31mb\x1b[22;0t\x1b]8;;http://x\x07link\x1b]8;;\x07\x1b(B\x1b[>1u\x1bP1;2q#0\x1b\\\xe2\x82\xac\x1b]0;t\x07";
    assert_eq!(scan(&[output]).views, output);
}

#[test]
fn status_and_title_are_read() {
    let seen = scan(&[b"\x1b]2;my\x01 title\x1b\\\x1b]7501;state=working:app=x\x1b\\"]);
    assert_eq!(seen.views, b"\x1b]2;my\x01 title\x1b\\");
    assert!(seen.notes[0].contains("Title(\"my title\")"), "{:?}", seen.notes);
    assert!(seen.notes[1].contains(&format!("{:?}", ProgramState::Working)), "{:?}", seen.notes);
}

#[test]
fn a_long_clipboard_write_is_dropped_and_a_long_picture_passes() {
    let secret = [b"\x1b]52;c;".to_vec(), vec![b'A'; 50_000], b"\x07after".to_vec()].concat();
    assert_eq!(scan(&[&secret]).views, b"after");
    let picture = [b"\x1bPq".to_vec(), vec![b'~'; 50_000], b"\x1b\\after".to_vec()].concat();
    assert_eq!(scan(&[&picture]).views, picture);
    assert_eq!(scan(&[&picture]).screen, b"after");
}

fn output() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => "[a-z\u{e4}\u{20ac}\u{1f600} \r\n]{0,8}".prop_map(String::into_bytes),
        2 => prop::sample::select(vec![
            "\x1b[c", "\x1b[6n", "\x1b[1;31m", "\x1b[?2004h", "\x1b[?25$p", "\x1b]2;t\x07", "\x1b]7501;?\x1b\\", "\x1b]52;c;AA\x07",
            "\x1b]7501;state=idle\x07", "\x1bP+q41\x1b\\", "\x1bP1q~\x1b\x1b\\", "\x1b(0", "\x1b[2;5r", "\x1bc", "\x1b]8;;x\x1b[m", "\x1b[3\x18",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(prop::sample::select(b"\x1b[]P?;\\\x07\x18cn0$q\xc3\xa9\xf0".to_vec()), 0..6),
        1 => (8_185_usize..8_200).prop_map(|n| [b"\x1b]9;".to_vec(), vec![b'x'; n], b"\x07".to_vec()].concat()),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn splitting_changes_nothing(output in output(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(output.len() + 1)).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut start = 0;
        for cut in cuts {
            chunks.push(&output[start..cut]);
            start = cut;
        }
        chunks.push(&output[start..]);
        // What is still held differs only by what could not be decided; force it out on both sides.
        let end: &[u8] = b"\x18\x1b\\\x18!";
        let whole = scan(&[&output, end]);
        chunks.push(end);
        prop_assert_eq!(scan(&chunks), whole);
    }
}

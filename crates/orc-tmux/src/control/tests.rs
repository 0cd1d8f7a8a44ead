//! The stream as a hostile pane would have it.

use super::*;

fn decode(text: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    Decoder::default().feed(text, &mut items).unwrap();
    items
}

fn block(ours: bool, failed: bool, lines: &[&str]) -> Item {
    let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    Item::Block(Block { ours, failed, lines })
}

const STREAM: &[u8] = b"%begin 1 10 0\n%end 1 10 0\n%session-changed $0 orc-hold\n\
    %begin 2 11 1\none\n%end 1 10 0\n%end 2 11 0\n%begin 9 9 1\n%error 2 12 1\n%exit\n%end 2 11 1\n\
    %unlinked-window-close @4\n%begin 3 12 1\nno such pane\n%error 3 12 1\n\
    %session-renamed $2 a b c\n%sessions-changed\n%exit server exited\n";

#[test]
fn only_the_whole_triple_closes_a_block() {
    assert_eq!(
        decode(STREAM),
        [
            block(false, false, &[]),
            Item::Notice(Notice::Other),
            block(
                true,
                false,
                &["one", "%end 1 10 0", "%end 2 11 0", "%begin 9 9 1", "%error 2 12 1", "%exit"]
            ),
            Item::Notice(Notice::WindowClosed("@4".into())),
            block(true, true, &["no such pane"]),
            Item::Notice(Notice::SessionRenamed("$2".into(), "a b c".into())),
            Item::Notice(Notice::SessionsChanged),
            Item::Notice(Notice::Exit),
        ]
    );
}

#[test]
fn where_the_bytes_are_cut_does_not_matter() {
    let whole = decode(STREAM);
    for size in 1..STREAM.len() {
        let mut decoder = Decoder::default();
        let mut items = Vec::new();
        for piece in STREAM.chunks(size) {
            decoder.feed(piece, &mut items).unwrap();
        }
        assert_eq!(items, whole, "cut every {size} bytes");
    }
}

#[test]
fn malformed_lines_are_notices() {
    for line in ["%begin", "%begin 1 2", "%begin 1 2 x", "%begin 1 2 3 4", "%begin  1 2", "", "\u{fffd}"] {
        assert_eq!(decode(format!("{line}\n").as_bytes()), [Item::Notice(Notice::Other)], "{line:?}");
    }
    assert_eq!(decode(b"\xff\xfe\n"), [Item::Notice(Notice::Other)]);
}

#[test]
fn an_unfinished_block_yields_nothing() {
    assert_eq!(decode(b"%begin 1 2 1\ntext\n%end 1 2 1"), []);
}

#[test]
fn a_line_without_end_is_refused() {
    let mut decoder = Decoder::default();
    let long = vec![b'x'; LINE_LIMIT + 1];
    assert_eq!(decoder.feed(&long, &mut Vec::new()), Err(Overlong));
}

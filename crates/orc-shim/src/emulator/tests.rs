use proptest::prelude::*;

use super::*;

fn plain_flood() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        6 => "[ -~]{0,30}\r\n",
        1 => "[a-z\u{e4}\u{4f60}\u{1f600}\u{301}\t]{0,30}\r\n",
        1 => "[a-z]{0,5}\n",
        1 => "[a-z\u{8}\r\u{b}]{0,9}",
    ];
    prop::collection::vec(line, 0..120).prop_map(|lines| lines.concat().into_bytes())
}

fn state() -> impl Strategy<Value = Vec<u8>> {
    let part = prop::sample::select(vec![
        "text",
        "\x1b[31m",
        "\x1b[5;3H",
        "\x1b[?1049h",
        "\x1b[7m",
        "wide \u{4f60}",
        "\r\n",
        "\x1b[?6h",
        "\x1b[2J",
    ]);
    prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat().into_bytes())
}

proptest! {
    #[test]
    fn a_flood_looks_as_if_all_of_it_were_rendered(before in state(), flood in plain_flood(), after in "[a-z\r\n]{0,20}") {
        let mut fast = Emulator::new(11, 5);
        let mut full = vt100::Parser::new(cells(5), cells(11), 0);
        for bytes in [&before, &flood, &after.into_bytes()] {
            fast.feed(bytes);
            full.process(bytes);
        }
        fast.render();
        prop_assert_eq!(fast.parser.screen().state_formatted(), full.screen().state_formatted());
        prop_assert_eq!(fast.parser.screen().cursor_position(), full.screen().cursor_position());
    }

    #[test]
    fn a_repaint_shows_the_same_screen(before in state(), garbage in state(), flood in plain_flood()) {
        let mut shim = Emulator::new(11, 5);
        shim.feed(&before);
        shim.feed(&flood);
        // Origin mode is the renderer's own and is not restored.
        shim.feed(b"\x1b[?6l");
        let mut view = vt100::Parser::new(cells(5), cells(11), 0);
        view.process(&garbage);
        view.process(&shim.repaint());
        prop_assert_eq!(shim.parser.screen().state_formatted(), view.screen().state_formatted());
        shim.parser.process(b"\x1b[?47l");
        view.process(b"\x1b[?47l");
        prop_assert_eq!(shim.parser.screen().contents(), view.screen().contents());
    }

    /// A panic in the renderer would take the agent's terminal away.
    #[test]
    fn no_output_and_no_size_breaks_the_renderer(
        output in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), sequences(), 1_u16..12, 1_u16..8), 1..12),
    ) {
        let mut emulator = Emulator::new(10, 4);
        for (bytes, sequence, cols, rows) in output {
            emulator.feed(sequence.as_bytes());
            emulator.feed(&bytes);
            emulator.resize(cols, rows);
            emulator.feed(sequence.as_bytes());
            emulator.snapshot();
            emulator.repaint();
        }
    }
}

fn sequences() -> impl Strategy<Value = String> {
    let one = ("[?]?[0-9]{0,2}(;[0-9]{1,3})?[@A-Zabdfghlmr]", "[a-z\u{4f60}\u{301}\r\n\t]{0,14}")
        .prop_map(|(csi, text)| format!("\x1b[{csi}{text}"));
    prop::collection::vec(one, 0..6).prop_map(|parts| parts.concat())
}

#[test]
fn dim_text_is_told_in_characters() {
    let mut emulator = Emulator::new(20, 2);
    emulator.feed("\u{4f60}> \x1b[2mghost\x1b[m x".as_bytes());
    let screen = emulator.snapshot();
    assert_eq!(screen.lines[0], "\u{4f60}> ghost x");
    assert_eq!(screen.dim[0], vec![(3, 8)]);
    assert_eq!(screen.dim[1], vec![]);
}

#[test]
fn a_choice_is_told_by_its_background_or_its_reverse() {
    let marked = |text: &str| {
        let mut emulator = Emulator::new(40, 1);
        emulator.feed(text.as_bytes());
        emulator.snapshot().marked[0].clone()
    };
    assert_eq!(marked("plain text"), vec![]);
    let panel = "\x1b[48;2;20;20;20m| \x1b[48;2;30;30;30m";
    let menu =
        |chosen: &str| format!("{panel}\u{4f60} \x1b[48;5;9m{chosen}\x1b[48;2;30;30;30m  No  Never at all");
    assert_eq!(marked(&menu("Yes")), vec![(0, 2), (4, 7)]);
    assert_eq!(marked("One \x1b[7mTwo\x1b[m Three"), vec![(4, 7)]);
    assert_eq!(marked("\x1b[7mall of it\x1b[m"), vec![(0, 9)]);
}

#[test]
fn the_drawn_cursor_on_ghost_text_is_ghost_text() {
    let dim = |text: &str| {
        let mut emulator = Emulator::new(30, 1);
        emulator.feed(text.as_bytes());
        emulator.snapshot().dim[0].clone()
    };
    assert_eq!(dim("> \x1b[7mR\x1b[27;2mesend your message\x1b[m"), vec![(2, 21)]);
    assert_eq!(dim("> typed\x1b[7m \x1b[27m"), vec![]);
    assert_eq!(dim("> \x1b[7mtwo\x1b[27;2m dim\x1b[m"), vec![(5, 9)]);
    assert_eq!(dim("\x1b[7ma\x1b[m b\x1b[2mc\x1b[m"), vec![(3, 4)]);
}

#[test]
fn a_scroll_region_and_focus_reports_survive_a_repaint() {
    let mut emulator = Emulator::new(20, 4);
    emulator.feed(b"top\r\n\x1b[2;3r\x1b[3;1Hlow");
    emulator.set_region(Some((2, 3)));
    emulator.set_mode(1004, true);
    let mut view = vt100::Parser::new(cells(4), cells(20), 0);
    let paint = emulator.repaint();
    assert!(String::from_utf8_lossy(&paint).contains("\x1b[?1004h"));
    view.process(&paint);
    for parser in [&mut emulator.parser, &mut view] {
        parser.process(b"\r\nmore");
    }
    assert_eq!(view.screen().contents(), "top\nlow\nmore");
    assert_eq!(view.screen().contents(), emulator.parser.screen().contents());
}

proptest! {
    /// The shortcut past empty cells shows what the renderer shows.
    #[test]
    fn a_snapshot_has_every_row(before in state(), flood in plain_flood()) {
        let mut emulator = Emulator::new(11, 5);
        emulator.feed(&before);
        emulator.feed(&flood);
        let lines = emulator.snapshot().lines;
        let rows: Vec<String> = emulator.parser.screen().rows(0, 11).map(|row| row.trim_end_matches(' ').to_owned()).collect();
        prop_assert_eq!(lines, rows);
    }
}

use super::*;
use crate::keys::Input;
use crate::script::Script;
use std::time::Duration;

fn agent() -> (Agent, Instant) {
    (Agent::new("tester".into(), Script::default(), false), Instant::now())
}

fn plain(frame: &Frame) -> Vec<String> {
    let strip = |row: &String| row.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "");
    frame.rows.iter().map(strip).collect()
}

#[test]
fn the_composer_is_at_the_bottom() {
    let (agent, now) = agent();
    let frame = frame(&agent, (20, 6), None, now);
    let rule = "─".repeat(20);
    let expected = ["scripted agent · tes", "", &rule, "› Type a message", &rule, "idle"];
    assert_eq!(plain(&frame), expected);
    assert_eq!(frame.cursor, Some((2, 3)));
}

#[test]
fn the_composer_grows_to_eight_rows_and_shows_its_end() {
    let (mut agent, now) = agent();
    for n in 0..12 {
        agent.composer.insert(&format!("{n}\n"));
    }
    agent.composer.insert("end");
    let frame = frame(&agent, (20, 20), None, now);
    assert_eq!(frame.rows[10], "› 5");
    assert_eq!(frame.rows[17], "  end");
    assert_eq!(frame.cursor, Some((5, 17)));
}

#[test]
fn a_dialog_takes_the_composers_place() {
    let (mut agent, now) = agent();
    agent.input(Input::Paste(b"DO: ask touch \x1b[2Jx".to_vec()), now);
    agent.input(Input::Enter, now);
    let frame = frame(&agent, (40, 10), None, now);
    let expected = [
        "Do you want to run this command?",
        "  touch ␛[2Jx",
        "❯ 1. Yes",
        "  2. No",
        "Enter to select · Esc to cancel",
    ];
    assert_eq!(plain(&frame)[5..], expected);
    assert_eq!(frame.cursor, None);
}

#[test]
fn the_footer_says_what_happens() {
    let (mut agent, now) = agent();
    for _ in 0..2 {
        agent.input(Input::Paste(b"DO: work 10".to_vec()), now);
        agent.input(Input::Enter, now);
    }
    let frame = frame(&agent, (60, 10), None, now + Duration::from_millis(3_250));
    assert_eq!(frame.rows[8..], ["⠹ Working… (3s · esc to interrupt)", "queued: 1"]);
}

#[test]
fn no_size_is_too_small() {
    let (mut agent, now) = agent();
    agent.composer.insert("日本語\n\n\n\n\n\n\n\n\n");
    for cols in 1..6 {
        for rows in 1..14 {
            let frame = frame(&agent, (cols, rows), Some(3), now);
            assert_eq!(frame.rows.len(), usize::from(rows));
            assert!(frame.cursor.is_none_or(|(col, row)| col < usize::from(cols) && row < usize::from(rows)));
        }
    }
}

//! What a person sees.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use orc_core::team::TeamPhase;

use super::super::message::Message;
use super::super::model::{Board, Model, Scope};
use super::super::print::plain;
use super::super::theme::Palette;
use super::fixture::*;

#[test]
fn a_quiet_team_in_a_wide_terminal() {
    assert_snapshot!(frame(&shown(quiet(), (120, 30))));
}

#[test]
fn an_incident_with_trouble_in_a_wide_terminal() {
    assert_snapshot!(frame(&shown(trouble(), (120, 34))));
}

#[test]
fn an_incident_with_trouble_in_a_narrow_terminal() {
    assert_snapshot!(frame(&shown(trouble(), (60, 30))));
}

#[test]
fn a_late_incident_says_by_how_much() {
    let board = Board { incident: Some(incident(33)), ..quiet() };
    let text = frame(&shown(board, (120, 24)));
    assert!(text.contains("✗ root cause LATE by 18:00"), "{text}");
    assert!(text.contains("✗ fix ready LATE by 3:00"), "{text}");
    assert!(text.contains("! resolved: 12:00 left") || text.contains("○ resolved: 12:00 left"), "{text}");
}

#[test]
fn a_team_without_an_incident() {
    let board = Board { incident: None, ..quiet() };
    let text = frame(&shown(board, (80, 24)));
    assert!(text.contains("no incident is declared"), "{text}");
    assert!(!text.contains("T+"), "no clock without an incident: {text}");
}

#[test]
fn a_stopped_team_is_shown_as_one() {
    let mut board = trouble();
    board.team.phase = TeamPhase::Stopped;
    let text = frame(&shown(board, (100, 24)));
    assert!(text.contains("STOPPED"), "{text}");
    assert!(!text.contains("WAITS FOR YOU") && !text.contains("BROKEN"), "nobody is waited for: {text}");
}

#[test]
fn a_dialog_with_its_options() {
    let mut model = shown(trouble(), (100, 30));
    press(&mut model, &[KeyCode::Char('a')]);
    assert_snapshot!(frame(&model));
}

#[test]
fn the_options_of_a_dialog_are_in_sight_however_long_its_text_is() {
    let mut board = trouble();
    board.prompts[0].text = "a line of a very long text\n".repeat(100);
    for size in [(80, 24), (60, 20), (120, 16)] {
        let mut model = shown(board.clone(), size);
        press(&mut model, &[KeyCode::Char('a')]);
        let text = frame(&model);
        for words in ["1 Yes", "3 No", "1–9 answer", "a line of a very"] {
            assert!(text.contains(words), "{words} in {size:?}: {text}");
        }
    }
}

#[test]
fn all_of_one_agent() {
    let mut model = shown(trouble(), (90, 30));
    press(&mut model, &[KeyCode::Down, KeyCode::Enter]);
    assert_snapshot!(frame(&model));
}

#[test]
fn the_help() {
    let mut model = shown(quiet(), (80, 30));
    press(&mut model, &[KeyCode::Char('?')]);
    assert_snapshot!(frame(&model));
}

#[test]
fn a_lost_supervisor_is_said_and_its_return_too() {
    let mut model = shown(quiet(), (140, 24));
    tell(&mut model, Message::Lost(Some("it has ended; another one is being started".to_owned())));
    let lost = frame(&model);
    assert!(lost.contains("✗ BROKEN         supervisor LOST"), "{lost}");
    assert!(lost.contains("what is shown is old") && lost.contains("✗ lost"), "{lost}");
    assert!(lost.contains("backend"), "what was known stays in sight: {lost}");
    tell(&mut model, Message::Events(Vec::new()));
    let back = frame(&model);
    assert!(back.contains("the supervisor is back") && back.contains("● live"), "{back}");
}

#[test]
fn nothing_yet() {
    let scope = Scope::Team("auth-hotfix".to_owned());
    let text = frame(&Model::new(scope, Palette::Plain, clock(), (60, 20)));
    assert!(text.contains("nothing has been said yet"), "{text}");
    let text = frame(&Model::new(Scope::Teams, Palette::Plain, clock(), (100, 20)));
    assert!(text.contains("tmux-orc quick-deploy"), "a first step is offered: {text}");
}

#[test]
fn the_teams_of_a_host() {
    let mut model = Model::new(Scope::Teams, Palette::Colour, clock(), (100, 12));
    let mut stopped = quiet().team;
    stopped.phase = TeamPhase::Stopped;
    tell(&mut model, Message::Teams(vec![trouble().team, stopped]));
    assert_snapshot!(frame(&model));
}

#[test]
fn fifty_agents_scroll_with_the_selection() {
    let agents = (0..50).map(|at| agent(at, &format!("dev-{at}"), is("working"), 5, "hook")).collect();
    let mut model = shown(Board { team: team(agents), ..quiet() }, (100, 24));
    assert!(frame(&model).contains("● dev-0 "), "the first are shown");
    press(&mut model, &[KeyCode::Char('G')]);
    let text = frame(&model);
    assert!(text.contains("▸● dev-49") && !text.contains("● dev-0 "), "{text}");
    press(&mut model, &[KeyCode::Up]);
    assert!(frame(&model).contains("▸● dev-48"), "the list stays where it is");
}

#[test]
fn a_printed_frame_has_all_of_it_and_nothing_for_hands() {
    let agents = (0..50).map(|at| agent(at, &format!("dev-{at}"), is("working"), 5, "hook")).collect();
    let board = Board { team: team(agents), ..trouble() };
    for columns in [60, 100, 160] {
        let text = plain(shown(Board { ..board.clone() }, (columns, 5)));
        assert!((0..50).all(|at| text.contains(&format!("dev-{at} "))), "{text}");
        assert!(text.contains("Found it: DB"), "{text}");
        assert!(!text.contains("broadcast") && !text.contains('\x1b'), "{text}");
        assert!(text.lines().all(|line| super::super::text::width(line) <= usize::from(columns)), "{text}");
    }
}

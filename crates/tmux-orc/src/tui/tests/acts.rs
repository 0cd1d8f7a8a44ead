//! What the person does, down to the request that is made of it.

use crossterm::event::KeyCode;
use orc_api::Request;
use orc_api::request::{Answered, Recipients};
use orc_core::incident::Milestone;
use orc_core::incident::entry::Entry;
use orc_core::restart::Comeback;
use orc_core::team::TeamPhase;

use super::super::layout::{areas, keys};
use super::super::message::{Command, Message};
use super::super::model::{Model, Mood, Overlay};
use super::fixture::*;

/// The one request that these commands make.
fn request(commands: Vec<Command>) -> Request {
    match commands.into_iter().next() {
        Some(Command::Act(request)) => *request,
        other => panic!("no act: {other:?}"),
    }
}

#[test]
fn a_number_answers_the_dialog_that_is_shown_and_no_other() {
    let mut model = shown(trouble(), (100, 30));
    press(&mut model, &[KeyCode::Char('a')]);
    assert!(press(&mut model, &[KeyCode::Char('7')]).is_empty(), "there is no option 7");
    assert!(matches!(model.overlay, Some(Overlay::Prompt(_))));
    let Request::Answer(answer) = request(press(&mut model, &[KeyCode::Char('2')])) else {
        panic!("no answer")
    };
    assert_eq!((answer.agent.as_str(), answer.prompt.as_deref()), ("auth-hotfix:1", Some("p7")));
    assert_eq!(answer.answer, Answered::Option("2".to_owned()));
    assert_eq!(model.overlay, None, "a second press of the key answers nothing");
    assert!(press(&mut model, &[KeyCode::Char('2')]).is_empty());
}

#[test]
fn a_dialog_is_closed_or_left_alone() {
    let mut model = shown(trouble(), (100, 30));
    assert!(press(&mut model, &[KeyCode::Char('a'), KeyCode::Esc]).is_empty());
    let Request::Answer(answer) = request(press(&mut model, &[KeyCode::Char('a'), KeyCode::Char('x')]))
    else {
        panic!("no answer")
    };
    assert_eq!(answer.answer, Answered::Cancel);
    for key in [KeyCode::Enter, KeyCode::Char('y'), KeyCode::Char(' ')] {
        assert!(press(&mut model, &[KeyCode::Char('a'), key]).is_empty(), "{key:?} answers nothing");
        model.overlay = None;
    }
}

#[test]
fn a_message_goes_to_the_selected_agent_as_it_was_typed() {
    let mut model = shown(quiet(), (100, 30));
    press(&mut model, &[KeyCode::Down, KeyCode::Char('s')]);
    typed(&mut model, "q? 1 ");
    tell(&mut model, Message::Paste("line one\r\nline two\x1b[31m".to_owned()));
    let Request::Send(send) = request(press(&mut model, &[KeyCode::Enter])) else { panic!("no message") };
    assert_eq!(send.to, Recipients::Agent("auth-hotfix:1".to_owned()));
    assert_eq!(send.text, "q? 1 line one\nline two[31m");
}

#[test]
fn a_broadcast_goes_to_the_team_and_an_empty_one_nowhere() {
    let mut model = shown(quiet(), (100, 30));
    press(&mut model, &[KeyCode::Char('b')]);
    typed(&mut model, "stand down");
    let Request::Send(send) = request(press(&mut model, &[KeyCode::Enter])) else { panic!("no message") };
    assert_eq!(
        (send.to, send.text.as_str()),
        (Recipients::Broadcast("auth-hotfix".to_owned()), "stand down")
    );
    assert!(press(&mut model, &[KeyCode::Char('b'), KeyCode::Char(' '), KeyCode::Enter]).is_empty());
    assert_eq!(model.notice.as_ref().map(|it| it.mood), Some(Mood::Bad));
}

#[test]
fn a_pasted_text_is_never_a_command() {
    let mut model = shown(trouble(), (100, 30));
    assert!(tell(&mut model, Message::Paste("a1q".to_owned())).is_empty());
    assert_eq!(model.overlay, None);
    press(&mut model, &[KeyCode::Char('a')]);
    assert!(tell(&mut model, Message::Paste("1".to_owned())).is_empty(), "a paste answers no dialog");
}

#[test]
fn a_restart_asks_how_and_says_what_is_cut_off() {
    let mut model = shown(quiet(), (100, 30));
    assert!(press(&mut model, &[KeyCode::Char('r')]).is_empty());
    assert!(frame(&model).contains("in the middle of a turn"), "{}", frame(&model));
    assert!(press(&mut model, &[KeyCode::Enter]).is_empty(), "Enter restarts nothing");
    for (key, wanted) in [('c', Comeback::Resume), ('b', Comeback::Brief), ('f', Comeback::Fresh)] {
        model.overlay = None;
        let Request::RestartAgent { agent, how } =
            request(press(&mut model, &[KeyCode::Char('r'), KeyCode::Char(key)]))
        else {
            panic!("no restart")
        };
        assert_eq!((agent.as_str(), how), ("auth-hotfix:0", wanted));
    }
    assert!(press(&mut model, &[KeyCode::Char('r'), KeyCode::Esc]).is_empty());
}

#[test]
fn a_milestone_is_marked_with_its_words() {
    let mut model = shown(quiet(), (100, 30));
    press(&mut model, &[KeyCode::Char('m')]);
    let all: Vec<Milestone> = Milestone::ALL.into_iter().filter(|it| it.is_marked_by_hand()).collect();
    let at = all.iter().position(|it| *it == Milestone::RootCause).unwrap();
    press(&mut model, &vec![KeyCode::Down; at]);
    press(&mut model, &[KeyCode::Enter]);
    typed(&mut model, "the error path leaks (E1, file:auth.py#L234).");
    let Request::Record(record) = request(press(&mut model, &[KeyCode::Enter])) else { panic!("no record") };
    let Entry::Mark(claim) = record.entry else { panic!("no mark") };
    assert_eq!((record.team.as_str(), claim.milestone), ("auth-hotfix", Milestone::RootCause));
    assert_eq!(claim.text, "the error path leaks (E1, file:auth.py#L234).");
    assert_eq!((claim.evidence.join(" ").as_str(), claim.by_hand), ("E1 file:auth.py#L234", None));
    press(&mut model, &[KeyCode::Char('m'), KeyCode::Char('7')]);
    typed(&mut model, "by hand: the customer says so");
    let Request::Record(record) = request(press(&mut model, &[KeyCode::Enter])) else { panic!("no record") };
    let Entry::Mark(claim) = record.entry else { panic!("no mark") };
    assert_eq!(claim.milestone, Milestone::Resolved);
    assert_eq!(claim.by_hand.as_deref(), Some("the customer says so"));
}

#[test]
fn nothing_is_done_to_a_team_that_has_stopped() {
    let mut board = quiet();
    board.team.phase = TeamPhase::Stopped;
    let mut model = shown(board, (100, 30));
    for key in ['s', 'b', 't', 'r', 'm'] {
        assert!(press(&mut model, &[KeyCode::Char(key)]).is_empty(), "{key}");
        assert_eq!(model.overlay, None, "{key}");
        assert!(model.notice.as_ref().is_some_and(|it| it.text.contains("has stopped")), "{key}");
    }
}

#[test]
fn the_terminal_is_that_of_the_selected_agent() {
    let mut model = shown(quiet(), (100, 30));
    let commands = press(&mut model, &[KeyCode::Down, KeyCode::Down, KeyCode::Char('t')]);
    assert!(matches!(commands.as_slice(), [Command::Attach(to)] if to == "auth-hotfix:2"), "{commands:?}");
}

/// The row of the screen with these words.
fn row_of(model: &Model, words: &str) -> u16 {
    let text = frame(model);
    let row =
        text.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words}: {text}"));
    u16::try_from(row).unwrap()
}

#[test]
fn a_click_finds_what_is_drawn_there() {
    for size in [(60, 30), (120, 40), (200, 50)] {
        let mut model = shown(trouble(), size);
        let row = row_of(&model, "dba   ");
        click(&mut model, 5, row);
        assert_eq!(model.selected.map(|id| model.name_of(id)), Some("dba".to_owned()), "{size:?}");
        assert_eq!(model.overlay, None);
        click(&mut model, 5, row);
        assert!(matches!(model.overlay, Some(Overlay::Agent(_))), "a second click shows all of it");
        press(&mut model, &[KeyCode::Esc]);
        let row = row_of(&model, "devops asks");
        click(&mut model, 20, row);
        assert!(matches!(model.overlay, Some(Overlay::Prompt(_))), "{size:?}");
        press(&mut model, &[KeyCode::Esc]);
        let foot = areas(&model).keys;
        let (at, _, _) = keys(foot.width).into_iter().find(|(_, key, _)| *key == '?').unwrap();
        click(&mut model, at + 3, foot.y);
        assert_eq!(model.overlay, Some(Overlay::Help), "{size:?}");
    }
}

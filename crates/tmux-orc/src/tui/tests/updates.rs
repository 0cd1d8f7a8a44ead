//! What follows from what happened.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use orc_core::ids::Seq;

use super::super::message::{Command, Message, Reading};
use super::super::model::{Board, Clock, Link, Mood, Overlay, Scope};
use super::super::update::update;
use super::fixture::*;

#[test]
fn one_reading_at_a_time_and_none_is_forgotten() {
    let mut model = shown(quiet(), (100, 30));
    let first = tell(&mut model, Message::Tick);
    assert!(matches!(first.as_slice(), [Command::Read(Scope::Team(_), Reading::Whole)]), "{first:?}");
    assert!(tell(&mut model, Message::Tick).is_empty(), "one is under way");
    let next = tell(&mut model, Message::Board(Box::new(quiet())));
    assert!(matches!(next.as_slice(), [Command::Read(..)]), "what changed meanwhile is read: {next:?}");
    assert!(tell(&mut model, Message::Board(Box::new(quiet()))).is_empty(), "and then nothing is left");
}

#[test]
fn an_event_of_the_team_is_read_and_one_of_another_is_not() {
    let mut model = shown(quiet(), (100, 30));
    let said = |seq, team: &str| {
        let mut envelope = envelope(
            seq,
            1,
            serde_json::json!({
                "event": "agent_said", "agent": "a1", "generation": 1, "source": "hook", "text": "words of an agent",
            }),
        );
        envelope.team = Some(team.to_owned());
        Message::Events(vec![envelope])
    };
    tell(&mut model, Message::Board(Box::new(quiet())));
    assert!(tell(&mut model, said(100, "another")).is_empty());
    assert!(!frame(&model).contains("words of an agent"));
    assert_eq!(tell(&mut model, said(101, "auth-hotfix")).len(), 1);
    assert!(frame(&model).contains("words of an agent"));
    let lines = model.lines().count();
    tell(&mut model, said(101, "auth-hotfix"));
    assert_eq!(model.lines().count(), lines, "an event that comes again is one line");
}

#[test]
fn the_record_of_an_incident_is_read_at_once_and_then_once_a_second() {
    let mut model = shown(quiet(), (100, 30));
    tell(&mut model, Message::Board(Box::new(quiet())));
    tell(&mut model, Message::Incident(Box::new(incident(12))));
    let mut stated = |run: u64, seq: u64| {
        let fact = serde_json::json!({ "fact": "noted", "text": "words" });
        let event = serde_json::json!({
            "event": "recorded", "team": "auth-hotfix", "by": { "who": "operator" }, "at": { "at": NOW }, "fact": fact,
        });
        let clock = Clock { run, ..clock() };
        let commands = update(&mut model, clock, Message::Events(vec![envelope(seq, 1, event)]));
        let waits = commands.iter().find_map(|command| match command {
            Command::ReadIncident(_, wait) => Some(*wait),
            _ => None,
        });
        update(&mut model, clock, Message::Board(Box::new(Board { incident: None, ..quiet() })));
        (waits, model.board.as_ref().is_some_and(|board| board.incident.is_some()))
    };
    let begun = clock().run;
    assert_eq!(
        stated(begun + 5000, 100),
        (Some(0), true),
        "the first is read at once, and what is known stays"
    );
    assert_eq!(stated(begun + 5050, 101), (None, true), "one is under way");
    update(&mut model, Clock { run: begun + 5060, ..clock() }, Message::Incident(Box::new(incident(12))));
    assert!(model.incident_look.under_way, "what changed meanwhile is read after a while");
    assert_eq!(model.unread_for(), 0);
}

#[test]
fn a_team_that_was_left_changes_nothing_any_more() {
    let mut model = shown(quiet(), (100, 30));
    let commands = press(&mut model, &[KeyCode::Char('w')]);
    assert!(
        matches!(commands.as_slice(), [Command::Follow(Scope::Teams), Command::Read(Scope::Teams, _)]),
        "{commands:?}"
    );
    tell(&mut model, Message::Board(Box::new(quiet())));
    assert!(model.board.is_none());
    tell(&mut model, Message::Teams(vec![quiet().team]));
    let commands = press(&mut model, &[KeyCode::Enter]);
    assert!(
        matches!(commands.first(), Some(Command::Follow(Scope::Team(name))) if name == "auth-hotfix"),
        "{commands:?}"
    );
}

#[test]
fn a_lost_supervisor_takes_no_keys_away() {
    let mut model = shown(quiet(), (100, 30));
    tell(&mut model, Message::Lost(Some("it does not answer".to_owned())));
    press(&mut model, &[KeyCode::Down]);
    assert_eq!(model.selected.map(|id| id.to_string()), Some("a2".to_owned()));
    let Link::Lost { since, .. } = model.link.clone() else { panic!("{:?}", model.link) };
    tell(&mut model, Message::Lost(Some("still not".to_owned())));
    tell(&mut model, Message::Lost(None));
    assert!(matches!(&model.link, Link::Lost { since: now, why } if *now == since && why == "still not"));
    assert!(matches!(tell(&mut model, Message::Tick).as_slice(), [Command::Read(..)]), "it is asked again");
    tell(&mut model, Message::Board(Box::new(quiet())));
    assert_eq!(model.link, Link::Live);
}

#[test]
fn the_clock_goes_on_between_two_readings_and_stops_when_it_is_over() {
    let mut model = shown(quiet(), (120, 30));
    assert!(frame(&model).contains("T+12:00"), "{}", frame(&model));
    let later = Clock { wall: NOW + 65_000, run: clock().run + 65_000 };
    update(&mut model, later, Message::Tick);
    assert!(frame(&model).contains("T+13:05"), "{}", frame(&model));
    // The wall clock is set back by an hour: the clock of the incident does not follow it.
    update(&mut model, Clock { wall: NOW - 3_600_000, run: later.run }, Message::Tick);
    assert!(frame(&model).contains("T+13:05"), "{}", frame(&model));
    let board = model.board.as_mut().unwrap();
    let incident = board.incident.as_mut().unwrap();
    incident.phase = orc_core::incident::Phase::Resolved;
    incident.metrics.metrics[3].took_ms = Some(25 * 60_000);
    let text = frame(&model);
    assert!(text.contains("T+25:00 resolved") && text.contains("✓ resolved in 25:00"), "{text}");
}

#[test]
fn a_dialog_that_was_answered_elsewhere_is_closed_here() {
    let mut model = shown(trouble(), (100, 30));
    press(&mut model, &[KeyCode::Char('a')]);
    assert!(matches!(model.overlay, Some(Overlay::Prompt(_))));
    tell(&mut model, Message::Board(Box::new(quiet())));
    assert_eq!(model.overlay, None, "a key that comes now answers nothing");
    assert!(press(&mut model, &[KeyCode::Char('1')]).is_empty());
}

#[test]
fn a_dialog_never_opens_by_itself() {
    let mut model = shown(quiet(), (100, 30));
    press(&mut model, &[KeyCode::Char('b')]);
    typed(&mut model, "half a thou");
    tell(&mut model, Message::Board(Box::new(trouble())));
    assert!(matches!(model.overlay, Some(Overlay::Input { .. })), "what is typed goes where it was typed");
}

#[test]
fn messages_stay_where_one_reads_while_others_come() {
    let mut model = shown(quiet(), (100, 30));
    press(&mut model, &[KeyCode::Tab, KeyCode::Up]);
    assert_eq!(model.stream_end, Some(Seq(12)));
    let more = envelope(
        200,
        1,
        serde_json::json!({
            "event": "agent_said", "agent": "a3", "generation": 1, "source": "hook", "text": "newest words",
        }),
    );
    tell(&mut model, Message::Events(vec![more]));
    assert!(!frame(&model).contains("newest words"));
    press(&mut model, &[KeyCode::End]);
    assert!(frame(&model).contains("newest words") && model.stream_end.is_none());
}

#[test]
fn a_filter_shows_what_has_the_words() {
    let mut model = shown(trouble(), (120, 34));
    press(&mut model, &[KeyCode::Char('/')]);
    typed(&mut model, "found");
    press(&mut model, &[KeyCode::Enter]);
    let text = frame(&model);
    assert!(text.contains("Found it") && !text.contains("CRITICAL"), "{text}");
    assert!(text.contains("only what has “found”"), "a filter is always said: {text}");
    assert!(text.contains("devops asks: permission"), "what waits for a person is never filtered: {text}");
    press(&mut model, &[KeyCode::Esc]);
    assert!(frame(&model).contains("CRITICAL"));
}

#[test]
fn a_good_notice_fades_and_a_bad_one_waits_for_a_key() {
    let mut model = shown(quiet(), (100, 30));
    tell(&mut model, Message::Outcome(Mood::Bad, "no such option".to_owned()));
    let later = Clock { run: clock().run + 60_000, ..clock() };
    update(&mut model, later, Message::Tick);
    assert!(frame(&model).contains("✗ no such option"));
    update(&mut model, later, Message::Key(KeyEvent::new(KeyCode::Down, KeyModifiers::NONE)));
    assert!(!frame(&model).contains("no such option"));
    update(&mut model, later, Message::Outcome(Mood::Good, "m5 is on its way".to_owned()));
    assert!(frame(&model).contains("✓ m5 is on its way"));
    update(&mut model, Clock { run: later.run + 7000, ..later }, Message::Tick);
    assert!(!frame(&model).contains("m5 is on its way"));
}

#[test]
fn an_interrupt_ends_it_from_anywhere() {
    let mut model = shown(trouble(), (100, 30));
    for open in ['?', 'a', 'b', 'm', 'r', '/'] {
        press(&mut model, &[KeyCode::Char(open)]);
        let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert!(matches!(tell(&mut model, Message::Key(key)).as_slice(), [Command::Interrupt]), "{open}");
        model.overlay = None;
    }
}

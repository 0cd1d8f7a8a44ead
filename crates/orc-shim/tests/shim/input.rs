//! What reaches the agent: checked against the file that the agent itself writes.

use orc_shim::protocol::{FromShim, Mode, Refusal, Stage, ToShim};

use crate::Test;
use crate::rig::{Client, Rig, wait_until};

pub(crate) const TESTS: &[Test] = &[
    ("keys_reach_the_agent_and_its_echo_comes_back", keys_reach_the_agent_and_its_echo_comes_back),
    ("an_injection_is_typed_exactly_once", an_injection_is_typed_exactly_once),
    ("nothing_is_typed_on_a_screen_that_has_changed", nothing_is_typed_on_a_screen_that_has_changed),
    (
        "a_new_supervisor_learns_what_was_typed_and_goes_on",
        a_new_supervisor_learns_what_was_typed_and_goes_on,
    ),
    ("a_person_comes_first", a_person_comes_first),
    ("keys_of_an_answer_wait_until_the_person_rests", keys_of_an_answer_wait_until_the_person_rests),
    ("a_large_paste_arrives_whole", a_large_paste_arrives_whole),
    ("questions_to_the_terminal_are_answered_in_order", questions_to_the_terminal_are_answered_in_order),
];

/// An agent in raw mode with bracketed paste that writes down what it gets.
const RAW: &str = "stty raw -echo; printf '\\033[?2004hready'; exec cat > $LOG";

fn raw_agent() -> (Rig, Client) {
    let rig = Rig::sh(RAW);
    let mut control = rig.control();
    control.screen_until("the agent", |screen| {
        screen.bracketed_paste && screen.lines[0] == "ready" && !screen.line_mode
    });
    (rig, control)
}

fn logged(rig: &Rig, expected: &[u8]) {
    wait_until("the agent's log", || {
        let log = rig.log();
        if log.len() >= expected.len() { Ok(()) } else { Err(format!("{:?}", String::from_utf8_lossy(&log))) }
    });
    assert_eq!(String::from_utf8_lossy(&rig.log()), String::from_utf8_lossy(expected));
}

fn pasted(control: &mut Client, id: &str) {
    control.until("the paste", |message| {
        matches!(message, FromShim::Pasted { id: pasted } if pasted == id).then_some(())
    });
}

fn keys_reach_the_agent_and_its_echo_comes_back() {
    let rig = Rig::program(&["/bin/cat"]);
    let mut view = rig.view(90, 20);
    view.keys("hello\r");
    view.output_until("hello\r\nhello\r\n");
    let screen = rig.control().screen_until("both lines", |screen| screen.lines[1] == "hello");
    assert_eq!((screen.cols, screen.rows), (90, 20), "the view's size");
    assert!(screen.line_mode && screen.echo && !screen.bracketed_paste && !screen.person.draft, "{screen:?}");
    let mut control = rig.control();
    match control.inject("m", "two\nlines") {
        FromShim::Injected { injection, .. } => assert_eq!(injection.mode, Mode::Bare),
        other => panic!("{other:?}"),
    }
    control.screen_until("the injected line", |screen| {
        screen.lines.iter().filter(|line| line.ends_with("two")).count() == 2
    });
}

fn an_injection_is_typed_exactly_once() {
    let (rig, mut control) = raw_agent();
    assert!(
        matches!(control.inject("m1", "one\ntwo."), FromShim::Injected { injection, .. } if injection.mode == Mode::Bracketed)
    );
    let mut view = rig.view(80, 24);
    view.keys("held");
    control.screen_until("held keys", |screen| screen.person.held == 4);
    let submit = |seq| ToShim::Submit { seq, id: "m1".into(), if_output_seq: None };
    wait_until("the submit", || match control.ask(submit) {
        FromShim::Submitted { injection, .. } if injection.submits == 1 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert!(
        matches!(control.inject("m1", "one\ntwo."), FromShim::AlreadyInjected { injection, .. } if injection.stage == Stage::Submitted)
    );
    assert!(matches!(
        control.inject("m2", "x"),
        FromShim::Refused { refusal: Refusal::AnotherInjection { .. }, .. }
    ));
    assert!(matches!(
        control.ask(|seq| ToShim::Keys { seq, bytes: b"1".to_vec(), if_quiet_ms: None, if_output_seq: None }),
        FromShim::Refused { .. }
    ));
    assert!(matches!(
        control.ask(|seq| ToShim::Release { seq, id: "m1".into() }),
        FromShim::Released { dropped: 0, .. }
    ));
    assert!(
        matches!(control.inject("m1", "one\ntwo."), FromShim::AlreadyInjected { injection, .. } if injection.stage == Stage::Released)
    );
    assert!(matches!(
        control.inject("m3", "\x1b[201~"),
        FromShim::Refused { refusal: Refusal::UnsafeText, .. }
    ));
    assert!(matches!(
        control.ask(|seq| ToShim::Keys { seq, bytes: b"!".to_vec(), if_quiet_ms: None, if_output_seq: None }),
        FromShim::Done { .. }
    ));
    logged(&rig, b"\x1b[200~one\ntwo.\x1b[201~\rheld!");
    assert!(matches!(
        view.ask(|seq| ToShim::Keys { seq, bytes: b"1".to_vec(), if_quiet_ms: None, if_output_seq: None }),
        FromShim::Refused { refusal: Refusal::NotControl, .. }
    ));
}

fn nothing_is_typed_on_a_screen_that_has_changed() {
    let (rig, mut control) = raw_agent();
    let seen = control.screen().output_seq;
    let inject = |stale: u64| {
        move |seq| ToShim::Inject {
            seq,
            id: "m1".into(),
            text: "text".into(),
            if_quiet_ms: None,
            allow_draft: false,
            if_output_seq: Some(stale),
        }
    };
    let changed = |answer: &FromShim| matches!(answer, FromShim::Refused { refusal: Refusal::Changed, .. });
    assert!(changed(&control.ask(inject(seen + 1))));
    assert!(matches!(control.ask(inject(seen)), FromShim::Injected { .. }));
    pasted(&mut control, "m1");
    let seen = control.screen().output_seq;
    let submit = |stale: u64| move |seq| ToShim::Submit { seq, id: "m1".into(), if_output_seq: Some(stale) };
    assert!(changed(&control.ask(submit(seen + 1))));
    assert!(matches!(control.ask(submit(seen)), FromShim::Submitted { .. }));
    // What is known already is answered in any case.
    assert!(matches!(control.ask(inject(seen + 1)), FromShim::AlreadyInjected { .. }));
    control.ask(|seq| ToShim::Release { seq, id: "m1".into() });
    let keys = |stale: u64| {
        move |seq| ToShim::Keys { seq, bytes: b"k".to_vec(), if_quiet_ms: None, if_output_seq: Some(stale) }
    };
    assert!(changed(&control.ask(keys(seen + 1))));
    assert!(matches!(control.ask(keys(seen)), FromShim::Done { .. }));
    logged(&rig, b"\x1b[200~text\x1b[201~\rk");
}

fn a_new_supervisor_learns_what_was_typed_and_goes_on() {
    let (rig, mut control) = raw_agent();
    control.inject("m1", "text");
    pasted(&mut control, "m1");
    drop(control);
    let mut control = rig.control();
    match control.ask(|seq| ToShim::GetInjections { seq }) {
        FromShim::Injections { injections, .. } => {
            assert_eq!(
                injections
                    .iter()
                    .map(|injection| (injection.id.as_str(), injection.stage))
                    .collect::<Vec<_>>(),
                vec![("m1", Stage::Pasted)]
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        control.ask(|seq| ToShim::Submit { seq, id: "m1".into(), if_output_seq: None }),
        FromShim::Submitted { .. }
    ));
    assert!(matches!(control.ask(|seq| ToShim::Release { seq, id: "m1".into() }), FromShim::Released { .. }));
    logged(&rig, b"\x1b[200~text\x1b[201~\r");
}

fn a_person_comes_first() {
    let (rig, mut control) = raw_agent();
    let mut view = rig.view(80, 24);
    view.keys("\x1b[I\x1b[<35;1;1M");
    view.keys("dra");
    control.until("the news", |message| {
        matches!(message, FromShim::Person(person) if person.draft && person.views == 1).then_some(())
    });
    assert!(matches!(control.inject("m1", "x"), FromShim::Refused { refusal: Refusal::Draft, .. }));
    let hasty = |seq| ToShim::Inject {
        seq,
        id: "m1".into(),
        text: "x".into(),
        if_quiet_ms: Some(60_000),
        allow_draft: true,
        if_output_seq: None,
    };
    assert!(matches!(control.ask(hasty), FromShim::Refused { refusal: Refusal::PersonTyping { .. }, .. }));
    view.keys("\r");
    control.until("the news", |message| {
        matches!(message, FromShim::Person(person) if !person.draft).then_some(())
    });
    assert!(matches!(control.inject("m1", "x"), FromShim::Injected { .. }));
    logged(&rig, b"\x1b[I\x1b[<35;1;1Mdra\r\x1b[200~x\x1b[201~");
}

fn keys_of_an_answer_wait_until_the_person_rests() {
    let (rig, mut control) = raw_agent();
    let mut view = rig.view(80, 24);
    view.keys("p");
    control.screen_until("the person's key", |screen| screen.person.last_key_ms_ago.is_some());
    let keys =
        |if_quiet_ms| move |seq| ToShim::Keys { seq, bytes: b"k".to_vec(), if_quiet_ms, if_output_seq: None };
    let refused = control.ask(keys(Some(60_000)));
    assert!(
        matches!(refused, FromShim::Refused { refusal: Refusal::PersonTyping { .. }, .. }),
        "{refused:?}"
    );
    let typed = control.ask(keys(Some(0)));
    assert!(matches!(typed, FromShim::Done { .. }), "{typed:?}");
    logged(&rig, b"pk");
}

fn a_large_paste_arrives_whole() {
    let (rig, mut control) = raw_agent();
    let text = "0123456789abcde\n".repeat(65_536);
    control.inject("m1", &text);
    pasted(&mut control, "m1");
    logged(&rig, format!("\x1b[200~{text}\x1b[201~").as_bytes());
}

fn questions_to_the_terminal_are_answered_in_order() {
    let asks = "stty raw -echo; printf 'ab\\033]7501;?\\033\\\\\\033[6n\\033[?2004h\\033[?2004$p\\033[18t\\033]11;?\\007\\033[c'; exec cat > $LOG";
    let rig = Rig::sh(asks);
    logged(&rig, b"\x1b]7501;?\x1b\\\x1b[1;3R\x1b[?2004;1$y\x1b[8;24;80t\x1b[?1;2c");
    let status = "printf '\\033]7501;state=blocked:kind=permission:msg=aGk=\\033\\\\\\033]2;tit\\001le\\007\\007seen'; exec cat";
    let rig = Rig::sh(status);
    let mut control = rig.control();
    let screen = control.screen_until("the output", |screen| screen.lines[0] == "seen");
    assert_eq!(screen.title, "title");
    assert_eq!(screen.status.unwrap().msg.as_deref(), Some("hi"));
    let mut view = rig.view(80, 24);
    view.output_until("seen");
    assert!(!String::from_utf8_lossy(&view.output).contains("7501"));
}

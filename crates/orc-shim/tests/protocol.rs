//! Version 1 of the protocol, for ever: its recorded bytes decode to the same messages.

use orc_shim::protocol::{
    Decoder, Exit, Frame, FromShim, Injection, Leftover, Mode, Person, ProgramState, ProgramStatus, Refusal,
    Role, Screen, ShimHello, ShimSignal, Stage, ToShim, encode,
};

/// Recorded once by `record_fixtures`; never again for version 1.
const TO_SHIM: &[u8] = include_bytes!("fixtures/v1-to-shim.bin");
const FROM_SHIM: &[u8] = include_bytes!("fixtures/v1-from-shim.bin");

fn to_shim() -> Vec<ToShim> {
    let hello = |role| ToShim::Hello { protocol: 1, min_protocol: 1, role };
    let signal = |signal| ToShim::Signal { seq: 9, signal, group: true };
    vec![
        hello(Role::Control),
        hello(Role::View { cols: 120, rows: 40 }),
        ToShim::Input(b"k\x1b[A\xff".to_vec()),
        ToShim::Resize { cols: 80, rows: 24 },
        ToShim::Inject {
            seq: 1,
            id: "m1".into(),
            text: "one\ntw\u{f6}".into(),
            if_quiet_ms: Some(1500),
            allow_draft: true,
            if_output_seq: None,
        },
        ToShim::Submit { seq: 2, id: "m1".into(), if_output_seq: None },
        ToShim::Release { seq: 3, id: "m1".into() },
        ToShim::GetInjections { seq: 4 },
        ToShim::GetScreen { seq: 5 },
        ToShim::Keys { seq: 6, bytes: b"1\r".to_vec(), if_quiet_ms: None, if_output_seq: None },
        signal(ShimSignal::Polite { bytes: b"\x03".to_vec() }),
        signal(ShimSignal::Int),
        signal(ShimSignal::Term),
        signal(ShimSignal::Kill),
        ToShim::Ping { seq: 7 },
        ToShim::Shutdown { seq: 8, end_leftovers: true },
    ]
}

fn status() -> ProgramStatus {
    ProgramStatus {
        state: ProgramState::Blocked,
        kind: Some("permission".into()),
        app: Some("a".into()),
        msg: Some("m".into()),
    }
}

fn injection() -> Injection {
    Injection {
        id: "m1".into(),
        stage: Stage::Submitted,
        submits: 1,
        bytes: 5,
        mode: Mode::Bracketed,
        timed_out: false,
        ms_ago: 12,
    }
}

fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::PersonTyping { ms: 40 },
        Refusal::Draft,
        Refusal::AnotherInjection { id: "m0".into() },
        Refusal::NotOpen,
        Refusal::NotDrained,
        Refusal::SubmitLimit,
        Refusal::UnsafeText,
        Refusal::Backlog,
        Refusal::Exited,
        Refusal::Running,
        Refusal::System { message: "no".into() },
        Refusal::NotControl,
        Refusal::Protocol,
    ]
}

fn from_shim() -> Vec<FromShim> {
    let person = Person { last_key_ms_ago: Some(3), draft: true, held: 2, views: 1 };
    let leftover = Leftover { pid: 9, start: 10, command: "sleep".into() };
    let screen = Screen {
        cols: 80,
        rows: 2,
        cursor_row: 1,
        cursor_col: 2,
        cursor_visible: true,
        alternate: true,
        bracketed_paste: true,
        line_mode: true,
        echo: true,
        title: "t".into(),
        status: Some(status()),
        lines: vec!["> x".into(), String::new()],
        dim: vec![vec![(2, 3)], vec![]],
        marked: vec![],
        output_seq: 77,
        quiet_ms: 150,
        person,
    };
    let hello = ShimHello {
        protocol: 1,
        min_protocol: 1,
        agent: "team:0".into(),
        generation: 2,
        shim_pid: 10,
        child_pid: 11,
        child_start: 12,
        cols: 200,
        rows: 50,
        started_ms_ago: 5,
        title: "t".into(),
        status: Some(status()),
        flowing: false,
        opaque: String::new(),
    };
    let mut messages = vec![
        FromShim::Hello(hello),
        FromShim::Output(b"out\x1b[m\xff".to_vec()),
        FromShim::Repaint(b"\x1b[H".to_vec()),
        FromShim::Screen { seq: 1, screen: Box::new(screen) },
        FromShim::Injected { seq: 2, injection: injection() },
        FromShim::AlreadyInjected { seq: 3, injection: injection() },
        FromShim::Submitted { seq: 4, injection: injection() },
        FromShim::Released { seq: 5, injection: injection(), dropped: 6 },
        FromShim::Injections { seq: 6, injections: vec![injection()] },
        FromShim::Done { seq: 7 },
        FromShim::Pong { seq: 8 },
        FromShim::Pasted { id: "m1".into() },
        FromShim::Status(status()),
        FromShim::Title { title: "t".into() },
        FromShim::Bell,
        FromShim::Activity,
        FromShim::Quiet { ms: 150 },
        FromShim::Person(person),
        FromShim::Exited(Exit { code: Some(1), signal: None, leftovers: vec![leftover] }),
        FromShim::Exited(Exit { signal: Some(9), ..Exit::default() }),
    ];
    messages.extend(refusals().into_iter().map(|refusal| FromShim::Refused { seq: 9, refusal }));
    messages
}

fn decode<M: Frame>(bytes: &[u8], portion: usize) -> Vec<M> {
    let mut decoder = Decoder::default();
    let mut messages = Vec::new();
    for bytes in bytes.chunks(portion) {
        decoder.push(bytes);
        while let Some(message) = decoder.next_message().expect("a frame that decodes") {
            messages.push(message);
        }
    }
    messages
}

#[test]
fn version_1_decodes_for_ever_in_any_portions() {
    for portion in [1, 7, 100_000] {
        assert_eq!(decode::<ToShim>(TO_SHIM, portion), to_shim());
        assert_eq!(decode::<FromShim>(FROM_SHIM, portion), from_shim());
    }
}

#[test]
fn what_a_newer_peer_says_is_skipped() {
    let frame = |kind: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len() + 1).unwrap().to_le_bytes();
        [length.as_slice(), &[kind], payload].concat()
    };
    let stream = [
        frame(99, b"raw"),
        frame(0, br#"{"type":"teleport","to":{"x":1}}"#),
        frame(0, br#"{"type":"ping","seq":4,"mood":"good"}"#),
        frame(0, br#"{"type":"inject","seq":5,"id":"m","text":"t"}"#),
    ]
    .concat();
    let inject = ToShim::Inject {
        seq: 5,
        id: "m".into(),
        text: "t".into(),
        if_quiet_ms: None,
        allow_draft: false,
        if_output_seq: None,
    };
    assert_eq!(decode::<ToShim>(&stream, 5), vec![ToShim::Ping { seq: 4 }, inject]);
    let newer = [
        frame(0, br#"{"type":"refused","seq":1,"reason":"full_moon","phase":3}"#),
        frame(0, br#"{"type":"status","state":"dreaming"}"#),
    ]
    .concat();
    let dreaming = ProgramStatus { state: ProgramState::Unknown, kind: None, app: None, msg: None };
    let expected = vec![FromShim::Refused { seq: 1, refusal: Refusal::Unknown }, FromShim::Status(dreaming)];
    assert_eq!(decode::<FromShim>(&newer, 5), expected);
}

#[test]
fn nonsense_is_an_error_and_not_a_flood_of_memory() {
    for stream in [[0xff; 8].as_slice(), &[0; 8], b"\x03\0\0\0\0{}", b"\x10\0\0\0\0{\"type\":\"ping\"}"] {
        let mut decoder = Decoder::default();
        decoder.push(stream);
        assert!(decoder.next_message::<ToShim>().is_err(), "{stream:?}");
    }
}

#[test]
#[ignore = "writes the fixtures of a new protocol version"]
fn record_fixtures() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let to: Vec<u8> = to_shim().iter().flat_map(encode).collect();
    let from: Vec<u8> = from_shim().iter().flat_map(encode).collect();
    std::fs::write(format!("{folder}/v1-to-shim.bin"), to).unwrap();
    std::fs::write(format!("{folder}/v1-from-shim.bin"), from).unwrap();
}

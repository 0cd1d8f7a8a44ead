use super::*;

const KEY: Kind = Kind::Key(Effect::Adds);
const ENTER: Kind = Kind::Key(Effect::Ends);
const BRACKETED: Terminal = Terminal { bracketed: true, queued: 0 };

fn wish<'a>(id: &'a str, text: &'a str) -> Wish<'a> {
    Wish { id, text, if_quiet_ms: Some(500), allow_draft: false }
}

fn type_keys(arbiter: &mut Arbiter, keys: &[u8], kind: Kind, now: u64) -> Vec<u8> {
    let mut write = Vec::new();
    arbiter.view_input(keys, kind, now, &mut write);
    write
}

fn injected(arbiter: &mut Arbiter, id: &str, now: u64) -> Vec<u8> {
    match arbiter.inject(wish(id, "text"), BRACKETED, now) {
        Outcome::Write(bytes, _) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_injection_goes_from_paste_to_release() {
    let mut arbiter = Arbiter::default();
    assert_eq!(injected(&mut arbiter, "m1", 0), b"\x1b[200~text\x1b[201~");
    assert_eq!(arbiter.submit("m1", 1), Err(Refusal::NotDrained));
    assert_eq!(arbiter.written(15), None);
    assert_eq!(arbiter.written(16).as_deref(), Some("m1"));
    assert_eq!(arbiter.written(16), None, "told once");
    assert_eq!(type_keys(&mut arbiter, b"abc", KEY, 2), b"", "held");
    assert_eq!(type_keys(&mut arbiter, b"\x1b[I", Kind::Report, 2), b"\x1b[I", "reports are not held");
    assert_eq!(arbiter.submit("m1", 3).unwrap().submits, 1);
    assert_eq!(arbiter.submit("m1", 3).unwrap().submits, 2);
    assert_eq!(arbiter.submit("m1", 3), Err(Refusal::SubmitLimit));
    let (injection, keys, dropped) = arbiter.release("m1", 4).unwrap();
    assert_eq!((injection.stage, keys.as_slice(), dropped), (Stage::Released, b"abc".as_slice(), 0));
    assert!(arbiter.person(4).draft);
    assert_eq!(arbiter.submit("m1", 5), Err(Refusal::NotOpen));
}

#[test]
fn the_same_id_is_never_typed_twice() {
    let mut arbiter = Arbiter::default();
    injected(&mut arbiter, "m1", 0);
    for now in [1, 40_000] {
        arbiter.expire(now);
        match arbiter.inject(wish("m1", "text"), BRACKETED, now) {
            Outcome::Already(injection) => assert_eq!(injection.ms_ago, now),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_person_comes_first() {
    let mut arbiter = Arbiter::default();
    type_keys(&mut arbiter, b"a", KEY, 1_000);
    assert_eq!(
        arbiter.inject(wish("m1", "t"), BRACKETED, 1_100),
        Outcome::Refused(Refusal::PersonTyping { ms: 100 })
    );
    assert_eq!(arbiter.inject(wish("m1", "t"), BRACKETED, 2_000), Outcome::Refused(Refusal::Draft));
    let allowed = Wish { allow_draft: true, ..wish("m1", "t") };
    assert!(matches!(arbiter.inject(allowed, BRACKETED, 2_000), Outcome::Write(..)));
    arbiter.release("m1", 2_001).unwrap();
    type_keys(&mut arbiter, b"\r", ENTER, 2_100);
    assert!(matches!(arbiter.inject(wish("m2", "t"), BRACKETED, 3_000), Outcome::Write(..)));
    assert_eq!(
        arbiter.inject(wish("m3", "t"), BRACKETED, 3_000),
        Outcome::Refused(Refusal::AnotherInjection { id: "m2".into() })
    );
}

#[test]
fn an_abandoned_injection_ends_and_the_keys_flow() {
    let mut arbiter = Arbiter::default();
    injected(&mut arbiter, "m1", 0);
    type_keys(&mut arbiter, b"x", KEY, 1);
    arbiter.control_closed(10_000);
    assert_eq!(arbiter.deadline(), Some(40_000));
    assert_eq!(arbiter.expire(39_999), b"");
    assert_eq!(arbiter.expire(40_000), b"x");
    let injection = &arbiter.injections(40_000)[0];
    assert!(injection.timed_out && injection.stage == Stage::Released, "{injection:?}");
    assert_eq!(arbiter.deadline(), None);
}

#[test]
fn held_keys_and_memory_are_bounded() {
    let mut arbiter = Arbiter::default();
    injected(&mut arbiter, "m0", 0);
    type_keys(&mut arbiter, &vec![b'k'; MOST_HELD], KEY, 1);
    type_keys(&mut arbiter, b"more", KEY, 1);
    let (_, keys, dropped) = arbiter.release("m0", 2).unwrap();
    assert_eq!((keys.len(), dropped), (MOST_HELD, 4));
    type_keys(&mut arbiter, b"\r", ENTER, 3);
    for n in 1..=100_u64 {
        injected(&mut arbiter, &format!("m{n}"), 1_000 * n);
        arbiter.release(&format!("m{n}"), 1_000 * n).unwrap();
    }
    assert_eq!(arbiter.injections(0).len(), MEMORY);
}

#[test]
fn bare_text_is_bare_and_a_paste_cannot_be_broken_out_of() {
    let mut arbiter = Arbiter::default();
    let evil = wish("m1", "a\x1b[201~\r");
    assert_eq!(arbiter.inject(evil, BRACKETED, 0), Outcome::Refused(Refusal::UnsafeText));
    match arbiter.inject(wish("m1", "one\ntwo"), Terminal { bracketed: false, queued: 0 }, 0) {
        Outcome::Write(bytes, injection) => {
            assert_eq!(bytes, b"one\ntwo");
            assert_eq!(injection.mode, Mode::Bare);
        }
        other => panic!("{other:?}"),
    }
}

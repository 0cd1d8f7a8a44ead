//! Every text arrives byte for byte, exactly once, as one prompt.

use std::fmt::Write;
use std::fs;

use crate::world::{World, whole};

/// Each text on its own, to one agent, in this order: argument to argument of the command line.
#[test]
fn texts_arrive_as_written() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let log = lines(100 * 70);
    let texts = [
        ("short", "restart the auth service"),
        ("five lines", "one\ntwo\n\nfour\nfive"),
        ("a log of 100 lines", log.trim_end()),
        ("quotes", r#"it's "so" `date` $(date) ${HOME} \n \\ %s %% && || ; | > /dev/null"#),
        ("unicode", "naïve Größe 日本語 العربية 👩‍👩‍👧‍👦 🇩🇪 e\u{301} \u{200b}|"),
        ("tabs", "a\tb\t\tc\n\tindented"),
        ("a dash", "--version"),
        ("a lone dash and words", "- first point\n- second point"),
        ("a slash", "/clear"),
        ("an exclamation mark", "!rm -rf ."),
        ("a hash", "# remember this"),
        ("an at", "@src/main.rs"),
        ("an at at the end", "look at @README"),
        ("a semicolon at the end", "SELECT 1;"),
        ("a backslash at the end", r"C:\"),
        ("blanks around", "  two blanks before, two after  "),
        ("a tmux format", "#{pane_id} #(touch /tmp/owned) #[fg=red]"),
        ("an envelope of another", "Message m1 from operator:\nquoted\n(end of message m1"),
    ];
    for (what, text) in texts {
        let before = agent.truth.prompts().len();
        let id = world.send(&agent.target, text);
        let prompts = agent.truth.prompts();
        assert_eq!(prompts.len(), before + 1, "{what}: one prompt, not {:?}", &prompts[before..]);
        assert_eq!(prompts[before], whole(&id, "operator", text), "{what}");
    }
}

#[test]
fn a_newline_at_the_end_is_kept_in_the_record_and_not_typed() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let id = world.send(&agent.target, "the end\n\n");
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "the end"));
    let record = world.json(&["agent", "messages", "t:0", "--format", "json"]);
    let sent =
        record.as_array().unwrap().iter().find(|entry| entry["message"] == *id && entry["entry"] == "sent");
    assert_eq!(sent.unwrap()["text"], "the end\n\n");
}

#[test]
fn what_could_act_as_keys_is_made_visible_and_said() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let raw = b"before\x1b[201~\x03\x04\r\nafter \x00 nul \x7f \xc2\x9b31m end";
    let out = world.feed(raw, &["agent", "send", "t:0", "-", "--wait=60s"]).success();
    assert!(out.stderr.contains("note: 6 control characters made visible"), "{out:?}");
    assert!(out.stderr.contains("note: 1 CR line ends turned into LF"), "{out:?}");
    let id = out.stdout.lines().next().unwrap();
    let body = "before␛[201~␃␄\nafter ␀ nul ␡ <9B>31m end";
    assert_eq!(agent.truth.wait_for_message(id), whole(id, "operator", body));
    let keys = agent.truth.of("key");
    assert!(keys.iter().all(|key| key["key"] == "enter"), "nothing but our Enter was a key: {keys:?}");
}

#[test]
fn bytes_that_are_no_text_are_replaced_and_said() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let note = "note: 2 bytes were not valid UTF-8 and were replaced";

    let out = world.feed(b"caf\xe9 \xff end", &["agent", "send", "t:0", "-", "--wait=60s"]).success();
    assert!(out.stderr.contains(note), "{out:?}");
    let id = out.stdout.lines().next().unwrap();
    assert_eq!(agent.truth.wait_for_message(id), whole(id, "operator", "caf\u{fffd} \u{fffd} end"));

    let mut command = world.command(&["agent", "send", "t:0"]);
    command.arg(std::ffi::OsStr::from_bytes(b"argument \xc3\x28 \xfe")).arg("--wait=60s");
    let out = world.env.run(command, crate::world::SOON).success();
    assert!(out.stderr.contains(note), "{out:?}");
    let id = out.stdout.lines().next().unwrap();
    assert_eq!(agent.truth.wait_for_message(id), whole(id, "operator", "argument \u{fffd}( \u{fffd}"));
}

/// Lines that are all different, so that a missing or a doubled piece shows.
pub(crate) fn lines(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 80);
    for n in 0.. {
        if text.len() >= bytes {
            return text;
        }
        writeln!(text, "{n:07} ünïcode and plain words to make up a line of a log")
            .expect("a string takes all");
    }
    text
}

#[test]
fn two_hundred_kilobytes_are_typed_whole() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let text = lines(200_000);
    let out = world.feed(text.as_bytes(), &["agent", "send", "t:0", "-", "--wait=60s"]).success();
    let id = out.stdout.lines().next().unwrap();
    let prompt = agent.truth.wait_for_message(id);
    assert!(prompt == whole(id, "operator", text.trim_end()), "not the text: {} bytes", prompt.len());
}

#[test]
fn a_megabyte_is_kept_in_a_file_and_pointed_to() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let text = lines(1_000_000);
    let file = world.env.root().join("big.log");
    fs::write(&file, &text).unwrap();
    let out = world.orc(&["agent", "send", "t:0", "--file", file.to_str().unwrap(), "--wait=60s"]).success();
    let id = out.stdout.lines().next().unwrap();
    let prompt = agent.truth.wait_for_message(id);
    assert!(prompt.len() < 4_000, "a pointer is short: {} bytes", prompt.len());
    let path = prompt.lines().find(|line| line.starts_with('/')).expect("a line with the path");
    assert!(fs::read(path).unwrap() == text.as_bytes(), "the file holds the text byte for byte");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "nobody else may read it");
    for line in [text.lines().next(), text.lines().last()] {
        assert!(prompt.contains(line.unwrap()), "it shows {line:?}: {prompt}");
    }
}

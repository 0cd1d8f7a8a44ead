//! What was said can be read back: complete, in order, while it happens, whatever happens to the supervisor.

use std::fs::{self, File};
use std::process::{Child, Command};

use orc_api::{Request, Response};
use orc_core::transcript::Entry;
use orc_testkit::wait_until;
use serde_json::Value;

use crate::texts::lines;
use crate::world::{SOON, World};

/// Texts of what was sent, in the order of the record.
fn sent(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .filter(|entry| entry["entry"] == "sent")
        .map(|entry| entry["text"].as_str().expect("a text"))
        .collect()
}

fn jsonl(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn the_record_in_each_format() {
    let world = World::new();
    world.deploy(2);
    world.send("t:0", "first\nwith a second line");
    world.send("t:pm", "second");
    world.send("t:0", "DO: send t:1 third, from an agent\nDO: reply my own words");
    wait_until("the answer is in the record", SOON, || {
        let text = world.orc(&["agent", "messages", "t", "--export"]).success().stdout;
        if text.contains("my own words\n") && text.contains("ok: Message m6") { Ok(()) } else { Err(text) }
    });
    let own = ["first\nwith a second line", "second"];
    let all = world.json(&["agent", "messages", "t", "--format", "json"]);
    let all = all.as_array().unwrap();
    let texts = sent(all);
    assert_eq!(texts[2..4], own);
    assert!(texts[4].starts_with("DO: send"));
    assert_eq!(texts[5..], ["third, from an agent"]);
    let seqs: Vec<u64> = all.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert!(seqs.is_sorted(), "{seqs:?}");

    let lines = world.orc(&["agent", "messages", "t", "--format", "jsonl"]).success().stdout;
    assert_eq!(&jsonl(&lines), all, "the same in one object a line");
    let text = world.orc(&["agent", "messages", "t", "--export"]).success();
    assert_eq!(text.stderr, "", "an export is data alone");
    for part in [
        "operator -> t:backend\n    first\n    with a second line\n",
        "t:backend -> t:pm\n    third",
        "t:backend said (",
    ] {
        assert!(text.stdout.contains(part), "{part:?} is not in {}", text.stdout);
    }
    let markdown = world.orc(&["agent", "messages", "t", "--format", "md"]).success().stdout;
    assert!(
        markdown.contains("**operator** to t:backend:\n  > first\n  > with a second line\n"),
        "{markdown}"
    );

    let of_one = world.json(&["agent", "messages", "t:pm", "--format", "json"]);
    assert_eq!(sent(of_one.as_array().unwrap())[1..], ["second", "third, from an agent"]);
    let from = |who: &str| world.json(&["agent", "messages", "t", "--from", who, "--format", "json"]);
    assert_eq!(sent(from("operator").as_array().unwrap()).len(), 3);
    for who in ["backend", "t:backend"] {
        let said = from(who);
        let said = said.as_array().unwrap();
        assert_eq!(sent(said), ["third, from an agent"]);
        assert!(
            said.iter().any(|entry| entry["entry"] == "said" && entry["text"] == "my own words"),
            "{said:?}"
        );
    }
    let none = world.json(&["agent", "messages", "t", "--since", "now", "--format", "json"]);
    assert_eq!(none, Value::Array(vec![]));
    assert_eq!(
        sent(
            world
                .json(&["agent", "messages", "t", "--since", "1h ago", "--format", "json"])
                .as_array()
                .unwrap()
        ),
        texts
    );
    world.orc(&["agent", "messages", "t", "--since", "whenever"]).exits(2);
}

/// A command that writes to a file while the test goes on.
struct Follower {
    child: Child,
    out: std::path::PathBuf,
}

impl Follower {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let out = world.env.root().join("followed");
        let mut command = world.command(arguments);
        command.stdout(File::create(&out).expect("it can be done"));
        Self { child: command.spawn().expect("it can be done"), out }
    }

    fn entries(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.out).expect("it can be done");
        jsonl(text.rfind('\n').map_or("", |end| &text[..end]))
    }

    /// What was written until `done` says so.
    #[track_caller]
    fn until(mut self, what: &str, done: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let entries = wait_until(what, SOON, || {
            let entries = self.entries();
            if done(&entries) { Ok(entries) } else { Err(format!("{entries:?}")) }
        });
        assert!(self.child.try_wait().expect("it can be done").is_none(), "it still follows");
        self.child.kill().expect("it can be done");
        self.child.wait().expect("it can be done");
        entries
    }
}

#[test]
fn following_messages_survives_the_supervisor() {
    let world = World::new();
    world.deploy(2);
    world.send("t:0", "before");
    let follower = Follower::start(&world, &["agent", "messages", "t", "--follow", "--format", "jsonl"]);
    wait_until(
        "it follows",
        SOON,
        || if follower.entries().is_empty() { Err(String::new()) } else { Ok(()) },
    );
    for round in 0..3 {
        world.send("t:0", &format!("round {round}"));
        world.kill_supervisor();
        world.post("t:0", &format!("after round {round}"));
        world.wait_until_idle("t");
        world.orc(&["daemon", "stop"]).success();
    }
    let last = world.send("t:1", "the end");
    let entries = follower.until("the last message has come", |entries| {
        entries.iter().any(|entry| entry["entry"] == "settled" && entry["message"] == *last)
    });
    let all = world.json(&["agent", "messages", "t", "--format", "json"]);
    let all = all.as_array().unwrap();
    let positions = |entries: &[Value]| -> Vec<u64> {
        entries.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect()
    };
    let (followed, recorded) = (positions(&entries), positions(all));
    assert!(recorded.starts_with(&followed), "no gap, no double: {followed:?}, not {recorded:?}");
    assert_eq!(entries[..], all[..entries.len()]);
}

#[test]
fn following_events_survives_the_supervisor() {
    let world = World::new();
    let follower = Follower::start(&world, &["events", "--follow", "--json"]);
    world.deploy(2);
    world.kill_supervisor();
    world.send("t:0", "one");
    world.orc(&["daemon", "stop"]).success();
    world.send("t:0", "two");
    let entries = follower.until("three supervisors and two messages", |entries| {
        let count = |kind: &str| entries.iter().filter(|entry| entry["event"]["event"] == kind).count();
        count("supervisor_started") >= 3 && count("message_accepted") >= 4
    });
    let seqs: Vec<u64> = entries.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (1..=seqs.len() as u64).collect();
    assert_eq!(seqs, expected, "no gap, no double");
    assert!(
        entries.iter().all(|entry| entry["at"].as_str().is_some_and(|at| at.ends_with('Z'))),
        "times are RFC 3339"
    );
}

/// `tmux-orc … | head -1` in a shell that tells both exit statuses.
fn into_head(world: &World, arguments: &str) -> Command {
    let mut bash = world.env.command("bash");
    bash.args(["-c", &format!(r#""$0" {arguments} | head -n 1 > /dev/null; echo "${{PIPESTATUS[0]}}""#)]);
    bash.arg(crate::world::BINARY);
    bash
}

#[test]
fn a_closed_pipe_is_silent() {
    let world = World::new();
    world.deploy(2);
    let text = lines(200_000);
    world.feed(text.as_bytes(), &["agent", "send", "t:0", "-", "--wait=60s"]).success();
    for format in ["text", "md", "json", "jsonl"] {
        let out =
            world.env.run(into_head(&world, &format!("agent messages t --export --format {format}")), SOON);
        assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("0\n", ""), "{format}");
    }
    let out = world.env.run(into_head(&world, "events --json"), SOON);
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("0\n", ""), "events");
    // A follower learns of it when it next has something to say.
    let out = world.env.run(into_head(&world, "agent messages t --follow"), SOON);
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("0\n", ""), "--follow");
}

fn sqlite(world: &World, statements: &str) {
    let mut python = world.env.command("python3");
    let script = "import sqlite3, sys\nlog = sqlite3.connect(sys.argv[1])\nlog.executescript(sys.argv[2])\nlog.commit()\nlog.close()";
    python.args(["-c", script]).arg(world.env.state_dir().join("log.db")).arg(statements);
    world.env.run(python, SOON).success();
}

#[test]
fn a_log_that_was_tampered_with_is_found_out() {
    let world = World::new();
    world.deploy(2);
    world.send("t:0", "what was really said");
    let out = world.orc(&["log", "verify"]).success();
    assert!(out.stdout.starts_with("ok: "), "{out:?}");
    let accepted = world.orc(&["events", "--json"]).success().stdout;
    let entry =
        jsonl(&accepted).into_iter().rfind(|entry| entry["event"]["event"] == "message_accepted").unwrap();
    let seq = entry["seq"].as_u64().unwrap();
    world.orc(&["daemon", "stop"]).success();
    let tamper = format!(
        "DROP TRIGGER log_is_never_updated; UPDATE log SET body = replace(body, 'really', 'never') WHERE seq = {seq};"
    );
    sqlite(&world, &tamper);
    let out = world.orc(&["log", "verify"]).exits(7);
    assert!(out.stdout.contains(&format!("BROKEN at entry {seq}")), "{out:?}");
    let out = world.orc(&["log", "verify", "--json"]).exits(7);
    assert_eq!(out.json()["bad"][0], seq);
}

#[test]
fn a_log_whose_end_was_cut_off_is_found_out() {
    let world = World::new();
    world.deploy(2);
    world.send("t:0", "to be forgotten");
    world.orc(&["team", "stop", "t", "--yes"]).success();
    world.orc(&["daemon", "stop"]).success();
    sqlite(
        &world,
        "DROP TRIGGER log_is_never_deleted; DELETE FROM log WHERE seq > (SELECT max(seq) - 3 FROM log);",
    );
    let out = world.orc(&["log", "verify"]).exits(7);
    assert!(out.stdout.contains("BROKEN at entry"), "{out:?}");
    let out = world.orc(&["quick-deploy", "backend", "2", "--project-name", "t", "--agent", "scripted"]);
    assert_ne!(out.code, 0, "nothing is added to a log that has lost its end: {out:?}");
}

/// Turns what is printed back into what the supervisor answered: times are RFC 3339 there, milliseconds here.
fn read_back(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match (key.as_str(), value.as_str()) {
                    ("at", Some(at)) => {
                        let at: jiff::Timestamp = at.parse().expect("RFC 3339");
                        *value = at.as_millisecond().into();
                    }
                    _ => read_back(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(read_back),
        _ => {}
    }
}

#[test]
fn an_export_reads_back_to_the_same_entries_and_is_the_whole_log() {
    let world = World::new();
    world.deploy(2);
    world.send("t:0", "first\nwith \"quotes\", a tab\t, ünïcödé and \u{2028}");
    world.send("t:0", "DO: send t:1 from an agent\nDO: reply my own words");
    world.orc(&["team", "broadcast", "t", "to everybody", "--wait=60s"]).success();
    world.wait_until_idle("t");

    let socket = world.env.runtime_dir().join("api.sock");
    let asked = Request::Messages { of: "t".to_owned(), after: 0, wait_ms: 0 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answer = runtime.block_on(orc_api::Client::new(socket).ask(&asked)).expect("an answer");
    let Response::Transcript { entries, .. } = answer else { panic!("{answer:?}") };

    let array = world.orc(&["agent", "messages", "t", "--export", "--format", "json"]).success().json();
    let lines = world.orc(&["agent", "messages", "t", "--export", "--format", "jsonl"]).success().stdout;
    for mut exported in [array, Value::Array(jsonl(&lines))] {
        read_back(&mut exported);
        let parsed: Vec<Entry> = serde_json::from_value(exported).expect("entries");
        assert_eq!(parsed, entries);
    }

    // Complete and in order: each event of the log that says something is there, and nothing else.
    let events = jsonl(&world.orc(&["events", "--team", "t", "--json"]).success().stdout);
    let said = ["message_accepted", "delivery_settled", "person_prompted", "agent_said"];
    let expected: Vec<u64> = events
        .iter()
        .filter(|event| said.iter().any(|kind| event["event"]["event"] == *kind))
        .map(|event| event["seq"].as_u64().expect("a number"))
        .collect();
    let exported: Vec<u64> =
        jsonl(&lines).iter().map(|entry| entry["seq"].as_u64().expect("a number")).collect();
    assert_eq!(exported, expected);
    assert!(expected.len() > 12, "two briefs, three messages and their fates: {expected:?}");
}

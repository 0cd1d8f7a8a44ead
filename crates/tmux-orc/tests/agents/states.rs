//! The states of the real agents through turns that the model scripts: every state that is said, in order, and how long
//! after the model's own event. The times are printed, not judged.

use std::io::Write;

use serde_json::Value;

use crate::prompts::{answer, prompt_of};
use crate::rig::{CLAUDE, CODEX, Kind, OPENCODE, Rig};

/// A state that was said: its name, when (milliseconds since the epoch), and why.
#[derive(Debug, Clone)]
struct Said {
    is: String,
    at: i64,
    why: String,
}

/// The position of the log's last entry.
fn end_of_log(rig: &Rig) -> u64 {
    let events = rig.orc(&["--json", "events"]).success().stdout;
    let last: Value = serde_json::from_str(events.lines().last().expect("an event")).expect("JSON");
    last["seq"].as_u64().expect("a position")
}

/// Waits until the agent rests: every message is settled, every answer of its model has ended.
#[track_caller]
fn at_rest(rig: &Rig, kind: Kind) -> u64 {
    rig.until(kind, "it rests", || {
        let agent = rig.agent(kind);
        let transcript = rig.orc(&["--json", "agent", "messages", &kind.target()]).success().json();
        let count = |entry: &str| {
            transcript.as_array().expect("a list").iter().filter(|found| found["entry"] == entry).count()
        };
        let answered = rig.prompts(kind).iter().all(|prompt| prompt.outcome.is_some());
        let ready = ["idle", "failed_turn"].contains(&agent["state"]["is"].as_str().expect("a word"));
        (ready && answered && count("sent") == count("settled") && agent["queued"] == 0).then_some(())
    });
    end_of_log(rig)
}

/// Every state of the agent after a position at which it rests; that it stays in one is left out.
fn states(rig: &Rig, kind: Kind, after: u64) -> Vec<Said> {
    let id = rig.agent(kind)["id"].clone();
    let events = rig.orc(&["--json", "events", "--since", &after.to_string()]).success().stdout;
    let mut said: Vec<Said> = Vec::new();
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        let fact = &event["event"];
        if fact["agent"] != id {
            continue;
        }
        let at: jiff::Timestamp = event["at"].as_str().expect("a time").parse().expect("a time");
        let (is, why) = match fact["event"].as_str() {
            Some("agent_changed") => (&fact["state"]["is"], &fact["evidence"]["detail"]),
            Some("agent_ended") => (&fact["event"], &fact["exit"]),
            _ => continue,
        };
        let mut is = is.as_str().expect("a word").to_owned();
        if let Some(more) = fact["state"]["need"].as_str().or(fact["state"]["wait"].as_str()) {
            is = format!("{is} {more}");
        }
        let rests = said.is_empty() && is == "idle";
        if !rests && said.last().is_none_or(|last| last.is != is) {
            said.push(Said { is, at: at.as_millisecond(), why: why.to_string() });
        }
    }
    said
}

/// Waits for the last state, then checks that exactly these states were said, in this order.
#[track_caller]
fn expect(rig: &Rig, kind: Kind, after: u64, what: &str, expected: &[&str]) -> Vec<Said> {
    let last = expected.last().expect("a state");
    let count = expected.iter().filter(|state| *state == last).count();
    rig.until(kind, &format!("{what}: {expected:?} are said"), || {
        let said = states(rig, kind, after);
        let times = said.iter().filter(|said| said.is == *last).count();
        (times >= count && said.last().is_some_and(|said| said.is == *last)).then_some(())
    });
    let said = states(rig, kind, after);
    let words: Vec<&str> = said.iter().map(|said| said.is.as_str()).collect();
    assert_eq!(words, expected, "{}: {what}\n{said:#?}\n{}", kind.profile, rig.screen(kind));
    said
}

/// Prints how long after the model's event a state was said.
fn report(kind: Kind, what: &str, said: &[Said], is: &str, event: Option<u64>) {
    let (Some(said), Some(event)) = (said.iter().find(|said| said.is == is), event) else { return };
    let millis = said.at - i64::try_from(event).expect("a time");
    let (profile, why) = (kind.profile, &said.why);
    let line = format!("{profile:10} {what:12} {is:32} {millis:6} ms after the model's event ({why})");
    writeln!(std::io::stdout(), "{line}").expect("stdout");
}

/// When the model was asked for the prompt with a message, and when its answer had ended.
fn model(rig: &Rig, kind: Kind, message: &str) -> (Option<u64>, Option<u64>) {
    let prompts = rig.prompts_with(kind, message);
    let asked = prompts.first().map(|prompt| prompt.at_ms);
    let last = prompts.last().and_then(|prompt| Some(prompt.at_ms + prompt.outcome?.ms));
    (asked, last)
}

/// A whole life of an agent: a turn, a permission, a rate limit, an error, and its end.
fn life(kind: Kind) {
    let rig = Rig::new();
    rig.deploy(&[kind]);
    let (limit, word, option) = match kind.profile {
        "claude" => ("ERR:429x3:5", "TOOL", "Yes"),
        "codex" => ("ERR:429x2:1", "TOOL+", "Yes, proceed"),
        _ => ("ERR:429x2:5", "TOOL", "Allow once"),
    };

    let after = at_rest(&rig, kind);
    let message = rig.send(kind, "SLOW:3");
    let said = expect(&rig, kind, after, "a turn", &["working", "idle"]);
    let (asked, ended) = model(&rig, kind, &message);
    report(kind, "a turn", &said, "working", asked);
    report(kind, "a turn", &said, "idle", ended);

    let after = at_rest(&rig, kind);
    let message = rig.send(kind, &format!("{word}:sleep 1 && touch proof-{}", kind.profile));
    let said = expect(&rig, kind, after, "a permission", &["working", "needs_person permission"]);
    let (_, ended) = model(&rig, kind, &message);
    report(kind, "permission", &said, "needs_person permission", ended);
    prompt_of(&rig, kind);
    answer(&rig, kind, option);
    let whole = ["working", "needs_person permission", "working", "idle"];
    expect(&rig, kind, after, "a permission that is given", &whole);
    assert!(rig.repo.join(format!("proof-{}", kind.profile)).exists(), "the tool ran");

    let after = at_rest(&rig, kind);
    let message = rig.send(kind, limit);
    rig.until(kind, "it waits for its provider", || {
        states(&rig, kind, after).iter().any(|said| said.is == "waiting_on_provider rate_limit").then_some(())
    });
    rig.until(kind, "it recovers", || {
        states(&rig, kind, after).last().is_some_and(|said| said.is == "idle").then_some(())
    });
    let said = states(&rig, kind, after);
    let (asked, _) = model(&rig, kind, &message);
    report(kind, "rate limit", &said, "waiting_on_provider rate_limit", asked);
    // It may show the try itself in between.
    let between = &said[1..said.len() - 1];
    let turn = |said: &Said| said.is == "working" || said.is.starts_with("waiting_on_provider ");
    assert!(said[0].is == "working" && between.iter().all(turn), "{}: {said:#?}", kind.profile);

    let after = at_rest(&rig, kind);
    let message = rig.send(kind, "ERR:400");
    let said = expect(&rig, kind, after, "an error", &["working", "failed_turn"]);
    report(kind, "an error", &said, "failed_turn", model(&rig, kind, &message).1);

    let after = at_rest(&rig, kind);
    rig.send(kind, "REPLY:all is well");
    expect(&rig, kind, after, "the turn after it", &["working", "idle"]);

    let after = at_rest(&rig, kind);
    rig.end_agent(kind);
    expect(&rig, kind, after, "a kill", &["agent_ended"]);
    assert_eq!(rig.agent(kind)["state"]["exit"]["signal"], 9, "{}", rig.agent(kind));
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn the_states_of_claude_are_said_as_they_are() {
    life(CLAUDE);
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn the_states_of_codex_are_said_as_they_are() {
    life(CODEX);
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn the_states_of_opencode_are_said_as_they_are() {
    life(OPENCODE);
}

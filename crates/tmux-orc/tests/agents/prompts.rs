//! Dialogs of the real agents, answered by `agent answer`. Whether a tool ran is seen on the disk, and by what the model
//! was sent next.

use serde_json::Value;

use crate::rig::{CLAUDE, CODEX, KINDS, Kind, OPENCODE, Rig};

/// The dialog of an agent, once it is listed.
#[track_caller]
pub(crate) fn prompt_of(rig: &Rig, kind: Kind) -> Value {
    rig.until(kind, "its dialog is listed", || {
        let prompts = rig.orc(&["--json", "agent", "prompts", &kind.target()]).success().json();
        prompts.as_array().and_then(|prompts| prompts.first()).cloned()
    })
}

#[track_caller]
pub(crate) fn answer(rig: &Rig, kind: Kind, option: &str) {
    let out = rig.orc(&["agent", "answer", &kind.target(), option]);
    let why = rig.orc(&["events"]).stdout;
    let why: Vec<&str> =
        why.lines().filter(|line| line.contains("prompt") || line.contains("answer")).collect();
    assert_eq!(out.code, 0, "{}: {out:?}\n{}\n{}", kind.profile, rig.screen(kind), why.join("\n"));
}

/// How many results of tools the agent's model was sent.
fn results(rig: &Rig, kind: Kind) -> usize {
    let of = |request: &&orc_testkit::Request| {
        request.api == Some(kind.api) && request.after_tool && !request.side
    };
    rig.stub.requests().iter().filter(of).count()
}

/// The options that allow once and that deny.
fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind.profile {
        "claude" => ("Yes", "No"),
        "codex" => ("Yes, proceed", "No, and tell"),
        _ => ("Allow once", "Reject"),
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn an_allowed_tool_runs_once_and_a_denied_one_does_not() {
    let rig = Rig::mixed();
    for kind in KINDS {
        let (allow, deny) = words(kind);
        let word = if kind.profile == "codex" { "TOOL+" } else { "TOOL" };
        for (n, (option, runs)) in [(allow, true), (deny, false), (allow, true)].into_iter().enumerate() {
            let name = format!("proof-{}-{n}", kind.profile);
            let proof = rig.repo.join(&name);
            let before = results(&rig, kind);
            let message = rig.send(kind, &format!("{word}:touch {name}"));
            let prompt = prompt_of(&rig, kind);
            assert_eq!(prompt["kind"], "permission", "{prompt}");
            assert!(prompt["text"].as_str().unwrap().contains(&format!("touch {name}")), "{prompt}");
            let command = format!("touch {name}");
            let hook = || {
                let prompt = prompt_of(&rig, kind);
                prompt["asked"]["input"].as_str().filter(|input| input.contains(&command)).map(drop)
            };
            rig.until(kind, "its hook has said what it asks for", hook);
            assert!(!proof.exists(), "{}: it ran before it was allowed", kind.profile);
            let waiting = rig.send(kind, &format!("1 after {name}"));
            answer(&rig, kind, option);
            rig.wait_acknowledged(kind, &waiting);
            rig.wait_for_state(kind, "idle");
            assert_eq!(proof.exists(), runs, "{} got `{option}`\n{}", kind.profile, rig.screen(kind));
            if runs {
                assert!(results(&rig, kind) > before, "{}: the model was sent the result", kind.profile);
            }
            rig.wait_acknowledged(kind, &message);
        }
        let events = rig.orc(&["--json", "events"]).success().stdout;
        let answered: Vec<Value> = events
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
            .filter(|e| {
                e["event"]["event"] == "prompt_answered" && e["event"]["agent"] == rig.agent(kind)["id"]
            })
            .collect();
        assert_eq!(answered.len(), 3, "{}: {answered:?}", kind.profile);
        assert!(answered.iter().all(|event| event["event"]["presses"].as_u64() <= Some(2)), "{answered:?}");
        rig.audit(kind);
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_question_gets_the_option_that_was_named() {
    const QUESTION: &str = r#"{"questions":[{"question":"Which colour?","header":"Colour","multiSelect":false,"options":[{"label":"Red","description":"warm"},{"label":"Blue","description":"cold"}]}]}"#;
    let rig = Rig::mixed();
    for (kind, tool) in [(CLAUDE, "!AskUserQuestion"), (OPENCODE, "question")] {
        rig.send(kind, &format!("CALL:{tool} {QUESTION}"));
        let prompt = prompt_of(&rig, kind);
        assert_eq!(prompt["kind"], "question", "{prompt}");
        assert!(prompt["text"].as_str().unwrap().contains("Which colour?"), "{prompt}");
        answer(&rig, kind, "Blue");
        // The stub says what the tool gave back.
        rig.until(kind, "the tool gave the answer back", || {
            let screen = rig.screen(kind);
            let said: String = screen.split("TOOL-DONE").nth(1)?.split_whitespace().collect();
            said.contains(r#""Whichcolour?"="Blue""#).then_some(())
        });
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_question_of_trust_waits_for_the_person_and_is_answered_as_they_say() {
    let rig = Rig::untrusting();
    rig.deploy_unready(&[CLAUDE, CODEX]);
    for (kind, yes) in [(CLAUDE, "Yes, I trust"), (CODEX, "Trust and continue")] {
        let prompt = prompt_of(&rig, kind);
        assert_eq!(prompt["kind"], "trust", "{}: {prompt}", kind.profile);
        assert_eq!(rig.agent(kind)["was_ready"], false);
        answer(&rig, kind, yes);
        rig.wait_for_state(kind, "idle");
        let message = rig.send(kind, "Good morning.");
        rig.wait_acknowledged(kind, &message);
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn a_policy_for_the_directory_answers_the_question_of_trust() {
    let rig = Rig::untrusting();
    let dir = rig.repo.parent().expect("a parent").to_str().expect("UTF-8");
    std::fs::write(rig.env.config_dir().join("trust.toml"), format!("[[trust]]\ndir = '{dir}'\n")).unwrap();
    rig.deploy_unready(&[CLAUDE, CODEX]);
    for kind in [CLAUDE, CODEX] {
        rig.wait_for_state(kind, "idle");
        let message = rig.send(kind, "Good morning.");
        rig.wait_acknowledged(kind, &message);
    }
    let events = rig.orc(&["events"]).success().stdout;
    let by_policy = events.lines().filter(|l| l.contains("prompt_answered") && l.contains("policy")).count();
    assert_eq!(by_policy, 2, "{events}");
}

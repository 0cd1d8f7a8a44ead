//! A dialog is listed with its options and answered by `agent answer`. What the agent got is in its own log: which option
//! it was, and every key.

use orc_testkit::{Output, wait_until};
use rustix::process::Signal;
use serde_json::Value;

use crate::stopped::signal;
use crate::world::{Agent, SOON, World, scripted, whole};

/// Waits until the agent's dialog is listed.
#[track_caller]
fn prompt_of(world: &World, agent: &str) -> Value {
    wait_until("the prompt is listed", SOON, || {
        let prompts = world.json(&["agent", "prompts", agent]);
        match prompts.as_array().map(Vec::as_slice) {
            Some([one]) if one["answering"].is_null() => Ok(one.clone()),
            _ => Err(format!(
                "{prompts}\n{}\n{}",
                world.orc(&["agent", "screen", agent]).stdout,
                world.last_events()
            )),
        }
    })
}

/// A world whose agent asks for a permission, and the file that the tool would make.
fn asked(script: &str) -> (World, Agent, std::path::PathBuf) {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    let file = world.env.root().join("made-by-the-tool");
    world.send(&agent.target, &format!("{script}DO: ask touch '{}'", file.display()));
    (world, agent, file)
}

fn answers(agent: &Agent, of: &str) -> Vec<Value> {
    agent.truth.of(of).iter().map(|event| event["answer"].clone()).collect()
}

/// The keys that reached the agent after its last paste, which is how messages come.
fn keys_since_the_last_paste(agent: &Agent) -> Vec<String> {
    let events = agent.truth.events();
    let last = events.iter().rposition(|event| event["ev"] == "paste").expect("a paste");
    let keys = events[last..].iter().filter(|event| event["ev"] == "key");
    let word =
        |event: &Value| event["key"].as_str().or(event["text"].as_str()).unwrap_or_default().to_owned();
    // The first is the Enter of the message itself.
    keys.map(word).skip(1).collect()
}

fn events(world: &World, kind: &str) -> Vec<Value> {
    let out = world.orc(&["events", "--json"]).success().stdout;
    let all = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    all.filter(|envelope| envelope["event"]["event"] == kind).collect()
}

#[track_caller]
fn refused(out: &Output, code: i32, words: &str) {
    assert_eq!(out.code, code, "{out:?}");
    assert!(out.stderr.contains(words), "{out:?}");
}

#[test]
fn a_permission_is_listed_and_allowed() {
    let (world, agent, file) = asked("");
    let prompt = prompt_of(&world, &agent.target);
    assert_eq!(prompt["kind"], "permission");
    assert_eq!(prompt["options"], serde_json::json!(["Yes", "No"]));
    assert!(prompt["text"].as_str().unwrap().contains("touch"), "{prompt}");
    let id = prompt["prompt"].as_str().unwrap();
    wait_until("its hook has said what it asks for", SOON, || {
        let asked = world.json(&["agent", "prompts", "t:0"])[0]["asked"].clone();
        let input = asked["input"].as_str().and_then(|input| serde_json::from_str::<Value>(input).ok());
        let command = input.map(|input| input["command"].clone());
        if asked["tool"] == "Bash" && command == Some(format!("touch '{}'", file.display()).into()) {
            Ok(())
        } else {
            Err(asked.to_string())
        }
    });
    let status = world.orc(&["team", "status", "t"]).success();
    assert!(status.stderr.contains("tmux-orc agent prompts t:0"), "the next command is said: {status:?}");
    let listed = world.orc(&["agent", "prompts", "t"]).success();
    assert!(listed.stdout.contains("1. Yes") && listed.stdout.contains("2. No"), "{listed:?}");
    assert!(listed.stderr.contains(&format!("tmux-orc agent answer t:0 1 --prompt {id}")), "{listed:?}");
    assert!(!file.exists(), "nothing was answered yet");

    let answered = world.json(&["agent", "answer", &agent.target, "1", "--prompt", id]);
    assert_eq!(answered["answer"]["label"], "Yes");
    wait_until("the tool ran", SOON, || if file.exists() { Ok(()) } else { Err(world.last_events()) });
    assert_eq!(answers(&agent, "permission"), ["asked", "approved"]);
    assert_eq!(keys_since_the_last_paste(&agent), ["enter"], "the answer, and nothing else");
    let by = &events(&world, "prompt_answered")[0];
    let uid = rustix::process::geteuid().as_raw();
    assert_eq!(by["event"]["by"], serde_json::json!({"who": "person", "uid": uid}));
    assert_eq!(by["event"]["answer"]["number"], 1);
    assert_eq!(events(&world, "prompt_closed")[0]["event"]["how"], "answered_here");
    assert_eq!(world.json(&["agent", "prompts"]), serde_json::json!([]));
    let late = world.orc(&["agent", "answer", &agent.target, "1", "--prompt", id]);
    refused(&late, 4, "not open any more");
    world.orc(&["log", "verify"]).success();
}

#[test]
fn a_permission_is_denied_by_its_label() {
    let (world, agent, file) = asked("");
    prompt_of(&world, &agent.target);
    world.orc(&["agent", "answer", &agent.name, "no"]).success();
    world.wait_until_idle("t");
    assert_eq!(answers(&agent, "permission"), ["asked", "denied"]);
    assert_eq!(keys_since_the_last_paste(&agent), ["[B", "enter"]);
    assert!(!file.exists());
}

#[test]
fn a_dialog_is_closed_without_an_option() {
    let (world, agent, file) = asked("");
    prompt_of(&world, &agent.target);
    world.orc(&["agent", "answer", &agent.target, "--cancel"]).success();
    world.wait_until_idle("t");
    assert_eq!(answers(&agent, "permission"), ["asked", "denied"]);
    assert_eq!(keys_since_the_last_paste(&agent), ["esc"]);
    assert!(!file.exists());
}

#[test]
fn a_question_gets_the_option_that_was_named() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    for (n, (answer, number, label)) in
        [("3", 3, "Grey"), ("light", 2, "Light blue"), ("Red", 1, "Red")].into_iter().enumerate()
    {
        world.send(&agent.target, &format!("DO: choose Round {n}: which colour? | Red | Light blue | Grey"));
        let prompt = prompt_of(&world, &agent.target);
        assert_eq!(prompt["kind"], "question");
        assert_eq!(prompt["options"], serde_json::json!(["Red", "Light blue", "Grey"]));
        world.orc(&["agent", "answer", &agent.target, answer]).success();
        let asked = agent.truth.of("question");
        let last = asked.last().expect("a question");
        assert_eq!((&last["number"], &last["label"]), (&number.into(), &label.into()), "{asked:?}");
    }
    assert_eq!(agent.truth.of("question").len(), 6, "asked three times, answered three times");
}

#[test]
fn a_key_that_the_dialog_drops_is_pressed_once_more_and_not_twice() {
    let (world, agent, file) = asked("DO: deaf 1\n");
    prompt_of(&world, &agent.target);
    world.orc(&["agent", "answer", &agent.target, "1"]).success();
    assert_eq!(answers(&agent, "permission"), ["asked", "approved"]);
    assert_eq!(agent.truth.of("dropped").len(), 1);
    assert_eq!(events(&world, "prompt_answered")[0]["event"]["presses"], 2);
    wait_until("the tool ran", SOON, || if file.exists() { Ok(()) } else { Err(world.last_events()) });

    world.wait_until_idle("t");
    world.send(&agent.target, "DO: deaf 2\nDO: ask true");
    prompt_of(&world, &agent.target);
    let deaf = world.orc(&["agent", "answer", &agent.target, "1"]);
    refused(&deaf, 4, "still shown");
    assert_eq!(keys_since_the_last_paste(&agent), ["enter", "enter"], "not a third time");
    world.orc(&["agent", "answer", &agent.target, "1"]).success();
}

/// It would take both keys when it goes on, the second one in the next dialog.
#[test]
fn an_agent_that_does_not_read_is_not_typed_at_twice() {
    let (world, agent, file) = asked("DO: ask true\n");
    for (n, (option, asks)) in [("1", "true"), ("2", "touch")].into_iter().enumerate() {
        wait_until("this very dialog is listed", SOON, || {
            let prompt = prompt_of(&world, &agent.target);
            if prompt["text"].as_str().is_some_and(|text| text.contains(asks)) {
                Ok(())
            } else {
                Err(prompt.to_string())
            }
        });
        signal(&agent.process, Signal::STOP);
        let stopped = world.orc(&["agent", "answer", &agent.target, option]);
        refused(&stopped, 4, "has not read it");
        let typed = keys_since_the_last_paste(&agent);
        signal(&agent.process, Signal::CONT);
        wait_until("it has read the key", SOON, || {
            let now = keys_since_the_last_paste(&agent);
            if now.len() > typed.len() { Ok(()) } else { Err(format!("{now:?}")) }
        });
        if n == 0 {
            // The first dialog took it; the second one is open now, and untouched.
            wait_until("the next dialog is open", SOON, || {
                let answers = answers(&agent, "permission");
                if answers == ["asked", "approved", "asked"] { Ok(()) } else { Err(format!("{answers:?}")) }
            });
        }
    }
    // The sign was moved, once, and nothing was taken.
    assert_eq!(keys_since_the_last_paste(&agent), ["enter", "[B"]);
    assert!(!file.exists());
    prompt_of(&world, &agent.target);
    world.orc(&["agent", "answer", &agent.target, "2"]).success();
    assert_eq!(answers(&agent, "permission"), ["asked", "approved", "asked", "denied"]);
}

#[test]
fn of_two_people_at_once_one_answers_and_the_other_is_told() {
    let (world, agent, _) = asked("");
    prompt_of(&world, &agent.target);
    let both: Vec<_> = ["1", "2"]
        .map(|option| {
            let mut command = world.command(&["agent", "answer", &agent.target, option]);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            command.spawn().expect("it starts")
        })
        .into_iter()
        .map(|mut child| child.wait().expect("it ends").code().expect("a status"))
        .collect();
    assert!(both == [0, 4] || both == [4, 0], "{both:?}\n{}", world.last_events());
    let given = if both[0] == 0 { "approved" } else { "denied" };
    assert_eq!(answers(&agent, "permission"), ["asked", given]);
}

#[test]
fn an_agent_answers_no_dialog() {
    let (world, agent, file) = asked("");
    prompt_of(&world, &agent.target);
    for (id, words) in [(agent.id.as_str(), "its own dialog"), ("a2", "the dialog of another agent")] {
        let mut command = world.command(&["agent", "answer", &agent.target, "1"]);
        command.env("TMUX_ORC_AGENT_ID", id);
        refused(&world.env.run(command, SOON), 9, words);
    }
    // One that hides who it is has still the processes of an agent above it.
    let out = world.env.root().join("said");
    let hidden = format!(
        "DO: run env -u TMUX_ORC_AGENT_ID \"$TMUX_ORC_BIN\" agent answer {} 1 > '{}' 2>&1; echo $? >> '{}'",
        agent.target,
        out.display(),
        out.display()
    );
    world.send("t:1", &hidden);
    wait_until("the other agent has tried", SOON, || {
        let said = std::fs::read_to_string(&out).unwrap_or_default();
        if said.ends_with("9\n") { Ok(()) } else { Err(said) }
    });
    assert_eq!(answers(&agent, "permission"), ["asked"]);
    assert!(!file.exists());
    assert!(events(&world, "answer_started").is_empty());
}

#[test]
fn what_a_person_does_at_the_terminal_comes_first() {
    let (world, agent, file) = asked("");
    let prompt = prompt_of(&world, &agent.target);
    let pane = world.open_pane(&agent);
    world.press(&pane, &["Down"]);
    let typing = world.orc(&["agent", "answer", &agent.target, "1"]);
    refused(&typing, 4, "a person is typing");
    world.press(&pane, &["Enter"]);
    let closed = wait_until("the prompt is closed", SOON, || {
        events(&world, "prompt_closed").pop().ok_or_else(|| world.last_events())
    });
    assert_eq!(closed["event"]["how"], "answered_in_terminal");
    assert_eq!(answers(&agent, "permission"), ["asked", "denied"]);
    assert!(!file.exists());
    let late =
        world.orc(&["agent", "answer", &agent.target, "1", "--prompt", prompt["prompt"].as_str().unwrap()]);
    refused(&late, 4, "not open any more");
}

#[test]
fn an_answer_to_an_agent_that_has_ended_is_a_conflict() {
    let (world, agent, _) = asked("");
    prompt_of(&world, &agent.target);
    crate::world::kill(&agent.process);
    wait_until("its end is seen", SOON, || {
        let status = world.status(&agent.target);
        if status["state"]["is"] == "exited" { Ok(()) } else { Err(status.to_string()) }
    });
    refused(&world.orc(&["agent", "answer", &agent.target, "1"]), 4, "has ended");
    assert_eq!(events(&world, "prompt_closed")[0]["event"]["how"], "agent_ended");
    refused(&world.orc(&["agent", "answer", "t:9", "1"]), 3, "no agent");
}

#[test]
fn an_option_that_is_not_there_is_not_found() {
    let (world, agent, _) = asked("");
    prompt_of(&world, &agent.target);
    refused(&world.orc(&["agent", "answer", &agent.target, "3"]), 3, "no option `3`");
    refused(&world.orc(&["agent", "answer", &agent.target, "maybe"]), 3, "1. Yes · 2. No");
    refused(&world.orc(&["agent", "answer", &agent.target]), 2, "required");
    assert_eq!(keys_since_the_last_paste(&agent), [""; 0]);
}

#[test]
fn fifty_senders_wait_for_an_answer_and_none_of_them_gives_it() {
    let (world, agent, file) = asked("");
    prompt_of(&world, &agent.target);
    let senders: Vec<_> = (0..50)
        .map(|n| {
            let mut command = world.command(&["agent", "send", &agent.target, &format!("1\n\nmessage {n}")]);
            command.stdout(std::process::Stdio::null());
            command.spawn().expect("it starts")
        })
        .collect();
    for mut sender in senders {
        assert!(sender.wait().expect("it ends").success());
    }
    assert_eq!(world.status(&agent.target)["queued"], 50);
    assert_eq!(keys_since_the_last_paste(&agent), [""; 0], "fifty wait, nothing was typed");
    assert_eq!(agent.truth.of("paste").len(), 2, "the brief and the order to ask");
    world.orc(&["agent", "answer", &agent.target, "2"]).success();
    wait_until("everything is delivered", SOON, || {
        let bodies = agent.truth.bodies("operator");
        let count = bodies.iter().filter(|body| body.starts_with("1\n\nmessage")).count();
        if count == 50 { Ok(()) } else { Err(format!("{count}\n{}", world.last_events())) }
    });
    assert_eq!(answers(&agent, "permission"), ["asked", "denied"]);
    assert!(!file.exists());
}

#[test]
fn a_message_goes_on_after_the_answer() {
    let (world, agent, _) = asked("");
    prompt_of(&world, &agent.target);
    let id = world.post(&agent.target, "the message");
    world.wait_for_hold(&agent, "a dialog waits for a person");
    world.orc(&["agent", "answer", &agent.target, "1"]).success();
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "the message"));
}

/// The dialog opens at about the time of a hand-over, each time a little later; the answer is for the dialog, and the
/// message comes behind it, once.
#[test]
fn an_answer_during_a_hand_over_reaches_the_dialog_and_the_message_the_agent() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    for n in 0..6 {
        world.post(
            &agent.target,
            &format!("DO: work 0.{:03}\nDO: choose Round {n}? | Red | Light blue", 60 * n),
        );
        world.post(&agent.target, &format!("beside dialog {n}"));
        let prompt = prompt_of(&world, &agent.target);
        assert!(prompt["text"].as_str().unwrap().contains(&format!("Round {n}?")), "{prompt}");
        world.orc(&["agent", "answer", &agent.target, "2"]).success();
        world.wait_until_idle("t");
    }
    let chosen = agent.truth.of("question");
    assert!(chosen.iter().filter(|asked| asked["answer"] == "chosen").all(|asked| asked["number"] == 2));
    assert_eq!(chosen.len(), 12, "each was asked once and answered once: {chosen:?}");
    let bodies = agent.truth.bodies("operator");
    let beside: Vec<&String> = bodies.iter().filter(|body| body.starts_with("beside")).collect();
    let all: Vec<String> = (0..6).map(|n| format!("beside dialog {n}")).collect();
    assert!(beside.into_iter().eq(&all), "each message once, in order: {bodies:?}");
}

/// Killed at any moment of an answer: the dialog is answered once, or waits; never twice.
#[test]
fn a_supervisor_killed_during_an_answer_never_types_it_twice() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    for n in 0..6_u64 {
        world.send(&agent.target, &format!("DO: choose Round {n}? | Red | Light blue | Grey"));
        let prompt = prompt_of(&world, &agent.target);
        let before = events(&world, "answer_started").len();
        let supervisor = world.supervisor();
        let mut command = world.command(&["agent", "answer", &agent.target, "2"]);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let log = world.env.state_dir().join("agents").join(&agent.id).join("launch-1/truth.jsonl");
        // Before the keys, between them, after them.
        let seen = |keys: usize| {
            wait_until("the answer is on its way", SOON, || {
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                let at = text.find(&format!("Round {n}?")).unwrap_or(0);
                let typed = text[at..].matches("\"key\":\"[B\"").count();
                if typed >= keys { Ok(()) } else { Err(format!("{typed} keys")) }
            });
        };
        if n % 3 == 0 {
            wait_until("the answer is accepted", SOON, || {
                if events(&world, "answer_started").len() > before {
                    Ok(())
                } else {
                    Err(world.last_events())
                }
            });
        } else {
            seen(1);
        }
        crate::world::kill(&supervisor);
        child.wait().expect("it ends");
        world.wait_until_unreachable();
        // The next one settles it: closed, or open and free to be answered.
        let open = wait_until("the answer is settled", SOON, || {
            let prompts = world.json(&["agent", "prompts", &agent.target]);
            match prompts.as_array().expect("a list").as_slice() {
                [] => Ok(false),
                [one] if one["answering"].is_null() => Ok(true),
                _ => Err(prompts.to_string()),
            }
        });
        let taken =
            agent.truth.of("question").iter().filter(|asked| asked["answer"] == "chosen").count() as u64;
        assert_eq!(open, taken == n, "round {n}: {:?}\n{}", agent.truth.of("question"), world.last_events());
        if open {
            assert_eq!(prompt_of(&world, &agent.target)["prompt"], prompt["prompt"], "it is the same one");
            world.orc(&["agent", "answer", &agent.target, "2"]).success();
        }
        let asked = agent.truth.of("question");
        let last = asked.last().expect("a question");
        assert_eq!((&last["answer"], &last["number"]), (&"chosen".into(), &2.into()), "{asked:?}");
        assert_eq!(asked.len() as u64, 2 * (n + 1), "each question was answered once");
        world.wait_until_idle("t");
    }
}

fn trusting_world() -> World {
    let world = World::new();
    world.profile("careful", &scripted("careful", &["--ask-trust"]));
    world
}

fn deploy_careful(world: &World, wait: &str) -> Output {
    let repo = world.repo.to_str().expect("UTF-8");
    let words = [
        "quick-deploy",
        "backend",
        "2",
        "--project-name",
        "t",
        "--agent",
        "careful",
        "--project-dir",
        repo,
        wait,
    ];
    world.orc(&words)
}

#[test]
fn a_question_of_trust_waits_for_the_person() {
    let world = trusting_world();
    deploy_careful(&world, "--no-wait").success();
    for agent in ["t:0", "t:1"] {
        let prompt = prompt_of(&world, agent);
        assert_eq!(prompt["kind"], "trust");
        let truth = world.truth_of(prompt["agent"].as_str().unwrap(), 1);
        assert_eq!(truth.of("trust").len(), 1, "nobody answered");
        world.orc(&["agent", "answer", agent, "yes"]).success();
        assert_eq!(truth.of("trust")[1]["answer"], "trusted");
    }
    world.wait_until_idle("t");
    assert!(events(&world, "prompt_answered").iter().all(|e| e["event"]["by"]["who"] == "person"));
}

#[test]
fn a_policy_for_the_directory_answers_the_question_of_trust_once() {
    let world = trusting_world();
    let trusted = world.repo.parent().expect("a parent").to_str().expect("UTF-8");
    let policy =
        format!("[[trust]]\ndir = '/elsewhere'\n[[trust]]\ndir = '{trusted}'\nagents = ['careful']\n");
    std::fs::write(world.env.config_dir().join("trust.toml"), policy).unwrap();
    deploy_careful(&world, "--wait=60s").success();
    world.wait_until_idle("t");
    let doctor = world.orc(&["doctor"]).stdout;
    assert!(doctor.contains(&format!("  /elsewhere, {trusted} (")), "{doctor}");
    let answered = events(&world, "prompt_answered");
    assert_eq!(answered.len(), 2, "{answered:?}");
    for event in answered {
        assert_eq!(event["event"]["by"], serde_json::json!({"who": "policy", "dir": trusted}));
        assert_eq!(event["event"]["answer"]["label"], "Yes, I trust this directory");
    }
    assert!(events(&world, "answer_started").iter().all(|event| event["door"] == "policy"));
}

#[test]
fn a_policy_for_another_directory_or_agent_or_a_broken_one_asks_the_person() {
    for (n, policy) in
        ["[[trust]]\ndir = '/elsewhere'", "[[trust]]\ndir = '/'\nagents = ['claude']", "[[trust]]\ndirs = 1"]
            .into_iter()
            .enumerate()
    {
        let world = trusting_world();
        std::fs::write(world.env.config_dir().join("trust.toml"), policy).unwrap();
        deploy_careful(&world, "--no-wait").success();
        prompt_of(&world, "t:0");
        prompt_of(&world, "t:1");
        assert!(events(&world, "answer_started").is_empty(), "policy {n}: {policy}");
        let doctor = world.orc(&["doctor"]).stdout;
        assert_eq!(doctor.contains("PROBLEM  trust "), policy.contains("dirs"), "{doctor}");
    }
}

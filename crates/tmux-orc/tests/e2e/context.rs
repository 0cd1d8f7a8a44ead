//! What an agent knows after it was started again: its own session where the transcript is there, else a brief.

use std::fs;
use std::path::PathBuf;

use orc_testkit::wait_until;
use serde_json::Value;

use crate::world::{Agent, SOON, World, kill, scripted};

impl World {
    /// Kills an agent and waits until its end is in the log.
    #[track_caller]
    fn kill_agent(&self, agent: &Agent) {
        kill(&agent.process);
        wait_until("its end is seen", SOON, || {
            let state = self.status(&agent.target)["state"]["is"].clone();
            if state == "exited" { Ok(()) } else { Err(state.to_string()) }
        });
    }

    /// The scripted agent's own record of the session that it was started with.
    fn session_file(&self, agent: &Agent) -> PathBuf {
        let id = agent.truth.of("start")[0]["session"].as_str().expect("a session").to_owned();
        self.env.home().join(".scripted-agent/sessions").join(format!("{id}.jsonl"))
    }

    /// The events of one kind.
    fn events_of(&self, kind: &str) -> Vec<Value> {
        let lines = self.orc(&["events", "--json"]).success().stdout;
        let all = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        all.map(|entry| entry["event"].clone()).filter(|event| event["event"] == kind).collect()
    }
}

fn count(prompts: &[String], part: &str) -> usize {
    prompts.iter().filter(|prompt| prompt.contains(part)).count()
}

#[test]
fn a_resumed_session_has_its_context_and_only_what_it_missed_is_said() {
    let world = World::new();
    let agents = world.deploy(3);
    world.send("t:0", "the cause is in login.rs");
    let cut = world.post("t:0", "DO: work 600");
    agents[0].truth.wait_for_prompt("DO: work 600");
    let session = agents[0].truth.of("start")[0]["session"].clone();
    let said = fs::read_to_string(world.session_file(&agents[0])).unwrap().lines().count();
    world.kill_agent(&agents[0]);
    world.kill_agent(&agents[1]);
    let waiting = world.post("t:0", "what came of it?");
    let (done, again) = world.restart("t:0", &["--restore-context"]);
    assert_eq!(done["how"], "resume", "{done}");
    let start = &again.truth.of("start")[0];
    assert_eq!(start["session"], session, "the same session");
    assert_eq!(start["resumed"].as_u64(), Some(said as u64), "with all that was said in it");
    again.truth.wait_for_message(&waiting);
    world.wait_until_idle_of("t:0");
    let prompts = again.truth.prompts();
    assert_eq!(prompts.len(), 2, "{prompts:?}");
    assert!(prompts[0].contains("(you were started again)"), "{}", prompts[0]);
    assert!(
        prompts[0].contains("in the middle of a turn") && prompts[0].contains("t:devops ended"),
        "{}",
        prompts[0]
    );
    assert!(prompts[1].starts_with(&format!("Message {waiting} ")), "{prompts:?}");
    assert_eq!(count(&prompts, &format!("Message {cut} ")), 0, "it stands in the session: not again");
    let told = agents[2].truth.wait_for_prompt("was started again");
    assert!(told.contains("its own session was resumed"), "{told}");
    let restored = world.events_of("agent_restored");
    assert_eq!((restored.len(), restored[0]["how"].as_str()), (1, Some("resume")), "{restored:?}");
}

/// An agent may end before it has written down what it took: then nobody else would tell it.
#[test]
fn what_was_acknowledged_and_never_written_down_is_told_with_the_comeback() {
    let world = World::new();
    let agents = world.deploy(2);
    world.send("t:0", "the cause is in login.rs");
    world.send("t:0", "DO: work 600");
    world.kill_agent(&agents[0]);
    let file = world.session_file(&agents[0]);
    let text = fs::read_to_string(&file).unwrap();
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("DO: work 600")).collect();
    fs::write(&file, kept.join("\n") + "\n").unwrap();
    let (done, again) = world.restart("t:0", &["--restore-context"]);
    assert_eq!(done["how"], "resume", "{done}");
    let told = again.truth.wait_for_prompt("(you were started again)");
    assert!(told.contains("before it had written down") && told.contains("\n  > DO: work 600\n"), "{told}");
    assert!(!told.contains("login.rs"), "that is in its session: {told}");
    world.wait_until_idle_of("t:0");
    assert_eq!(again.truth.prompts().len(), 1, "{:?}", again.truth.prompts());
}

#[test]
fn without_a_transcript_there_is_a_brief_from_the_record_with_the_state_of_the_repository() {
    let world = World::new();
    let agents = world.deploy(2);
    world.send("t:0", "the cause is in login.rs");
    fs::write(world.repo.join("half-done.rs"), "fn fix() {}").unwrap();
    world.orc(&["task", "add", "t", "mend the login", "--to", "backend"]).success();
    world.orc(&["task", "add", "t", "write to the customers", "--to", "pm"]).success();
    world.wait_until_idle("t");
    fs::remove_file(world.session_file(&agents[0])).unwrap();
    let out = world.orc(&["agent", "restart", "t:0", "--restore-context"]).success();
    assert!(
        out.stdout.contains("a brief from the record") && out.stdout.contains("no transcript"),
        "{out:?}"
    );
    let again = world.agent_of(&world.status("t:0"));
    assert_eq!(again.truth.of("start")[0]["resumed"], Value::Null);
    let brief = again.truth.wait_for_prompt("(you were started again)");
    let parts =
        ["the cause is in login.rs", "half-done.rs", "branch", "(you)", "mend the login", "no transcript"];
    for part in parts {
        assert!(brief.contains(part), "{part}: {brief}");
    }
    assert!(brief.contains("- T1 (open): mend the login") && !brief.contains("to the customers"), "{brief}");
    world.wait_until_idle("t");
    assert_eq!(again.truth.prompts().len(), 1, "{:?}", again.truth.prompts());
    let told = agents[1].truth.wait_for_prompt("was started again");
    assert!(told.contains("a brief from the record"), "{told}");
}

#[test]
fn a_session_that_will_not_resume_is_kept_and_a_brief_takes_its_place() {
    let world = World::new();
    let agents = world.deploy(2);
    world.send("t:0", "the cause is in login.rs");
    let broken =
        scripted("scripted", &[]).replace(r#"["--resume", "{native_session}"]"#, r#"["--resume", "gone"]"#);
    world.profile("scripted", &broken);
    let (done, again) = world.restart("t:0", &["--restore-context"]);
    assert_eq!(
        (done["how"].as_str(), done["agent"]["generation"].as_u64()),
        (Some("brief"), Some(3)),
        "{done}"
    );
    assert!(done["tried"][0].as_str().unwrap().contains("could not be resumed"), "{done}");
    let brief = again.truth.wait_for_prompt("the cause is in login.rs");
    assert!(brief.contains("could not be resumed"), "{brief}");
    assert!(world.session_file(&agents[0]).exists());
    // Once it is mended, the old session is as good as ever.
    world.profile("scripted", &scripted("scripted", &[]));
    fs::remove_file(world.session_file(&again)).unwrap();
    let (done, last) = world.restart("t:0", &["--restore-context", "--yes"]);
    assert_eq!(done["how"], "resume", "{done}");
    let first = agents[0].truth.of("start")[0]["session"].clone();
    assert_eq!(last.truth.of("start")[0]["session"], first);
}

/// Nobody acknowledged it, nobody knows whether the agent took it, and the agent's own record says that it did.
#[test]
fn what_the_transcript_holds_is_acknowledged_by_it_and_not_sent_again() {
    let world = World::new();
    world.profile("mute", &scripted("mute", &["--no-hooks"]));
    let agent = world
        .deploy_with(&[
            "backend",
            "2",
            "--project-name",
            "t",
            "--agent",
            "scripted",
            "--agent",
            "backend=mute",
        ])
        .swap_remove(0);
    let id = world.post("t:0", "DO: work 600");
    agent.truth.wait_for_prompt("DO: work 600");
    wait_until("its turn is in its record", SOON, || {
        let text = fs::read_to_string(world.session_file(&agent)).unwrap_or_default();
        if text.contains("DO: work 600") { Ok(()) } else { Err(text) }
    });
    world.kill_agent(&agent);
    let (done, again) = world.restart("t:0", &["--restore-context"]);
    assert_eq!(done["how"], "resume", "{done}");
    let settled = world.events_of("delivery_settled");
    let fate = settled.iter().rfind(|event| event["message"] == *id && event["agent"] == *agent.id);
    let fate = fate.unwrap_or_else(|| panic!("{settled:?}"));
    assert_eq!(fate["outcome"]["outcome"], "acknowledged", "{fate}");
    assert_eq!(fate["evidence"]["detail"], "its transcript holds it");
    again.truth.wait_for_prompt("(you were started again)");
    world.post("t:0", "the last one");
    again.truth.wait_for_prompt("the last one");
    assert_eq!(count(&again.truth.prompts(), &format!("Message {id} ")), 0, "{:?}", again.truth.prompts());
}

/// Every process is gone, and with them what they were called; the state directory is left.
#[test]
fn after_the_host_was_restarted_every_agent_comes_back_with_its_session() {
    let mut world = World::new();
    world.env.set("TMUX_ORC_BOOT_ID", "first");
    world.env.set("MARK", "of the person");
    let agents = world.deploy(3);
    for agent in &agents {
        world.send(&agent.target, "before the restart");
    }
    world.wait_until_idle("t");
    for process in world.env.processes() {
        process.kill();
    }
    wait_until("nothing runs", SOON, || {
        let left = world.env.processes();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    });
    fs::remove_dir_all(world.env.runtime_dir()).unwrap();
    fs::create_dir(world.env.runtime_dir()).unwrap();
    world.env.set("TMUX_ORC_BOOT_ID", "second");
    world.env.set("MARK", "of whoever came first");
    let id = world.post("t:1", "after the restart");
    wait_until("their end is seen", SOON, || {
        let team = world.json(&["team", "status", "t"]);
        let over = |agent: &Value| agent["state"]["exit"] == "host_restarted";
        if team["agents"].as_array().unwrap().iter().all(over) { Ok(()) } else { Err(team.to_string()) }
    });
    for old in &agents {
        let (done, now) = world.restart(&old.target, &["--restore-context"]);
        assert_eq!(done["how"], "resume", "{done}");
        assert_eq!(now.truth.of("start")[0]["session"], old.truth.of("start")[0]["session"]);
        assert_eq!(crate::restart::variable(&now.process, "MARK").as_deref(), Some("of the person"));
        world.open_pane(&now);
    }
    world.wait_until_idle("t");
    let prompts = world.truth_of(&agents[1].id, 2).prompts();
    assert_eq!(count(&prompts, &format!("Message {id} ")), 1, "{prompts:?}");
    assert_eq!(count(&prompts, "before the restart"), 0, "{prompts:?}");
}

//! Real agents that are killed and started again: what their models are sent proves what they know.

use orc_testkit::Process;
use serde_json::Value;

use crate::rig::{CLAUDE, CODEX, KINDS, Kind, OPENCODE, Rig};

impl Rig {
    /// Kills an agent and waits until its end is seen.
    #[track_caller]
    fn kill_agent(&self, kind: Kind) {
        let pid = self.agent(kind)["process"]["pid"].as_i64().expect("a pid");
        Process::read(i32::try_from(pid).expect("a pid")).expect("it runs").kill();
        self.wait_for_state(kind, "exited");
    }

    #[track_caller]
    fn restart(&self, kind: Kind, flags: &[&str]) -> Value {
        let target = kind.target();
        let done = self.orc(&[&["--json", "agent", "restart", &target], flags].concat());
        assert_eq!(done.code, 0, "{}: {done:#?}\n{}", kind.profile, self.screen(kind));
        done.json()
    }
}

/// The code word that only the earlier conversation holds.
fn code_word(kind: Kind) -> String {
    format!("The code word is amber-{}.", kind.profile)
}

/// Killed in the middle of a turn, resumed: the model is sent the earlier conversation, and what waited once.
#[track_caller]
fn comes_back(rig: &Rig, kind: Kind) {
    let first = rig.send(kind, &code_word(kind));
    rig.wait_acknowledged(kind, &first);
    rig.wait_for_state(kind, "idle");
    let cut = rig.send(kind, "SLOW:20 a long answer");
    rig.wait_acknowledged(kind, &cut);
    rig.wait_for_state(kind, "working");
    rig.kill_agent(kind);
    let waiting = rig.send(kind, "What was the code word?");
    let done = rig.restart(kind, &["--restore-context"]);
    assert_eq!(done["how"], "resume", "{}: {done}", kind.profile);
    rig.wait_acknowledged(kind, &waiting);
    let prompts = rig.prompts_with(kind, &waiting);
    assert_eq!(prompts.len(), 1, "{}: {prompts:#?}", kind.profile);
    let history = prompts[0].users.join("\n");
    let times = |part: &str| history.matches(part).count();
    assert_eq!(times(&code_word(kind)), 1, "{}: {history}", kind.profile);
    for message in [&first, &waiting] {
        assert_eq!(times(&format!("Message {message} from ")), 1, "{}: {history}", kind.profile);
    }
    // Some write a prompt down at once; to those that had not yet it is told.
    assert_eq!(times("SLOW:20 a long answer"), 1, "{}, {cut}: {history}", kind.profile);
    rig.wait_for_state(kind, "idle");
}

/// Without the transcript the model is sent the record.
#[track_caller]
fn gets_a_brief(rig: &Rig, kind: Kind) {
    let done = rig.restart(kind, &["--yes"]);
    assert_eq!(done["how"], "brief", "{}: {done}", kind.profile);
    let told = done["messages"][0][0].as_str().expect("a message").to_owned();
    rig.wait_acknowledged(kind, &told);
    let prompt = rig.prompts_with(kind, &told).pop().expect("a prompt");
    assert!(prompt.typed().contains(&code_word(kind)), "{}: {}", kind.profile, prompt.typed());
    let history = prompt.users.join("\n");
    assert_eq!(history.matches(" from operator:").count(), 0, "{}: a new session: {history}", kind.profile);
    rig.wait_for_state(kind, "idle");
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn killed_agents_come_back_with_their_conversation() {
    let rig = Rig::mixed();
    rig.broadcast("The login is broken since 14:02. Find out why.");
    for kind in KINDS {
        rig.wait_for_state(kind, "idle");
    }
    for kind in [CODEX, OPENCODE, CLAUDE] {
        comes_back(&rig, kind);
    }
}

#[test]
#[ignore = "needs the real agent CLIs: make test-agents"]
fn agents_without_their_session_are_told_what_the_record_says() {
    let rig = Rig::mixed();
    for kind in [CODEX, OPENCODE, CLAUDE] {
        let first = rig.send(kind, &code_word(kind));
        rig.wait_acknowledged(kind, &first);
        rig.wait_for_state(kind, "idle");
        gets_a_brief(&rig, kind);
    }
}

//! The real agents, driven by the stub: each takes a prompt, asks before a command, runs it and tells the result.
//!
//! `scripts/install-agents.sh && cargo test -p orc-testkit --test agents -- --ignored`

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use orc_testkit::agents::{self, Agent, Variables};
use orc_testkit::{StubModel, TestEnv, wait_until};

/// Some agents need 20 s on a busy machine until they take input.
const PATIENCE: Duration = Duration::from_secs(90);

/// What this test has to know of an agent's screen.
struct Looks {
    /// Shown when a prompt can be typed.
    composer: &'static str,
    /// Shown when it asks before a command; Enter allows it once.
    permission: &'static str,
    /// The directive that makes it ask.
    tool: &'static str,
}

fn screen(env: &TestEnv) -> String {
    env.tmux(&["capture-pane", "-p", "-t", "agent"]).stdout
}

fn wait_for(env: &TestEnv, what: &str, text: &str) {
    wait_until(what, PATIENCE, || {
        let screen = screen(env);
        if screen.contains(text) { Ok(()) } else { Err(screen) }
    });
}

fn prompt(env: &TestEnv, stub: &StubModel, text: &str) {
    let before = stub.prompts().len();
    env.tmux(&["send-keys", "-t", "agent", "-l", text]).success();
    wait_for(env, "the prompt is in the composer", text);
    env.tmux(&["send-keys", "-t", "agent", "Enter"]).success();
    wait_until("the model was sent the prompt", PATIENCE, || {
        let prompts = stub.prompts();
        let found = prompts.iter().skip(before).any(|request| request.typed().trim() == text);
        if found { Ok(()) } else { Err(format!("{prompts:#?}\n{}", screen(env))) }
    });
}

/// Presses Enter until the question is gone: Claude Code 2.1.330 drops keys that come in the first moments of a
/// question, so that nobody answers it by accident.
fn allow(env: &TestEnv, question: &str) {
    let mut pressed: Option<Instant> = None;
    wait_until("the question is gone", PATIENCE, || {
        let screen = screen(env);
        if !screen.contains(question) {
            return Ok(());
        }
        if pressed.is_none_or(|at| at.elapsed() > Duration::from_millis(500)) {
            env.tmux(&["send-keys", "-t", "agent", "Enter"]).success();
            pressed = Some(Instant::now());
        }
        Err(screen)
    });
}

fn drive(
    agent: Agent,
    arguments: &[&str],
    setup: fn(&Path, &[&Path], &StubModel) -> Variables,
    looks: &Looks,
) {
    let program = agent.program();
    let mut env = TestEnv::new("true");
    let stub = StubModel::start(env.root().join("stub.jsonl"));
    let repo = env.init_repo("a project");
    for (name, value) in setup(&env.home(), &[&repo], &stub) {
        env.set(name, value);
    }
    let (repo_text, program) = (repo.to_str().expect("UTF-8"), program.to_str().expect("UTF-8"));
    let launch = ["new-session", "-d", "-s", "agent", "-x", "120", "-y", "40", "-c", repo_text, program];
    env.tmux(&[&launch[..], arguments].concat()).success();
    env.tmux(&["set-option", "-w", "-t", "agent", "remain-on-exit", "on"]).success();
    wait_for(&env, "the composer is shown", looks.composer);

    prompt(&env, &stub, "REPLY:pineapple is the answer");
    // The prompt itself says it too: the answer is the second time.
    wait_until("the answer is shown", PATIENCE, || {
        let screen = screen(&env);
        if screen.matches("pineapple is the answer").count() > 1 { Ok(()) } else { Err(screen) }
    });

    prompt(&env, &stub, &format!("{}touch proof.txt", looks.tool));
    wait_for(&env, "the agent asks", looks.permission);
    assert!(!repo.join("proof.txt").exists(), "it asked after it had run the command");
    allow(&env, looks.permission);
    wait_for(&env, "the result was told to the model", "TOOL-DONE");
    assert!(fs::exists(repo.join("proof.txt")).expect("a folder"));
    assert!(stub.requests().iter().any(|request| request.after_tool));
}

#[test]
#[ignore = "needs scripts/install-agents.sh"]
fn claude_code_is_driven_by_the_stub() {
    let looks = Looks { composer: "manual mode on", permission: "Do you want to proceed?", tool: "TOOL:" };
    drive(agents::CLAUDE, agents::claude_arguments(), agents::claude_home, &looks);
}

#[test]
#[ignore = "needs scripts/install-agents.sh"]
fn codex_is_driven_by_the_stub() {
    let looks = Looks { composer: "Ask Codex", permission: "Would you like to run", tool: "TOOL+:" };
    drive(agents::CODEX, agents::codex_arguments(), agents::codex_home, &looks);
}

#[test]
#[ignore = "needs scripts/install-agents.sh"]
fn opencode_is_driven_by_the_stub() {
    let looks = Looks { composer: "Ask anything", permission: "Permission required", tool: "TOOL:" };
    drive(agents::OPENCODE, agents::opencode_arguments(), agents::opencode_home, &looks);
}

//! Hooks reach the supervisor by two ways, and count once.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use orc_testkit::wait_until;

use crate::world::{SOON, World, scripted};

/// It is told again when its process could not wait for the answer.
#[test]
fn a_hook_that_arrives_twice_counts_once() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let hook = |id: &str, text: &str| {
        serde_json::json!({
            "agent": agent.id, "generation": 1, "id": id, "event": "Stop",
            "payload": {"last_assistant_message": text},
        })
    };
    let folder = world.env.state_dir().join("agents").join(&agent.id);
    let (twice, other) = (hook("1-1", "said in vain twice"), hook("1-2", "said besides"));
    fs::write(folder.join("hooks.taking.jsonl"), format!("{twice}\n")).expect("a file");
    fs::write(folder.join("hooks.jsonl"), format!("\n{twice}\n{other}\n")).expect("a file");
    // The next hook takes in what waits.
    world.send(&agent.target, "wake up");
    world.wait_until_idle("t");
    let events = world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout;
    for text in ["said in vain twice", "said besides"] {
        assert_eq!(events.matches(text).count(), 1, "{text}: {events}");
    }
    for name in ["hooks.taking.jsonl", "hooks.jsonl"] {
        assert!(!folder.join(name).exists(), "{name} is left");
    }
}

/// A supervisor took it, and was killed before its answer arrived: the hook's process leaves it in the file, too.
#[test]
fn a_hook_that_arrives_again_at_the_next_supervisor_counts_once() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let hook = serde_json::json!({
        "agent": agent.id, "generation": 1, "id": "1-1", "event": "Stop",
        "payload": {"last_assistant_message": "said once"},
    });
    let file = world.env.state_dir().join("agents").join(&agent.id).join("hooks.jsonl");
    for _ in 0..3 {
        fs::write(&file, format!("{hook}\n")).expect("a file");
        world.kill_supervisor();
        world.orc(&["daemon", "start"]).success();
        wait_until("the hook is taken in", SOON, || {
            if file.exists() { Err("it waits".to_owned()) } else { Ok(()) }
        });
    }
    let events = world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout;
    assert_eq!(events.matches("said once").count(), 1, "{events}");
}

/// A supervisor on its way out takes nothing in any more: what it says of a hook is not the last word on it.
#[test]
fn a_hook_that_a_stopping_supervisor_refuses_is_taken_in_once_by_the_next() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    world.orc(&["daemon", "stop"]).success();
    let file = world.env.state_dir().join("agents").join(&agent.id).join("hooks.jsonl");
    let (socket, input) = (world.env.runtime_dir().join("api.sock"), world.env.root().join("payload"));
    for (code, kept) in [("shutting_down", true), ("internal", true), ("not_found", false)] {
        let listener = UnixListener::bind(&socket).expect("a socket");
        let answer = serde_json::json!({"error": {"code": code, "message": "no"}}).to_string();
        let refusing = std::thread::spawn(move || {
            let (mut asked, _) = listener.accept().expect("a hook");
            let mut request = Vec::new();
            while !String::from_utf8_lossy(&request).contains(r#""event":"Stop""#) {
                let mut bytes = [0; 4096];
                let read = asked.read(&mut bytes).expect("a request");
                assert!(read > 0, "{}", String::from_utf8_lossy(&request));
                request.extend_from_slice(&bytes[..read]);
            }
            let length = answer.len();
            write!(asked, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{answer}").expect("an answer");
        });
        let payload = serde_json::json!({"last_assistant_message": format!("said when it was {code}")});
        fs::write(&input, payload.to_string()).expect("a file");
        let mut command = world.command(&["hook", "Stop"]);
        command.env("TMUX_ORC_AGENT_ID", &agent.id).env("TMUX_ORC_GENERATION", "1");
        command.stdin(fs::File::open(&input).expect("the file"));
        assert!(command.status().expect("a hook").success());
        refusing.join().expect("it asked");
        fs::remove_file(&socket).expect("the socket");
        let waits = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(waits.contains(code), kept, "{code}: {waits}");
    }
    for _ in 0..2 {
        world.orc(&["daemon", "start"]).success();
        wait_until("the hooks are taken in", SOON, || {
            if file.exists() { Err("they wait".to_owned()) } else { Ok(()) }
        });
        world.kill_supervisor();
    }
    let said = world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout;
    for (code, times) in [("shutting_down", 1), ("internal", 1), ("not_found", 0)] {
        assert_eq!(said.matches(&format!("said when it was {code}")).count(), times, "{said}");
    }
}

/// A person's interrupt shuts a door of the agent until it has taken a prompt, whatever becomes of the supervisor.
#[test]
fn a_door_that_was_shut_stays_shut_when_the_supervisor_is_killed() {
    let world = World::new();
    let opened = world.env.root().join("opened");
    let door = format!(
        "\n[[doors]]\nname = \"note\"\nmax_bytes = 300000\nopen = \"while_working\"\nclosed_by = \"Interrupt\"\n\
         command = ['sh', '-c', 'echo \"$0\" >> \"$1\"; exit 1', '{{message}}', '{}']\n\n[env]\n",
        opened.display()
    );
    world.profile("scripted", &scripted("scripted", &[]).replace("\n[env]\n", &door));
    let agent = &world.deploy(2)[0];
    // The door is tried while the agent works, refuses, and is tried again until the agent is idle.
    let work = |seconds: u32| {
        world.send("t:0", &format!("DO: work {seconds}"));
        wait_until("it works", SOON, || {
            let status = world.status("t:0");
            if status["state"]["is"] == "working" { Ok(()) } else { Err(status.to_string()) }
        });
    };
    let tried = || fs::read_to_string(&opened).unwrap_or_default();
    work(3);
    let first = world.post("t:0", "by the door");
    wait_until("the door was tried", SOON, || if tried().contains(&first) { Ok(()) } else { Err(tried()) });
    agent.truth.wait_for_message(&first);
    world.wait_until_idle("t");
    work(8);
    let hook = serde_json::json!({
        "agent": agent.id, "generation": 1, "id": "1-1", "event": "Interrupt", "payload": {},
    });
    let file = world.env.state_dir().join("agents").join(&agent.id).join("hooks.jsonl");
    fs::write(&file, format!("{hook}\n")).expect("a file");
    for _ in 0..2 {
        world.kill_supervisor();
        world.orc(&["daemon", "start"]).success();
    }
    let second = world.post("t:0", "by the keyboard");
    wait_until("it is in the agent's own queue", SOON, || {
        let events = world.orc(&["events", "--json"]).success().stdout;
        let queued =
            |line: &&str| line.contains("delivery_settled") && line.contains(&format!("\"{second}\""));
        events.lines().find(queued).map(|line| assert!(line.contains("queued"), "{line}")).ok_or(events)
    });
    assert_eq!(world.status("t:0")["state"]["is"], "working");
    agent.truth.wait_for_message(&second);
    assert!(!tried().contains(&second), "{}", tried());
}

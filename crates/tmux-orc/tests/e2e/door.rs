//! A door through the agent's composer, played by a server that answers as each test wants. What the server was asked and
//! what was typed at the agent tell the truth.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use orc_testkit::wait_until;
use serde_json::Value;

use crate::world::{Agent, BINARY, SOON, World, kill, scripted, whole};

/// How a request is answered.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Status(u16),
    /// It is read, and the connection ends.
    Cut,
    /// It is read, and nothing follows.
    Silence,
}

/// What was asked.
#[derive(Clone, Debug)]
struct Asked {
    path: String,
    authorization: String,
    body: Value,
}

/// The agent's port.
struct Port {
    number: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// For `/put`, then for `/enter`.
    answers: Arc<Mutex<[Answer; 2]>>,
}

impl Port {
    fn open(put: Answer, enter: Answer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let number = listener.local_addr().expect("an address").port();
        let port = Self { number, asked: Arc::default(), answers: Arc::new(Mutex::new([put, enter])) };
        let (asked, answers) = (port.asked.clone(), port.answers.clone());
        // It ends with the test's process.
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming().flatten() {
                let one = read(&stream);
                let at = usize::from(one.path == "/enter");
                asked.lock().expect("no panic").push(one);
                let answer = answers.lock().expect("no panic")[at];
                match answer {
                    Answer::Status(status) => {
                        let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 2\r\n\r\nno");
                        drop((&stream).write_all(answer.as_bytes()));
                    }
                    Answer::Cut => {}
                    Answer::Silence => silent.push(stream),
                }
            }
        });
        port
    }

    fn answer(&self, put: Answer, enter: Answer) {
        *self.answers.lock().expect("no panic") = [put, enter];
    }

    fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.asked.lock().expect("no panic");
        asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    #[track_caller]
    fn wait_for(&self, path: &str, count: usize) -> Asked {
        wait_until(&format!("{path} was asked {count} times"), SOON, || {
            let asked = self.asked(path);
            if asked.len() >= count { Ok(asked[count - 1].clone()) } else { Err(format!("{asked:?}")) }
        })
    }

    /// A scripted agent that has this door.
    fn profile(&self) -> String {
        let door = format!(
            r#"
[[doors]]
name = "the port"
max_bytes = 300000

[doors.post]
put = {{ url = "http://127.0.0.1:{0}/put", body = '{{"text":{{text_json}}}}' }}
enter = {{ url = "http://127.0.0.1:{0}/enter", body = "{{}}" }}
user = "somebody"
password_env = "PORT_PASSWORD"

[env]
PORT_PASSWORD = "{{secret}}"
"#,
            self.number
        );
        scripted("scripted", &[]).replace("\n[env]\n", &door)
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        match line.trim().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().expect("a length"),
            Some(("authorization", value)) => value.clone_into(&mut authorization),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    Asked { path, authorization, body: serde_json::from_slice(&body).expect("JSON") }
}

/// A team of which every agent has taken its brief by the keyboard, because the door refused it.
fn world(port: &Port) -> (World, Agent) {
    let world = World::new();
    world.profile("scripted", &port.profile());
    let agent = world.deploy(2).remove(0);
    (world, agent)
}

/// The agent's hook, as it fires when a prompt begins.
fn hook(world: &World, agent: &Agent, prompt: &str) {
    let payload = serde_json::json!({"hook_event_name": "UserPromptSubmit", "prompt": prompt});
    let file = world.env.root().join("payload");
    std::fs::write(&file, payload.to_string()).expect("a file");
    let mut command = world.env.command("sh");
    command.args(["-c", r#"exec "$0" hook < "$1""#, BINARY]).arg(file);
    command.env("TMUX_ORC_AGENT_ID", &agent.id).env("TMUX_ORC_GENERATION", "1");
    world.env.run(command, Duration::from_secs(30)).success();
}

/// What became of a message, when it is settled: its outcome, door and reason or proof.
#[track_caller]
fn fate(world: &World, id: &str) -> (String, String, String) {
    wait_until("it is settled", SOON, || {
        let record = world.json(&["agent", "messages", "t:0", "--format", "json"]);
        let mut entries = record.as_array().expect("an array").iter();
        let last = entries.rfind(|e| e["entry"] == "settled" && e["message"] == id).cloned();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        last.map(|e| (text(&e["outcome"]), text(&e["door"]), e.to_string())).ok_or(record.to_string())
    })
}

#[track_caller]
fn assert_typed_once(world: &World, agent: &Agent, id: &str, body: &str) {
    let (outcome, door, proof) = fate(world, id);
    assert_eq!((outcome.as_str(), door.as_str()), ("acknowledged", "paste"), "{proof}");
    let prompts = agent.truth.prompts();
    assert_eq!(
        prompts.iter().filter(|prompt| **prompt == whole(id, "operator", body)).count(),
        1,
        "{prompts:?}"
    );
}

#[test]
fn what_a_door_has_taken_is_not_typed() {
    let port = Port::open(Answer::Status(401), Answer::Status(401));
    let (world, agent) = world(&port);
    let refused = port.asked("/put").len();
    port.answer(Answer::Status(200), Answer::Status(204));
    let text = "tab\tand \"quotes\" {text} \u{1f680}\n  second line";
    let id = world.post("t:0", text);
    port.wait_for("/enter", 1);
    let put = port.wait_for("/put", refused + 1);
    assert_eq!(put.body["text"], whole(&id, "operator", text));
    hook(&world, &agent, put.body["text"].as_str().expect("a text"));
    let (outcome, door, proof) = fate(&world, &id);
    assert_eq!((outcome.as_str(), door.as_str()), ("acknowledged", "the port"), "{proof}");
    assert_eq!((port.asked("/put").len(), port.asked("/enter").len()), (refused + 1, 1), "each once");
    assert_eq!(agent.truth.prompts().len(), 1, "only the brief was typed");
    let environment = std::fs::read(format!("/proc/{}/environ", agent.process.pid)).expect("it runs");
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let password = environment.split('\0').find_map(|entry| entry.strip_prefix("PORT_PASSWORD="));
    let password = password.expect("the agent knows the password");
    assert_eq!(put.authorization, format!("Basic {}", base64(&format!("somebody:{password}"))));
    assert_eq!(world.orc(&["events", "--json"]).success().stdout.matches(password).count(), 0, "in the log");
    let held = world.env.processes().into_iter().find(|process| process.command.contains(password));
    assert!(held.is_none(), "on a command line: {held:?}");
    let shown = world.tmux(&["show-environment", "-g"]);
    assert!(!shown.contains(password), "in tmux: {shown}");
    let found =
        std::process::Command::new("grep").args(["-rl", password]).arg(world.env.state_dir()).output();
    assert_eq!(String::from_utf8_lossy(&found.expect("grep").stdout), "", "in a file");
}

/// The coding of basic authentication, by the program of the system.
fn base64(text: &str) -> String {
    let out = std::process::Command::new("sh").args(["-c", r#"printf %s "$0" | base64 -w0"#, text]).output();
    String::from_utf8(out.expect("base64").stdout).expect("ASCII")
}

/// It surely took nothing: the message is typed, once, and the next one tries the door again.
#[test]
fn what_a_door_refuses_is_typed() {
    let port = Port::open(Answer::Status(401), Answer::Status(200));
    let (world, agent) = world(&port);
    let briefs = port.asked("/put").len();
    assert_eq!(briefs, 2, "each agent's door was tried for its brief");
    for (round, text) in ["first", "second"].into_iter().enumerate() {
        world.wait_until_idle("t");
        let id = world.post("t:0", text);
        assert_typed_once(&world, &agent, &id, text);
        assert_eq!(port.asked("/put").len(), briefs + round + 1);
    }
    assert_eq!(port.asked("/enter").len(), 0);
    let refused = world.orc(&["events"]).success().stdout;
    assert!(refused.contains("the port: it answered 401: no"), "{refused}");
}

/// An answer that says nothing clear, and a composer that stays empty.
#[test]
fn a_door_that_fails_or_breaks_off_has_taken_nothing_when_the_composer_stays_empty() {
    let port = Port::open(Answer::Status(401), Answer::Status(200));
    let (world, agent) = world(&port);
    for (answer, text) in [(Answer::Status(500), "it failed"), (Answer::Cut, "it broke off")] {
        world.wait_until_idle("t");
        port.answer(answer, Answer::Status(200));
        let before = port.asked("/put").len();
        let id = world.post("t:0", text);
        assert_typed_once(&world, &agent, &id, text);
        assert_eq!(port.asked("/put").len(), before + 1, "{answer:?}: it was asked once");
    }
    assert_eq!(port.asked("/enter").len(), 0);
}

/// It may still take the text, long after: whoever types it now may double it.
#[test]
fn a_door_that_says_nothing_leaves_a_dead_letter() {
    let port = Port::open(Answer::Status(401), Answer::Status(200));
    let (world, agent) = world(&port);
    port.answer(Answer::Silence, Answer::Status(200));
    let before = port.asked("/put").len();
    let id = world.post("t:0", "in vain");
    let (outcome, door, proof) = fate(&world, &id);
    assert_eq!((outcome.as_str(), door.as_str()), ("dead-letter", "the port"), "{proof}");
    assert!(proof.contains("it may still take the text"), "{proof}");
    assert_eq!((port.asked("/put").len(), agent.truth.prompts().len()), (before + 1, 1));
}

#[test]
fn a_supervisor_killed_while_a_door_takes_a_message_neither_loses_nor_doubles_it() {
    let port = Port::open(Answer::Status(401), Answer::Status(200));
    let (world, agent) = world(&port);
    // Before it has answered: nothing was put.
    port.answer(Answer::Silence, Answer::Silence);
    let before = port.asked("/put").len();
    let id = world.post("t:0", "killed at the put");
    port.wait_for("/put", before + 1);
    kill(&world.supervisor());
    world.wait_until_unreachable();
    port.answer(Answer::Status(401), Answer::Silence);
    assert_typed_once(&world, &agent, &id, "killed at the put");
    // After it was entered, and the agent says so when nobody listens.
    world.wait_until_idle("t");
    port.answer(Answer::Status(200), Answer::Silence);
    let (before, prompts) = (port.asked("/put").len(), agent.truth.prompts().len());
    let id = world.post("t:0", "killed at the enter");
    let put = port.wait_for("/put", before + 1);
    port.wait_for("/enter", 1);
    kill(&world.supervisor());
    world.wait_until_unreachable();
    hook(&world, &agent, put.body["text"].as_str().expect("a text"));
    let (outcome, door, proof) = fate(&world, &id);
    assert_eq!((outcome.as_str(), door.as_str()), ("acknowledged", "the port"), "{proof}");
    assert_eq!((port.asked("/put").len(), port.asked("/enter").len()), (before + 1, 1));
    assert_eq!(agent.truth.prompts().len(), prompts, "nothing was typed");
}

/// Its text stands in the composer: the keyboard enters it.
#[test]
fn a_door_that_does_not_answer_but_did_put_the_text_is_finished_by_the_keyboard() {
    let port = Port::open(Answer::Status(401), Answer::Status(200));
    let (world, agent) = world(&port);
    port.answer(Answer::Silence, Answer::Status(200));
    let before = port.asked("/put").len();
    let pane = world.open_pane(&agent);
    let id = world.post("t:0", "put but not said");
    let put = port.wait_for("/put", before + 1);
    let file = world.env.root().join("put");
    std::fs::write(&file, put.body["text"].as_str().expect("a text")).expect("a file");
    world.tmux(&["load-buffer", file.to_str().expect("UTF-8")]);
    world.tmux(&["paste-buffer", "-p", "-r", "-t", &pane]);
    let (outcome, door, proof) = fate(&world, &id);
    assert_eq!((outcome.as_str(), door.as_str()), ("acknowledged", "the port"), "{proof}");
    assert_eq!(agent.truth.prompts()[1..], [whole(&id, "operator", "put but not said")]);
    assert_eq!(port.asked("/put").len(), before + 1);
}

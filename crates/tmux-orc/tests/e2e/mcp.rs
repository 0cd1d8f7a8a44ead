//! The tools of an agent: called from within it, and by a client on the same pipes, with what they did read on the other side:
//! the record, the recipients' own logs, the log of events.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::world::{Agent, SOON, World};

/// A session with `tmux-orc mcp`, in JSON-RPC by hand.
struct Session {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<String>,
    last: u64,
}

impl Session {
    /// A session in the name of an agent.
    #[track_caller]
    fn of(world: &World, agent: &str, team: &str) -> Self {
        let mut command = world.command(&["mcp"]);
        command.env("TMUX_ORC_AGENT_ID", agent).env("TMUX_ORC_TEAM", team);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (lines, from) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let to = child.stdin.take();
        let mut session = Self { child, to, from, last: 0 };
        let begun = session.ask(
            "initialize",
            &json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(begun["result"]["serverInfo"]["name"], "tmux-orc", "{begun}");
        session.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        session
    }

    fn write(&mut self, message: &Value) {
        let to = self.to.as_mut().expect("it is open");
        writeln!(to, "{message}").expect("it reads");
    }

    #[track_caller]
    fn read(&self) -> Value {
        let line = self.from.recv_timeout(SOON).expect("it says something");
        serde_json::from_str(&line).expect("JSON")
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        self.write(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}));
        let answer = self.read();
        assert_eq!(answer["id"], self.last, "{answer}");
        answer
    }

    #[track_caller]
    fn result(&mut self, tool: &str, arguments: &Value) -> Value {
        self.ask("tools/call", &json!({"name": tool, "arguments": arguments}))["result"].clone()
    }

    /// What a tool answers that does what it was called for.
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.result(tool, &arguments);
        assert_eq!(result["isError"], false, "{tool} {arguments}: {result}");
        let text = result["content"][0]["text"].as_str().expect("a text");
        let said: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(said, result["structuredContent"], "both say the same");
        said
    }

    /// The code with which a tool refuses.
    #[track_caller]
    fn refused(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.result(tool, &arguments);
        assert_eq!(result["isError"], true, "{tool} {arguments}: {result}");
        let error = &result["structuredContent"]["error"];
        let text = result["content"][0]["text"].as_str().expect("a text");
        let (code, hint) = (error["code"].as_str().expect("a code"), error["hint"].as_str().expect("a hint"));
        assert!(text.starts_with(&format!("{code}: ")), "{text}");
        assert!(!hint.is_empty() && text.ends_with(&format!("hint: {hint}")), "{text}");
        code.to_owned()
    }

    /// The client goes away, and so does the server.
    #[track_caller]
    fn end(mut self) {
        drop(self.to.take());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.to.take());
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The events that came by a tool.
fn by_tools(world: &World) -> Vec<Value> {
    let events = world.orc(&["events", "--json"]).success().stdout;
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    events.filter(|event| event["door"] == "mcp").collect()
}

fn backend(agents: &[Agent]) -> &Agent {
    agents.iter().find(|agent| agent.name == "t:backend").expect("a backend developer")
}

#[test]
fn an_agent_calls_its_tools_and_reads_what_they_answer() {
    let world = World::new();
    let agents = world.deploy(3);
    let own = backend(&agents);
    world.json(&["incident", "declare", "t", "logins fail", "--severity", "sev1", "--started", "10m ago"]);
    world.send(
        "t:backend",
        "DO: call add_hypothesis {\"text\": \"connections leak\"}\n\
         DO: call add_evidence {\"text\": \"the pool is full\", \"source\": \"error.log\", \"content\": \"50/50\"}\n\
         DO: call incident_mark {\"milestone\": \"root_cause\", \"text\": \"auth.py:234\", \"evidence\": [\"E1\"]}\n\
         DO: call incident_mark {\"milestone\": \"closed\", \"text\": \"x\"}",
    );
    own.truth.wait_for_turns(2);
    let called = own.truth.of("called");
    let answers: Vec<Value> = called[..3]
        .iter()
        .map(|it| serde_json::from_str(it["text"].as_str().expect("a text")).expect("JSON"))
        .collect();
    assert_eq!((&answers[0]["hypothesis"], &answers[1]["evidence"]), (&json!("H1"), &json!("E1")));
    let clock = &answers[2]["clock"];
    assert_eq!((&clock["budget"], &clock["within_budget"]), (&json!("15:00"), &json!(true)), "{clock}");
    assert!(clock["took"].is_string(), "{clock}");
    assert_eq!(called[3]["ok"], false, "{called:?}");

    let incident = world.json(&["incident", "status", "t"]);
    let mark =
        incident["reached"].as_array().expect("a list").iter().find(|it| it["milestone"] == "root_cause");
    let mark = mark.expect("it is on record");
    assert_eq!((&mark["by"]["label"], &mark["text"]), (&json!("t:backend"), &json!("auth.py:234")));
    let events = by_tools(&world);
    assert_eq!(events.len(), 3, "{events:?}");
    assert!(
        events.iter().all(|event| event["actor"] == "t:backend" && event["event"]["event"] == "recorded")
    );
}

#[test]
fn each_tool_does_what_it_says() {
    let world = World::new();
    let agents = world.deploy(3);
    let mut session = Session::of(&world, &backend(&agents).id, "t");
    let listed = session.ask("tools/list", &json!({}))["result"]["tools"].clone();
    let names: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|it| it["name"].as_str()).collect();
    for tool in
        ["team_status", "send_message", "read_messages", "assign_task", "update_task", "incident_status"]
    {
        assert!(names.contains(&tool), "{names:?}");
    }
    let of = |name: &str| listed.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(of("incident_status")["annotations"]["readOnlyHint"], true);
    assert_eq!(of("note")["annotations"]["readOnlyHint"], false);

    let team = session.call("team_status", json!({}));
    let names: Vec<&Value> = team["teammates"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["backend", "devops", "pm"]);

    let sent = session.call("send_message", json!({"to": "devops", "text": "how full is the pool?"}));
    assert_eq!(sent["recipients"][0]["to"], "t:devops", "{sent}");
    let prompt = agents[1].truth.wait_for_prompt("how full is the pool?");
    assert!(prompt.contains(" from t:backend:\n"), "{prompt}");
    let read = session.call("read_messages", json!({"of": "devops", "limit": 1}));
    assert!(read["left_out"].as_u64().is_some_and(|left| left > 0), "{read}");
    let read = session.call("read_messages", json!({}));
    let texts: Vec<&str> =
        read["messages"].as_array().unwrap().iter().filter_map(|it| it["text"].as_str()).collect();
    assert!(texts.contains(&"how full is the pool?"), "{read}");
    let later = session.call("read_messages", json!({"after": read["position"]}));
    assert!(!later.to_string().contains("how full"), "{later}");
    session.call("send_message", json!({"to": "everybody", "text": "found something"}));
    for other in &agents[1..] {
        other.truth.wait_for_prompt("\nfound something\n");
    }

    let task = session.call("assign_task", json!({"to": "pm", "text": "tell the customers"}));
    assert_eq!((&task["task"], &task["recorded"]), (&json!("T1"), &json!(true)), "{task}");
    agents[2].truth.wait_for_prompt("Task T1 is yours: tell the customers");
    let again = session.call("assign_task", json!({"to": "pm", "text": "tell the customers"}));
    assert_eq!(again["recorded"], false, "{again}");
    session.call("assign_task", json!({"to": "devops", "task": "T1"}));
    agents[1].truth.wait_for_prompt("Task T1 is yours");
    session.call("update_task", json!({"task": "t1", "state": "done", "text": "they know"}));
    let tasks = world.json(&["task", "list", "t"]);
    assert_eq!((&tasks[0]["state"], &tasks[0]["note"]), (&json!("done"), &json!("they know")));

    session.call("add_hypothesis", json!({"text": "the pool is too small"}));
    session.call(
        "add_hypothesis",
        json!({"of": "H1", "verdict": "ruled_out", "text": "it grows", "evidence": ["E1"]}),
    );
    session.call("note", json!({"text": "raised the pool on staging"}));
    let evidence = json!({"text": "the pool is full", "source": "error.log:9", "content": "50/50"});
    assert_eq!(session.call("add_evidence", evidence)["evidence"], "E1");
    let undeclared = session.call("incident_mark", json!({"milestone": "mitigated", "text": "restarted"}));
    assert!(undeclared["undeclared"].is_string(), "{undeclared}");
    world.json(&["incident", "declare", "t", "logins fail"]);
    let marked = json!({"milestone": "root_cause", "text": "auth.py:234", "evidence": ["E1"]});
    assert_eq!(session.call("incident_mark", marked.clone())["recorded"], true);
    assert_eq!(session.call("incident_mark", marked)["recorded"], false);

    let action = json!({"action": "kubectl rollout undo deployment/auth", "why": "frees connections", "reach": "write"});
    assert_eq!(session.call("propose_action", action)["action"], "A1");
    agents[2].truth.wait_for_prompt("t:backend proposes action A1: kubectl rollout undo deployment/auth\n");

    let status = session.call("incident_status", json!({}));
    assert_eq!(status["hypotheses"][0]["verdict"], "ruled out", "{status}");
    assert_eq!(status["evidence"][0]["id"], "E1");
    assert_eq!(status["proposed_actions"][0]["id"], "A1");
    assert_eq!(status["tasks"][0]["assignee"], "devops");
    assert!(status["said_last"].to_string().contains("raised the pool on staging"));
    let shown = world.orc(&["incident", "status", "t"]).success().stdout;
    assert!(shown.contains("A1, proposed (write): kubectl rollout undo"), "{shown}");
    session.end();
}

/// Two agents claim the same: the second is told whose claim counts.
#[test]
fn a_milestone_that_somebody_else_claimed_is_said_to_be() {
    let world = World::new();
    let agents = world.deploy(3);
    world.json(&["incident", "declare", "t", "logins fail"]);
    let [one, two] = [0, 1].map(|index: usize| agents[index].id.clone());
    let mark =
        |text: &str| json!({"milestone": "root_cause", "text": text, "evidence": ["file:auth.py#L234"]});
    let first = Session::of(&world, &one, "t").call("incident_mark", mark("a leak"));
    let second = Session::of(&world, &two, "t").call("incident_mark", mark("connections leak"));
    assert!(first["already"].is_null(), "{first}");
    let already = second["already"].as_str().expect("it is said");
    assert!(already.starts_with("t:backend has claimed it before"), "{second}");
    assert_eq!(second["counts"]["text"], "a leak", "{second}");
    assert_eq!(second["clock"]["took"], first["clock"]["took"], "the clock is that of the claim that counts");
}

#[test]
fn who_is_no_agent_has_no_tools() {
    let world = World::new();
    let out = world.orc(&["mcp"]).exits(9);
    assert!(out.stderr.contains("TMUX_ORC_AGENT_ID is not set") && out.stderr.contains("hint: "), "{out:?}");
    let out = world.orc(&["mcp", "--json"]).exits(9);
    assert_eq!(out.json()["error"]["code"], "denied");
    assert_eq!(Session::of(&world, "a99", "t").refused("team_status", json!({})), "denied");
    assert_eq!(Session::of(&world, "root", "t").refused("note", json!({"text": "x"})), "denied");
}

#[test]
fn nobody_speaks_for_another_agent_or_sees_another_team() {
    let world = World::new();
    let agents = world.deploy(2);
    let others = world.deploy_with(&["backend", "2", "--project-name", "other", "--agent", "scripted"]);
    world.send("other:0", "the secret of the other team");
    let own = &agents[0];

    // In another agent's name, from within an agent.
    for (name, stranger) in [("t:pm", &agents[1]), ("other:backend", &others[0])] {
        let team = name.split(':').next().expect("a team");
        world.send(
            "t:backend",
            &format!(
                "DO: run TMUX_ORC_AGENT_ID={} TMUX_ORC_TEAM={team} \"$TMUX_ORC_BIN\" scripted-call note '{{\"text\": \"forged\"}}' > {}",
                stranger.id,
                world.env.root().join("said").display()
            ),
        );
        world.wait_until_idle_of("t:0");
        let said = std::fs::read_to_string(world.env.root().join("said")).expect("it was written");
        assert!(said.contains(&format!("belongs to t:backend and says that it is {name}")), "{said}");
    }

    // With the own name, in another team.
    let mut session = Session::of(&world, &own.id, "other");
    for tool in ["team_status", "incident_status", "read_messages"] {
        assert_eq!(session.refused(tool, json!({})), "denied", "{tool}");
    }
    for arguments in [json!({"tier": "smoke"}), json!({"check": "C1"})] {
        assert_eq!(session.refused("run_check", arguments), "denied");
    }
    assert_eq!(session.refused("note", json!({"text": "forged"})), "denied");
    let mut session = Session::of(&world, &own.id, "t");
    assert_eq!(session.refused("send_message", json!({"to": "other:0", "text": "forged"})), "denied");
    assert_eq!(session.refused("send_message", json!({"to": "nowhere:0", "text": "forged"})), "denied");
    assert_eq!(session.refused("read_messages", json!({"of": "other:0"})), "denied");
    assert_eq!(session.refused("assign_task", json!({"to": "other:0", "text": "forged"})), "not_found");
    assert_eq!(session.refused("send_message", json!({"to": "nobody", "text": "x"})), "not_found");
    for arguments in [json!({"text": "x", "agent": others[0].id}), json!({"text": "x", "team": "other"})] {
        assert_eq!(session.refused("note", arguments), "bad_request");
    }
    let all = session.call("read_messages", json!({"limit": 100})).to_string();
    assert!(!all.contains("the secret"), "{all}");

    assert_eq!(others[0].truth.bodies("t:backend"), [""; 0]);
    let events = world.orc(&["events", "--json"]).success().stdout;
    assert!(!events.contains("\"text\":\"forged\""), "nothing forged is on record");
}

/// What only a person may do is refused by the supervisor, whatever is sent to it in an agent's name.
#[test]
fn the_supervisor_answers_an_agent_only_what_is_its_own() {
    let world = World::new();
    let agents = world.deploy(2);
    let ask = |request: Value| {
        let body = json!({"request": "by_agent", "agent": agents[0].id, "ask": request}).to_string();
        let mut curl = world.env.command("python3");
        let script = "import socket, sys\n\
            s = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nb = sys.argv[2].encode()\n\
            s.sendall(b'POST /v1/request HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\ncontent-type: application/json\\r\\n\
            content-length: %d\\r\\n\\r\\n' % len(b) + b)\nd = b''\n\
            while True:\n c = s.recv(65536)\n if not c: break\n d += c\n\
            print(d.split(b'\\r\\n\\r\\n', 1)[1].decode())";
        curl.args(["-c", script]).arg(world.env.runtime_dir().join("api.sock")).arg(body);
        let answer = world.env.run(curl, SOON).success().json();
        answer["error"]["code"].as_str().unwrap_or("ok").to_owned()
    };
    assert_eq!(ask(json!({"request": "team_status", "team": "t"})), "ok");
    for request in [
        json!({"request": "stop_team", "team": "t"}),
        json!({"request": "restart_agent", "agent": "t:1", "how": "fresh"}),
        json!({"request": "answer", "agent": "t:0", "answer": "cancel"}),
        json!({"request": "screen", "agent": "t:1"}),
        json!({"request": "events", "after": 0, "team": null, "limit": 10, "wait_ms": 0}),
        json!({"request": "list_teams"}),
        json!({"request": "shutdown"}),
        json!({"request": "by_agent", "agent": agents[1].id, "ask": {"request": "team_status", "team": "t"}}),
        json!({"request": "record", "team": "t", "at": {"when": "now"}, "entry": {"entry": "close", "why": "x"}}),
        json!({"request": "record", "team": "t", "at": {"when": "now"}, "entry": {"entry": "cancel", "why": "x"}}),
    ] {
        assert_eq!(ask(request.clone()), "denied", "{request}");
    }
    assert!(agents.iter().all(|agent| agent.process.is_alive()));
}

#[test]
fn tools_work_on_when_the_supervisor_was_killed() {
    let world = World::new();
    let agents = world.deploy(2);
    let mut session = Session::of(&world, &agents[0].id, "t");
    session.call("note", json!({"text": "before"}));
    world.kill_supervisor();
    session.call("note", json!({"text": "after"}));
    let status = session.call("incident_status", json!({})).to_string();
    assert!(status.contains("before") && status.contains("after"), "{status}");
    session.end();
}

#[test]
fn a_client_that_errs_is_told_and_the_session_goes_on() {
    let world = World::new();
    let agents = world.deploy(2);
    let mut session = Session::of(&world, &agents[0].id, "t");
    let unknown = session.ask("tools/call", &json!({"name": "approve", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    assert_eq!(session.refused("incident_mark", json!({"milestone": "fixed", "text": "x"})), "bad_request");
    assert_eq!(
        session.refused("incident_mark", json!({"milestone": "root_cause", "text": "x"})),
        "bad_request"
    );
    assert_eq!(session.refused("note", json!({})), "bad_request");
    assert_eq!(session.refused("update_task", json!({"task": "T9", "state": "done"})), "not_found");
    session.write(&json!("this is no request"));
    assert_eq!(session.read()["error"]["code"], -32600);
    let token = session.call("note", json!({"text": "the key is AKIAIOSFODNN7EXAMPLE"}));
    assert!(token["notes"].to_string().contains("replaced"), "{token}");
    session.end();
    let status = world.json(&["incident", "status", "t"]).to_string();
    assert!(!status.contains("AKIAIOSFODNN7EXAMPLE"), "{status}");
}

/// What an agent may call without asking its person is listed by name: what only reads, reports or tells.
#[test]
fn the_launch_of_claude_code_allows_the_tools_that_report_and_no_other() {
    let world = World::new();
    let agents = world.deploy(2);
    let mut session = Session::of(&world, &agents[0].id, "t");
    let listed = session.ask("tools/list", &json!({}))["result"]["tools"].clone();
    let profile = world.orc(&["agent", "profiles", "claude"]).success().stdout;
    let mut allowed = profile.matches("\"mcp__tmux-orc__").count();
    for tool in listed.as_array().expect("a list") {
        let name = tool["name"].as_str().expect("a name");
        let hints = &tool["annotations"];
        let reports = hints["openWorldHint"] == false && hints["destructiveHint"] == false;
        assert_eq!(profile.contains(&format!("\"mcp__tmux-orc__{name}\"")), reports, "{tool}");
        allowed -= usize::from(reports);
    }
    assert_eq!(allowed, 0, "each name that is allowed is that of a tool");
}

/// It runs in the environment that the agent was launched with, and what it proves has the agent's name.
#[test]
fn an_agent_has_the_tests_run_and_learns_their_verdict() {
    let world = World::new();
    let makefile = "test:\n\t@test -n \"$(XDG_DATA_HOME)\" && cat result.txt\n";
    for (name, text) in [("Makefile", makefile), ("result.txt", "3 passed, 1 skipped in 0.1s\n")] {
        std::fs::write(world.repo.join(name), text).expect("a file");
    }
    for words in [&["add", "--all"][..], &["commit", "--quiet", "--message=tests"]] {
        let mut git = world.env.command("git");
        git.current_dir(&world.repo).args(words);
        world.env.run(git, SOON).success();
    }
    let agents = world.deploy(2);
    let mut session = Session::of(&world, &agents[0].id, "t");
    assert_eq!(session.call("run_check", json!({"tier": "full"}))["check"], "C1");
    let ended = session.call("run_check", json!({"check": "c1"}));
    assert_eq!((&ended["verdict"], &ended["passes"]), (&json!("pass"), &json!(true)), "{ended}");
    assert_eq!(ended["suites"][0]["tests"]["passed"], 3, "{ended}");
    assert_eq!(session.refused("run_check", json!({"check": "C7"})), "not_found");
    let started = by_tools(&world).into_iter().find(|event| event["event"]["event"] == "check_started");
    assert_eq!(started.expect("it is on record")["actor"], "t:backend");
}

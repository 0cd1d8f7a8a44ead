//! The model stub by itself: each wire format answers as its provider does, and the log is exact.

mod client;

use std::fs;
use std::time::{Duration, Instant};

use client::{Answer, call, request};
use orc_testkit::{Api, Request, Rule, StubModel, wait_until};
use serde_json::{Value, json};
use tempfile::TempDir;

fn stub() -> (TempDir, StubModel) {
    let dir = tempfile::tempdir().expect("a folder");
    let stub = StubModel::start(dir.path().join("stub.jsonl"));
    (dir, stub)
}

/// A request of each API with one user message and a shell tool.
fn body(api: Api, text: &str, stream: bool) -> (&'static str, Value) {
    let schema =
        json!({"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]});
    let message = json!({"role": "user", "content": text});
    match api {
        Api::Anthropic => {
            let tool = json!({"name": "Bash", "input_schema": schema});
            let body = json!({"model": "m", "stream": stream, "system": "be", "messages": [message], "tools": [tool]});
            ("/v1/messages?beta=true", body)
        }
        Api::Chat => {
            let function = json!({"name": "bash", "parameters": schema});
            let tool = json!({"type": "function", "function": function});
            let body = json!({"model": "m", "stream": stream, "messages": [message], "tools": [tool]});
            ("/v1/chat/completions", body)
        }
        Api::Responses => {
            let tool = json!({"type": "function", "name": "shell", "parameters": schema});
            let input = json!([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}]);
            ("/v1/responses", json!({"model": "m", "stream": stream, "input": input, "tools": [tool]}))
        }
    }
}

fn ask(stub: &StubModel, api: Api, text: &str, stream: bool) -> Answer {
    let (path, body) = body(api, text, stream);
    call(stub.port(), path, &body)
}

const APIS: [Api; 3] = [Api::Anthropic, Api::Chat, Api::Responses];

#[test]
fn every_api_answers_streamed_and_plain() {
    let (_dir, stub) = stub();
    for api in APIS {
        for stream in [false, true] {
            let answer = ask(&stub, api, "REPLY: one two ✓\n[trailer]", stream);
            assert_eq!(answer.status, 200);
            assert_eq!(answer.text(api, stream), "one two ✓", "{api:?} {stream}");
            assert_eq!(ask(&stub, api, "hello", stream).text(api, stream), "Stub answer.");
        }
    }
}

#[test]
fn every_api_calls_the_shell_tool_streamed_and_plain() {
    let (_dir, stub) = stub();
    for api in APIS {
        for stream in [false, true] {
            let (name, arguments) = ask(&stub, api, "TOOL: echo hi", stream).tool(api, stream);
            assert!(["Bash", "bash", "shell"].contains(&name.as_str()), "{name}");
            assert_eq!(arguments, json!({"command": "echo hi"}), "{api:?} {stream}");
            let (name, arguments) = ask(&stub, api, r#"CALL:!note {"a": 1}"#, stream).tool(api, stream);
            assert_eq!((name.as_str(), arguments), ("note", json!({"a": 1})));
        }
    }
}

#[test]
fn errors_have_the_shape_of_the_provider() {
    let (_dir, stub) = stub();
    for api in APIS {
        let answer = ask(&stub, api, "ERR:429:7", true);
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
        let kind = if api == Api::Anthropic { "rate_limit_error" } else { "requests" };
        assert_eq!(answer.json()["error"]["type"], kind);
        let answer = ask(&stub, api, "CTX:", true);
        assert_eq!(answer.status, 400);
        let message = answer.json()["error"]["message"].to_string();
        assert!(message.contains("too long") || message.contains("maximum context"), "{message}");

        let prompt = format!("ERR:529x2 {api:?}");
        let statuses: Vec<_> = (0..4).map(|_| ask(&stub, api, &prompt, true).status).collect();
        assert_eq!(statuses, [529, 529, 200, 200]);
    }
}

#[test]
fn slow_and_hanging_answers_take_their_time_and_a_dropped_one_breaks_off() {
    let (_dir, stub) = stub();
    let start = Instant::now();
    assert!(ask(&stub, Api::Chat, "SLOW:0.5", true).text(Api::Chat, true).ends_with("SLOW-END"));
    assert!(start.elapsed() >= Duration::from_millis(500));
    assert_eq!(ask(&stub, Api::Anthropic, "HANG:0.1", false).text(Api::Anthropic, false), "HANG-END");
    assert!(!ask(&stub, Api::Responses, "DROP:", true).complete);
    let outcome = wait_until("the end is in the log", Duration::from_secs(5), || {
        stub.requests()[2].outcome.ok_or_else(|| format!("{:?}", stub.requests()))
    });
    assert_eq!((outcome.status, outcome.aborted), (200, true));
}

#[test]
fn an_agent_that_hangs_up_is_in_the_log() {
    let (_dir, stub) = stub();
    let (path, body) = body(Api::Anthropic, "HANG:60", true);
    let connection = client::send(stub.port(), "POST", path, &body.to_string());
    wait_until("the request arrived", Duration::from_secs(5), || {
        (stub.requests().len() == 1).then_some(()).ok_or("no request".into())
    });
    drop(connection);
    wait_until("the end is in the log", Duration::from_secs(5), || {
        let outcome = stub.requests()[0].outcome;
        outcome.filter(|outcome| outcome.aborted).ok_or_else(|| format!("{outcome:?}"))
    });
}

#[test]
fn a_tools_result_is_told_apart_from_a_prompt() {
    let (_dir, stub) = stub();
    let result = json!({"type": "tool_result", "tool_use_id": "t", "content": "a  b\nc"});
    let reminder = json!({"type": "text", "text": "<system-reminder>be good</system-reminder>"});
    let history = |last: Value| {
        json!({"model": "m", "messages": [
            {"role": "user", "content": "TOOL:ls"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "Bash", "input": {}}]},
            {"role": "user", "content": last},
        ]})
    };
    let answer = call(stub.port(), "/v1/messages", &history(json!([result, reminder])));
    assert_eq!(answer.text(Api::Anthropic, false), "TOOL-DONE a b c");
    let typed = json!({"type": "text", "text": "REPLY:typed meanwhile"});
    let answer = call(stub.port(), "/v1/messages", &history(json!([result, typed])));
    assert_eq!(answer.text(Api::Anthropic, false), "typed meanwhile");

    let requests = stub.requests();
    assert_eq!(requests.iter().map(|r| r.after_tool).collect::<Vec<_>>(), [true, false]);
    assert_eq!(requests[1].users, ["TOOL:ls", "REPLY:typed meanwhile"]);
    assert_eq!(stub.prompts().len(), 1);
}

#[test]
fn requests_of_an_agent_to_itself_are_told_apart() {
    let (_dir, stub) = stub();
    let body = json!({"model": "m", "messages": [
        {"role": "system", "content": "You are a title generator. You output ONLY a thread title for what follows, and nothing else."},
        {"role": "user", "content": "REPLY:not this"},
    ]});
    let answer = call(stub.port(), "/v1/chat/completions", &body);
    assert_eq!(answer.text(Api::Chat, false), "Stub title");
    assert!(stub.requests()[0].side && stub.prompts().is_empty());
}

#[test]
fn the_log_is_exact_in_memory_and_in_the_file() {
    let (dir, stub) = stub();
    let blocks =
        ["<system-reminder>x</system-reminder>", "line one\nREPLY:ok\n— trailer \u{1b}[31m", "ünïcode"];
    let content: Vec<_> = blocks.iter().map(|text| json!({"type": "text", "text": text})).collect();
    let body = json!({"model": "claude-x", "stream": true, "messages": [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": content},
    ]});
    assert_eq!(call(stub.port(), "/any/prefix/v1/messages", &body).text(Api::Anthropic, true), "ok");
    request(stub.port(), "GET", "/v1/models?limit=1", "");
    wait_until("both have ended", Duration::from_secs(5), || {
        let requests = stub.requests();
        if requests.iter().all(|r| r.outcome.is_some()) { Ok(()) } else { Err(format!("{requests:?}")) }
    });

    let requests = stub.requests();
    let first = &requests[0];
    assert_eq!(
        (first.seq, first.api, first.path.as_str()),
        (1, Some(Api::Anthropic), "/any/prefix/v1/messages")
    );
    assert_eq!(
        (first.model.as_str(), first.stream, first.side, first.messages),
        ("claude-x", true, false, 3)
    );
    assert_eq!(first.last_user, blocks);
    assert_eq!(first.users[0], "first");
    assert_eq!(first.users[1..], blocks);
    assert_eq!(first.typed(), blocks[1..].join("\n"));
    assert_eq!((requests[1].seq, requests[1].api, requests[1].method.as_str()), (2, None, "GET"));

    let text = fs::read_to_string(dir.path().join("stub.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let written: Vec<Request> = lines
        .iter()
        .filter(|line| line["ev"] == "request")
        .map(|line| serde_json::from_value(line.clone()).unwrap())
        .collect();
    let without_outcome = requests.into_iter().map(|r| Request { outcome: None, ..r });
    assert_eq!(written, without_outcome.collect::<Vec<_>>());
    let done = lines.iter().find(|line| line["ev"] == "done").unwrap();
    assert_eq!((&done["seq"], &done["status"], &done["aborted"]), (&json!(1), &json!(200), &json!(false)));
}

#[test]
fn models_counts_and_unknown_paths() {
    let (_dir, stub) = stub();
    let models = request(stub.port(), "GET", "/v1/models", "").json();
    assert!(models["data"].as_array().unwrap().iter().any(|model| model["id"] == "stub-model"));
    let count = call(stub.port(), "/v1/messages/count_tokens", &json!({"messages": []}));
    assert!(count.json()["input_tokens"].as_u64().unwrap() >= 1);
    assert_eq!(request(stub.port(), "GET", "/v1/nothing", "").status, 404);
    assert_eq!(request(stub.port(), "HEAD", "/", "").status, 200);
}

#[test]
fn a_stub_that_is_dropped_frees_its_port_and_its_connections() {
    let (_dir, stub) = stub();
    let port = stub.port();
    let (path, body) = body(Api::Chat, "HANG:60", true);
    let connection = client::send(port, "POST", path, &body.to_string());
    wait_until("the request arrived", Duration::from_secs(5), || {
        (stub.requests().len() == 1).then_some(()).ok_or("no request".into())
    });
    drop(stub);
    assert!(!client::receive(connection).complete);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn rules_play_a_turn_step_by_step_for_the_agent_that_they_are_for() {
    let (_dir, stub) = stub();
    let steps = vec!["TOOL:ls".to_owned(), "REPLY:I have looked".to_owned()];
    stub.play(vec![Rule { of: "be".into(), prompt: "look".into(), steps }]);
    let (path, mut body) = body(Api::Anthropic, "please look", false);
    let first = call(stub.port(), path, &body);
    assert!(first.json()["content"].to_string().contains("\"command\":\"ls\""), "{first:?}");
    let messages = body["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "Bash", "input": {}}]}));
    messages.push(json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "a file"}]}));
    assert_eq!(call(stub.port(), path, &body).text(Api::Anthropic, false), "I have looked");
    let (path, other) = self::body(Api::Chat, "please look", false);
    assert_eq!(call(stub.port(), path, &other).text(Api::Chat, false), "Stub answer.", "another agent");
    assert_eq!(ask(&stub, Api::Anthropic, "REPLY:else", false).text(Api::Anthropic, false), "else");
}

//! An HTTP client that hides nothing: one request a connection, the body as it came.

use std::io::{Read, Write};
use std::net::TcpStream;

use orc_testkit::Api;
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: String,
    /// The answer has ended as HTTP wants it.
    pub(crate) complete: bool,
}

pub(crate) fn call(port: u16, path: &str, body: &Value) -> Answer {
    request(port, "POST", path, &body.to_string())
}

pub(crate) fn request(port: u16, method: &str, path: &str, body: &str) -> Answer {
    receive(send(port, method, path, body))
}

pub(crate) fn send(port: u16, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the stub listens");
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: stub\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body.as_bytes()).expect("sent");
    stream
}

pub(crate) fn receive(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // The stub may break off: what came until then counts.
    drop(stream.read_to_end(&mut bytes));
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, rest) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).map_or(0, |status| status.parse().expect("a status"));
    let head = head.to_ascii_lowercase();
    let (body, complete) = if head.contains("transfer-encoding: chunked") {
        chunks(rest)
    } else {
        (rest.to_owned(), status != 0)
    };
    Answer { status, head, body, complete }
}

fn chunks(mut rest: &str) -> (String, bool) {
    let mut body = String::new();
    while let Some((size, tail)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a size");
        if size == 0 {
            return (body, true);
        }
        body.push_str(&tail[..size]);
        rest = &tail[size + 2..];
    }
    (body, false)
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The data of each event; checks that a named event is named after its type.
    fn events(&self) -> Vec<Value> {
        assert!(self.complete, "{self:?}");
        let events = self.body.split_terminator("\n\n").filter(|event| !event.ends_with("data: [DONE]"));
        let parse = |event: &str| {
            let (name, data) = event.split_once("data: ").expect("data");
            let data: Value = serde_json::from_str(data).expect("JSON");
            if let Some(name) = name.strip_prefix("event: ") {
                assert_eq!(data["type"], name.trim_end());
            }
            data
        };
        events.map(parse).collect()
    }

    /// The text of the answer.
    pub(crate) fn text(&self, api: Api, stream: bool) -> String {
        let pieces = |pointer: &str| {
            self.events()
                .iter()
                .filter_map(|event| Some(event.pointer(pointer)?.as_str()?.to_owned()))
                .collect()
        };
        let whole =
            |pointer: &str| self.json().pointer(pointer).expect(pointer).as_str().expect("text").to_owned();
        match (api, stream) {
            (Api::Anthropic, true) => pieces("/delta/text"),
            (Api::Anthropic, false) => whole("/content/0/text"),
            (Api::Chat, true) => pieces("/choices/0/delta/content"),
            (Api::Chat, false) => whole("/choices/0/message/content"),
            (Api::Responses, true) => {
                let last = self.events().pop().expect("events");
                assert_eq!(last["type"], "response.completed");
                last["response"]["output"][0]["content"][0]["text"].as_str().expect("text").to_owned()
            }
            (Api::Responses, false) => whole("/output/0/content/0/text"),
        }
    }

    /// The name and the arguments of the tool that is called.
    pub(crate) fn tool(&self, api: Api, stream: bool) -> (String, Value) {
        let find = |pointer: &str| {
            let events = if stream { self.events() } else { vec![self.json()] };
            events.iter().find_map(|event| event.pointer(pointer).cloned()).expect("a call")
        };
        let (call, name, arguments) = match (api, stream) {
            (Api::Anthropic, true) => {
                let name = find("/content_block/name");
                return (text(&name), parsed(&find("/delta/partial_json")));
            }
            (Api::Anthropic, false) => (find("/content/0"), "name", "input"),
            (Api::Chat, true) => (find("/choices/0/delta/tool_calls/0/function"), "name", "arguments"),
            (Api::Chat, false) => (find("/choices/0/message/tool_calls/0/function"), "name", "arguments"),
            (Api::Responses, true) => (find("/response/output/0"), "name", "arguments"),
            (Api::Responses, false) => (find("/output/0"), "name", "arguments"),
        };
        (text(&call[name]), parsed(&call[arguments]))
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

fn parsed(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| serde_json::from_str(text).expect("JSON"))
}

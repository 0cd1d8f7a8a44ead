//! `OpenAI`'s responses.

use std::io;

use serde_json::{Value, json};

use super::http::Wire;
use super::pace::Speech;
use super::serve::Call;
use super::tools::ToolCall;

pub(crate) fn speak(call: &Call<'_>, speech: &Speech, wire: &mut Wire) -> io::Result<()> {
    let id = format!("msg_stub{:016}", call.seq);
    let item = |content: Value| json!({"type": "message", "id": id, "role": "assistant", "status": "completed", "content": content});
    let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
    if !call.stream {
        let text = speech.whole(wire)?;
        return wire.json(200, &response(call, "completed", &json!([item(json!([part(&text)]))])), &[]);
    }
    let mut events = Events::start(call, wire)?;
    events.send(wire, "response.output_item.added", json!({"output_index": 0, "item": item(json!([]))}))?;
    let at = json!({"item_id": id, "output_index": 0, "content_index": 0});
    events.send(wire, "response.content_part.added", with(&at, "part", part("")))?;
    let mut text = String::new();
    speech.speak(wire, |wire, piece| {
        text.push_str(piece);
        events.send(wire, "response.output_text.delta", with(&at, "delta", piece.into()))
    })?;
    events.send(wire, "response.output_text.done", with(&at, "text", text.as_str().into()))?;
    events.send(wire, "response.content_part.done", with(&at, "part", part(&text)))?;
    events.end(call, wire, &item(json!([part(&text)])))
}

pub(crate) fn use_tool(call: &Call<'_>, tool: &ToolCall, wire: &mut Wire) -> io::Result<()> {
    let item = item(call, tool);
    if !call.stream {
        return wire.json(200, &response(call, "completed", &json!([item])), &[]);
    }
    let mut events = Events::start(call, wire)?;
    events.send(wire, "response.output_item.added", json!({"output_index": 0, "item": item}))?;
    if item["type"] == "function_call" {
        let at = json!({"item_id": item["id"], "output_index": 0});
        let arguments = &item["arguments"];
        events.send(wire, "response.function_call_arguments.delta", with(&at, "delta", arguments.clone()))?;
        events.send(
            wire,
            "response.function_call_arguments.done",
            with(&at, "arguments", arguments.clone()),
        )?;
    }
    events.end(call, wire, &item)
}

fn item(call: &Call<'_>, tool: &ToolCall) -> Value {
    let (id, call_id) = (format!("fc_stub{:016}", call.seq), format!("call_stub{:016}", call.seq));
    let command = tool.arguments.get("command").cloned().unwrap_or_default();
    match tool.tool.kind.as_str() {
        "local_shell" => {
            let action = json!({"type": "exec", "command": ["bash", "-lc", command], "env": {}});
            json!({"type": "local_shell_call", "id": id, "call_id": call_id, "status": "completed", "action": action})
        }
        "custom" => {
            let input = tool.arguments.get("input").cloned().unwrap_or(command);
            json!({"type": "custom_tool_call", "id": id, "call_id": call_id, "status": "completed",
                   "name": tool.name, "input": input})
        }
        _ => {
            let arguments = Value::Object(tool.arguments.clone()).to_string();
            let mut item = json!({"type": "function_call", "id": id, "call_id": call_id, "status": "completed",
                                  "name": tool.name, "arguments": arguments});
            if let Some(namespace) = &tool.tool.namespace {
                item["namespace"] = namespace.as_str().into();
            }
            item
        }
    }
}

fn response(call: &Call<'_>, status: &str, output: &Value) -> Value {
    let usage = (status == "completed").then(|| {
        json!({"input_tokens": call.tokens, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
               "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": call.tokens + 5})
    });
    json!({
        "id": format!("resp_stub{:016}", call.seq), "object": "response", "created_at": 1_700_000_000,
        "model": call.model, "status": status, "error": null, "incomplete_details": null, "instructions": null,
        "output": output, "parallel_tool_calls": true, "previous_response_id": null, "tool_choice": "auto",
        "tools": [], "usage": usage, "metadata": {},
    })
}

fn with(at: &Value, key: &str, value: Value) -> Value {
    let mut fields = at.clone();
    fields[key] = value;
    fields
}

/// The event stream of one response: every event is numbered.
struct Events(u64);

impl Events {
    fn start(call: &Call<'_>, wire: &mut Wire) -> io::Result<Self> {
        wire.events()?;
        let mut events = Self(0);
        let begun = response(call, "in_progress", &json!([]));
        events.send(wire, "response.created", json!({"response": begun}))?;
        events.send(wire, "response.in_progress", json!({"response": begun}))?;
        Ok(events)
    }

    fn send(&mut self, wire: &mut Wire, kind: &str, mut fields: Value) -> io::Result<()> {
        fields["type"] = kind.into();
        fields["sequence_number"] = self.0.into();
        self.0 += 1;
        wire.event(Some(kind), &fields.to_string())
    }

    fn end(&mut self, call: &Call<'_>, wire: &mut Wire, item: &Value) -> io::Result<()> {
        self.send(wire, "response.output_item.done", json!({"output_index": 0, "item": item}))?;
        let response = response(call, "completed", &json!([item]));
        self.send(wire, "response.completed", json!({"response": response}))?;
        wire.end()
    }
}

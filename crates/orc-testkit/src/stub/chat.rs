//! `OpenAI`'s chat completions.

use std::io;

use serde_json::{Value, json};

use super::http::Wire;
use super::pace::Speech;
use super::serve::Call;
use super::tools::ToolCall;

pub(crate) fn speak(call: &Call<'_>, speech: &Speech, wire: &mut Wire) -> io::Result<()> {
    if !call.stream {
        let text = speech.whole(wire)?;
        return plain(call, wire, &json!({"role": "assistant", "content": text}), "stop");
    }
    start(call, wire)?;
    speech.speak(wire, |wire, piece| chunk(call, wire, &json!({"content": piece}), None))?;
    end(call, wire, "stop")
}

pub(crate) fn use_tool(call: &Call<'_>, tool: &ToolCall, wire: &mut Wire) -> io::Result<()> {
    let arguments = Value::Object(tool.arguments.clone()).to_string();
    let function = json!({"name": tool.name, "arguments": arguments});
    let id = format!("call_stub{:016}", call.seq);
    let tool = json!({"index": 0, "id": id, "type": "function", "function": function});
    if !call.stream {
        let message = json!({"role": "assistant", "content": null, "tool_calls": [tool]});
        return plain(call, wire, &message, "tool_calls");
    }
    start(call, wire)?;
    chunk(call, wire, &json!({"tool_calls": [tool]}), None)?;
    end(call, wire, "tool_calls")
}

fn object(call: &Call<'_>, kind: &str, choices: &Value) -> Value {
    let id = format!("chatcmpl-stub{}", call.seq);
    json!({"id": id, "object": kind, "created": 1_700_000_000, "model": call.model, "choices": choices})
}

fn usage(call: &Call<'_>) -> Value {
    json!({"prompt_tokens": call.tokens, "completion_tokens": 5, "total_tokens": call.tokens + 5})
}

fn plain(call: &Call<'_>, wire: &mut Wire, message: &Value, reason: &str) -> io::Result<()> {
    let choices = json!([{"index": 0, "message": message, "finish_reason": reason}]);
    let mut body = object(call, "chat.completion", &choices);
    body["usage"] = usage(call);
    wire.json(200, &body, &[])
}

fn start(call: &Call<'_>, wire: &mut Wire) -> io::Result<()> {
    wire.events()?;
    chunk(call, wire, &json!({"role": "assistant", "content": ""}), None)
}

fn chunk(call: &Call<'_>, wire: &mut Wire, delta: &Value, reason: Option<&str>) -> io::Result<()> {
    let choices = json!([{"index": 0, "delta": delta, "finish_reason": reason}]);
    wire.event(None, &object(call, "chat.completion.chunk", &choices).to_string())
}

fn end(call: &Call<'_>, wire: &mut Wire, reason: &str) -> io::Result<()> {
    chunk(call, wire, &json!({}), Some(reason))?;
    let mut last = object(call, "chat.completion.chunk", &json!([]));
    last["usage"] = usage(call);
    wire.event(None, &last.to_string())?;
    wire.event(None, "[DONE]")?;
    wire.end()
}

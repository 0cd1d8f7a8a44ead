//! Anthropic's messages.

use std::io;

use serde_json::{Value, json};

use super::http::Wire;
use super::pace::Speech;
use super::serve::Call;
use super::tools::ToolCall;

pub(crate) fn speak(call: &Call<'_>, speech: &Speech, wire: &mut Wire) -> io::Result<()> {
    if !call.stream {
        let text = speech.whole(wire)?;
        return wire.json(200, &plain(call, &json!({"type": "text", "text": text}), "end_turn"), &[]);
    }
    start(call, wire)?;
    let block = json!({"type": "text", "text": ""});
    event(wire, &json!({"type": "content_block_start", "index": 0, "content_block": block}))?;
    speech.speak(wire, |wire, piece| {
        let delta = json!({"type": "text_delta", "text": piece});
        event(wire, &json!({"type": "content_block_delta", "index": 0, "delta": delta}))
    })?;
    end(wire, "end_turn")
}

pub(crate) fn use_tool(call: &Call<'_>, tool: &ToolCall, wire: &mut Wire) -> io::Result<()> {
    let id = format!("toolu_stub{:016}", call.seq);
    if !call.stream {
        let block = json!({"type": "tool_use", "id": id, "name": tool.name, "input": tool.arguments});
        return wire.json(200, &plain(call, &block, "tool_use"), &[]);
    }
    start(call, wire)?;
    let block = json!({"type": "tool_use", "id": id, "name": tool.name, "input": {}});
    event(wire, &json!({"type": "content_block_start", "index": 0, "content_block": block}))?;
    let arguments = Value::Object(tool.arguments.clone()).to_string();
    let delta = json!({"type": "input_json_delta", "partial_json": arguments});
    event(wire, &json!({"type": "content_block_delta", "index": 0, "delta": delta}))?;
    end(wire, "tool_use")
}

fn message(call: &Call<'_>) -> Value {
    json!({
        "id": format!("msg_stub{:016}", call.seq), "type": "message", "role": "assistant", "model": call.model,
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": call.tokens, "output_tokens": 1,
                  "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0},
    })
}

fn plain(call: &Call<'_>, block: &Value, stop_reason: &str) -> Value {
    let mut message = message(call);
    message["content"] = json!([block]);
    message["stop_reason"] = stop_reason.into();
    message
}

fn start(call: &Call<'_>, wire: &mut Wire) -> io::Result<()> {
    wire.events()?;
    event(wire, &json!({"type": "message_start", "message": message(call)}))?;
    event(wire, &json!({"type": "ping"}))
}

fn end(wire: &mut Wire, stop_reason: &str) -> io::Result<()> {
    event(wire, &json!({"type": "content_block_stop", "index": 0}))?;
    let delta = json!({"stop_reason": stop_reason, "stop_sequence": null});
    event(wire, &json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}))?;
    event(wire, &json!({"type": "message_stop"}))?;
    wire.end()
}

fn event(wire: &mut Wire, event: &Value) -> io::Result<()> {
    wire.event(event["type"].as_str(), &event.to_string())
}

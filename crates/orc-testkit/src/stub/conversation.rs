//! The three wire formats brought to one shape.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Api;

#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) system: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) tools: BTreeMap<String, Tool>,
}

#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) role: Role,
    pub(crate) blocks: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    User,
    Assistant,
    /// The result of a tool, whatever role the wire format gives it.
    ToolResult,
}

/// A tool that the agent offers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tool {
    pub(crate) schema: Value,
    /// The `type` of the tool in the responses format (`function`, `custom`, `local_shell`).
    pub(crate) kind: String,
    /// The namespace that the responses format put it in.
    pub(crate) namespace: Option<String>,
}

impl Conversation {
    pub(crate) fn of(api: Api, body: &Value) -> Self {
        let mut conversation = Self::default();
        match api {
            Api::Anthropic => conversation.anthropic(body),
            Api::Chat => conversation.chat(body),
            Api::Responses => conversation.responses(body),
        }
        conversation
    }

    fn anthropic(&mut self, body: &Value) {
        self.instruct(&body["system"]);
        for message in items(&body["messages"]) {
            self.anthropic_message(message);
        }
        for tool in items(&body["tools"]) {
            self.offer(tool, &tool["input_schema"], None);
        }
    }

    /// A user message may hold results of tools and, after them, what was typed meanwhile: that makes two messages.
    fn anthropic_message(&mut self, message: &Value) {
        let content = &message["content"];
        let is_result = |block: &Value| block["type"] == "tool_result";
        let blocks = items(content);
        let Some(last) = blocks.iter().rposition(is_result) else {
            return self.say(&message["role"], content);
        };
        let results = blocks.iter().filter(|b| is_result(b)).flat_map(|b| texts(&b["content"])).collect();
        self.messages.push(Message { role: Role::ToolResult, blocks: results });
        let added = |text: &String| {
            let text = text.trim_start();
            text.starts_with("<system-reminder>") || text.starts_with("[Request interrupted")
        };
        let typed: Vec<_> = blocks[last + 1..].iter().flat_map(texts).filter(|text| !added(text)).collect();
        if !typed.is_empty() {
            self.messages.push(Message { role: Role::User, blocks: typed });
        }
    }

    fn chat(&mut self, body: &Value) {
        for message in items(&body["messages"]) {
            self.say(&message["role"], &message["content"]);
        }
        for tool in items(&body["tools"]) {
            let function = tool.get("function").unwrap_or(tool);
            self.offer(function, &function["parameters"], None);
        }
    }

    fn responses(&mut self, body: &Value) {
        self.instruct(&body["instructions"]);
        if body["input"].is_string() {
            self.say(&Value::from("user"), &body["input"]);
        }
        for item in items(&body["input"]) {
            match item["type"].as_str().unwrap_or("message") {
                "message" => self.say(&item["role"], &item["content"]),
                kind if kind.ends_with("_output") => self.say(&Value::from("tool"), &item["output"]),
                _ => self.messages.push(Message { role: Role::Assistant, blocks: Vec::new() }),
            }
        }
        for tool in items(&body["tools"]) {
            if tool["type"] == "namespace" {
                for inner in items(&tool["tools"]) {
                    self.offer(inner, &inner["parameters"], tool["name"].as_str());
                }
            } else {
                self.offer(tool, &tool["parameters"], None);
            }
        }
    }

    fn say(&mut self, role: &Value, content: &Value) {
        let role = match role.as_str() {
            Some("system" | "developer") => return self.instruct(content),
            Some("assistant") => Role::Assistant,
            Some("tool") => Role::ToolResult,
            _ => Role::User,
        };
        self.messages.push(Message { role, blocks: texts(content) });
    }

    fn instruct(&mut self, content: &Value) {
        for text in texts(content) {
            self.system.push_str(&text);
            self.system.push('\n');
        }
    }

    fn offer(&mut self, tool: &Value, schema: &Value, namespace: Option<&str>) {
        let kind = tool["type"].as_str().unwrap_or("function").to_owned();
        let name = tool["name"].as_str().unwrap_or(&kind).to_owned();
        let tool = Tool { schema: schema.clone(), kind, namespace: namespace.map(Into::into) };
        self.tools.insert(name, tool);
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The text blocks of a message's content.
fn texts(content: &Value) -> Vec<String> {
    match content {
        Value::String(text) => vec![text.clone()],
        Value::Array(blocks) => blocks.iter().flat_map(texts).collect(),
        Value::Object(block) => {
            let kind = block.get("type").and_then(Value::as_str).unwrap_or("text");
            let is_text = matches!(kind, "text" | "input_text" | "output_text");
            is_text.then(|| block.get("text")?.as_str().map(Into::into)).flatten().into_iter().collect()
        }
        _ => Vec::new(),
    }
}

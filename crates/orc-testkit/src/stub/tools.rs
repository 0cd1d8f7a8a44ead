//! Finds the agent's tool for what the prompt asks, and fills in what its schema requires.

use serde_json::{Map, Value, json};

use super::conversation::{Conversation, Tool};
use super::directive::Sandbox;

/// A call of a tool of the agent.
#[derive(Debug)]
pub(crate) struct ToolCall {
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
    /// How the agent offered it; the default for one that it did not offer.
    pub(crate) tool: Tool,
}

/// The names that shell tools have, the best first.
const SHELLS: [&str; 10] = [
    "bash",
    "shell",
    "run_shell_command",
    "exec_command",
    "shell_command",
    "local_shell",
    "execute_command",
    "run_command",
    "execute",
    "terminal",
];

/// A call of the agent's shell tool; `None` when it offers none.
pub(crate) fn shell(conversation: &Conversation, command: &str, sandbox: Sandbox) -> Option<ToolCall> {
    let (name, tool) = SHELLS
        .iter()
        .find_map(|shell| conversation.tools.iter().find(|(name, _)| name.eq_ignore_ascii_case(shell)))?;
    let arguments = shell_arguments(&tool.schema, command, sandbox);
    Some(ToolCall { name: name.clone(), arguments, tool: tool.clone() })
}

fn shell_arguments(schema: &Value, command: &str, sandbox: Sandbox) -> Map<String, Value> {
    let has = |name: &str| schema["properties"].get(name).is_some();
    let mut arguments = Map::new();
    let key = ["command", "cmd", "script"].into_iter().find(|key| has(key)).unwrap_or("command");
    let wants_list = schema["properties"][key]["type"] == "array";
    arguments.insert(key.into(), if wants_list { json!(["bash", "-lc", command]) } else { command.into() });
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let property = &schema["properties"][name];
        arguments.entry(name).or_insert_with(|| match property["type"].as_str() {
            _ if property["enum"].is_array() => property["enum"][0].clone(),
            Some("boolean") => false.into(),
            Some("number" | "integer") => 1.into(),
            Some("array") => json!([]),
            _ => format!("stub {name}").into(),
        });
    }
    // Codex: the way to an approval prompt.
    if sandbox == Sandbox::Leave && has("sandbox_permissions") {
        arguments.insert("sandbox_permissions".into(), "require_escalated".into());
        arguments.insert("justification".into(), "the stub wants to run this outside the sandbox".into());
    }
    if has("description") {
        arguments.entry("description").or_insert("stub tool call".into());
    }
    arguments
}

/// A call of the offered tool whose name is or ends with `name`; with `!name` of that tool, offered or not.
pub(crate) fn named(conversation: &Conversation, name: &str, arguments: Value) -> Option<ToolCall> {
    let Value::Object(arguments) = arguments else {
        return None;
    };
    if let Some(name) = name.strip_prefix('!') {
        let tool = conversation.tools.get(name).cloned().unwrap_or_default();
        return Some(ToolCall { name: name.into(), arguments, tool });
    }
    let exact = conversation.tools.get_key_value(name);
    let (name, tool) = exact.or_else(|| conversation.tools.iter().find(|(full, _)| full.ends_with(name)))?;
    Some(ToolCall { name: name.clone(), arguments, tool: tool.clone() })
}

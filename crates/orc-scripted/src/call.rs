//! A client of MCP in its smallest form: one session, one call. It shares nothing with the server that it talks to.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, ExitCode, Stdio};

use serde_json::{Value, json};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("the tools cannot be reached: {0}")]
    Io(#[from] std::io::Error),
    #[error("the tools said no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the tools ended without an answer")]
    Ended,
    #[error("the tools refused: {0}")]
    Refused(Value),
}

/// Calls `tool` of the server that `$TMUX_ORC_BIN mcp` is and prints what it answers. The exit code says whether the tool
/// did what it was called for.
pub fn call(tool: &str, arguments: &str) -> ExitCode {
    let (text, ok) = match session(tool, arguments) {
        Ok(result) => (text(&result), result["isError"] != true),
        Err(error) => (error.to_string(), false),
    };
    let printed = writeln!(std::io::stdout().lock(), "{text}").is_ok();
    if ok && printed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn session(tool: &str, arguments: &str) -> Result<Value, CallError> {
    let arguments: Value = serde_json::from_str(arguments)?;
    let program = std::env::var("TMUX_ORC_BIN").unwrap_or_else(|_| "tmux-orc".to_owned());
    let mut server = Command::new(program).arg("mcp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (Some(mut to), Some(from)) = (server.stdin.take(), server.stdout.take()) else {
        return Err(CallError::Ended);
    };
    let mut from = BufReader::new(from);
    let own = json!({ "name": "scripted-agent", "version": env!("CARGO_PKG_VERSION") });
    let begin = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": own });
    say(&mut to, &json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": begin }))?;
    answer(&mut from, 1)?;
    say(&mut to, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
    let params = json!({ "name": tool, "arguments": arguments });
    say(&mut to, &json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params }))?;
    let result = answer(&mut from, 2);
    drop(to);
    server.wait()?;
    result
}

fn say(to: &mut ChildStdin, message: &Value) -> std::io::Result<()> {
    to.write_all(format!("{message}\n").as_bytes())?;
    to.flush()
}

/// The result of the request of this number; what else is said meanwhile is not for us.
fn answer(from: &mut impl BufRead, id: u64) -> Result<Value, CallError> {
    let mut line = String::new();
    loop {
        line.clear();
        if from.read_line(&mut line)? == 0 {
            return Err(CallError::Ended);
        }
        let mut message: Value = serde_json::from_str(&line)?;
        if message["id"] != id {
            continue;
        }
        return match message.get("error") {
            Some(error) => Err(CallError::Refused(error.clone())),
            None => Ok(message["result"].take()),
        };
    }
}

/// The texts of a result.
fn text(result: &Value) -> String {
    let blocks = result["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let texts: Vec<&str> = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
    texts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_one_to_the_request() {
        let said = "{\"method\":\"notifications/x\"}\n{\"id\":1,\"result\":{}}\n{\"id\":2,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}}\n";
        let result = answer(&mut said.as_bytes(), 2).unwrap();
        assert_eq!(text(&result), "a\nb");
        let refused = answer(&mut "{\"id\":2,\"error\":{\"code\":-32602}}\n".as_bytes(), 2);
        assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
        assert!(matches!(answer(&mut "".as_bytes(), 2), Err(CallError::Ended)));
        assert!(matches!(answer(&mut "oops\n".as_bytes(), 2), Err(CallError::Json(_))));
    }
}

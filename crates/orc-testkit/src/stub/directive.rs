//! The words by which a prompt tells the stub what to do.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Directive {
    Reply(String),
    Slow(Duration),
    Hang(Duration),
    Shell {
        command: String,
        sandbox: Sandbox,
    },
    Call {
        tool: String,
        arguments: Value,
    },
    /// `times`: only the first so many requests with this prompt fail.
    Fail {
        status: u16,
        times: Option<u32>,
        retry_after_s: u64,
    },
    TooLong,
    Drop,
}

/// Whether a command asks to run outside the agent's sandbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sandbox {
    Stay,
    Leave,
}

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)\b(REPLY|SLOW|HANG|TOOL\+|TOOL|CALL|ERR|CTX|DROP):(.*)$").expect("a fixed pattern")
});
static FAIL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(\d{3})(?:x(\d+))?(?::(\d+))?$").expect("a fixed pattern"));

/// The last directive in the text. A directive ends with its line: whatever follows it there belongs to it, and lines
/// without a directive (a trailer) do not matter. One that makes no sense is answered with that.
pub(crate) fn parse(text: &str) -> Option<Directive> {
    let (_, [word, argument]) = WORD.captures_iter(text).last()?.extract();
    let argument = argument.trim();
    let directive = match word {
        "REPLY" => Some(Directive::Reply(argument.into())),
        "SLOW" => seconds(argument).map(Directive::Slow),
        "HANG" => seconds(argument).map(Directive::Hang),
        "TOOL" => Some(Directive::Shell { command: argument.into(), sandbox: Sandbox::Stay }),
        "TOOL+" => Some(Directive::Shell { command: argument.into(), sandbox: Sandbox::Leave }),
        "CALL" => call(argument),
        "ERR" => fail(argument),
        "CTX" => Some(Directive::TooLong),
        _ => Some(Directive::Drop),
    };
    Some(directive.unwrap_or_else(|| Directive::Reply(format!("STUB-BAD-DIRECTIVE {word}:{argument}"))))
}

fn seconds(argument: &str) -> Option<Duration> {
    let number = argument.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(number).ok()
}

fn call(argument: &str) -> Option<Directive> {
    let (tool, arguments) = argument.split_once(char::is_whitespace).unwrap_or((argument, "{}"));
    let arguments: Value = serde_json::from_str(arguments.trim()).ok()?;
    (!tool.is_empty() && arguments.is_object()).then(|| Directive::Call { tool: tool.into(), arguments })
}

fn fail(argument: &str) -> Option<Directive> {
    let parts = FAIL.captures(argument.split_whitespace().next()?)?;
    let number = |index| parts.get(index).map(|m| m.as_str().parse().ok());
    Some(Directive::Fail {
        status: parts[1].parse().ok().filter(|status| *status >= 400)?,
        times: parts.get(2).map(|m| m.as_str().parse()).transpose().ok()?,
        retry_after_s: number(3).unwrap_or(Some(5))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Directive {
        Directive::Reply(text.into())
    }

    #[test]
    fn a_directive_ends_with_its_line_and_the_last_one_wins() {
        assert_eq!(parse("hello"), None);
        assert_eq!(parse("please REPLY: one two \n[from pm, message 01J]"), Some(reply("one two")));
        assert_eq!(parse("REPLY:one\nand\nREPLY:two\ntrailer"), Some(reply("two")));
        assert_eq!(parse("REPLY:say SLOW:3\n"), Some(reply("say SLOW:3")));
        assert_eq!(parse("NOREPLY:one"), None);
        assert_eq!(parse("HANG:9\nDROP:"), Some(Directive::Drop));
    }

    #[test]
    fn commands_and_calls() {
        let shell = |command: &str, sandbox| Some(Directive::Shell { command: command.into(), sandbox });
        assert_eq!(parse("TOOL: echo a:b; ls"), shell("echo a:b; ls", Sandbox::Stay));
        assert_eq!(parse("TOOL+:id"), shell("id", Sandbox::Leave));
        let call = |tool: &str, json: &str| {
            Some(Directive::Call { tool: tool.into(), arguments: serde_json::from_str(json).unwrap() })
        };
        assert_eq!(parse(r#"CALL:note {"text": "a b"}"#), call("note", r#"{"text":"a b"}"#));
        assert_eq!(parse("CALL:!late"), call("!late", "{}"));
        assert_eq!(parse("CALL:note {oops"), Some(reply("STUB-BAD-DIRECTIVE CALL:note {oops")));
    }

    #[test]
    fn failures() {
        let fail = |status, times, retry_after_s| Some(Directive::Fail { status, times, retry_after_s });
        assert_eq!(parse("ERR:429"), fail(429, None, 5));
        assert_eq!(parse("ERR:529x2"), fail(529, Some(2), 5));
        assert_eq!(parse("ERR:429x1:30 and more"), fail(429, Some(1), 30));
        assert_eq!(parse("ERR:200"), Some(reply("STUB-BAD-DIRECTIVE ERR:200")));
        assert_eq!(parse("SLOW:x"), Some(reply("STUB-BAD-DIRECTIVE SLOW:x")));
        assert_eq!(parse("SLOW:0.5 s"), Some(Directive::Slow(Duration::from_millis(500))));
        assert_eq!(parse("CTX:"), Some(Directive::TooLong));
    }
}

//! One step of a turn, and the line that says it.

use std::time::Duration;

use rustix::process::Signal;

/// What the agent does next in a turn. In a script and behind `DO:` in a prompt, a step is one line:
/// a verb and its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `reply TEXT`: says TEXT; the last reply of a turn is what the Stop hook carries.
    Reply(String),
    /// `work SECONDS`: is busy for that long (a decimal number).
    Work(Duration),
    /// `throttle SECONDS`: waits for that long for its model provider, as at a rate limit, and shows it.
    Throttle(Duration),
    /// `ask COMMAND`: opens a permission dialog; when approved, runs COMMAND.
    Ask(String),
    /// `choose QUESTION | OPTION | OPTION …`: opens a question; when one is chosen, says which.
    Choose {
        /// What is asked.
        question: String,
        /// At least two.
        options: Vec<String>,
    },
    /// `deaf KEYS`: the next dialog drops so many keys without a sign, as a real agent's does in its first moment.
    Deaf(u32),
    /// `run COMMAND`: runs `sh -c COMMAND`; the first 2 KiB of its output are shown.
    Run(String),
    /// `set NAME COMMAND`: runs `sh -c COMMAND` and keeps what it prints (2 KiB at most) as NAME for the rest of the turn: `${NAME}` in
    /// what is said, `$NAME` in later commands. A command that fails fails the turn.
    Set {
        /// Letters, digits and `_`, no digit in front.
        name: String,
        /// What finds it out.
        command: String,
    },
    /// `when COMMAND`: goes on only if `sh -c COMMAND` ends with status 0; with status 1 the turn is done.
    When(String),
    /// `crash [SIGNAL | exit CODE]`: dies in mid-turn; without an argument by SIGKILL.
    Crash(Crash),
    /// `hang`: reads and draws no more; `hang deaf` also ignores every signal but SIGKILL, as
    /// long as there is a terminal.
    Hang {
        /// Whether SIGTERM, SIGHUP and SIGINT are ignored too.
        deaf: bool,
    },
    /// `flood BYTES`: writes that many bytes of lines to the terminal as fast as it takes them.
    Flood(u64),
    /// `send TARGET TEXT`: runs `$TMUX_ORC_BIN agent send TARGET TEXT`.
    Send {
        /// The agent to send to.
        target: String,
        /// The message.
        text: String,
    },
    /// `call TOOL {JSON}`: calls one of the agent's own tools, as a real agent does: starts `$TMUX_ORC_BIN mcp`, speaks MCP with
    /// it, shows what it answers, and keeps that as `ANSWER` for the rest of the turn. Without JSON there are no arguments.
    Call {
        /// The tool's name.
        tool: String,
        /// Its arguments: a JSON object.
        arguments: serde_json::Value,
    },
    /// `fail TEXT`: ends the turn as a failed request does: `● API Error: TEXT`, hook `StopFailure`.
    Fail(String),
    /// `quiet-exit`: exits 0 in mid-turn, without a word, a hook or a status.
    QuietExit,
    /// `become PROGRAM`: runs PROGRAM in place of the agent, in the same process and terminal.
    Become(String),
}

/// How [`Step::Crash`] dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// By this signal, sent to itself.
    Signal(Signal),
    /// By exiting with this code, the terminal left as it was.
    Exit(u8),
}

/// A step line without meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step {line:?}: {reason}")]
pub struct StepError {
    /// The line as it was written.
    pub line: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl std::str::FromStr for Step {
    type Err = StepError;

    fn from_str(line: &str) -> Result<Self, StepError> {
        let line = line.trim();
        let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let wrong = |reason| StepError { line: line.to_owned(), reason };
        let text = || {
            if rest.is_empty() { Err(wrong("needs an argument")) } else { Ok(rest.to_owned()) }
        };
        let time = || {
            let seconds = rest.parse().map_err(|_| "needs a number of seconds")?;
            Duration::try_from_secs_f64(seconds).map_err(|_| "needs seconds from 0 up")
        };
        Ok(match verb {
            "reply" => Self::Reply(text()?),
            "work" => Self::Work(time().map_err(wrong)?),
            "throttle" => Self::Throttle(time().map_err(wrong)?),
            "ask" => Self::Ask(text()?),
            "choose" => {
                let text = text()?;
                let mut parts = text.split('|').map(|part| part.trim().to_owned());
                let question = parts.next().unwrap_or_default();
                let options: Vec<String> = parts.filter(|option| !option.is_empty()).collect();
                if options.len() < 2 {
                    return Err(wrong("needs a question and two options, with `|` between them"));
                }
                Self::Choose { question, options }
            }
            "deaf" => Self::Deaf(rest.parse().map_err(|_| wrong("needs a number of keys"))?),
            "run" => Self::Run(text()?),
            "set" => {
                let (name, command) = rest
                    .split_once(char::is_whitespace)
                    .ok_or_else(|| wrong("needs a name and a command"))?;
                if !is_name(name) {
                    return Err(wrong("needs a name of letters, digits and `_`"));
                }
                Self::Set { name: name.to_owned(), command: command.trim().to_owned() }
            }
            "when" => Self::When(text()?),
            "crash" => Self::Crash(crash(rest).ok_or_else(|| wrong("needs a signal name or `exit CODE`"))?),
            "hang" => match rest {
                "" => Self::Hang { deaf: false },
                "deaf" => Self::Hang { deaf: true },
                _ => return Err(wrong("takes nothing or `deaf`")),
            },
            "flood" => Self::Flood(rest.parse().map_err(|_| wrong("needs a number of bytes"))?),
            "send" => {
                let (target, text) =
                    rest.split_once(char::is_whitespace).ok_or_else(|| wrong("needs a target and a text"))?;
                Self::Send { target: target.to_owned(), text: text.trim().to_owned() }
            }
            "call" => {
                let (tool, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, "{}"));
                let arguments: serde_json::Value = serde_json::from_str(arguments.trim())
                    .map_err(|_| wrong("needs a tool and a JSON object"))?;
                if tool.is_empty() || !arguments.is_object() {
                    return Err(wrong("needs a tool and a JSON object"));
                }
                Self::Call { tool: tool.to_owned(), arguments }
            }
            "fail" => Self::Fail(text()?),
            "quiet-exit" => Self::QuietExit,
            "become" => Self::Become(text()?),
            _ => return Err(wrong("is no verb of the scripted agent")),
        })
    }
}

impl Step {
    /// Its verb, as the log names it.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Reply(_) => "reply",
            Self::Work(_) => "work",
            Self::Throttle(_) => "throttle",
            Self::Ask(_) => "ask",
            Self::Choose { .. } => "choose",
            Self::Deaf(_) => "deaf",
            Self::Run(_) => "run",
            Self::Set { .. } => "set",
            Self::When(_) => "when",
            Self::Crash(_) => "crash",
            Self::Hang { .. } => "hang",
            Self::Flood(_) => "flood",
            Self::Send { .. } => "send",
            Self::Call { .. } => "call",
            Self::Fail(_) => "fail",
            Self::QuietExit => "quiet-exit",
            Self::Become(_) => "become",
        }
    }
}

/// Whether a word can name something found out: the name of a variable of a shell.
pub(crate) fn is_name(word: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    word.starts_with(letter) && word.chars().all(|c| letter(c) || c.is_ascii_digit())
}

fn crash(rest: &str) -> Option<Crash> {
    if rest.is_empty() {
        return Some(Crash::Signal(Signal::KILL));
    }
    if let Some(code) = rest.strip_prefix("exit") {
        return code.trim().parse().ok().map(Crash::Exit);
    }
    let name = rest.to_ascii_uppercase();
    Some(Crash::Signal(match name.strip_prefix("SIG").unwrap_or(&name) {
        "KILL" => Signal::KILL,
        "SEGV" => Signal::SEGV,
        "ABRT" => Signal::ABORT,
        "BUS" => Signal::BUS,
        "TERM" => Signal::TERM,
        "HUP" => Signal::HUP,
        "INT" => Signal::INT,
        "QUIT" => Signal::QUIT,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(line: &str) -> Result<Step, &'static str> {
        line.parse().map_err(|error: StepError| error.reason)
    }

    #[test]
    fn every_verb_is_read() {
        assert_eq!(step("reply all  good"), Ok(Step::Reply("all  good".into())));
        assert_eq!(step("work 0.25"), Ok(Step::Work(Duration::from_millis(250))));
        assert_eq!(step("throttle 20"), Ok(Step::Throttle(Duration::from_secs(20))));
        assert_eq!(step("ask rm -rf /tmp/x"), Ok(Step::Ask("rm -rf /tmp/x".into())));
        let options = vec!["Red".into(), "Light blue".into()];
        assert_eq!(
            step("choose Which? | Red | Light blue"),
            Ok(Step::Choose { question: "Which?".into(), options })
        );
        assert_eq!(step("deaf 2"), Ok(Step::Deaf(2)));
        assert_eq!(step("run echo hi"), Ok(Step::Run("echo hi".into())));
        let (name, command) = ("LINE".into(), "grep -n x y | head -n 1".into());
        assert_eq!(step("set LINE grep -n x y | head -n 1"), Ok(Step::Set { name, command }));
        assert_eq!(step("when test -e x"), Ok(Step::When("test -e x".into())));
        assert_eq!(step("crash"), Ok(Step::Crash(Crash::Signal(Signal::KILL))));
        assert_eq!(step("crash sigsegv"), Ok(Step::Crash(Crash::Signal(Signal::SEGV))));
        assert_eq!(step("crash exit 3"), Ok(Step::Crash(Crash::Exit(3))));
        assert_eq!(step("hang deaf"), Ok(Step::Hang { deaf: true }));
        assert_eq!(step("flood 100000"), Ok(Step::Flood(100_000)));
        assert_eq!(
            step("send team:1 hello there"),
            Ok(Step::Send { target: "team:1".into(), text: "hello there".into() })
        );
        let (tool, none) = ("note".to_owned(), serde_json::json!({}));
        let arguments = serde_json::json!({"text": "two words"});
        assert_eq!(
            step(r#"call note {"text": "two words"}"#),
            Ok(Step::Call { tool: tool.clone(), arguments })
        );
        assert_eq!(step("call note"), Ok(Step::Call { tool, arguments: none }));
        assert_eq!(step("fail 529 overloaded"), Ok(Step::Fail("529 overloaded".into())));
        assert_eq!(step("quiet-exit"), Ok(Step::QuietExit));
        assert_eq!(step("become sh"), Ok(Step::Become("sh".into())));
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        assert_eq!(step("dance"), Err("is no verb of the scripted agent"));
        assert_eq!(step("work -1"), Err("needs seconds from 0 up"));
        assert_eq!(step("crash softly"), Err("needs a signal name or `exit CODE`"));
        assert_eq!(step("reply"), Err("needs an argument"));
        assert_eq!(step("set LINE"), Err("needs a name and a command"));
        assert_eq!(step("set 2X echo"), Err("needs a name of letters, digits and `_`"));
        assert_eq!(step("call note [1]"), Err("needs a tool and a JSON object"));
        assert_eq!(step("call"), Err("needs a tool and a JSON object"));
        let options = "needs a question and two options, with `|` between them";
        assert_eq!(step("choose Which? | Red"), Err(options));
    }
}

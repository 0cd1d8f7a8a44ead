//! The parts that this program plays behind the scenes: shim, view, hook, scripted agent.
//! They are told apart before anything else is set up, because they must start fast and stay small.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// A part.
pub(crate) enum Role {
    Shim,
    View {
        socket: PathBuf,
    },
    Hook {
        event: Option<String>,
    },
    Scripted {
        options: orc_scripted::Options,
    },
    /// The scripted agent calls a tool.
    ScriptedCall {
        tool: String,
        arguments: String,
    },
}

/// The part that the arguments name, if they name one.
pub(crate) fn role(args: impl Iterator<Item = OsString>) -> Option<Role> {
    let mut args = args.skip(1);
    match args.next()?.to_str()? {
        "shim" => Some(Role::Shim),
        "view" => Some(Role::View { socket: args.next().map(PathBuf::from)? }),
        "hook" => Some(Role::Hook { event: args.next().and_then(|word| word.into_string().ok()) }),
        "scripted-call" => {
            let mut word = || args.next().and_then(|word| word.into_string().ok());
            Some(Role::ScriptedCall { tool: word()?, arguments: word()? })
        }
        "scripted-agent" => Some(Role::Scripted { options: scripted(args)? }),
        _ => None,
    }
}

fn scripted(mut args: impl Iterator<Item = OsString>) -> Option<orc_scripted::Options> {
    let mut options = orc_scripted::Options::default();
    while let Some(word) = args.next() {
        let mut value = || args.next();
        match word.to_str()? {
            "--script" => options.script = value().map(PathBuf::from),
            "--log" => options.log = value().map(PathBuf::from),
            "--name" => options.name = value().and_then(|word| word.into_string().ok()),
            "--session-id" => options.session_id = value().and_then(|word| word.into_string().ok()),
            "--resume" => options.resume = value().and_then(|word| word.into_string().ok()),
            "--start-delay-ms" => options.start_delay_ms = value()?.to_str()?.parse().ok()?,
            "--ask-trust" => options.ask_trust = true,
            "--no-hooks" => options.no_hooks = true,
            "--no-status" => options.no_status = true,
            _ => return None,
        }
    }
    Some(options)
}

/// Plays it to the end.
pub(crate) fn play(role: Role) -> ExitCode {
    match role {
        Role::Shim => {
            let ended = orc_shim::Launch::read(std::io::stdin().lock()).and_then(orc_shim::run_shim);
            match ended {
                Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
                Err(error) => complain("shim", &error),
            }
        }
        Role::View { socket } => match orc_shim::run_view(&socket) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain("view", &error),
        },
        Role::Hook { event } => crate::command::hook::run(event),
        Role::Scripted { options } => orc_scripted::run(options),
        Role::ScriptedCall { tool, arguments } => orc_scripted::call(&tool, &arguments),
    }
}

fn complain(part: &str, error: &dyn std::error::Error) -> ExitCode {
    crate::output::talk(&format!("tmux-orc {part}: {error}"));
    ExitCode::FAILURE
}

//! Opening a native door: a command or requests, as the profile describes it.

use std::time::Duration;

use orc_core::team::Process;

use crate::deliver::Letter;
use crate::launch::start_time;
use crate::program::{self, Program, ProgramError};
use crate::run::Shell;
use crate::template::{Values, json};

mod listener;
mod post;

pub(crate) use post::Desk;

/// A door that has not answered by then is unclear.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a door did not simply take the message.
#[derive(Debug)]
pub(crate) enum DoorError {
    /// It surely took nothing.
    NotTaken(String),
    /// It may have taken it, and does no more.
    Unclear(String),
    /// It may still take it.
    Pending(String),
}

/// Hands the text to a command: exit status 0 means taken.
pub(crate) async fn open(
    shell: &Shell,
    letter: &Letter,
    argv: &[String],
    text: &str,
) -> Result<(), DoorError> {
    let values = values(shell, letter, text);
    command(letter, argv.iter().map(|word| values.fill(word)).collect()).await
}

fn values(shell: &Shell, letter: &Letter, text: &str) -> Values {
    Values::new(vec![
        ("port", letter.port.to_string()),
        ("native_session", letter.session.clone().unwrap_or_default()),
        ("message", letter.message.to_string()),
        ("cwd", letter.dir.clone()),
        ("binary", letter.profile.binary.clone()),
        ("self", shell.exe.to_string_lossy().into_owned()),
        ("text_json", json(text)),
        ("text", text.to_owned()),
    ])
}

/// The agent's own environment, read from the process that we started: nothing of it is kept anywhere else.
pub(crate) fn environment_of(process: Process) -> Option<Vec<(String, String)>> {
    let bytes = std::fs::read(format!("/proc/{}/environ", process.pid)).ok()?;
    (start_time(process.pid) == Some(process.start)).then(|| {
        bytes
            .split(|byte| *byte == 0)
            .filter_map(|entry| std::str::from_utf8(entry).ok()?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    })
}

async fn command(letter: &Letter, argv: Vec<String>) -> Result<(), DoorError> {
    let env = letter.child.and_then(environment_of);
    let Some(env) = env else {
        return Err(DoorError::NotTaken("the agent has ended".to_owned()));
    };
    let path = env.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.clone());
    let [program, words @ ..] = argv.as_slice() else {
        return Err(DoorError::NotTaken("the door has no command".to_owned()));
    };
    let program = program::find(program, path.as_deref())
        .ok_or_else(|| DoorError::NotTaken(format!("{program} is not on the agent's path")))?;
    let dir = letter.dir.as_str();
    let done = program::run(Program {
        path: &program,
        args: words.to_vec(),
        dir,
        environment: env,
        limit: PATIENCE,
    })
    .await;
    match done {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(DoorError::NotTaken(format!("{}: {}", done.status, clip(&done.stderr)))),
        Err(error @ ProgramError::Start(_)) => Err(DoorError::NotTaken(error.to_string())),
        Err(error @ ProgramError::TooSlow(_)) => Err(DoorError::Unclear(error.to_string())),
    }
}

fn clip(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(200).collect()
}

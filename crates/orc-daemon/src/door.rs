//! Opening a native door: a command or a POST, as the profile describes it.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use orc_core::profile::Door;
use orc_core::profile::door::Call;
use orc_core::team::Process;
use tokio::net::TcpStream;

use crate::deliver::Letter;
use crate::launch::start_time;
use crate::program::{self, Program, ProgramError};
use crate::run::Shell;
use crate::template::{Values, json};

/// A door that has not answered by then is unclear.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a door did not simply take the message.
#[derive(Debug)]
pub(crate) enum DoorError {
    /// It surely took nothing.
    NotTaken(String),
    /// It may have taken it.
    Unclear(String),
}

/// Hands the text over.
pub(crate) async fn open(shell: &Shell, letter: &Letter, door: &Door, text: &str) -> Result<(), DoorError> {
    let values = values(shell, letter, text);
    let opened = async {
        match &door.call {
            Call::Command(argv) => command(letter, argv.iter().map(|word| values.fill(word)).collect()).await,
            Call::Post { url, body } => {
                let (status, answer) =
                    http(hyper::Method::POST, &values.fill(url), values.fill(body)).await?;
                if (200..300).contains(&status) {
                    Ok(())
                } else {
                    Err(DoorError::NotTaken(format!("{} answered {status}: {}", door.name, clip(&answer))))
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, opened).await.unwrap_or_else(|_| {
        Err(DoorError::Unclear(format!("{} did not answer within {PATIENCE:?}", door.name)))
    })
}

/// Reads an address of the agent; nothing when it does not answer well.
pub(crate) async fn get(letter: &Letter, url: &str) -> Option<String> {
    let url = address(letter).fill(url);
    let answer = tokio::time::timeout(Duration::from_secs(5), http(hyper::Method::GET, &url, String::new()));
    match answer.await {
        Ok(Ok((200, text))) => Some(text),
        _ => None,
    }
}

fn address(letter: &Letter) -> Values {
    Values::new(vec![
        ("port", letter.port.to_string()),
        ("native_session", letter.session.clone().unwrap_or_default()),
        ("message", letter.message.to_string()),
        ("cwd", letter.dir.clone()),
    ])
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
fn environment_of(process: Process) -> Option<Vec<(String, String)>> {
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

async fn http(method: hyper::Method, url: &str, body: String) -> Result<(u16, String), DoorError> {
    let not_taken = |e: &dyn std::fmt::Display| DoorError::NotTaken(e.to_string());
    let uri: hyper::Uri = url.parse().map_err(|e| not_taken(&e))?;
    let (host, port) = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80));
    if !matches!(host.as_str(), "127.0.0.1" | "localhost") {
        return Err(DoorError::NotTaken(format!("{host} is not this machine")));
    }
    let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|e| not_taken(&e))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| not_taken(&e))?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header("host", format!("{host}:{port}"))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|e| not_taken(&e))?;
    // From here on the agent may have read it.
    let unclear = |e: hyper::Error| DoorError::Unclear(e.to_string());
    let answer = sender.send_request(request).await.map_err(unclear)?;
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.map_err(unclear)?.to_bytes();
    connection.abort();
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

//! Reaching the supervisor, and starting it when nobody is there, as tmux starts its server.

use std::os::unix::fs::DirBuilderExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use orc_api::request::Effect;
use orc_api::{CONTRACT, Client, ClientError, Paths, Request, Response};

use crate::error::CliError;
use crate::words;

/// Longest wait for a supervisor that was just started.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at one that is starting.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Where things are, by this process's environment.
pub(crate) fn paths() -> Result<Paths, CliError> {
    let uid = rustix::process::geteuid().as_raw();
    Paths::resolve(|name| std::env::var_os(name), uid).map_err(|e| CliError::Config(e.to_string()))
}

/// Asks; starts a supervisor first when none answers.
pub(crate) fn ask(request: &Request) -> Result<Response, CliError> {
    runtime()?.block_on(ask_in(request))
}

/// The same within a runtime.
pub(crate) async fn ask_in(request: &Request) -> Result<Response, CliError> {
    let paths = paths()?;
    let client = Client::new(paths.api_socket());
    match client.ask(request).await {
        Err(ClientError::Unreachable { .. }) => {}
        // It was killed in the middle. Asking its successor is harmless when nothing is changed by asking.
        Err(ClientError::Broken(_)) if request.effect() == Effect::Read => {}
        answer => return Ok(answer?),
    }
    start(&paths).await?;
    Ok(client.ask(request).await?)
}

/// Asks a supervisor that runs already, and only then.
pub(crate) fn ask_running(request: &Request) -> Result<Response, CliError> {
    let client = Client::new(paths()?.api_socket());
    Ok(runtime()?.block_on(client.ask(request))?)
}

/// A runtime for one conversation.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Starts a supervisor and waits until it answers. Of several started at once one wins; the others end.
pub(crate) async fn start(paths: &Paths) -> Result<(), CliError> {
    let failed = |e: std::io::Error| CliError::Unreachable(format!("the supervisor cannot be started: {e}"));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&paths.state).map_err(failed)?;
    let log = words::open(&paths.daemon_log()).map_err(failed)?;
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args(["daemon", "run", "--detached"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.current_dir("/");
    // It belongs to no agent, also when an agent calls it first.
    for mark in ["TMUX_ORC_AGENT_ID", "TMUX_ORC_GENERATION", "TMUX_ORC_TEAM"] {
        command.env_remove(mark);
    }
    let mut child = command.spawn().map_err(failed)?;
    let client = Client::new(paths.api_socket());
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(3);
    loop {
        match client.ask(&Request::Ping {}).await {
            Ok(Response::Pong { contract, version, .. }) if contract != CONTRACT => {
                return Err(CliError::Unreachable(format!(
                    "a supervisor of version {version} runs, which speaks another contract; `tmux-orc daemon stop` ends it"
                )));
            }
            Ok(_) => return Ok(()),
            Err(error) => {
                let ended = child.try_wait().map_err(failed)?;
                let lost = ended.is_some_and(|status| !status.success());
                if lost || Instant::now() >= deadline {
                    let why = last_line(paths).unwrap_or_else(|| error.to_string());
                    return Err(CliError::Unreachable(format!("the supervisor did not start: {why}")));
                }
                // It left the place to one that answers nobody any more: that one is on its way out.
                if ended.is_some() && pause >= LONGEST_PAUSE {
                    child = command.spawn().map_err(failed)?;
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn last_line(paths: &Paths) -> Option<String> {
    let log = std::fs::read_to_string(paths.daemon_log()).ok()?;
    log.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned)
}

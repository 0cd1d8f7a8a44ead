//! The few times that a tmux client is run for one command: to start the server, and to see to the session
//! that our control connection lives in.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::{ServerConfig, TmuxError};

/// Exactly the private session that keeps the server alive and holds our connection.
pub(crate) const HOLDER_TARGET: &str = "=orc-hold";
const NEW_HOLDER: [&str; 11] =
    ["-d", "-s", "orc-hold", "-x", COLUMNS, "-y", ROWS, "--", "tail", "-f", "/dev/null"];
/// Columns and rows while nobody looks.
pub(crate) const COLUMNS: &str = "200";
/// See [`COLUMNS`].
pub(crate) const ROWS: &str = "50";

const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);
/// A server needs one descriptor per pane and livelocks at its limit before tmux 3.6; this is ample. Not the
/// hard limit itself, which can be a billion and makes programs slow that close every possible descriptor.
const OPEN_FILES: u64 = 1 << 16;

impl ServerConfig {
    /// A tmux client of our server: our socket, no configuration file, UTF-8, nothing inherited but the
    /// cleaned environment, out of the reach of our terminal's signals.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(&self.socket)
            .env_clear()
            .envs(self.environment.pairs())
            .current_dir("/")
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// Starts the server with its holder session. This command line stays readable as the server's own for ever.
pub(crate) async fn start_server(config: &ServerConfig) -> Result<(), TmuxError> {
    raise_open_files();
    let mut command = config.command();
    command.arg("new-session").args(NEW_HOLDER);
    run(config, command).await
}

/// Makes the holder session anew in a running server; starts none.
pub(crate) async fn restore_holder(config: &ServerConfig) -> Result<(), TmuxError> {
    let mut command = config.command();
    command.args(["-N", "new-session"]).args(NEW_HOLDER);
    run(config, command).await
}

/// Succeeds when the server answers and has its holder session.
///
/// To be asked before a control client attaches: its answer comes after the server has dealt with the end of
/// an earlier control client. tmux 3.3a crashes when it announces that end while another control client has
/// only half introduced itself, as happens when a server was frozen for a while.
pub(crate) async fn find_holder(config: &ServerConfig) -> Result<(), TmuxError> {
    let mut command = config.command();
    command.args(["-N", "has-session", "-t", HOLDER_TARGET]);
    run(config, command).await
}

/// Runs a client to its end. Dropping the future kills it: a hung one does not heed SIGTERM.
async fn run(config: &ServerConfig, mut command: Command) -> Result<(), TmuxError> {
    let failed = |source| TmuxError::Exec { program: config.program.clone(), source };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut client = command.spawn().map_err(failed)?;
    let late = |_| TmuxError::TimedOut { what: "a tmux client", after: CLIENT_TIMEOUT };
    let status = tokio::time::timeout(CLIENT_TIMEOUT, client.wait()).await.map_err(late)?.map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    let mut stderr = Vec::new();
    if let Some(pipe) = client.stderr.take() {
        // Never to the end of the pipe without a limit: a server may hold its other end.
        let mut pipe = pipe.take(4096);
        drop(tokio::time::timeout(Duration::from_millis(200), pipe.read_to_end(&mut stderr)).await);
    }
    let stderr = String::from_utf8_lossy(&stderr).trim().to_owned();
    Err(TmuxError::StartFailed { status: status.code(), stderr })
}

fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, wanted, "cannot raise the limit of open files");
        }
    }
}

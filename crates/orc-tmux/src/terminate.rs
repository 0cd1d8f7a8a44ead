//! Ending the server: politely, then exactly that process.

use std::time::Duration;

use rustix::process::Signal;
use tokio::net::UnixStream;

use crate::attached::Attached;
use crate::process::Process;
use crate::{ServerConfig, TmuxError};

const GRACE: Duration = Duration::from_secs(3);

/// Ends the server behind `live`, or, when there is no talking to it, the process `last` that was talked to
/// before; failing that, whoever listens on our socket.
pub(crate) async fn terminate(
    config: &ServerConfig,
    live: Option<Attached>,
    last: Option<Process>,
) -> Result<(), TmuxError> {
    let process = match (&live, last) {
        (Some(live), _) => live.process.clone(),
        (None, Some(last)) => Some(last),
        (None, None) => listener(config).await,
    };
    let Some(process) = process else { return Ok(()) };
    let politely = async {
        if let Some(mut live) = live {
            live.ask_to_end().await;
        }
        process.gone().await;
    };
    if tokio::time::timeout(GRACE, politely).await.is_ok() {
        return Ok(());
    }
    tracing::warn!(pid = process.pid(), "the tmux server does not end: SIGKILL");
    process.signal(Signal::KILL);
    let killed = tokio::time::timeout(GRACE, process.gone()).await;
    killed.map_err(|_| TmuxError::StillRunning { pid: process.pid() })
}

/// The process that listens on our socket, by the kernel's word.
async fn listener(config: &ServerConfig) -> Option<Process> {
    let peer = UnixStream::connect(&config.socket).await.ok()?.peer_cred().ok()?;
    Process::look(u32::try_from(peer.pid()?).ok()?)
}

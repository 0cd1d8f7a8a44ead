//! What `bench` and `drill` need for a supervisor of their own: a folder that goes with them, an interrupt that ends the
//! work and not the cleaning up, and the end of everything that was started there.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use orc_api::{Client, Request, Response};
use tokio::signal::unix::{SignalKind, signal};

use crate::connect::runtime;
use crate::duration::short;
use crate::error::CliError;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Ctrl-C, a hang-up and a polite kill end the work, not the cleaning up.
pub(super) fn heed_interrupts() -> Result<(), CliError> {
    let runtime = runtime()?;
    let (mut interrupt, mut hangup, mut terminate) = {
        let _entered = runtime.enter();
        let heard = |kind| signal(kind);
        (heard(SignalKind::interrupt())?, heard(SignalKind::hangup())?, heard(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = hangup.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        INTERRUPTED.store(true, Ordering::Relaxed);
    });
    Ok(())
}

pub(super) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

pub(super) fn failed(why: impl std::fmt::Display) -> CliError {
    CliError::Failed(why.to_string())
}

/// Looks until it is so, with a pause between two looks; an error when it takes too long, with what was waited for.
pub(super) fn until_within(
    what: &str,
    patience: Duration,
    pause: Duration,
    mut so: impl FnMut() -> Result<bool, CliError>,
) -> Result<(), CliError> {
    let deadline = Instant::now() + patience;
    while !so()? {
        if interrupted() {
            return Err(failed("interrupted"));
        }
        if Instant::now() > deadline {
            let patience = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
            return Err(failed(format!("{what} did not come about within {}", short(patience))));
        }
        std::thread::sleep(pause);
    }
    Ok(())
}

/// A directory that is removed in the end.
#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    /// One whose name begins so, in `parent`.
    pub(super) fn new(parent: &Path, name: &str) -> Result<Self, CliError> {
        Ok(Self(new_folder(parent, name)?))
    }
}

/// A new directory of our own whose name begins so, in `parent`.
pub(super) fn new_folder(parent: &Path, name: &str) -> Result<PathBuf, CliError> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let path = parent.join(format!("{name}-{}-{number}", std::process::id()));
    fs::DirBuilder::new().mode(0o700).create(&path)?;
    Ok(path.canonicalize()?)
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Ends the teams of a supervisor, the supervisor, and the tmux server beside it.
pub(super) fn end_everything(runtime: &tokio::runtime::Runtime, sockets: &Path) {
    let client = Client::new(sockets.join("api.sock"));
    let ask = |request: &Request| runtime.block_on(client.ask(request));
    if let Ok(Response::Teams { teams }) = ask(&Request::ListTeams {}) {
        for team in teams {
            drop(ask(&Request::StopTeam { team: team.team.as_str().to_owned() }));
        }
    }
    drop(ask(&Request::Shutdown {}));
    // It writes to its folder until it is gone.
    let deadline = Instant::now() + Duration::from_secs(60);
    while ask(&Request::Ping {}).is_ok() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
    end_server(&sockets.join("tmux.sock"));
}

/// Ends the tmux server that listens on a socket of ours.
pub(super) fn end_server(socket: &Path) {
    let mut kill = Command::new("tmux");
    kill.arg("-S")
        .arg(socket)
        .arg("kill-server")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    drop(kill.status());
}

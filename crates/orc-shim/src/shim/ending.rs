//! The end: the agent's, ours, and the signals that lead there.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::{Phase, Shim};
use crate::exit::ExitRecord;
use crate::protocol::{Exit, FromShim};
use crate::{ShimError, procfs};

/// Grandchildren may hold the terminal: its last output is waited for no longer than this (milliseconds).
const DRAIN: u64 = 200;
/// How long the supervisor may take to come and hear of the end (milliseconds).
const LINGER: u64 = 2_000;

/// The signals that a shim heeds.
#[derive(Debug)]
pub(super) struct Signals {
    wakeup: UnixStream,
    terminate: Arc<AtomicBool>,
}

impl Signals {
    /// SIGTERM is passed on; SIGHUP and SIGINT do nothing. Handlers, not `SIG_IGN`: the agent would inherit that.
    pub(super) fn install() -> Result<Self, ShimError> {
        let install = || {
            let (wakeup, sender) = UnixStream::pair()?;
            wakeup.set_nonblocking(true)?;
            let terminate = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(SIGTERM, Arc::clone(&terminate))?;
            signal_hook::low_level::pipe::register(SIGTERM, sender)?;
            for ignored in [SIGHUP, SIGINT] {
                signal_hook::flag::register(ignored, Arc::new(AtomicBool::new(false)))?;
            }
            Ok(Self { wakeup, terminate })
        };
        install().map_err(ShimError::io::<std::io::Error>("handling signals"))
    }

    /// Becomes readable when a signal came.
    pub(super) fn wakeup(&self) -> &UnixStream {
        &self.wakeup
    }
}

impl Shim {
    pub(super) fn pass_signals(&mut self, signals: &Signals) {
        let _drained = (&signals.wakeup).read(&mut [0; 64]);
        if signals.terminate.swap(false, Ordering::SeqCst) && matches!(self.phase, Phase::Running) {
            let _gone_already = self.signal_group(Signal::TERM);
        }
    }

    /// Signals the agent's process group. The agent is our child and not reaped, so the number is its own.
    pub(super) fn signal_group(&self, signal: Signal) -> rustix::io::Result<()> {
        kill_process_group(Pid::from_child(&self.child), signal)
    }

    /// The child is gone: takes its status and lets the last output come.
    pub(super) fn reap(&mut self) {
        let Ok(Some(status)) = self.child.try_wait() else {
            return;
        };
        self.pty.close_slave();
        let exit = Exit { code: status.code(), signal: status.signal(), leftovers: Vec::new() };
        self.phase = Phase::Draining { exit, until: self.now() + DRAIN };
    }

    pub(super) fn tick_ending(&mut self, now: u64) {
        match &self.phase {
            Phase::Draining { exit, until } if self.hung_up || now >= *until => {
                let leftovers = procfs::session_members(self.child.id());
                let exit = Exit { leftovers, ..exit.clone() };
                self.conclude(exit, now);
            }
            Phase::Ended { until, .. } if now >= *until => self.phase = Phase::Over,
            _ => {}
        }
    }

    fn conclude(&mut self, exit: Exit, now: u64) {
        let lines = self.emulator.snapshot().lines;
        let record = ExitRecord::new(&self.launch.agent, self.launch.generation, exit.clone(), lines);
        // A full disk must not keep the clients from hearing of it.
        let _told_anyway = record.write(&self.launch.exit_record);
        // Views that are behind get the last screen before the last word.
        let repaint = FromShim::Repaint(self.emulator.repaint());
        for client in &mut self.clients {
            if std::mem::take(&mut client.stale) {
                client.send(&repaint);
            }
        }
        self.tell_all(&FromShim::Exited(exit.clone()));
        self.hung_up = true;
        self.phase = Phase::Ended { exit, until: now + LINGER };
    }
}

//! One process, told apart from any later one with the same id.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A process as `/proc` showed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// The id of its parent.
    pub parent: i32,
    /// When it started, in clock ticks since boot: with the id it names the process for good.
    pub start: u64,
    /// Its arguments, joined by spaces.
    pub command: String,
}

impl Process {
    /// The process with this id; `None` when there is none or it is a zombie.
    pub fn read(pid: i32) -> Option<Self> {
        let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; what follows the last one is fields from the third on.
        let fields: Vec<_> = line.rsplit_once(')')?.1.split_whitespace().collect();
        let (state, parent, start) = (*fields.first()?, fields.get(1)?, fields.get(19)?);
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ").trim_end().to_owned();
        let process = Self { pid, parent: parent.parse().ok()?, start: start.parse().ok()?, command };
        (!matches!(state, "Z" | "X")).then_some(process)
    }

    /// Every living process that this user may look at.
    pub(crate) fn all() -> Vec<Self> {
        let entries = fs::read_dir("/proc").expect("/proc is mounted");
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter_map(Self::read).collect()
    }

    /// Whether this very process still lives.
    pub fn is_alive(&self) -> bool {
        Self::read(self.pid).is_some_and(|now| now.start == self.start)
    }

    /// Whether a variable of the environment that it was started with holds a path in one of the folders. Where it
    /// was started from (`PWD`) does not count: a person may look around there.
    pub(crate) fn points_into(&self, folders: &[&Path]) -> bool {
        let Ok(environment) = fs::read(format!("/proc/{}/environ", self.pid)) else {
            return false;
        };
        environment.split(|byte| *byte == 0).any(|variable| {
            let end = variable.iter().position(|byte| *byte == b'=').unwrap_or(variable.len());
            let (name, value) = variable.split_at(end);
            let value = Path::new(OsStr::from_bytes(value.get(1..).unwrap_or_default()));
            !matches!(name, b"PWD" | b"OLDPWD") && folders.iter().any(|folder| value.starts_with(folder))
        })
    }

    /// Sends `SIGKILL` to this very process, never to a later one with its id: the descriptor is taken first, and the
    /// start time is looked at again through what it holds on to.
    pub fn kill(&self) {
        let Some(pid) = Pid::from_raw(self.pid) else {
            return;
        };
        let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else {
            return;
        };
        if self.is_alive() {
            // It may have ended by itself meanwhile.
            let _ = pidfd_send_signal(pidfd, Signal::KILL);
        }
    }
}

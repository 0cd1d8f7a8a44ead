//! The crash: one process is killed, and no other.

use orc_core::team::Process;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::command::private::failed;
use crate::error::CliError;

/// Kills this very process with `SIGKILL`, never a later one with its id: the descriptor is taken first, and the start
/// time is looked at again through what it holds on to.
pub(super) fn kill(process: Process) -> Result<(), CliError> {
    let gone = || failed(format!("process {} is not there any more", process.pid));
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
    let descriptor = pidfd_open(pid, PidfdFlags::empty()).map_err(|_| gone())?;
    if started(process.pid) != Some(process.start) {
        return Err(gone());
    }
    pidfd_send_signal(descriptor, Signal::KILL).map_err(|_| gone())
}

/// When a process started, in clock ticks since boot.
fn started(pid: u32) -> Option<u64> {
    let line = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; what follows the last one is fields from the third on.
    line.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

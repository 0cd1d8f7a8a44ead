//! Asking a program for its version.

use std::process::Stdio;
use std::time::Duration;

use crate::connect;

/// A program that says nothing for so long does not run.
const PATIENCE: Duration = Duration::from_secs(15);

/// The first line that a program prints of its version.
pub(super) fn version(program: &str, args: &[impl AsRef<std::ffi::OsStr>]) -> Option<String> {
    let mut command = tokio::process::Command::new(program);
    command.args(args).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    // Nobody is asked for a newer one, and nobody is told.
    for (name, value) in [
        ("NO_COLOR", "1"),
        ("GH_NO_UPDATE_NOTIFIER", "1"),
        ("GLAB_CHECK_UPDATE", "false"),
        ("GLAB_SEND_TELEMETRY", "false"),
        ("DO_NOT_TRACK", "1"),
    ] {
        command.env(name, value);
    }
    let ended = async { tokio::time::timeout(PATIENCE, command.output()).await };
    let done = connect::runtime().ok()?.block_on(ended).ok()?.ok()?;
    let text = String::from_utf8_lossy(&done.stdout).lines().next().unwrap_or_default().trim().to_owned();
    done.status.success().then_some(text)
}

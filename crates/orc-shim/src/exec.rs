//! The last step before the agent: a controlling terminal, then exec.
//!
//! `pre_exec` would need `unsafe`, so the shim starts its own program with the terminal as stdin, and that calls
//! [`exec_agent`]. The pid stays the same.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// Where [`exec_agent`] says why it failed; never reaches the agent.
pub(crate) const REPORT: &str = "ORC_SHIM_EXEC_REPORT";
/// The exit status when the program could not be executed, as of a shell.
pub(crate) const NOT_EXECUTED: i32 = 127;

/// Makes stdin the controlling terminal of a new session and becomes the agent. Returns only when that failed, with the status
/// to exit with.
pub fn exec_agent(argv: impl IntoIterator<Item = OsString>) -> i32 {
    let report = std::env::var_os(REPORT).map(PathBuf::from);
    let error = become_agent(argv);
    if let Some(report) = report {
        let _the_status_still_tells = std::fs::write(report, error.to_string());
    }
    NOT_EXECUTED
}

fn become_agent(argv: impl IntoIterator<Item = OsString>) -> io::Error {
    let mut argv = argv.into_iter();
    let Some(program) = argv.next() else {
        return io::Error::new(io::ErrorKind::InvalidInput, "no program");
    };
    let terminal =
        rustix::process::setsid().and_then(|_| rustix::process::ioctl_tiocsctty(rustix::stdio::stdin()));
    match terminal {
        Ok(()) => {
            let error = Command::new(&program).args(argv).env_remove(REPORT).exec();
            io::Error::new(error.kind(), format!("{}: {error}", program.to_string_lossy()))
        }
        Err(error) => io::Error::new(error.kind(), format!("no controlling terminal: {error}")),
    }
}

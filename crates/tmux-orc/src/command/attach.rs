//! `team attach`, `agent attach`

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use orc_api::{Request, Response};

use super::unexpected;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(to: String) -> Result<ExitCode, CliError> {
    let Response::Attach { argv } = ask(&Request::Attach { to })? else {
        return Err(unexpected());
    };
    let [program, words @ ..] = argv.as_slice() else {
        return Err(unexpected());
    };
    if !output::to_terminal() {
        return Err(CliError::Usage(format!(
            "attaching needs a terminal; the command is: {}",
            argv.join(" ")
        )));
    }
    // Within another tmux the inner one takes its keys after the outer one's prefix, pressed twice.
    let failed = Command::new(program).args(words).env_remove("TMUX").env_remove("TMUX_PANE").exec();
    Err(CliError::Failed(format!("{program}: {failed}")))
}

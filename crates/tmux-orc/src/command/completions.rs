//! `completions`, `man`

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::cli::Cli;
use crate::error::CliError;
use crate::output;

pub(super) fn print(shell: Shell) -> Result<ExitCode, CliError> {
    let shells = Shells::builtins();
    let name = shell.to_string();
    let completer = shells
        .completer(&name)
        .ok_or_else(|| CliError::Failed(format!("there is no completion for {name}")))?;
    let mut script = Vec::new();
    completer.write_registration("COMPLETE", "tmux-orc", "tmux-orc", "tmux-orc", &mut script)?;
    output::line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(directory: &Path) -> Result<ExitCode, CliError> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(Cli::command(), directory)?;
    output::talk(&format!("manual pages written to {}", directory.display()));
    Ok(ExitCode::SUCCESS)
}

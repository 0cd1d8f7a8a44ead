//! tmux by itself: a bare server with one control connection, the floor for everything that makes windows.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::times::timed;
use super::world::{Effort, Folder, end_server, failed};
use crate::error::CliError;

/// A bare tmux server and a control client.
pub(super) struct Raw {
    folder: Folder,
    client: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Raw {
    pub(super) fn new(effort: &Effort) -> Result<Self, CliError> {
        let folder = Folder::new(&effort.dir, "orc-bench")?;
        let socket = folder.0.join("raw.sock");
        let started = command(&socket)
            .args(["new-session", "-d", "-s", "hold", "-x", "200", "-y", "50", "sleep", "9999"])
            .status()?;
        if !started.success() {
            return Err(failed("a bare tmux server could not be started"));
        }
        let mut client = command(&socket)
            .args(["-C", "attach", "-t", "=hold", "-f", "ignore-size,no-output"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (client.stdin.take(), client.stdout.take()) else {
            return Err(failed("the control client has no pipes"));
        };
        let mut raw = Self { folder, client, stdin, lines: BufReader::new(stdout).lines() };
        raw.ends(1)?;
        Ok(raw)
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.0.join("raw.sock")
    }

    /// Opens windows with one write, and waits until each is answered; in milliseconds.
    pub(super) fn windows(&mut self, count: usize, program: &str) -> Result<f64, CliError> {
        let line = |at: usize| format!("new-window -d -n agent{at} -- {program}\n");
        let lines: String = (0..count).map(line).collect();
        let (took, done) = timed(|| {
            self.stdin.write_all(lines.as_bytes())?;
            self.ends(count)
        });
        done?;
        Ok(took)
    }

    fn ends(&mut self, count: usize) -> Result<(), CliError> {
        let mut ended = 0;
        while ended < count {
            let line = self.lines.next().ok_or_else(|| failed("the bare tmux server went away"))??;
            if line.starts_with("%error") {
                return Err(failed("the bare tmux server refused a command"));
            }
            ended += usize::from(line.starts_with("%end"));
        }
        Ok(())
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        end_server(&self.socket());
        drop(self.client.kill());
        drop(self.client.wait());
    }
}

/// tmux on a private socket, without anybody's configuration.
pub(super) fn command(socket: &Path) -> Command {
    let mut command = Command::new("tmux");
    command.args(["-u", "-f", "/dev/null", "-S"]).arg(socket).env_remove("TMUX").stdin(Stdio::null());
    command
}

//! One shim with one view, without a supervisor.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use orc_shim::protocol::{Decoder, FromShim, MIN_PROTOCOL, PROTOCOL, Role, ShimSignal, ToShim, encode};
use orc_shim::{Launch, StartReport};

use super::pty::Terminal;
use super::world::{Effort, Folder, failed};
use crate::error::CliError;

/// A shim that runs a shell script. Ended on drop.
pub(super) struct Shim {
    folder: Folder,
    process: Child,
    control: UnixStream,
    decoder: Decoder,
}

impl Shim {
    pub(super) fn run(effort: &Effort, script: &str) -> Result<Self, CliError> {
        let folder = Folder::new(&effort.dir, "orc-bench")?;
        let exe = std::env::current_exe()?;
        let launch = Launch {
            agent: "a1".to_owned(),
            generation: 1,
            socket: folder.0.join("shim.sock"),
            argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
            env: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())],
            cwd: folder.0.clone(),
            cols: 200,
            rows: 50,
            exit_record: folder.0.join("exit.json"),
            opaque: String::new(),
        };
        let mut process =
            Command::new(exe).arg("shim").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = process.stdin.take() {
            stdin.write_all(&serde_json::to_vec(&launch).map_err(failed)?)?;
        }
        let mut said = String::new();
        if let Some(mut stdout) = process.stdout.take() {
            stdout.read_to_string(&mut said)?;
        }
        let report: StartReport = serde_json::from_str(&said).map_err(failed)?;
        if !report.ok {
            return Err(failed(report.error.unwrap_or_default()));
        }
        let control = UnixStream::connect(&launch.socket)?;
        let mut shim = Self { folder, process, control, decoder: Decoder::default() };
        let (protocol, min_protocol) = (PROTOCOL, MIN_PROTOCOL);
        shim.say(&ToShim::Hello { protocol, min_protocol, role: Role::Control })?;
        shim.hear(|message| matches!(message, FromShim::Hello(_)).then_some(()))?;
        Ok(shim)
    }

    /// A view on a terminal that we read.
    pub(super) fn view(&self) -> Result<Terminal, CliError> {
        let mut view = Command::new(std::env::current_exe()?);
        view.arg("view").arg(self.socket());
        Terminal::run(view)
    }

    fn socket(&self) -> PathBuf {
        self.folder.0.join("shim.sock")
    }

    /// Bytes that the program has written so far.
    pub(super) fn output(&mut self) -> Result<u64, CliError> {
        self.say(&ToShim::GetScreen { seq: 1 })?;
        self.hear(|message| match message {
            FromShim::Screen { screen, .. } => Some(screen.output_seq),
            _ => None,
        })
    }

    fn say(&mut self, message: &ToShim) -> Result<(), CliError> {
        Ok(self.control.write_all(&encode(message))?)
    }

    fn hear<T>(&mut self, wanted: impl Fn(FromShim) -> Option<T>) -> Result<T, CliError> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            while let Some(message) = self.decoder.next_message().map_err(failed)? {
                if let Some(found) = wanted(message) {
                    return Ok(found);
                }
            }
            match self.control.read(&mut buffer)? {
                0 => return Err(failed("the shim went away")),
                count => self.decoder.push(&buffer[..count]),
            }
        }
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        drop(self.say(&ToShim::Signal { seq: 2, signal: ShimSignal::Kill, group: true }));
        drop(self.hear(|message| matches!(message, FromShim::Exited(_)).then_some(())));
        drop(self.say(&ToShim::Shutdown { seq: 3, end_leftovers: true }));
        drop(self.process.wait());
    }
}

//! Runs a program to its end, with a deadline.

use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long after the end of a program its output may stay open.
const OUTPUT_PATIENCE: Duration = Duration::from_secs(5);

/// What a program has said, and how it ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    /// The program and its arguments, for messages.
    pub command: String,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; 128 and the number of the signal when one killed it.
    pub code: i32,
}

impl Output {
    /// Itself, if the exit code is 0; else panics with everything that was said.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the check is all that is wanted")]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// Itself, if the exit code is `code`; else panics with everything that was said.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the check is all that is wanted")]
    pub fn exits(self, code: i32) -> Self {
        assert!(self.code == code, "expected exit code {code}: {self:#?}");
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {self:#?}"))
    }
}

#[track_caller]
pub(crate) fn run(mut command: Command, timeout: Duration) -> Output {
    let name = format!("{command:?}").replace('"', "");
    // `Debug` of a command shows its cleared environment first.
    let name = name.rsplit_once(" env -i ").map_or(name.clone(), |(_, rest)| rest.to_owned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
    let stdout = collect(child.stdout.take().expect("piped"));
    let stderr = collect(child.stderr.take().expect("piped"));
    let ended = wait(&mut child, timeout).expect("a child of ours");
    let text = |output: &Receiver<Vec<u8>>| {
        let bytes = output.recv_timeout(OUTPUT_PATIENCE).unwrap_or_else(|_| {
            panic!("{name} has ended, but something that it started still holds its output open")
        });
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let Some(status) = ended else {
        panic!("{name} took longer than {timeout:?}; stdout: {} stderr: {}", text(&stdout), text(&stderr));
    };
    let code = status.code().or_else(|| Some(128 + status.signal()?)).expect("one of the two");
    Output { stdout: text(&stdout), stderr: text(&stderr), code, command: name }
}

fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (tx, rx) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(pipe.read_to_end(&mut bytes));
        drop(tx.send(bytes));
    });
    rx
}

/// Waits for the child; kills it at the deadline and answers `None`.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<std::process::ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > timeout {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

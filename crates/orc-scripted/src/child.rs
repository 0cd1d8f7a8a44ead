//! The command that a step runs: `sh -c`, output into the transcript, own process group.

use std::ffi::OsString;
use std::io::{ErrorKind, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// How much of the output is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept {
    /// What is worth showing.
    Shown,
    /// As good as all of it.
    Whole,
}

impl Kept {
    fn bytes(self) -> usize {
        match self {
            Self::Shown => 2048,
            Self::Whole => 1 << 20,
        }
    }
}

/// A running command.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pipe: Option<PipeReader>,
    kept: Vec<u8>,
    most: usize,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The beginning of stdout and stderr as they came, repaired to UTF-8.
    pub(crate) output: String,
    /// The exit code; absent after a signal.
    pub(crate) code: Option<i32>,
}

impl Running {
    /// Starts `argv` with stdin from nowhere and more in its environment.
    pub(crate) fn start(
        argv: &[String],
        more: impl IntoIterator<Item = (String, OsString)>,
        kept: Kept,
    ) -> std::io::Result<Self> {
        let (program, arguments) = argv.split_first().ok_or(ErrorKind::InvalidInput)?;
        let (pipe, writer) = std::io::pipe()?;
        rustix::io::ioctl_fionbio(&pipe, true)?;
        let child = Command::new(program)
            .args(arguments)
            .envs(more)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .spawn()?;
        Ok(Self { child, pipe: Some(pipe), kept: Vec::new(), most: kept.bytes() })
    }

    /// The pipe to poll for reading, until its end was seen.
    pub(crate) fn wants_read(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Reads and reaps what is possible now; never waits.
    pub(crate) fn step(&mut self) -> Option<Ended> {
        let status = self.child.try_wait();
        self.read();
        let code = match status {
            Ok(None) => return None,
            Ok(Some(status)) => status.code(),
            Err(_) => None,
        };
        let mut output = String::from_utf8_lossy(&self.kept).into_owned();
        if self.kept.len() == self.most {
            output.push('…');
        }
        Some(Ended { output, code })
    }

    fn read(&mut self) {
        let mut buffer = [0; 4096];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(bytes) => {
                    let room = self.most - self.kept.len();
                    self.kept.extend_from_slice(&buffer[..bytes.min(room)]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.pipe = None,
            }
        }
    }

    /// Kills the command with its whole process group and reaps it.
    pub(crate) fn stop(mut self) {
        // The child is not reaped yet, so its id is still its own and its group's.
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &str) -> Ended {
        let mut running = Running::start(&["sh", "-c", command].map(str::to_owned), [], Kept::Shown).unwrap();
        // No clock needed: the pipe ends, then the child is waited for.
        while running.pipe.is_some() {
            let mut fds: Vec<_> = running
                .wants_read()
                .map(|fd| rustix::event::PollFd::from_borrowed_fd(fd, rustix::event::PollFlags::IN))
                .into_iter()
                .collect();
            rustix::event::poll(&mut fds, None).unwrap();
            running.read();
        }
        running.child.wait().unwrap();
        running.step().unwrap()
    }

    #[test]
    fn output_is_kept_up_to_a_limit() {
        assert_eq!(
            run("echo out; echo err >&2; exit 3"),
            Ended { output: "out\nerr\n".into(), code: Some(3) }
        );
        let long = run("i=0; while [ $i -lt 500 ]; do echo 0123456789; i=$((i+1)); done");
        assert_eq!((long.output.chars().count(), long.code), (Kept::Shown.bytes() + 1, Some(0)));
        assert_eq!(run("kill -9 $$").code, None);
    }

    #[test]
    fn stopping_takes_the_children_too() {
        let argv = ["sh", "-c", "sleep 1000 & wait"].map(str::to_owned);
        let mut running = Running::start(&argv, [], Kept::Shown).unwrap();
        let pipe = running.pipe.take().unwrap();
        running.stop();
        // The end of the pipe shows that nobody holds it any more.
        rustix::io::ioctl_fionbio(&pipe, false).unwrap();
        assert_eq!((&pipe).read(&mut [0; 1]).unwrap(), 0);
    }
}

//! The agent's terminal and its process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Child;

use pty_process::blocking;
use rustix::termios::{LocalModes, Winsize};

use crate::{Launch, ShimError};

/// The master side of the terminal, with the input that the agent has not taken yet.
pub(crate) struct Pty {
    master: blocking::Pty,
    /// Kept open while the agent lives: the terminal is not hung up because the agent closed it for a moment.
    slave: Option<blocking::Pts>,
    queue: Vec<u8>,
    start: usize,
    written: u64,
}

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// This many bytes.
    Bytes(usize),
    /// Nothing now.
    Empty,
    /// Nobody has the terminal open.
    HungUp,
}

impl Pty {
    /// Opens a terminal of the given size.
    pub(crate) fn open(cols: u16, rows: u16) -> Result<Self, ShimError> {
        let failed = |source| ShimError::Io { doing: "opening a terminal", source };
        let (master, slave) = blocking::open().map_err(|error| failed(io_error(error)))?;
        rustix::io::ioctl_fionbio(&master, true).map_err(|errno| failed(errno.into()))?;
        let pty = Self { master, slave: Some(slave), queue: Vec::new(), start: 0, written: 0 };
        pty.resize(cols, rows);
        Ok(pty)
    }

    /// The agent is gone: the terminal hangs up once its children have left it too.
    pub(crate) fn close_slave(&mut self) {
        self.slave = None;
    }

    /// Tells the kernel the size; the agent's foreground processes get SIGWINCH.
    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
        let _gone_terminal = rustix::termios::tcsetwinsize(&self.master, size);
    }

    /// Whether the terminal edits lines (`ICANON`), and whether it echoes.
    pub(crate) fn line_mode_and_echo(&self) -> (bool, bool) {
        rustix::termios::tcgetattr(&self.master).map_or((false, false), |termios| {
            (termios.local_modes.contains(LocalModes::ICANON), termios.local_modes.contains(LocalModes::ECHO))
        })
    }

    /// Reads what is there, until the buffer is full.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> Read {
        let mut filled = 0;
        while filled < buffer.len() {
            match rustix::io::read(&self.master, &mut buffer[filled..]) {
                Ok(0) => {
                    return if filled > 0 { Read::Bytes(filled) } else { Read::HungUp };
                }
                Ok(count) => filled += count,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) if filled > 0 => break,
                Err(rustix::io::Errno::AGAIN) => return Read::Empty,
                Err(_) => return Read::HungUp,
            }
        }
        Read::Bytes(filled)
    }

    /// Queues bytes; they stay together.
    pub(crate) fn queue(&mut self, bytes: &[u8]) {
        self.queue.extend_from_slice(bytes);
    }

    /// Bytes ever queued.
    pub(crate) fn queued(&self) -> u64 {
        self.written + self.backlog() as u64
    }

    /// Bytes that reached the terminal.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes that wait.
    pub(crate) fn backlog(&self) -> usize {
        self.queue.len() - self.start
    }

    /// Writes as much as the terminal takes.
    pub(crate) fn flush(&mut self) {
        while self.start < self.queue.len() {
            match rustix::io::write(&self.master, &self.queue[self.start..]) {
                Ok(count) => {
                    self.start += count;
                    self.written += count as u64;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
        self.queue.clear();
        self.queue.shrink_to(64 << 10);
        self.start = 0;
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}

fn io_error(error: pty_process::Error) -> io::Error {
    match error {
        pty_process::Error::Io(error) => error,
        pty_process::Error::Rustix(errno) => errno.into(),
    }
}

/// Starts the agent as the leader of a new session whose terminal is the slave side.
pub(crate) fn spawn(launch: &Launch, pty: &Pty) -> Result<Child, ShimError> {
    let Some((program, args)) = launch.argv.split_first() else {
        return Err(ShimError::Empty { field: "argv" });
    };
    let failed = |source: io::Error| ShimError::Spawn { program: program.clone(), source };
    let environment = launch.env.iter().map(|(name, value)| (name, value));
    let command = blocking::Command::new(program).args(args).current_dir(&launch.cwd).env_clear();
    // Whoever has the two that are removed drives every pane of that tmux.
    let mut command =
        command.env("TERM", "tmux-256color").envs(environment).env_remove("TMUX").env_remove("TMUX_PANE");
    let slave = pty.slave.as_ref().ok_or_else(|| failed(io::ErrorKind::NotConnected.into()))?;
    command.spawn_borrowed(slave).map_err(|error| failed(io_error(error)))
}

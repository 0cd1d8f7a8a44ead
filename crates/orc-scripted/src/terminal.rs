//! The terminal: raw mode, the alternate screen, size, bytes in and out.

use std::io::{self, Stdin, Stdout};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

const ENTER: &str = "\x1b[?1049h\x1b[?2004h";
const LEAVE: &str = "\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// The terminal on stdin and stdout.
#[derive(Debug)]
pub(crate) struct Terminal {
    stdin: Stdin,
    stdout: Stdout,
    /// The modes from before, while raw.
    before: Option<Termios>,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self { stdin: io::stdin(), stdout: io::stdout(), before: None }
    }

    /// Goes raw, dropping what was typed before (`TCSAFLUSH`), and takes the screen.
    pub(crate) fn enter(&mut self) -> io::Result<()> {
        let before = tcgetattr(&self.stdin)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&self.stdin, OptionalActions::Flush, &raw)?;
        self.before = Some(before);
        self.write(ENTER.as_bytes())
    }

    /// Gives the screen and the modes back; nothing when they were not taken.
    pub(crate) fn leave(&mut self) {
        if let Some(before) = self.before.take() {
            let _ = self.write(LEAVE.as_bytes());
            let _ = tcsetattr(&self.stdin, OptionalActions::Drain, &before);
        }
    }

    /// Columns and rows; 80 × 24 where the terminal does not say.
    pub(crate) fn size(&self) -> (u16, u16) {
        match tcgetwinsize(&self.stdout) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => (80, 24),
        }
    }

    /// The input to poll for reading.
    pub(crate) fn input(&self) -> BorrowedFd<'_> {
        self.stdin.as_fd()
    }

    /// Reads what is there; `None` at the end or when the terminal is gone.
    pub(crate) fn read<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match rustix::io::read(&self.stdin, &mut *buffer) {
            Ok(0) | Err(Errno::IO) => Ok(None),
            Ok(bytes) => Ok(Some(&buffer[..bytes])),
            Err(Errno::INTR | Errno::AGAIN) => Ok(Some(&[])),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Writes all of `bytes`, waiting as long as the terminal takes. Output to a terminal that is gone is
    /// dropped: reading tells the end.
    pub(crate) fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.stdout, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    poll(&mut [PollFd::new(&self.stdout, PollFlags::OUT)], None)?;
                }
                Err(Errno::IO) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
    }
}

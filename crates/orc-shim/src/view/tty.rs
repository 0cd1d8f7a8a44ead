//! The person's terminal: raw while the view lives, as it was afterwards.

use std::fs::File;
use std::io::{Read as _, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH};

use crate::ShimError;

/// The terminal, opened anew so that not blocking concerns nobody else. Restored on drop.
#[derive(Debug)]
pub(super) struct Tty {
    file: File,
    before: Termios,
}

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// This many bytes.
    Bytes(usize),
    /// Nothing now.
    Empty,
    /// The terminal is gone.
    Closed,
}

impl Tty {
    /// Takes the terminal on stdin and makes it raw.
    pub(super) fn open() -> Result<Self, ShimError> {
        let before = tcgetattr(rustix::stdio::stdin()).map_err(|_| ShimError::NotATerminal)?;
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
        let file = File::options()
            .read(true)
            .write(true)
            .custom_flags(flags.cast_signed())
            .open("/proc/self/fd/0")
            .map_err(ShimError::io("opening the terminal"))?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&file, OptionalActions::Now, &raw).map_err(ShimError::io("making the terminal raw"))?;
        Ok(Self { file, before })
    }

    /// Width and height in cells; 80 by 24 if the terminal does not know.
    pub(super) fn size(&self) -> (u16, u16) {
        match tcgetwinsize(&self.file) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => (80, 24),
        }
    }

    /// Reads keys.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Read {
        match self.file.read(buffer) {
            Ok(0) => Read::Closed,
            Ok(count) => Read::Bytes(count),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted
                ) =>
            {
                Read::Empty
            }
            Err(_) => Read::Closed,
        }
    }

    /// Writes what the terminal takes and removes it from `out`.
    pub(super) fn write(&mut self, out: &mut Vec<u8>) {
        let mut written = 0;
        while written < out.len() {
            match self.file.write(&out[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        out.drain(..written);
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        let _terminal_may_be_gone = tcsetattr(&self.file, OptionalActions::Now, &self.before);
    }
}

/// The signals that a view heeds: SIGWINCH, SIGTERM and SIGHUP. SIGINT can only come from outside and does nothing.
#[derive(Debug)]
pub(super) struct Signals {
    wakeup: UnixStream,
    ended: Arc<AtomicBool>,
}

impl Signals {
    /// Installs the handlers.
    pub(super) fn install() -> Result<Self, ShimError> {
        let install = || {
            let (wakeup, sender) = UnixStream::pair()?;
            wakeup.set_nonblocking(true)?;
            let ended = Arc::new(AtomicBool::new(false));
            for signal in [SIGTERM, SIGHUP] {
                signal_hook::flag::register(signal, Arc::clone(&ended))?;
            }
            for signal in [SIGTERM, SIGHUP, SIGWINCH, SIGINT] {
                signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
            }
            Ok(Self { wakeup, ended })
        };
        install().map_err(ShimError::io::<std::io::Error>("handling signals"))
    }

    /// Becomes readable when a signal came.
    pub(super) fn wakeup(&self) -> &UnixStream {
        &self.wakeup
    }

    /// Takes note of the wakeups.
    pub(super) fn drain(&self) {
        let _drained = (&self.wakeup).read(&mut [0; 64]);
    }

    /// Whether a signal asked the view to end.
    pub(super) fn ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}

//! Signals as bytes in a pipe that the loop polls.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use signal_hook::low_level;

/// The signals that ask for the end, with their names.
const ENDING: [(i32, &str); 3] = [(SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGINT, "SIGINT")];

/// The signals since the last look.
#[derive(Debug)]
pub(crate) struct Signals {
    pipe: UnixStream,
    ending: [Arc<AtomicBool>; ENDING.len()],
    resized: Arc<AtomicBool>,
}

/// A signal that asks for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) number: i32,
    pub(crate) name: &'static str,
}

impl Signals {
    /// Takes the signals over for the whole process.
    pub(crate) fn register() -> std::io::Result<Self> {
        let (pipe, writer) = UnixStream::pair()?;
        pipe.set_nonblocking(true)?;
        let signals = Self { pipe, ending: Default::default(), resized: Arc::default() };
        for ((number, _), flag) in ENDING.iter().zip(&signals.ending) {
            signal_hook::flag::register(*number, Arc::clone(flag))?;
        }
        signal_hook::flag::register(SIGWINCH, Arc::clone(&signals.resized))?;
        // The flags first: whoever is woken by the pipe must find them.
        for number in ENDING.map(|(number, _)| number).into_iter().chain([SIGWINCH, SIGCHLD]) {
            low_level::pipe::register(number, writer.try_clone()?)?;
        }
        Ok(signals)
    }

    /// The pipe to poll for reading.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }

    /// Empties the pipe; call before the flags are looked at.
    pub(crate) fn drain(&mut self) {
        let mut bytes = [0; 64];
        while matches!(self.pipe.read(&mut bytes), Ok(read) if read > 0) {}
    }

    /// A signal that asked for the end since the last call.
    pub(crate) fn take_ending(&self) -> Option<Ending> {
        let at = self.ending.iter().position(|flag| flag.swap(false, Ordering::SeqCst))?;
        Some(Ending { number: ENDING[at].0, name: ENDING[at].1 })
    }

    /// Whether the terminal's size changed since the last call.
    pub(crate) fn take_resized(&self) -> bool {
        self.resized.swap(false, Ordering::SeqCst)
    }
}

/// Ends the process by this signal, as if nobody had taken it over.
pub(crate) fn die_by(number: i32) -> ! {
    let _ = low_level::emulate_default_handler(number);
    low_level::abort()
}

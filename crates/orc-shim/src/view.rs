//! What runs in a tmux pane: relays between the person's terminal and the shim. Nothing of the agent depends on it.

mod link;
mod tty;

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::ShimError;
use crate::emulator::farewell;
use crate::protocol::{Exit, FromShim};
use crate::status::plain;
use link::{Link, News};
use tty::{Signals, Tty};

const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// Keys are not read while this much of them waits for the shim (bytes).
const MOST_KEYS: usize = 64 << 10;

/// How often the view of an agent that has ended looks whether it was started again.
const LOOK_AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Shows the agent behind a shim's socket on this terminal, until the terminal closes or a SIGTERM or SIGHUP comes. When the
/// agent ends, one line says how, and the view stays; when it is started again, the view goes on with the new one.
pub fn run_view(socket: &Path) -> Result<(), ShimError> {
    let signals = Signals::install()?;
    let terminal = Tty::open()?;
    let Some(stream) = connect(socket, &signals)? else {
        return Ok(());
    };
    let greeting = ShimError::io("greeting the shim");
    let mut link = Link::new(stream, terminal.size(), 0).map_err(greeting)?;
    let mut shown = View { terminal, signals, out: Vec::new() };
    while let Some(epitaph) = shown.relay(&mut link)? {
        let over = link.generation();
        drop(link);
        match shown.outlive(&epitaph, socket, over)? {
            Some(next) => link = next,
            None => break,
        }
    }
    Ok(())
}

fn connect(socket: &Path, signals: &Signals) -> Result<Option<UnixStream>, ShimError> {
    let mut tries = 0;
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return Ok(Some(stream)),
            Err(source) if tries == TRIES => {
                return Err(ShimError::Socket { path: socket.to_owned(), source });
            }
            Err(_) => std::thread::sleep(BETWEEN_TRIES),
        }
        if signals.ended() {
            return Ok(None);
        }
        tries += 1;
    }
}

struct View {
    terminal: Tty,
    signals: Signals,
    /// Output that the terminal has not taken yet. While there is some, the shim is not read: it throws away what is too much.
    out: Vec<u8>,
}

impl View {
    /// Relays until the agent ends (gives the line to say) or the person's terminal does.
    fn relay(&mut self, link: &mut Link) -> Result<Option<String>, ShimError> {
        let mut buffer = vec![0; 32 << 10];
        loop {
            // Some of it may have come with the greeting.
            while let Some(news) = link.news() {
                match news {
                    News::Output(bytes) => self.out.extend_from_slice(&bytes),
                    News::Ended(epitaph) => return Ok(Some(epitaph)),
                }
            }
            self.terminal.write(&mut self.out);
            let mut keys = PollFlags::empty();
            keys.set(PollFlags::IN, link.backlog() < MOST_KEYS);
            keys.set(PollFlags::OUT, !self.out.is_empty());
            let mut shim = PollFlags::empty();
            shim.set(PollFlags::IN, self.out.is_empty());
            shim.set(PollFlags::OUT, link.backlog() > 0);
            let mut fds = [
                PollFd::new(self.signals.wakeup(), PollFlags::IN),
                PollFd::new(&self.terminal, keys),
                // A shim that is not waited for may have hung up: that must not wake us.
                if shim.is_empty() {
                    PollFd::new(self.signals.wakeup(), shim)
                } else {
                    PollFd::new(link.stream(), shim)
                },
            ];
            wait(&mut fds)?;
            let [signal, keys, shim] = fds.map(|fd| fd.revents());
            if !signal.is_empty() {
                self.signals.drain();
                if self.signals.ended() {
                    return Ok(None);
                }
                link.resize(self.terminal.size());
            }
            if keys.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
                match self.terminal.read(&mut buffer) {
                    tty::Read::Bytes(count) => link.keys(&buffer[..count]),
                    tty::Read::Empty => {}
                    tty::Read::Closed => return Ok(None),
                }
            }
            link.flush();
            if self.out.is_empty() && !shim.is_empty() {
                link.receive(&mut buffer);
            }
        }
    }

    /// Leaves the agent's last screen, says how it ended, and stays until the terminal closes, or until a launch later
    /// than the one that is over shows itself.
    fn outlive(&mut self, epitaph: &str, socket: &Path, over: u32) -> Result<Option<Link>, ShimError> {
        self.out.extend_from_slice(farewell().as_bytes());
        self.out.extend_from_slice(format!("\x1b[999;1H\r\n{epitaph}\r\n").as_bytes());
        let mut buffer = [0; 1024];
        loop {
            let mut keys = PollFlags::IN;
            keys.set(PollFlags::OUT, !self.out.is_empty());
            let mut fds =
                [PollFd::new(self.signals.wakeup(), PollFlags::IN), PollFd::new(&self.terminal, keys)];
            wait_for(&mut fds, Some(&LOOK_AGAIN))?;
            let [signal, keys] = fds.map(|fd| fd.revents());
            if !signal.is_empty() {
                self.signals.drain();
                if self.signals.ended() {
                    return Ok(None);
                }
            }
            if keys.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
                && self.terminal.read(&mut buffer) == tty::Read::Closed
            {
                return Ok(None);
            }
            self.terminal.write(&mut self.out);
            if let Ok(stream) = UnixStream::connect(socket)
                && let Ok(mut next) = Link::new(stream, self.terminal.size(), over)
                && next.greeted(&LOOK_AGAIN)
            {
                return Ok(Some(next));
            }
        }
    }
}

fn wait(fds: &mut [PollFd<'_>]) -> Result<(), ShimError> {
    wait_for(fds, None)
}

fn wait_for(fds: &mut [PollFd<'_>], timeout: Option<&Timespec>) -> Result<(), ShimError> {
    match poll(fds, timeout) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(errno) => Err(ShimError::Io { doing: "waiting", source: errno.into() }),
    }
}

/// One plain line on how the agent ended.
fn ending(agent: &str, message: &FromShim) -> Option<String> {
    let agent = if agent.is_empty() { "agent".to_owned() } else { plain(agent) };
    let how = match message {
        FromShim::Exited(Exit { code: Some(code), .. }) => format!("ended with status {code}"),
        FromShim::Exited(Exit { signal: Some(signal), .. }) => format!("ended by signal {signal}"),
        FromShim::Exited(_) => "ended".to_owned(),
        FromShim::Refused { .. } => "this view and its shim have no protocol in common".to_owned(),
        _ => return None,
    };
    Some(format!("[{agent}: {how}]"))
}

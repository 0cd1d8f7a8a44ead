//! The view's end of the socket.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::protocol::{Decoder, FromShim, MIN_PROTOCOL, PROTOCOL, Role, ToShim, encode};

/// What a view cares for.
#[derive(Debug)]
pub(super) enum News {
    /// Bytes for the terminal.
    Output(Vec<u8>),
    /// The agent or its shim is gone; the line says how.
    Ended(String),
}

/// The connection to the shim.
#[derive(Debug)]
pub(super) struct Link {
    stream: UnixStream,
    decoder: Decoder,
    agent: String,
    /// The launch behind the socket; 0 until it greets.
    generation: u32,
    /// The launch that this view has seen the end of: what its shim still says is not news.
    over: u32,
    queue: Vec<u8>,
    news: VecDeque<News>,
    lost: bool,
}

impl Link {
    /// Greets the shim as a view of the given size. `over` is the launch whose end is known, 0 for none.
    pub(super) fn new(stream: UnixStream, (cols, rows): (u16, u16), over: u32) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let role = Role::View { cols, rows };
        let queue = encode(&ToShim::Hello { protocol: PROTOCOL, min_protocol: MIN_PROTOCOL, role });
        Ok(Self {
            stream,
            decoder: Decoder::default(),
            agent: String::new(),
            generation: 0,
            over,
            queue,
            news: VecDeque::new(),
            lost: false,
        })
    }

    /// The launch behind the socket; 0 when it never greeted.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether a launch later than the one that is over greets before the time runs out.
    pub(super) fn greeted(&mut self, timeout: &Timespec) -> bool {
        let mut buffer = vec![0; 32 << 10];
        self.flush();
        while self.generation == 0 && !self.lost {
            let mut fds = [PollFd::new(&self.stream, PollFlags::IN)];
            match poll(&mut fds, Some(timeout)) {
                Ok(0) | Err(_) => return false,
                Ok(_) => self.receive(&mut buffer),
            }
        }
        self.generation > self.over
    }

    /// To poll.
    pub(super) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Bytes that wait for the shim.
    pub(super) fn backlog(&self) -> usize {
        self.queue.len()
    }

    /// Sends keys.
    pub(super) fn keys(&mut self, bytes: &[u8]) {
        self.queue.extend(encode(&ToShim::Input(bytes.to_vec())));
    }

    /// Tells a new size.
    pub(super) fn resize(&mut self, (cols, rows): (u16, u16)) {
        self.queue.extend(encode(&ToShim::Resize { cols, rows }));
    }

    /// Writes what the socket takes.
    pub(super) fn flush(&mut self) {
        match (&self.stream).write(&self.queue) {
            Ok(count) => drop(self.queue.drain(..count)),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            // What the shim said last may still be read.
            Err(_) => self.queue.clear(),
        }
    }

    /// Reads once.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) {
        match (&self.stream).read(buffer) {
            Ok(count) if count > 0 => self.decoder.push(&buffer[..count]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Ok(_) | Err(_) => self.lost = true,
        }
        loop {
            match self.decoder.next_message() {
                Ok(Some(FromShim::Output(bytes) | FromShim::Repaint(bytes))) => {
                    self.news.push_back(News::Output(bytes));
                }
                Ok(Some(FromShim::Hello(hello))) => {
                    (self.agent, self.generation) = (hello.agent, hello.generation);
                }
                Ok(Some(message)) => {
                    self.news.extend(super::ending(&self.agent, &message).map(News::Ended));
                }
                Ok(None) => break,
                Err(_) => {
                    self.lost = true;
                    break;
                }
            }
        }
        if self.lost {
            let agent = crate::status::plain(&self.agent);
            self.news.push_back(News::Ended(format!("[{agent}: its shim is gone]")));
        }
    }

    /// The next news.
    pub(super) fn news(&mut self) -> Option<News> {
        self.news.pop_front()
    }
}

//! One connection to the shim, with what it has not read yet.
//!
//! A client never stalls the agent: what a view does not read is thrown away beyond a bound, and the screen is painted anew when
//! it reads again; a control client that does not read is disconnected.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use crate::person::Classifier;
use crate::protocol::{Decoder, FromShim, Role, encode};

const MOST_FOR_VIEW: usize = 1 << 20;
const MOST_FOR_CONTROL: usize = 16 << 20;

/// Whether a connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It does.
    Stays,
    /// To be removed once it read everything.
    Leaves,
    /// To be removed.
    Gone,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: UnixStream,
    pub(crate) decoder: Decoder,
    /// `None` until its hello.
    pub(crate) role: Option<Role>,
    pub(crate) classifier: Classifier,
    /// A view that must be painted anew.
    pub(crate) stale: bool,
    pub(crate) fate: Fate,
    queue: VecDeque<Vec<u8>>,
    queued: usize,
    /// The first of the queue is the rest of a frame that is partly written.
    torn: bool,
}

impl Client {
    /// A connection whose hello is still to come.
    pub(crate) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            decoder: Decoder::default(),
            role: None,
            classifier: Classifier::default(),
            stale: false,
            fate: Fate::Stays,
            queue: VecDeque::new(),
            queued: 0,
            torn: false,
        }
    }

    /// Whether it is to be removed.
    pub(crate) fn is_gone(&self) -> bool {
        self.fate == Fate::Gone
    }

    /// Whether this is the supervisor.
    pub(crate) fn is_control(&self) -> bool {
        self.role == Some(Role::Control)
    }

    /// Whether this is a person's terminal.
    pub(crate) fn is_view(&self) -> bool {
        matches!(self.role, Some(Role::View { .. }))
    }

    /// Whether bytes wait to be written.
    pub(crate) fn has_backlog(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, message: &FromShim) {
        self.send_frame(&encode(message));
        if self.queued > MOST_FOR_CONTROL {
            self.fate = Fate::Gone;
        }
    }

    /// Sends output to a view, unless the view is behind.
    pub(crate) fn send_output(&mut self, frame: &[u8]) {
        if self.stale {
            return;
        }
        self.send_frame(frame);
        if self.queued > MOST_FOR_VIEW {
            self.queue.truncate(usize::from(self.torn));
            self.queued = self.queue.front().map_or(0, Vec::len);
            self.stale = true;
        }
    }

    /// Sends a frame; what the socket does not take now waits.
    pub(crate) fn send_frame(&mut self, frame: &[u8]) {
        let mut written = 0;
        if self.queue.is_empty() {
            written = self.write(frame);
            self.torn = written > 0;
        }
        if written < frame.len() {
            self.queued += frame.len() - written;
            self.queue.push_back(frame[written..].to_vec());
        }
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self) {
        while let Some(frame) = self.queue.pop_front() {
            let written = self.write(&frame);
            self.queued -= written;
            if written < frame.len() {
                self.torn |= written > 0;
                self.queue.push_front(frame[written..].to_vec());
                return;
            }
            self.torn = false;
        }
        if self.fate == Fate::Leaves {
            self.fate = Fate::Gone;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while written < bytes.len() && self.fate != Fate::Gone {
            match (&self.stream).write(&bytes[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => self.fate = Fate::Gone,
            }
        }
        written
    }

    /// Reads what is there (at most one buffer) into the decoder.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) {
        match (&self.stream).read(buffer) {
            Ok(0) => self.fate = Fate::Gone,
            Ok(count) => self.decoder.push(&buffer[..count]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.fate = Fate::Gone,
        }
    }
}

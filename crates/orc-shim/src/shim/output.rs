//! From the agent's terminal to the screen, the views and the supervisor.

use super::Shim;
use crate::protocol::{FromShim, encode};
use crate::pty::Read;
use crate::scanner::{Piece, Query};

/// Silence of this length is told once (milliseconds).
const QUIET: u64 = 150;
/// Length of a frame without payload (bytes).
const FRAME_HEADER: usize = 5;

impl Shim {
    /// Reads once and passes it on. Gives whether more may come.
    pub(super) fn read_output(&mut self, buffer: &mut [u8]) -> bool {
        match self.pty.read(buffer) {
            Read::Bytes(count) => {
                self.take_output(&buffer[..count]);
                true
            }
            Read::Empty => true,
            Read::HungUp => {
                self.hung_up = true;
                false
            }
        }
    }

    fn take_output(&mut self, chunk: &[u8]) {
        self.output_seq += chunk.len() as u64;
        self.last_output = self.now();
        if !self.active {
            self.active = true;
            self.tell(&FromShim::Activity);
        }
        let mut frame = encode(&FromShim::Output(Vec::new()));
        let has_views = self.clients.iter().any(crate::client::Client::is_view);
        let (emulator, pty, status) = (&mut self.emulator, &mut self.pty, &mut self.status);
        let mut events = Vec::new();
        self.scanner.scan(chunk, &mut |piece| match piece {
            Piece::Text(text) => {
                emulator.feed(text);
                if has_views {
                    frame.extend_from_slice(text);
                }
            }
            Piece::Pass(text) => {
                if has_views {
                    frame.extend_from_slice(text);
                }
            }
            Piece::Query(query) => pty.queue(&answer(emulator, query)),
            Piece::Status(report) => {
                *status = Some(report.clone());
                events.push(FromShim::Status(report));
            }
            Piece::Title(title) => {
                if emulator.title() != title {
                    emulator.set_title(title.clone());
                    events.push(FromShim::Title { title });
                }
            }
            Piece::Bell => {
                if events.last() != Some(&FromShim::Bell) {
                    events.push(FromShim::Bell);
                }
            }
            Piece::Mode { mode, on } => emulator.set_mode(mode, on),
            Piece::Region(region) => emulator.set_region(region),
            Piece::Reset => emulator.reset(),
        });
        if frame.len() > FRAME_HEADER {
            let length = u32::try_from(frame.len() - 4).unwrap_or(u32::MAX);
            frame[..4].copy_from_slice(&length.to_le_bytes());
            for client in self.clients.iter_mut().filter(|client| client.is_view()) {
                client.send_output(&frame);
            }
        }
        for event in events {
            self.tell(&event);
        }
        self.flush_input();
    }

    /// When silence is to be told.
    pub(super) fn quiet_deadline(&self) -> Option<u64> {
        self.active.then_some(self.last_output + QUIET)
    }

    pub(super) fn tick_quiet(&mut self, now: u64) {
        if self.quiet_deadline().is_some_and(|deadline| now >= deadline) {
            self.active = false;
            self.emulator.render();
            self.tell(&FromShim::Quiet { ms: now - self.last_output });
        }
    }
}

fn answer(emulator: &mut crate::emulator::Emulator, query: Query) -> Vec<u8> {
    match query {
        Query::Fixed(bytes) => bytes,
        Query::Cursor(private) => {
            let (row, col) = emulator.cursor();
            let mark = if private { "?" } else { "" };
            format!("\x1b[{mark}{};{}R", row + 1, col + 1).into_bytes()
        }
        Query::PrivateMode(2004) => {
            let state = if emulator.bracketed_paste() { 1 } else { 2 };
            format!("\x1b[?2004;{state}$y").into_bytes()
        }
        Query::PrivateMode(mode) => format!("\x1b[?{mode};0$y").into_bytes(),
        Query::Size => {
            let (cols, rows) = emulator.size();
            format!("\x1b[8;{rows};{cols}t").into_bytes()
        }
    }
}

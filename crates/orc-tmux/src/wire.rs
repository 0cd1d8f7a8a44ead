//! The control-mode client: a child whose pipes the server itself reads and writes. Always drained, watched by
//! a timer, ended with SIGKILL when dropped. What is said over it is not this module's business.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::time::Instant;

use crate::control::{Decoder, Item};
use crate::exchange::Exchange;
use crate::line::Line;
use crate::start::HOLDER_TARGET;
use crate::{ServerConfig, TmuxError};

/// With something under way, this long without a byte is a strike; the second strike means hung.
const PATIENCE: Duration = Duration::from_millis(2500);
const STRIKES: u32 = 2;
/// With nothing under way, the server is asked for a sign of life this often.
const IDLE_PULSE: Duration = Duration::from_secs(30);
/// Lines under way above which no further call is taken.
const WINDOW: usize = 512;

/// The connection is of no use any more.
#[derive(Debug)]
pub(crate) struct Lost;

/// One control-mode client and what is under way on it.
#[derive(Debug)]
pub(crate) struct Wire<P> {
    /// Kept for its drop, which kills and reaps.
    _client: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    unsent: Vec<u8>,
    buffer: Box<[u8]>,
    decoder: Decoder,
    items: Vec<Item>,
    /// The questions under way.
    pub(crate) exchange: Exchange<P>,
    heard: Instant,
    strikes: u32,
}

impl<P> Wire<P> {
    /// Starts a client that attaches to the holder session and starts no server.
    pub(crate) fn spawn(config: &ServerConfig) -> Result<Self, TmuxError> {
        let mut client = config
            .command()
            .args(["-N", "-C", "attach-session", "-t", HOLDER_TARGET, "-f", "ignore-size,no-output"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| TmuxError::Exec { program: config.program.clone(), source })?;
        Ok(Self {
            stdin: client.stdin.take().expect("its standard input was asked to be a pipe"),
            stdout: client.stdout.take().expect("its standard output was asked to be a pipe"),
            _client: client,
            unsent: Vec::new(),
            buffer: vec![0; 64 << 10].into_boxed_slice(),
            decoder: Decoder::default(),
            items: Vec::new(),
            exchange: Exchange::new(),
            heard: Instant::now(),
            strikes: 0,
        })
    }

    /// Asks these lines in one piece.
    pub(crate) fn ask(&mut self, lines: &[Line], purpose: P) {
        if self.exchange.is_idle() {
            self.heard = Instant::now();
            self.strikes = 0;
        }
        self.exchange.ask(lines, purpose, &mut self.unsent);
    }

    /// Moves some bytes one way or the other. Cancel safe.
    pub(crate) async fn pump(&mut self) -> Result<(), Lost> {
        tokio::select! {
            read = self.stdout.read(&mut self.buffer) => {
                let count = read.map_err(|_| Lost)?;
                if count == 0 {
                    return Err(Lost);
                }
                self.heard = Instant::now();
                self.strikes = 0;
                self.decoder.feed(&self.buffer[..count], &mut self.items).map_err(|_| Lost)
            }
            written = self.stdin.write(&self.unsent), if !self.unsent.is_empty() => {
                self.unsent.drain(..written.map_err(|_| Lost)?);
                Ok(())
            }
        }
    }

    /// What has come since the last call.
    pub(crate) fn items(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.items)
    }

    /// Whether another call may be taken.
    pub(crate) fn has_room(&self) -> bool {
        self.exchange.lines() < WINDOW
    }

    /// When [`Wire::check`] is due.
    pub(crate) fn next_check(&self) -> Instant {
        self.heard + if self.exchange.is_idle() { IDLE_PULSE } else { PATIENCE * (self.strikes + 1) }
    }

    /// The server has been silent for a while: asks for a sign of life (for which `purpose` stands), or gives up.
    pub(crate) fn check(&mut self, purpose: P) -> Result<(), Lost> {
        if self.exchange.is_idle() {
            self.ask(&[], purpose);
            return Ok(());
        }
        self.strikes += 1;
        if self.strikes < STRIKES { Ok(()) } else { Err(Lost) }
    }
}

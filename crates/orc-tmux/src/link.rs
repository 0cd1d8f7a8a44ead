//! The task that owns the one control connection: makes it when first needed, makes it again when it breaks,
//! and says so when there is no server to connect to any more. It never starts a server unasked.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::UnixStream;
use tokio::sync::{broadcast, mpsc};

use crate::attached::{Attached, End, OpenError};
use crate::call::Call;
use crate::process::Process;
use crate::start::{find_holder, restore_holder, start_server};
use crate::terminate;
use crate::{Event, ServerConfig, ServerIdentity, TmuxError};

const HANDSHAKE: Duration = Duration::from_secs(3);
/// Handshakes without an answer after which the server counts as hung.
const SILENT_HANDSHAKES: u32 = 2;
const ATTEMPTS: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// How long a server may take to make its deleted socket anew.
const SOCKET_PATIENCE: Duration = Duration::from_secs(1);

/// Owner of the connection.
#[derive(Debug)]
pub(crate) struct Link {
    config: Arc<ServerConfig>,
    calls: mpsc::Receiver<Call>,
    events: broadcast::Sender<Event>,
    /// The server that was connected last and has not been reported gone.
    last: Option<Last>,
}

#[derive(Clone, Debug)]
struct Last {
    identity: ServerIdentity,
    process: Option<Process>,
}

/// Why there is no connection.
#[derive(Debug)]
enum Failure {
    Absent,
    Hung,
    Failed(TmuxError),
}

impl Link {
    pub(crate) fn new(
        config: Arc<ServerConfig>,
        calls: mpsc::Receiver<Call>,
        events: broadcast::Sender<Event>,
    ) -> Self {
        Self { config, calls, events, last: None }
    }

    /// Runs until no handle is left.
    pub(crate) async fn run(mut self) {
        let mut attached = None;
        loop {
            attached = match attached {
                None => match self.calls.recv().await {
                    None => return,
                    Some(call) => self.first_call(call).await,
                },
                Some(mut live) => match Attached::serve(&mut live, &mut self.calls, &self.events).await {
                    End::Stopped => return,
                    End::Lost => self.reattach(live).await,
                    End::Kill(reply) => {
                        drop(reply.send(self.terminate(Some(live)).await));
                        None
                    }
                },
            }
        }
    }

    /// A call comes while there is no connection.
    async fn first_call(&mut self, call: Call) -> Option<Attached> {
        match call {
            Call::Ask { lines, server, reply } => {
                if reply.is_closed() {
                    return None;
                }
                match self.attach().await {
                    Ok(mut live) => {
                        live.accept(Call::Ask { lines, server, reply });
                        Some(live)
                    }
                    Err(failure) => {
                        drop(reply.send(Err(self.explain(failure))));
                        None
                    }
                }
            }
            Call::Ensure { reply } => match self.ensure().await {
                Ok(live) => {
                    drop(reply.send(Ok(live.identity)));
                    Some(live)
                }
                Err(error) => {
                    drop(reply.send(Err(error)));
                    None
                }
            },
            Call::Kill { reply } => {
                let result = match self.attach().await {
                    Ok(live) => self.terminate(Some(live)).await,
                    Err(Failure::Absent) => Ok(()),
                    Err(Failure::Hung | Failure::Failed(_)) => self.terminate(None).await,
                };
                drop(reply.send(result));
                None
            }
        }
    }

    async fn reattach(&mut self, live: Attached) -> Option<Attached> {
        // Ends the client, should it still run, and the calls under way.
        drop(live);
        match self.attach().await {
            Ok(live) => Some(live),
            Err(Failure::Absent) => None,
            Err(failure) => {
                let error = self.explain(failure);
                tracing::warn!(%error, "lost the connection to tmux");
                if let Some(last) = &self.last {
                    drop(self.events.send(Event::ServerUnreachable { server: last.identity }));
                }
                None
            }
        }
    }

    async fn ensure(&mut self) -> Result<Attached, TmuxError> {
        match self.attach().await {
            Ok(live) => return Ok(live),
            Err(Failure::Absent) => {}
            Err(failure) => return Err(self.explain(failure)),
        }
        // Somebody else may have started it in the meantime, so what counts is whether it is there.
        let started = start_server(&self.config).await;
        match (self.attach().await, started) {
            (Ok(live), _) => Ok(live),
            (Err(Failure::Absent), Err(error)) => Err(error),
            (Err(failure), _) => Err(self.explain(failure)),
        }
    }

    /// Connects to the server that is there, in a few attempts, and tells what became of the last one.
    async fn attach(&mut self) -> Result<Attached, Failure> {
        let mut silent = 0;
        let mut pause = FIRST_PAUSE;
        for _ in 0..ATTEMPTS {
            if !self.listens().await? {
                if let Some(last) = self.last.take() {
                    drop(self.events.send(Event::ServerGone { server: last.identity }));
                }
                return Err(Failure::Absent);
            }
            match tokio::time::timeout(HANDSHAKE, shake_hands(&self.config)).await {
                Ok(Ok(live)) => {
                    self.announce(&live);
                    return Ok(live);
                }
                Ok(Err(OpenError::Failed(error))) => return Err(Failure::Failed(error)),
                Ok(Err(OpenError::Lost)) => {
                    // Either the server is ending or somebody closed the holder session.
                    if let Err(error) = restore_holder(&self.config).await {
                        tracing::debug!(%error, "cannot restore the holder session");
                    }
                }
                Err(_) => {
                    silent += 1;
                    if silent == SILENT_HANDSHAKES {
                        return Err(Failure::Hung);
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(Failure::Failed(TmuxError::ConnectionLost))
    }

    fn announce(&mut self, live: &Attached) {
        let server = live.identity;
        let last = self.last.replace(Last { identity: server, process: live.process.clone() });
        if let Some(last) = last {
            if last.identity != server {
                drop(self.events.send(Event::ServerGone { server: last.identity }));
            }
            drop(self.events.send(Event::Reconnected { server }));
        }
    }

    /// Whether anybody listens on our socket. A server whose socket was deleted is asked to make it anew.
    async fn listens(&self) -> Result<bool, Failure> {
        match UnixStream::connect(&self.config.socket).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(self.recall_socket().await),
            Err(source) => {
                Err(Failure::Failed(TmuxError::Socket { path: self.config.socket.clone(), source }))
            }
        }
    }

    async fn recall_socket(&self) -> bool {
        let process = self.last.as_ref().and_then(|last| last.process.as_ref());
        let Some(process) = process.filter(|process| process.is_running()) else {
            return false;
        };
        process.signal(Signal::USR1);
        let appears = async {
            while !self.config.socket.exists() {
                tokio::time::sleep(FIRST_PAUSE).await;
            }
        };
        tokio::time::timeout(SOCKET_PATIENCE, appears).await.is_ok()
    }

    async fn terminate(&mut self, live: Option<Attached>) -> Result<(), TmuxError> {
        let last = self.last.as_ref().and_then(|last| last.process.clone());
        let result = terminate::terminate(&self.config, live, last).await;
        if result.is_ok()
            && let Some(last) = self.last.take()
        {
            drop(self.events.send(Event::ServerGone { server: last.identity }));
        }
        result
    }

    fn explain(&self, failure: Failure) -> TmuxError {
        let socket = self.config.socket.clone();
        match failure {
            Failure::Absent => TmuxError::ServerAbsent { socket },
            Failure::Hung => TmuxError::ServerHung { socket },
            Failure::Failed(error) => error,
        }
    }
}

async fn shake_hands(config: &ServerConfig) -> Result<Attached, OpenError> {
    match find_holder(config).await {
        Ok(()) => Attached::open(config).await,
        Err(TmuxError::StartFailed { .. }) => Err(OpenError::Lost),
        Err(error) => Err(OpenError::Failed(error)),
    }
}

//! A model on loopback for real agent command line tools: no key, no network, answers by script.
//!
//! It speaks Anthropic's messages, `OpenAI`'s chat completions and `OpenAI`'s responses, streamed and plain. What it does
//! is written in the last user message, as `WORD:argument` up to the end of a line; the last such line wins:
//!
//! | directive | effect |
//! |---|---|
//! | `REPLY:text` | answer the text |
//! | `SLOW:n` | stream for n seconds |
//! | `HANG:n` | nothing for n seconds, then a short answer |
//! | `TOOL:command` | call the agent's shell tool |
//! | `TOOL+:command` | the same, asking to leave the sandbox where the tool has that argument |
//! | `CALL:name {json}` | call the offered tool whose name ends with `name` (`!name`: offered or not) |
//! | `ERR:429[xN][:retry]` | that HTTP error (the first N times), with `retry-after` in seconds |
//! | `CTX:` | the error of a prompt that is too long |
//! | `DROP:` | close the connection in the middle of the answer |
//!
//! A test may give rules besides, by which models of several agents play a story: [`StubModel::play`].
//!
//! Without one the answer is `Stub answer.`; after a tool ran it is `TOOL-DONE` and the first 60 characters of the
//! result. Requests of an agent to itself (titles, suggestions) are told apart and answered `Stub title`.

mod anthropic;
mod chat;
mod conversation;
mod directive;
mod failure;
pub(crate) mod http;
mod models;
mod pace;
mod plan;
mod record;
mod responses;
mod rule;
mod serve;
mod tools;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};

pub use record::{Api, Outcome, Request};
pub use rule::Rule;

use record::Log;
use serve::Shared;

/// A running stub. It stops, with every connection to it, when the value is dropped.
#[derive(Debug)]
pub struct StubModel {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl StubModel {
    /// Starts a stub on a free port of 127.0.0.1. Its log is appended to the file at `log`, one JSON object a line:
    /// `{"ev":"request",…}` when a request has arrived, `{"ev":"done",…}` when its answer has ended.
    #[track_caller]
    pub fn start(log: impl AsRef<Path>) -> Self {
        Self::start_on(log, 0)
    }

    /// Starts a stub on a port of 127.0.0.1; 0 takes a free one.
    #[track_caller]
    pub fn start_on(log: impl AsRef<Path>, port: u16) -> Self {
        let log = log.as_ref();
        let log = Log::open(log).unwrap_or_else(|error| panic!("cannot open {}: {error}", log.display()));
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port on loopback");
        let port = socket.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared::new(log));
        let listener = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || serve::listen(&socket, &shared))
        };
        Self { port, shared, listener: Some(listener) }
    }

    /// From here on the models follow these rules, the first that fits an agent and its prompt; a prompt that none fits is
    /// answered as it says itself.
    pub fn play(&self, rules: Vec<Rule>) {
        *self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address for an agent's configuration, without a path: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.requests()
    }

    /// The requests that a prompt caused: a call of a model that is no side request and no follow-up to a tool's
    /// result. An agent that tries again after an error appears again.
    pub fn prompts(&self) -> Vec<Request> {
        self.requests().into_iter().filter(Request::is_prompt).collect()
    }
}

impl Drop for StubModel {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it shall stop.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(listener) = self.listener.take() {
            drop(listener.join());
        }
        for stream in self.shared.streams.lock().unwrap_or_else(PoisonError::into_inner).values() {
            drop(stream.shutdown(std::net::Shutdown::Both));
        }
    }
}

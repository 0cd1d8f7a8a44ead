//! Connections: one thread each, one request after the other.

use std::collections::HashMap;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde_json::Value;

use super::conversation::{Conversation, Role};
use super::http::{HttpRequest, Wire};
use super::plan::{self, Answer, Attempts};
use super::record::Log;
use super::rule::Rule;
use super::{Api, Request, anthropic, chat, models, responses};

/// What the connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) log: Log,
    pub(crate) stop: Arc<AtomicBool>,
    /// The open connections, to be shut when the stub stops.
    pub(crate) streams: Mutex<HashMap<u64, TcpStream>>,
    next_stream: AtomicU64,
    attempts: Attempts,
    pub(crate) rules: Mutex<Vec<Rule>>,
}

impl Shared {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            log,
            stop: Arc::default(),
            streams: Mutex::default(),
            next_stream: AtomicU64::new(0),
            attempts: Attempts::default(),
            rules: Mutex::default(),
        }
    }
}

/// A call of the model, as its answer needs it.
pub(crate) struct Call<'a> {
    pub(crate) seq: u64,
    pub(crate) model: &'a str,
    pub(crate) stream: bool,
    /// How many tokens the prompt has, roughly.
    pub(crate) tokens: usize,
}

/// Accepts connections until the stub stops.
pub(crate) fn listen(socket: &TcpListener, shared: &Arc<Shared>) {
    for stream in socket.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let id = shared.next_stream.fetch_add(1, Ordering::Relaxed);
            let streams = || shared.streams.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(copy) = stream.try_clone() {
                streams().insert(id, copy);
            }
            // An agent may hang up whenever it likes; that is in the log as an aborted request.
            drop(converse(stream, &shared));
            streams().remove(&id);
        });
    }
}

fn converse(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut wire = Wire::new(stream, Arc::clone(&shared.stop))?;
    while let Some(request) = wire.request()? {
        answer(&request, &mut wire, shared)?;
        if request.wants_close() {
            break;
        }
    }
    Ok(())
}

fn answer(request: &HttpRequest, wire: &mut Wire, shared: &Shared) -> io::Result<()> {
    let start = Instant::now();
    let mut record =
        Request { method: request.method.clone(), path: request.target.clone(), ..Request::default() };
    let (seq, result) = match api_of(request) {
        None => {
            let seq = shared.log.arrived(record);
            (seq, models::answer(request, wire))
        }
        Some(api) => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let conversation = Conversation::of(api, &body);
            let rules = shared.rules.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let plan = plan::plan(&conversation, &shared.attempts, &rules);
            let users = conversation.messages.iter().filter(|message| message.role == Role::User);
            record.api = Some(api);
            body["model"].as_str().unwrap_or_default().clone_into(&mut record.model);
            record.stream = body["stream"] == true;
            record.side = plan.side;
            record.after_tool = plan.result.is_some();
            record.result = plan.result;
            plan.answer.name().clone_into(&mut record.plan);
            record.messages = conversation.messages.len();
            record.last_user = plan.last_user;
            record.users = users.flat_map(|message| message.blocks.clone()).collect();
            record.tools = conversation.tools.keys().cloned().collect();
            let (model, stream) = (record.model.clone(), record.stream);
            let seq = shared.log.arrived(record);
            let call = Call { seq, model: &model, stream, tokens: (request.body.len() / 4).max(1) };
            (seq, reply(api, &call, &plan.answer, wire))
        }
    };
    shared.log.ended(seq, wire.status, result.is_err(), start.elapsed());
    result
}

fn reply(api: Api, call: &Call<'_>, answer: &Answer, wire: &mut Wire) -> io::Result<()> {
    match (api, answer) {
        (_, Answer::Failure(failure)) => failure.send(api, call.seq, wire),
        (Api::Anthropic, Answer::Speech(speech)) => anthropic::speak(call, speech, wire),
        (Api::Anthropic, Answer::Call(tool)) => anthropic::use_tool(call, tool, wire),
        (Api::Chat, Answer::Speech(speech)) => chat::speak(call, speech, wire),
        (Api::Chat, Answer::Call(tool)) => chat::use_tool(call, tool, wire),
        (Api::Responses, Answer::Speech(speech)) => responses::speak(call, speech, wire),
        (Api::Responses, Answer::Call(tool)) => responses::use_tool(call, tool, wire),
    }
}

/// Paths match by their end, so that any prefix works.
fn api_of(request: &HttpRequest) -> Option<Api> {
    let path = request.path();
    let apis =
        [("/messages", Api::Anthropic), ("/chat/completions", Api::Chat), ("/responses", Api::Responses)];
    let (_, api) = apis.into_iter().find(|(end, _)| path.ends_with(end))?;
    (request.method == "POST").then_some(api)
}

//! The connection to one agent's shim: calls with their answers, and what the shim tells unasked.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use orc_shim::protocol::{
    Decoder, Exit, FromShim, MIN_PROTOCOL, PROTOCOL, Person, ProgramStatus, ProtocolError, Refusal, Role,
    Screen, ShimHello, ToShim, encode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{mpsc, oneshot, watch};

/// Longest wait for an answer of a shim: it is one poll loop that never blocks.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a call to a shim has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// It cannot be reached.
    #[error("the shim cannot be reached: {0}")]
    Unreachable(std::io::Error),
    /// The connection ended: the shim is gone, or the agent has ended.
    #[error("the connection to the shim ended")]
    Closed,
    /// It did not answer in time.
    #[error("the shim did not answer within {PATIENCE:?}")]
    Silent,
    /// It answered something else.
    #[error("the shim answered out of turn")]
    OutOfTurn,
    /// It speaks no version that we do.
    #[error("the shim speaks another protocol")]
    Protocol,
    /// It refused; nothing was typed.
    #[error("the shim refused: {0:?}")]
    Refused(Refusal),
}

/// What the shim last told unasked.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// Counts outputs that began or ended: the screen may look different.
    pub(crate) screens: u64,
    /// Output is flowing: it began and has not stopped.
    pub(crate) flowing: bool,
    /// The agent's own status.
    pub(crate) status: Option<ProgramStatus>,
    /// What is known of the person at the views.
    pub(crate) person: Person,
    /// The injections that are fully in the terminal, the last of them.
    pub(crate) pasted: Option<String>,
    /// How the agent ended, once it has.
    pub(crate) exit: Option<Exit>,
    /// The connection is over.
    pub(crate) closed: bool,
}

type Waiting = (u64, oneshot::Sender<FromShim>);

/// A connected shim. Clones share the connection.
#[derive(Clone)]
pub(crate) struct Link {
    calls: mpsc::Sender<(ToShim, Option<Waiting>)>,
    next: Arc<AtomicU64>,
    /// What the shim last told unasked.
    pub(crate) news: watch::Receiver<News>,
    /// Held from a look at the screen until what it shows of dialogs is told: of two looks the older one never comes last.
    pub(crate) looking: Arc<tokio::sync::Mutex<()>>,
}

impl Link {
    /// Connects as the supervisor.
    pub(crate) async fn connect(socket: &Path) -> Result<(Self, ShimHello), LinkError> {
        let mut stream = UnixStream::connect(socket).await.map_err(LinkError::Unreachable)?;
        let hello = ToShim::Hello { protocol: PROTOCOL, min_protocol: MIN_PROTOCOL, role: Role::Control };
        stream.write_all(&encode(&hello)).await.map_err(LinkError::Unreachable)?;
        let mut decoder = Decoder::default();
        let greeting = tokio::time::timeout(PATIENCE, first_message(&mut stream, &mut decoder));
        let hello = match greeting.await.map_err(|_| LinkError::Silent)?? {
            FromShim::Hello(hello) if hello.min_protocol <= PROTOCOL => hello,
            FromShim::Hello(_) => return Err(LinkError::Protocol),
            FromShim::Refused { refusal, .. } => return Err(LinkError::Refused(refusal)),
            _ => return Err(LinkError::OutOfTurn),
        };
        let (status, flowing) = (hello.status.clone(), hello.flowing);
        let first = News { status, flowing, screens: 1, ..News::default() };
        let (tell, news) = watch::channel(first);
        let (calls, queue) = mpsc::channel(64);
        tokio::spawn(serve(stream, decoder, queue, tell));
        Ok((Self { calls, next: Arc::new(AtomicU64::new(1)), news, looking: Arc::default() }, hello))
    }

    /// Asks and waits for the answer to exactly this question.
    pub(crate) async fn call(&self, make: impl FnOnce(u64) -> ToShim) -> Result<FromShim, LinkError> {
        let seq = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, wait) = oneshot::channel();
        let exchange = async {
            self.calls.send((make(seq), Some((seq, answer)))).await.map_err(|_| LinkError::Closed)?;
            wait.await.map_err(|_| LinkError::Closed)
        };
        match tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| LinkError::Silent)?? {
            FromShim::Refused { refusal, .. } => Err(LinkError::Refused(refusal)),
            message => Ok(message),
        }
    }

    /// The rendered screen.
    pub(crate) async fn screen(&self) -> Result<Screen, LinkError> {
        match self.call(|seq| ToShim::GetScreen { seq }).await? {
            FromShim::Screen { screen, .. } => Ok(*screen),
            _ => Err(LinkError::OutOfTurn),
        }
    }
}

async fn first_message(stream: &mut UnixStream, decoder: &mut Decoder) -> Result<FromShim, LinkError> {
    let mut bytes = vec![0; 16 << 10];
    loop {
        if let Some(message) = decoder.next_message().map_err(|_| LinkError::Protocol)? {
            return Ok(message);
        }
        match stream.read(&mut bytes).await.map_err(LinkError::Unreachable)? {
            0 => return Err(LinkError::Closed),
            read => decoder.push(&bytes[..read]),
        }
    }
}

/// Writes what is asked and reads what comes, neither waiting for the other: a shim that stands still takes no bytes
/// and gives none, and those who asked go on by their patience. The connection stays, so that what the shim takes in
/// when it wakes is in the order in which it was asked: the answer to a later question speaks of every earlier one.
async fn serve(
    stream: UnixStream,
    mut decoder: Decoder,
    mut queue: mpsc::Receiver<(ToShim, Option<Waiting>)>,
    tell: watch::Sender<News>,
) {
    let (reader, mut writer) = stream.into_split();
    let mut waiting: HashMap<u64, oneshot::Sender<FromShim>> = HashMap::new();
    let (mut frame, mut written) = (Vec::new(), 0);
    loop {
        let writing = written < frame.len();
        tokio::select! {
            call = queue.recv(), if !writing => {
                let Some((message, answer)) = call else { break };
                // Nobody waits for it any more, and it must not be typed behind their back.
                if answer.as_ref().is_some_and(|(_, answer)| answer.is_closed()) {
                    continue;
                }
                waiting.retain(|_, answer| !answer.is_closed());
                waiting.extend(answer);
                (frame, written) = (encode(&message), 0);
            }
            wrote = writer.write(&frame[written..]), if writing => match wrote {
                Ok(0) | Err(_) => break,
                Ok(count) => written += count,
            },
            ready = reader.readable() => match ready.and_then(|()| read(&reader, &mut decoder)) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => break,
                Ok(_) => if let Err(error) = take_in(&mut decoder, &mut waiting, &tell) {
                    tracing::warn!(%error, "a shim said something that cannot be read; connecting anew");
                    break;
                }
            }
        }
    }
    tell.send_modify(|news| news.closed = true);
}

/// Reads what is there. The buffer is there for as long: with many agents, one each would be megabytes that wait.
fn read(reader: &OwnedReadHalf, decoder: &mut Decoder) -> std::io::Result<usize> {
    let mut bytes = [0; 16 << 10];
    let count = reader.try_read(&mut bytes)?;
    decoder.push(&bytes[..count]);
    Ok(count)
}

fn take_in(
    decoder: &mut Decoder,
    waiting: &mut HashMap<u64, oneshot::Sender<FromShim>>,
    tell: &watch::Sender<News>,
) -> Result<(), ProtocolError> {
    while let Some(message) = decoder.next_message()? {
        received(message, waiting, tell);
    }
    Ok(())
}

fn received(
    message: FromShim,
    waiting: &mut HashMap<u64, oneshot::Sender<FromShim>>,
    tell: &watch::Sender<News>,
) {
    if let Some(answer) = message.seq().and_then(|seq| waiting.remove(&seq)) {
        drop(answer.send(message));
        return;
    }
    match message {
        FromShim::Status(status) => tell.send_modify(|news| news.status = Some(status)),
        FromShim::Activity => tell.send_modify(|news| {
            news.screens += 1;
            news.flowing = true;
        }),
        FromShim::Quiet { .. } => tell.send_modify(|news| {
            news.screens += 1;
            news.flowing = false;
        }),
        FromShim::Title { .. } => tell.send_modify(|news| news.screens += 1),
        FromShim::Person(person) => tell.send_modify(|news| news.person = person),
        FromShim::Pasted { id } => tell.send_modify(|news| news.pasted = Some(id)),
        FromShim::Exited(exit) => tell.send_modify(|news| news.exit = Some(exit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;

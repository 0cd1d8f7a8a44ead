//! The handle to our server, and what all calls have in common.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, broadcast, mpsc, oneshot};

use crate::call::{Answers, Call, Reply};
use crate::exchange::Answer;
use crate::line::Line;
use crate::link::Link;
use crate::{Event, ServerConfig, ServerIdentity, TmuxError};

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// On top of [`CALL_TIMEOUT`] for each line: a window costs 2 ms on an idle machine.
const LINE_TIMEOUT: Duration = Duration::from_millis(50);
const KILL_TIMEOUT: Duration = Duration::from_secs(20);
const CALLS: usize = 64;
const EVENTS: usize = 1024;

/// Our own tmux server. Cheap to clone; the connection lives in the future that [`Server::open`] gives, and
/// dropping the last handle ends that future but not the server.
///
/// Every call has a time limit, and every call is safe to repeat after a look at the world: see
/// [`TmuxError::outcome_unknown`].
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: Arc<ServerConfig>,
    calls: mpsc::Sender<Call>,
    events: broadcast::Sender<Event>,
    /// Held while views are opened: two openings of a new team at once would make two sessions.
    pub(crate) opening: Mutex<()>,
}

impl Server {
    /// Checks the configuration. Contacts nobody yet; the future must be spawned for any call to be answered.
    pub fn open(
        config: ServerConfig,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), TmuxError> {
        config.check()?;
        let config = Arc::new(config);
        let (calls, receiver) = mpsc::channel(CALLS);
        let (events, _) = broadcast::channel(EVENTS);
        let link = Link::new(Arc::clone(&config), receiver, events.clone());
        let inner = Arc::new(Inner { config, calls, events, opening: Mutex::new(()) });
        Ok((Self { inner }, link.run()))
    }

    /// Hints about changes from now on. A receiver that lags loses the oldest: observe then.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// Connects, and starts the server when there is none.
    pub async fn ensure_server(&self) -> Result<ServerIdentity, TmuxError> {
        self.call("ensure-server", CALL_TIMEOUT, |reply| Call::Ensure { reply }).await
    }

    /// Which server is there; starts none.
    pub async fn server_identity(&self) -> Result<ServerIdentity, TmuxError> {
        let (server, _) = self.ask(Vec::new(), None).await?;
        Ok(server)
    }

    /// Ends the server and all its views. Fine when there is none. A server that does not end within 3 s is
    /// killed by its process id, after checking that the process is still the same.
    pub async fn kill_server(&self) -> Result<(), TmuxError> {
        self.call("kill-server", KILL_TIMEOUT, |reply| Call::Kill { reply }).await
    }

    /// Runs lines, pipelined, and gives one answer each. With `server`, only in that life of the server.
    pub(crate) async fn ask(
        &self,
        lines: Vec<Line>,
        server: Option<ServerIdentity>,
    ) -> Result<Answers, TmuxError> {
        let what = lines.first().map_or("identity", Line::command);
        let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let limit = CALL_TIMEOUT + LINE_TIMEOUT.saturating_mul(count);
        self.call(what, limit, |reply| Call::Ask { lines, server, reply }).await
    }

    /// Runs one line, which must succeed, and gives what it printed.
    pub(crate) async fn run(
        &self,
        line: Line,
        server: Option<ServerIdentity>,
    ) -> Result<(ServerIdentity, Vec<String>), TmuxError> {
        let command = line.command();
        let (server, answers) = self.ask(vec![line], server).await?;
        let answer = answers.into_iter().next().unwrap_or_default();
        Ok((server, answer.succeeded(command)?))
    }

    async fn call<T>(
        &self,
        what: &'static str,
        limit: Duration,
        call: impl FnOnce(Reply<T>) -> Call,
    ) -> Result<T, TmuxError> {
        let (reply, answer) = oneshot::channel();
        let whole = async {
            self.inner.calls.send(call(reply)).await.map_err(|_| TmuxError::LinkStopped)?;
            answer.await.map_err(|_| TmuxError::LinkStopped)?
        };
        let late = |_| TmuxError::TimedOut { what, after: limit };
        tokio::time::timeout(limit, whole).await.map_err(late)?
    }
}

impl Answer {
    /// The output, or the error in our words.
    pub(crate) fn succeeded(self, command: &'static str) -> Result<Vec<String>, TmuxError> {
        match self.error {
            None => Ok(self.output),
            Some(message) => match message.strip_prefix("can't find ") {
                Some(target) => Err(TmuxError::NotFound { target: target.to_owned() }),
                None => Err(TmuxError::Refused { command, message }),
            },
        }
    }
}

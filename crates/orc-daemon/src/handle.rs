//! How everything else talks to the supervisor's task.

use std::time::Duration;

use orc_core::catalog::Catalog;
use orc_core::decide::Reply;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, Seq};
use orc_core::input::Input;
use orc_core::plan::{Live, World};
use orc_core::state::State;
use tokio::sync::{mpsc, oneshot, watch};

use crate::journal::Origin;
use crate::link::Link;

/// What readers are shown: durable state, and the world as observed.
pub(crate) struct Look<'a> {
    pub(crate) state: &'a State,
    pub(crate) world: &'a World,
    pub(crate) catalog: &'a Catalog,
    pub(crate) links: &'a std::collections::BTreeMap<AgentId, Link>,
    pub(crate) boot_millis: u64,
    /// Deliveries and answers under way.
    pub(crate) delivering: usize,
}

type Looker = Box<dyn FnOnce(&Look<'_>) + Send>;
type Change = Box<dyn FnOnce(&mut Live) + Send>;

/// One item of the supervisor's queue.
pub(crate) enum Command {
    /// Something happened or is asked for.
    Input { input: Input, origin: Origin, reply: oneshot::Sender<Result<Reply, Refusal>> },
    /// Several things of one source, in one commit: nothing when the first is stale.
    Inputs { inputs: Vec<Input>, origin: Origin, reply: oneshot::Sender<Result<Reply, Refusal>> },
    /// Somebody wants to read.
    Look(Looker),
    /// Something not worth recording was seen of an agent.
    Live { agent: AgentId, change: Change },
    /// A shim is connected, or no longer.
    Link { agent: AgentId, link: Option<Link> },
    /// Which executors may start from now on.
    Gate(crate::supervisor::Gate),
    /// Data files were read anew.
    Catalog(Box<Catalog>),
    /// An executor has ended.
    Done(crate::supervisor::Job),
}

/// A cheap handle; every part of the shell has one.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) queue: mpsc::Sender<Command>,
    pub(crate) seq: watch::Receiver<Seq>,
}

impl Handle {
    /// Hands an input over and waits until what follows from it is durable.
    pub(crate) async fn input(&self, input: Input, origin: Origin) -> Result<Reply, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Input { input, origin, reply }).await;
        answer.await.unwrap_or_else(|_| Err(shutting_down()))
    }

    /// The same for several inputs in one commit, all or none; none when the first is stale.
    pub(crate) async fn inputs(&self, inputs: Vec<Input>, origin: Origin) -> Result<Reply, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Inputs { inputs, origin, reply }).await;
        answer.await.unwrap_or_else(|_| Err(shutting_down()))
    }

    /// Reports something that has happened: it is tried again until the log takes it, because it cannot be undone.
    pub(crate) async fn report(&self, input: Input) -> Reply {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.input(input.clone(), Origin::system()).await {
                Ok(reply) => return reply,
                Err(refusal) if refusal.code == Code::Storage => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                Err(_) => return Reply::Stale,
            }
        }
    }

    /// Reads from durable state.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Look<'_>) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Look(Box::new(move |at| drop(reply.send(look(at)))))).await;
        answer.await.map_err(|_| shutting_down())
    }

    /// Notes something that is seen but not recorded.
    pub(crate) async fn live(&self, agent: AgentId, change: impl FnOnce(&mut Live) + Send + 'static) {
        self.send(Command::Live { agent, change: Box::new(change) }).await;
    }

    /// Puts an item into the queue; when the supervisor is gone there is nobody to tell.
    pub(crate) async fn send(&self, command: Command) {
        drop(self.queue.send(command).await);
    }

    /// Looks again after every new fact until `look` finds what it wants or the time is over.
    pub(crate) async fn wait_for<T: Send + 'static>(
        &self,
        timeout: Duration,
        look: impl Fn(&Look<'_>) -> Option<T> + Clone + Send + 'static,
    ) -> Result<Option<T>, Refusal> {
        let mut seq = self.seq.clone();
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            seq.borrow_and_update();
            if let Some(found) = self.look(look.clone()).await? {
                return Ok(Some(found));
            }
            match tokio::time::timeout_at(deadline, seq.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(shutting_down()),
                Err(_) => return Ok(None),
            }
        }
    }
}

fn shutting_down() -> Refusal {
    Refusal::new(
        Code::ShuttingDown,
        "the supervisor is stopping",
        "run the command again: it starts a new one",
    )
}

//! The one task that owns the state.
//!
//! It takes what is queued, decides each item in order, makes all the events of that batch durable in one commit,
//! and only then answers, wakes readers and starts what the plan says. A commit that fails takes the whole batch
//! back: the state becomes again what it was before the batch, and everybody in it is told that nothing was accepted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use orc_core::catalog::Catalog;
use orc_core::decide::{Reply, decide};
use orc_core::digest::Pace;
use orc_core::error::{Code, Refusal};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, Seq};
use orc_core::input::Input;
use orc_core::plan::{Effect, World, plan};
use orc_core::redact::Redactor;
use orc_core::state::State;
use orc_core::team::TeamPhase;
use orc_core::time::Now;
use orc_store::{NewEntry, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock;
use crate::handle::{Command, Handle, Look};
use crate::journal::{Journal, Origin, catch_up};
use crate::link::Link;

/// Most items that share a commit.
const BATCH: usize = 256;
/// An executor that has just ended is not started again sooner than this: no defect may spin.
const COOLDOWN_MS: u64 = 50;
/// One that ended without any fact to show for it: whatever it met is still there.
const IDLE_COOLDOWN_MS: u64 = 400;

/// What an executor works at: one of each at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Job {
    Watch(AgentId, Generation),
    Deliver(AgentId),
    Answer(AgentId),
    Stop(AgentId, Generation),
    Launch(AgentId),
    Restore(AgentId, Generation),
    Recover,
    Digest(AgentId),
}

impl Job {
    /// Whether it types at an agent's keyboard.
    fn types(self) -> bool {
        matches!(self, Self::Deliver(_) | Self::Answer(_))
    }

    pub(crate) fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Watch { agent, generation } => Self::Watch(*agent, *generation),
            Effect::Deliver { agent, .. } => Self::Deliver(*agent),
            Effect::Answer { agent, .. } | Effect::SettleAnswer { agent, .. } => Self::Answer(*agent),
            Effect::Stop { agent, generation } => Self::Stop(*agent, *generation),
            Effect::Launch { agent, .. } => Self::Launch(*agent),
            Effect::Restore { agent, generation } => Self::Restore(*agent, *generation),
            Effect::Recover => Self::Recover,
            Effect::Digest { agent } => Self::Digest(*agent),
        }
    }
}

/// Which executors may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// None: what happened while no supervisor ran is still being taken in.
    Closed,
    /// All.
    Open,
    /// All but what would begin something: the supervisor is about to end, and a half-typed message would hold a
    /// person's keys.
    Draining,
}

impl Gate {
    fn lets(self, job: Job) -> bool {
        match self {
            Self::Closed => false,
            Self::Open => true,
            Self::Draining => !job.types() && !matches!(job, Job::Launch(_) | Job::Recover | Job::Digest(_)),
        }
    }
}

/// Starts the executor of an effect; given by [`crate::run`].
pub(crate) type Start = Box<dyn Fn(Effect, &Supervisor) + Send>;

/// The owner of the state.
pub(crate) struct Supervisor {
    journal: Arc<Journal>,
    state: State,
    /// The same without the batch that is being written: a failed commit leaves this.
    durable: State,
    world: World,
    catalog: Catalog,
    redactor: Arc<Redactor>,
    pub(crate) links: BTreeMap<AgentId, Link>,
    /// What is under way, with the state of the log when it began.
    running: HashMap<Job, Seq>,
    gate: Gate,
    cooling: HashMap<Job, u64>,
    queue: mpsc::Receiver<Command>,
    pub(crate) handle: Handle,
    seq: watch::Sender<Seq>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    start: Start,
}

/// What a batch adds to the log, as facts and as entries.
#[derive(Default)]
struct Hoped {
    events: Vec<Event>,
    entries: Vec<NewEntry>,
}

enum Pending {
    Input(oneshot::Sender<Result<Reply, Refusal>>, Reply),
    Look(Box<dyn FnOnce(&Look<'_>) + Send>),
}

impl Supervisor {
    /// A supervisor over a replayed state, and the handle to it.
    pub(crate) fn new(
        journal: Arc<Journal>,
        state: State,
        catalog: Catalog,
        redactor: Arc<Redactor>,
        tasks: TaskTracker,
        stop: CancellationToken,
        start: Start,
    ) -> (Self, Handle) {
        let (sender, queue) = mpsc::channel(4096);
        let (seq, seen) = watch::channel(state.seq);
        let handle = Handle { queue: sender, seq: seen };
        let supervisor = Self {
            journal,
            durable: state.clone(),
            state,
            world: World { boot: clock::moment().boot, ..World::default() },
            catalog,
            redactor,
            links: BTreeMap::new(),
            running: HashMap::new(),
            gate: Gate::Closed,
            cooling: HashMap::new(),
            queue,
            handle: handle.clone(),
            seq,
            tasks,
            stop,
            start,
        };
        (supervisor, handle)
    }

    /// The same, telling managers at this pace what happens in their teams.
    pub(crate) fn telling(mut self, pace: Option<Pace>) -> Self {
        self.world.pace = pace;
        self
    }

    /// Runs until told to stop.
    pub(crate) async fn run(mut self) {
        let mut wake_at = self.carry_out();
        loop {
            let pause = wake_at.map(|at| Duration::from_millis(at.saturating_sub(clock::now().boot_millis)));
            let first = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                command = self.queue.recv() => match command {
                    Some(command) => Some(command),
                    None => return,
                },
                () = tokio::time::sleep(pause.unwrap_or(Duration::from_secs(3600))), if pause.is_some() => None,
            };
            let mut batch: Vec<Command> = first.into_iter().collect();
            while batch.len() < BATCH {
                match self.queue.try_recv() {
                    Ok(command) => batch.push(command),
                    Err(_) => break,
                }
            }
            self.process(batch).await;
            wake_at = self.carry_out();
        }
    }

    async fn process(&mut self, batch: Vec<Command>) {
        let before = self.state.seq;
        let now = clock::now();
        let mut hoped = Hoped::default();
        let mut pending = Vec::new();
        for command in batch {
            match command {
                Command::Input { input, origin, reply } => {
                    let decided = self.take_in(input, &origin, now, &mut hoped);
                    pending.push(Pending::Input(reply, decided));
                }
                Command::Inputs { inputs, origin, reply } => {
                    let mut inputs = inputs.into_iter();
                    let first = inputs.next().map(|input| self.take_in(input, &origin, now, &mut hoped));
                    let first = first.unwrap_or_default();
                    if first != Reply::Stale {
                        inputs.for_each(|input| drop(self.take_in(input, &origin, now, &mut hoped)));
                    }
                    pending.push(Pending::Input(reply, first));
                }
                Command::Look(look) => pending.push(Pending::Look(look)),
                Command::Live { agent, change } => change(self.world.live.entry(agent).or_default()),
                Command::Link { agent, link } => self.linked(agent, link),
                Command::Gate(gate) => self.gate = gate,
                Command::Catalog(catalog) => self.take_catalog(*catalog),
                Command::Done(job) => {
                    let idle = self.running.remove(&job).is_some_and(|began| began == self.state.seq);
                    let pause = if idle { IDLE_COOLDOWN_MS } else { COOLDOWN_MS };
                    if idle || !matches!(job, Job::Deliver(_)) {
                        self.cooling.insert(job, now.boot_millis + pause);
                    }
                }
            }
        }
        let wrote =
            if hoped.events.is_empty() { Ok(()) } else { self.journal.append(before, hoped.entries).await };
        let failed = match wrote {
            Ok(()) => {
                for event in &hoped.events {
                    self.durable.apply(Seq(self.durable.seq.0 + 1), now.wall, event);
                }
                None
            }
            Err(error) => self.take_back(&error),
        };
        if self.state.seq != before {
            self.seq.send_replace(self.state.seq);
        }
        self.answer(pending, failed.as_ref());
    }

    /// Decides an input and applies what follows from it, in the hope that it becomes durable.
    fn take_in(&mut self, mut input: Input, origin: &Origin, now: Now, hoped: &mut Hoped) -> Reply {
        self.redactor.input(&mut input);
        let decision = decide(&self.state, input, now.wall);
        for event in &decision.events {
            let seq = Seq(self.state.seq.0 + 1);
            let team_before = self.state.team_of(event);
            self.state.apply(seq, now.wall, event);
            let team = team_before.or_else(|| self.state.team_of(event));
            hoped.entries.push(self.journal.entry(event, team.map(Into::into), origin, now));
        }
        hoped.events.extend(decision.events);
        if let Reply::Answering { agent, prompt } = decision.reply {
            // New, and not left in the log by a killed supervisor: it may be typed.
            self.world.live.entry(agent).or_default().answer = Some(prompt);
        }
        decision.reply
    }

    /// After a failed commit only the log knows what is true: what it has beyond the state before the batch is read, not
    /// all of it. Answers how to refuse, unless all of the batch was written.
    fn take_back(&mut self, error: &StoreError) -> Option<Refusal> {
        tracing::error!(%error, "the log refused a batch");
        match catch_up(self.journal.path(), &mut self.durable) {
            Ok(()) if self.durable == self.state => return None,
            Ok(()) => self.state = self.durable.clone(),
            Err(error) => {
                // Going on with a state that the log does not hold would be lying.
                tracing::error!(%error, "the log cannot be read either: stopping");
                self.stop.cancel();
            }
        }
        Some(storage_refusal(error))
    }

    fn answer(&self, pending: Vec<Pending>, failed: Option<&Refusal>) {
        let look = Look {
            state: &self.state,
            world: &self.world,
            catalog: &self.catalog,
            links: &self.links,
            boot_millis: clock::now().boot_millis,
            delivering: self.running.keys().filter(|job| job.types()).count(),
        };
        for item in pending {
            match item {
                Pending::Look(show) => show(&look),
                Pending::Input(reply, decided) => {
                    let answer = match (failed, decided) {
                        (Some(refusal), _) => Err(refusal.clone()),
                        (None, Reply::Refused(refusal)) => Err(refusal),
                        (None, reply) => Ok(reply),
                    };
                    drop(reply.send(answer));
                }
            }
        }
    }

    /// Data files as they are now; an agent is played by its profile also when the file is gone.
    fn take_catalog(&mut self, mut catalog: Catalog) {
        let live = self.state.teams.values().filter(|team| team.phase != TeamPhase::Stopped);
        let played = live.flat_map(|team| self.state.agents_of(team)).map(|agent| &agent.profile);
        catalog.keep_played(&self.catalog, played);
        self.catalog = catalog;
    }

    fn linked(&mut self, agent: AgentId, link: Option<Link>) {
        self.world.live.entry(agent).or_default().connected = link.is_some();
        match link {
            Some(link) => self.links.insert(agent, link),
            None => self.links.remove(&agent),
        };
    }

    /// Starts what the plan says and is not under way; answers when to look again.
    fn carry_out(&mut self) -> Option<u64> {
        let clocks = clock::now();
        let now = clocks.boot_millis;
        self.world.wall = clocks.wall;
        self.world.notice(&self.state, now);
        self.world.live.retain(|agent, _| self.state.agents.contains_key(agent));
        self.cooling.retain(|_, until| *until > now);
        let plan = plan(&self.state, &self.world, &self.catalog, now);
        let mut wake_at = plan.wake_at;
        for effect in plan.effects {
            let job = Job::of(&effect);
            if self.running.contains_key(&job) || !self.gate.lets(job) {
                continue;
            }
            if let Some(until) = self.cooling.get(&job) {
                wake_at = Some(wake_at.map_or(*until, |at| at.min(*until)));
                continue;
            }
            self.running.insert(job, self.state.seq);
            (self.start)(effect, self);
        }
        wake_at
    }
}

fn storage_refusal(error: &StoreError) -> Refusal {
    let hint = match error {
        StoreError::Full(_) => {
            "free some space on the disk of the state directory, then run the command again"
        }
        StoreError::ReadOnly(_) => "make the state directory writable, then run the command again",
        _ => "`tmux-orc daemon logs` says more; `tmux-orc log verify` checks the log",
    };
    Refusal::new(
        Code::Storage,
        format!("the event log cannot be written ({error}): nothing was accepted"),
        hint,
    )
}

#[cfg(test)]
mod tests;

//! Ending one agent: politely, then firmly, and only the process that we started.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use orc_core::ids::{AgentId, Generation};
use orc_core::profile::Profile;
use orc_core::team::{AgentState, Process};
use orc_shim::protocol::{ShimSignal, ToShim};
use rustix::process::{Pid, PidfdFlags, Signal, getpgid, kill_process_group, pidfd_open, pidfd_send_signal};
use tokio::time::Instant;

use crate::launch::{start_time, stat};
use crate::link::{Link, LinkError};
use crate::run::Shell;

/// Longest wait for the connection to a shim that lives: at the start of a supervisor it is being made.
const CONNECT: Duration = Duration::from_secs(5);
/// Pause between looks at something that ends.
const LOOK: Duration = Duration::from_millis(20);

/// What is known of the launch that is to end.
struct Ending {
    link: Option<Link>,
    shim: Process,
    child: Process,
    state: AgentState,
    profile: Option<Arc<Profile>>,
}

/// Ends an agent. The watcher sees its end and reports it.
pub(crate) async fn stop(shell: Shell, agent: AgentId, generation: Generation) {
    let deadline = Instant::now() + CONNECT;
    let ending = loop {
        let Some(ending) = look(&shell, agent, generation).await else { return };
        let lives = start_time(ending.shim.pid) == Some(ending.shim.start);
        if ending.link.is_some() || !lives || Instant::now() >= deadline {
            break ending;
        }
        tokio::time::sleep(LOOK).await;
    };
    let exit = ending.profile.as_ref().map(|p| p.exit.clone()).unwrap_or_default();
    let grace = Duration::from_secs_f64(exit.grace_seconds.clamp(0.1, 60.0));
    if let Some(link) = &ending.link {
        // Keys are only understood where a composer is; anywhere else they would answer a dialog.
        let keys = if ending.state.takes_prompt() { exit.keys } else { Vec::new() };
        if by_shim(link, &keys, grace).await.is_ok_and(|ended| ended) {
            return;
        }
        tracing::warn!(%agent, "its shim could not end it: ending it by its process");
    }
    end(ending.child, Reach::Group, grace).await;
    // One that lives reaps its agent, writes down how it ended, and ends by itself.
    end(ending.shim, Reach::Process, Duration::from_millis(500)).await;
}

/// Ends what runs behind a shim, and the shim, without asking anybody.
pub(crate) async fn at_once(link: &Link) {
    drop(link.call(|seq| ToShim::Signal { seq, signal: ShimSignal::Kill, group: true }).await);
    ended(link, Duration::from_secs(3)).await;
    drop(link.call(|seq| ToShim::Shutdown { seq, end_leftovers: true }).await);
}

async fn look(shell: &Shell, agent: AgentId, generation: Generation) -> Option<Ending> {
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent).filter(|found| found.generation == generation)?;
        let launch = found.launch.as_ref()?;
        let profile = at.catalog.profile(&found.profile).map(|entry| entry.profile.clone());
        Some(Ending {
            link: at.links.get(&agent).cloned(),
            shim: launch.shim,
            child: launch.child,
            state: found.state.clone(),
            profile,
        })
    });
    look.await.ok().flatten()
}

/// Whether it has ended; an error when the shim does not answer.
async fn by_shim(link: &Link, keys: &[String], grace: Duration) -> Result<bool, LinkError> {
    for keys in keys {
        let bytes = orc_core::profile::keys::bytes(keys);
        signal(link, ShimSignal::Polite { bytes }, Reach::Process).await?;
        if ended(link, Duration::from_millis(300)).await {
            return Ok(true);
        }
    }
    if !keys.is_empty() && ended(link, grace).await {
        return Ok(true);
    }
    for order in [ShimSignal::Term, ShimSignal::Kill] {
        signal(link, order, Reach::Group).await?;
        if ended(link, grace).await {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn signal(link: &Link, signal: ShimSignal, reach: Reach) -> Result<(), LinkError> {
    let group = reach == Reach::Group;
    match link.call(|seq| ToShim::Signal { seq, signal, group }).await {
        Ok(_) | Err(LinkError::Refused(_)) => Ok(()),
        // The end of the agent takes the connection along.
        Err(_) if link.news.borrow().exit.is_some() => Ok(()),
        Err(error) => Err(error),
    }
}

async fn ended(link: &Link, patience: Duration) -> bool {
    let mut news = link.news.clone();
    let over = news.wait_for(|news| news.exit.is_some() || news.closed);
    let over = tokio::time::timeout(patience, over).await;
    over.is_ok_and(|news| news.is_ok_and(|news| news.exit.is_some()))
}

/// How far a signal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Process,
    /// It and what it started, as far as that has not left its group.
    Group,
}

/// Ends what is left of a launch without the shim's help.
pub(crate) async fn end(process: Process, reach: Reach, grace: Duration) {
    let Some(held) = Held::open(process) else { return };
    held.signal(Signal::TERM, reach);
    let deadline = Instant::now() + grace;
    while start_time(process.pid) == Some(process.start) && Instant::now() < deadline {
        tokio::time::sleep(LOOK).await;
    }
    // What the first process has left behind goes as well.
    held.signal(Signal::KILL, reach);
    let deadline = Instant::now() + Duration::from_secs(1);
    while start_time(process.pid) == Some(process.start) && Instant::now() < deadline {
        tokio::time::sleep(LOOK).await;
    }
}

/// A process that is certainly the one that we started: the descriptor was opened before its start time was read, so
/// a signal through it can reach no other, whoever gets its number later.
struct Held {
    pid: Pid,
    process: Process,
    descriptor: OwnedFd,
}

impl Held {
    fn open(process: Process) -> Option<Self> {
        let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw)?;
        let descriptor = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        Some(Self { pid, process, descriptor }).filter(Self::is_there)
    }

    /// It runs, or has ended and is not reaped: its number is nobody else's.
    fn is_there(&self) -> bool {
        stat(self.process.pid).is_some_and(|(start, _)| start == self.process.start)
    }

    fn signal(&self, signal: Signal, reach: Reach) {
        let leads = || self.is_there() && getpgid(Some(self.pid)) == Ok(self.pid);
        if reach == Reach::Group && leads() {
            let _gone_is_fine = kill_process_group(self.pid, signal);
        }
        let _gone_is_fine = pidfd_send_signal(&self.descriptor, signal);
    }
}

//! Ending one agent: politely, then firmly, and only the process that we started.

use std::time::Duration;

use orc_core::ids::{AgentId, Generation};
use orc_core::profile::Profile;
use orc_core::team::{AgentState, Process};
use orc_shim::protocol::{ShimSignal, ToShim};
use rustix::process::{Pid, Signal, kill_process};

use crate::launch::start_time;
use crate::link::Link;
use crate::run::Shell;

/// Ends an agent. The watcher sees its end and reports it.
pub(crate) async fn stop(shell: Shell, agent: AgentId, generation: Generation) {
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent).filter(|found| found.generation == generation)?;
        let launch = found.launch.as_ref()?;
        let profile = at.catalog.profile(&found.profile).map(|entry| entry.profile.clone());
        Some((at.links.get(&agent).cloned(), launch.shim, launch.child, found.state.clone(), profile))
    });
    let Ok(Some((link, shim, child, state, profile))) = look.await else {
        return;
    };
    match link {
        Some(link) => by_shim(&link, &state, profile.as_deref()).await,
        None => by_pid(shim, child).await,
    }
}

async fn by_shim(link: &Link, state: &AgentState, profile: Option<&Profile>) {
    let exit = profile.map(|p| p.exit.clone()).unwrap_or_default();
    let grace = Duration::from_secs_f64(exit.grace_seconds.clamp(0.1, 60.0));
    // Keys are only understood where a composer is; anywhere else they would answer a dialog.
    if *state == AgentState::Idle && !exit.keys.is_empty() {
        for keys in &exit.keys {
            let signal = ShimSignal::Polite { bytes: orc_core::profile::keys::bytes(keys) };
            drop(link.call(|seq| ToShim::Signal { seq, signal, group: false }).await);
            if ended(link, Duration::from_millis(300)).await {
                return;
            }
        }
        if ended(link, grace).await {
            return;
        }
    }
    for signal in [ShimSignal::Term, ShimSignal::Kill] {
        drop(link.call(|seq| ToShim::Signal { seq, signal, group: true }).await);
        if ended(link, grace).await {
            return;
        }
    }
}

async fn ended(link: &Link, patience: Duration) -> bool {
    let mut news = link.news.clone();
    let over = news.wait_for(|news| news.exit.is_some() || news.closed);
    tokio::time::timeout(patience, over).await.is_ok()
}

/// The shim does not answer: what is left of the launch is ended by pid, each checked by its start time.
async fn by_pid(shim: Process, child: Process) {
    for process in [child, shim] {
        for signal in [Signal::TERM, Signal::KILL] {
            let same = start_time(process.pid) == Some(process.start);
            let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw).filter(|_| same);
            let Some(pid) = pid else { break };
            let _gone_is_fine = kill_process(pid, signal);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

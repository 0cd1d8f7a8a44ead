//! When a digest is due.

use super::{Ledger, reminder};
use crate::delivery::{Delivery, Outcome};
use crate::ids::{AgentId, MessageId};
use crate::incident::Occurred;
use crate::plan::World;
use crate::state::State;
use crate::team::{Agent, Team, TeamPhase};
use crate::time::{Moment, Now};

/// When the manager of a team is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Now.
    Now(AgentId),
    /// At this instant of the boot clock (milliseconds).
    At(u64),
    /// Not before something else happens.
    Open,
}

/// When the manager of this team is told something, if nothing else happens.
pub fn next(state: &State, world: &World, team: &Team, boot_millis: u64) -> Next {
    let running = team.phase == TeamPhase::Running && team.deployed;
    let manager = state.manager_of(team, None).filter(|manager| running && !manager.stopping);
    let (Some(pace), Some(manager)) = (world.pace, manager) else { return Next::Open };
    let empty = Ledger::default();
    let ledger = state.digests.get(&team.name).unwrap_or(&empty);
    if ledger.last.as_ref().is_some_and(|(message, _)| is_undelivered(state, *message, manager)) {
        return Next::Open;
    }
    let now = Moment { boot: world.boot.clone(), millis: boot_millis };
    let rest = ledger.last.as_ref().map_or(0, |(_, at)| pace.apart_ms.saturating_sub(at.age(&now)));
    let facts = (!ledger.is_empty()).then(|| {
        let noticed = world.noticed.get(&team.name).copied().unwrap_or(boot_millis);
        noticed.saturating_add(pace.after_ms).saturating_sub(boot_millis)
    });
    let live = Occurred::live(Now { wall: world.wall, boot_millis }, &world.boot);
    let reminder = state.records.get(&team.name).and_then(|record| reminder::next(record, ledger, &live));
    match facts.into_iter().chain(reminder).min().map(|wait| wait.max(rest)) {
        None => Next::Open,
        Some(0) => Next::Now(manager.id),
        Some(wait) => Next::At(boot_millis.saturating_add(wait)),
    }
}

/// Whether the last digest is still on its way: what happens meanwhile goes into the next.
pub fn is_undelivered(state: &State, message: MessageId, manager: &Agent) -> bool {
    let Some(found) = state.messages.get(&message) else { return false };
    found.recipients.values().any(|delivery| match delivery {
        Delivery::Waiting { .. } | Delivery::Attempting { .. } => true,
        // In the agent's own queue, until the end of its turn.
        Delivery::Settled { outcome: Outcome::Queued, .. } => manager.state.is_turn(),
        Delivery::Settled { .. } => false,
    })
}

//! The manager is told what gathered.

use super::Decision;
use crate::delivery::{MessageKind, Sender};
use crate::digest::{Ledger, Made, due, reminder};
use crate::envelope::make_safe;
use crate::event::Event;
use crate::ids::{AgentId, MessageId, Seq};
use crate::incident::{Boot, Occurred};
use crate::state::State;
use crate::time::Moment;

/// One message with everything that is to be told now, and the fact of what it tells: both or nothing.
pub(super) fn make(state: &State, agent: AgentId, live: &Occurred) -> Decision {
    let Some(manager) = state.agent(agent) else { return Decision::stale() };
    let Some(team) = state.teams.get(&manager.team) else { return Decision::stale() };
    if state.manager_of(team, None).map(|found| found.id) != Some(agent) {
        return Decision::stale();
    }
    let empty = Ledger::default();
    let ledger = state.digests.get(&team.name).unwrap_or(&empty);
    let record = state.records.get(&team.name);
    let reminders = record.map(|record| reminder::due(record, ledger, live)).unwrap_or_default();
    let on_its_way =
        ledger.last.as_ref().is_some_and(|(message, _)| due::is_undelivered(state, *message, manager));
    if on_its_way || (ledger.is_empty() && reminders.is_empty()) {
        return Decision::nothing();
    }
    let text = make_safe(&crate::digest::digest(state, team, ledger, &reminders, live));
    let message = MessageId(state.last_message + 1);
    let told: Vec<Seq> = ledger.items.iter().flat_map(|item| item.of.iter().copied()).collect();
    let more = ledger.more;
    let accepted = Event::MessageAccepted {
        message,
        team: team.name.clone(),
        from: Sender::System,
        kind: MessageKind::Digest,
        to: vec![agent],
        text: text.text,
        notes: text.notes,
        key: None,
    };
    let made = Made { team: team.name.clone(), agent, message, told, more, reminders, at: moment(live) };
    Decision::ok(vec![accepted, Event::DigestMade(made)])
}

fn moment(live: &Occurred) -> Moment {
    let of_boot =
        |boot: &Boot| Moment { boot: boot.id.clone(), millis: u64::try_from(boot.millis).unwrap_or(0) };
    live.boot.as_ref().map(of_boot).unwrap_or_default()
}

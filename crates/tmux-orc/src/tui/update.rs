//! What happened changes the model and says what is to be done. No clock, no terminal, no socket.

use orc_api::Envelope;
use orc_core::event::Event;
use orc_core::incident::Milestone;

use super::layout::{areas, visible_agents};
use super::message::{Command, Message, Reading};
use super::model::{Board, Clock, Link, Model, Mood, Notice, Overlay, Scope};

mod act;
mod keys;
mod mouse;

/// A good notice vanishes after so long (milliseconds); a bad one stays until a key is pressed.
const NOTICE_MS: u64 = 6000;
/// The incident is read no sooner than this after the last time (milliseconds).
const INCIDENT_MS: u64 = 1000;

/// Takes in what happened at `clock`.
pub(super) fn update(model: &mut Model, clock: Clock, message: Message) -> Vec<Command> {
    model.clock = clock;
    let fading = |notice: &Notice| notice.mood == Mood::Good && clock.run - notice.since > NOTICE_MS;
    if model.notice.as_ref().is_some_and(fading) {
        model.notice = None;
    }
    let mut commands = match message {
        Message::Tick => {
            (model.look.stale, model.all_stale) = (true, true);
            Vec::new()
        }
        Message::Key(key) => keys::press(model, key),
        Message::Mouse(event) => mouse::act(model, event),
        Message::Paste(text) => keys::paste(model, &text),
        Message::Resized(columns, rows) => {
            model.size = (columns, rows);
            Vec::new()
        }
        Message::Events(events) => {
            answered(model);
            for envelope in &events {
                happened(model, envelope);
            }
            Vec::new()
        }
        Message::Teams(teams) => {
            answered(model);
            model.look.under_way = false;
            model.team_row = model.team_row.min(teams.len().saturating_sub(1));
            model.teams = teams;
            Vec::new()
        }
        Message::Board(board) => {
            answered(model);
            model.look.under_way = false;
            read(model, *board);
            Vec::new()
        }
        Message::Incident(incident) => {
            answered(model);
            model.incident_look.under_way = false;
            if let Some(board) = model.board.as_mut().filter(|board| board.team.team == incident.team) {
                model.read_at = clock.run;
                board.incident = Some(*incident);
            }
            Vec::new()
        }
        Message::Unreadable(why) => {
            (model.look.under_way, model.incident_look.under_way) = (false, false);
            say(model, Mood::Bad, why);
            Vec::new()
        }
        Message::Lost(why) => {
            (model.look.under_way, model.incident_look.under_way) = (false, false);
            lost(model, why);
            Vec::new()
        }
        Message::Outcome(mood, text) => {
            model.look.stale = true;
            model.incident_look.stale = true;
            say(model, mood, text);
            Vec::new()
        }
    };
    keep_in_sight(model);
    // One reading at a time: what changes meanwhile is read after it.
    if model.look.stale && !model.look.under_way {
        let reading = if model.all_stale || model.board.is_none() { Reading::Whole } else { Reading::Agents };
        (model.look.stale, model.all_stale, model.look.under_way) = (false, false, true);
        commands.push(Command::Read(model.scope.clone(), reading));
    }
    if model.incident_look.stale && !model.incident_look.under_way && model.board.is_some() {
        (model.incident_look.stale, model.incident_look.under_way) = (false, true);
        if let Scope::Team(team) = &model.scope {
            commands
                .push(Command::ReadIncident(team.clone(), INCIDENT_MS.saturating_sub(model.unread_for())));
        }
    }
    commands
}

/// Whether the record of the incident says something else after this.
fn is_of_record(event: &Event) -> bool {
    matches!(
        event,
        Event::Recorded { .. }
            | Event::DeliverySettled { .. }
            | Event::TeamReady { .. }
            | Event::CheckFinished { .. }
            | Event::ShipStarted(_)
            | Event::ShipStep(_)
            | Event::ChangePublished(_)
            | Event::ShipFailed(_)
    )
}

/// The milestones that a person marks, in the order of the list.
pub(super) fn milestones() -> impl Iterator<Item = Milestone> {
    Milestone::ALL.into_iter().filter(|milestone| milestone.is_marked_by_hand())
}

fn say(model: &mut Model, mood: Mood, text: String) {
    model.notice = Some(Notice { text, mood, since: model.clock.run });
}

fn lost(model: &mut Model, why: Option<String>) {
    match (&mut model.link, why) {
        (Link::Live, why) => {
            let why = why.unwrap_or_else(|| "it does not answer".to_owned());
            model.link = Link::Lost { since: model.clock.run, why };
        }
        (Link::Lost { why: known, .. }, Some(why)) => *known = why,
        (Link::Lost { .. }, None) => {}
    }
}

/// The supervisor answered.
fn answered(model: &mut Model) {
    if let Link::Lost { since, .. } = model.link {
        model.link = Link::Live;
        (model.look.stale, model.all_stale) = (true, true);
        let gone = crate::duration::short(model.clock.run.saturating_sub(since));
        say(model, Mood::Good, format!("the supervisor is back after {gone}"));
    }
}

fn happened(model: &mut Model, envelope: &Envelope) {
    let Scope::Team(name) = &model.scope else {
        model.look.stale = true;
        return;
    };
    if envelope.team.as_ref() == Some(name) {
        model.look.stale = true;
        model.incident_look.stale |= is_of_record(&envelope.event);
        model.stream.take(envelope);
    }
}

fn read(model: &mut Model, mut board: Board) {
    if model.scope != Scope::Team(board.team.team.to_string()) {
        return;
    }
    if board.incident.is_some() {
        model.read_at = model.clock.run;
    } else {
        board.incident = model.board.take().and_then(|before| before.incident);
    }
    let first = board.team.agents.first().map(|agent| agent.id);
    let is_there = |id| board.team.agents.iter().any(|agent| agent.id == id);
    model.selected = model.selected.filter(|id| is_there(*id)).or(first);
    let closed = match &model.overlay {
        Some(Overlay::Prompt(id)) => !board.prompts.iter().any(|prompt| prompt.prompt == *id),
        _ => false,
    };
    if closed {
        model.overlay = None;
    }
    model.board = Some(board);
}

/// The selected row is among those that are shown.
fn keep_in_sight(model: &mut Model) {
    let visible = visible_agents(&areas(model)).max(1);
    let (at, all) = match model.scope {
        Scope::Teams => (Some(model.team_row), model.teams.len()),
        Scope::Team(_) => {
            let agents = model.agents();
            (agents.iter().position(|agent| Some(agent.id) == model.selected), agents.len())
        }
    };
    let at = at.unwrap_or(0);
    model.top = model.top.min(at).max((at + 1).saturating_sub(visible)).min(all.saturating_sub(visible));
}

//! What happens to the dashboard, and what it wants to have done.

use crossterm::event::{KeyEvent, MouseEvent};
use orc_api::{Envelope, Request};
use orc_core::incident::view::IncidentView;
use orc_core::view::TeamView;

use super::model::{Board, Mood, Scope};

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) enum Message {
    /// Time has passed.
    Tick,
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// A text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resized(u16, u16),
    /// The log went on.
    Events(Vec<Envelope>),
    /// The teams as they are now.
    Teams(Vec<TeamView>),
    /// The team as it is now; without its incident where that was not asked for.
    Board(Box<Board>),
    /// Its incident as it is now.
    Incident(Box<IncidentView>),
    /// A reading came to nothing, because of what was asked.
    Unreadable(String),
    /// The supervisor does not answer; and why, where that is known.
    Lost(Option<String>),
    /// What came of an act.
    Outcome(Mood, String),
}

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All of it.
    Whole,
    /// Agents, dialogs and checks: the record of an incident grows, and changes less than they do.
    Agents,
}

/// Something to be done outside.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// Read what is shown now.
    Read(Scope, Reading),
    /// Read the incident of this team, in so many milliseconds.
    ReadIncident(String, u64),
    /// Follow the log of another scope.
    Follow(Scope),
    /// Ask this of the supervisor, for the person.
    Act(Box<Request>),
    /// Show the terminal of an agent or a team, and come back.
    Attach(String),
    /// End the dashboard.
    Quit,
    /// The same, as an interrupt.
    Interrupt,
}

//! What happens to the dashboard, and what it wants to have done.

use crossterm::event::{KeyEvent, MouseEvent};
use orc_api::{Envelope, Request};
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
    /// The team as it is now.
    Board(Box<Board>),
    /// A reading came to nothing, because of what was asked.
    Unreadable(String),
    /// The supervisor does not answer; and why, where that is known.
    Lost(Option<String>),
    /// What came of an act.
    Outcome(Mood, String),
}

/// Something to be done outside.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// Read what is shown now.
    Read(Scope),
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

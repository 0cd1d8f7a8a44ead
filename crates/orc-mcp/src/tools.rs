//! The tools, one type each: its fields are the arguments, their comments are what the model reads.

mod action;
mod cause;
mod check;
mod evidence;
mod incident;
mod mark;
mod messages;
mod note;
mod send;
mod task;
mod team;

use orc_core::ids::InvalidId;

use crate::failure::Failure;
use crate::tool::{Row, row};

/// All of them, in the order in which they are listed.
pub(crate) const ALL: [Row; 12] = [
    row::<team::TeamStatus>(),
    row::<send::SendMessage>(),
    row::<messages::ReadMessages>(),
    row::<task::AssignTask>(),
    row::<task::UpdateTask>(),
    row::<incident::IncidentStatus>(),
    row::<mark::IncidentMark>(),
    row::<cause::AddHypothesis>(),
    row::<evidence::AddEvidence>(),
    row::<note::Note>(),
    row::<action::ProposeAction>(),
    row::<check::RunCheck>(),
];

/// An id as models write it.
fn parsed<T: std::str::FromStr<Err = InvalidId>>(id: &str) -> Result<T, Failure> {
    let id = id.trim().to_uppercase();
    id.parse().map_err(|error: InvalidId| {
        Failure::bad_request(error.to_string(), "`incident_status` shows what there is, with its ids")
    })
}

/// A text that says something.
fn optional(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;

//! What came of an act, in a sentence.

use orc_api::{ClientError, Response};
use orc_core::delivery::Delivery;

/// It was done.
pub(super) fn outcome(response: &Response) -> String {
    match response {
        Response::Message { message, recipients, .. } => {
            let waits =
                recipients.iter().filter(|it| matches!(it.delivery, Delivery::Waiting { .. })).count();
            let holds: Vec<&str> = recipients.iter().filter_map(|it| it.hold.as_deref()).collect();
            match (recipients.len(), holds.first()) {
                (1, Some(why)) => format!("{message} is kept and waits: {why}"),
                (all, _) if waits == 0 => format!("{message} is on its way to {all}"),
                (all, _) => format!("{message} is kept for {all}; it arrives as soon as each can take it"),
            }
        }
        Response::Answered { prompt, answer } => format!("{prompt} answered: {}", answer.describe()),
        Response::Restarted(done) => {
            let how = done
                .how
                .map_or("it is told the rest when it is ready", orc_core::restart::Comeback::describe);
            format!("{} was started again: {how}", done.agent.target)
        }
        Response::Recorded { seq, again: true, .. } => format!("#{seq} says so already"),
        Response::Recorded { seq, notes, .. } => match notes.first() {
            Some(note) => format!("recorded as #{seq}; note: {note}"),
            None => format!("recorded as #{seq}"),
        },
        _ => "done".to_owned(),
    }
}

/// It was not done, or nobody knows.
pub(super) fn refusal(error: &ClientError) -> String {
    match error {
        ClientError::Refused(refusal) if refusal.hint.is_empty() => refusal.message.clone(),
        ClientError::Refused(refusal) => format!("{} ({})", refusal.message, refusal.hint),
        ClientError::Unreachable { .. } => "nothing was done: the supervisor does not answer".to_owned(),
        ClientError::Broken(_) => {
            "the supervisor broke off: whether it was done is not known; the messages show it when it is back"
                .to_owned()
        }
    }
}

//! `send_message`.

use orc_api::request::{Recipients, Send};
use orc_api::{Request, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

/// How everybody at once is named.
const EVERYBODY: &str = "everybody";

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendMessage {
    /// A teammate's name, role or index as `team_status` lists them (`pm` is the manager), or `everybody`.
    to: String,
    /// What they should know or do, complete: they do not see your conversation. For a long log, name the file.
    text: String,
}

impl Tool for SendMessage {
    const NAME: &'static str = "send_message";
    const TITLE: &'static str = "Send a message to a teammate";
    const ABOUT: &'static str = "Sends a message into a teammate's prompt; it waits until they can take it, survives crashes, \
        and is never lost. Send one when somebody must act on something or know it now. Do not send thanks or \
        confirmations, and do not report a task, a cause or a milestone by message: update_task, add_hypothesis and \
        incident_mark put it on record and tell the manager. An answer arrives as a message in your own prompt: end your \
        turn instead of waiting for it. A person is not reached by it; say in your answer what a person must do.";
    const AGAIN: Again = Again::Another;

    fn example() -> Self {
        Self { to: "devops".to_owned(), text: "How many connections has the pool since 14:00?".to_owned() }
    }
}

impl Call for SendMessage {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let Self { to, text } = self;
        if text.trim().is_empty() {
            return Err(Failure::bad_request("the text is empty", "say it in a few words"));
        }
        let to = if to.trim() == EVERYBODY {
            Recipients::Each(caller.team())
        } else {
            Recipients::Agent(caller.teammate(to))
        };
        Ok(Request::Send(Send { to, text: text.clone(), repaired: 0, sender: None, key: None }))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        match response {
            Response::Message { message, recipients, notes } => {
                Some(answer::sent(message, &recipients, &notes))
            }
            _ => None,
        }
    }
}

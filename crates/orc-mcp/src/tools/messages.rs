//! `read_messages`.

use orc_api::{Request, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

/// The most that are given at once.
const MOST: u16 = 100;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadMessages {
    /// Only what was said to or by this teammate (name, role or index); without it the whole team.
    #[serde(default)]
    of: String,
    /// At most so many, the newest: 1 to 100.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 100))]
    limit: u16,
    /// Only what came after this position, which an earlier answer gave as `position`.
    #[serde(default)]
    after: u64,
}

fn some() -> u16 {
    20
}

impl Tool for ReadMessages {
    const NAME: &'static str = "read_messages";
    const TITLE: &'static str = "Read what was said in the team";
    const ABOUT: &'static str = "Reads what was said to, by and between the agents of your team, oldest first, and which \
        messages could not be delivered. Call it when you join late, were restarted, or need what somebody else found. Messages to \
        you come into your prompt by themselves: do not poll with this.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        Self { of: "devops".to_owned(), limit: some(), after: 0 }
    }
}

impl Call for ReadMessages {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        if !(1..=MOST).contains(&self.limit) {
            return Err(Failure::bad_request(
                format!("`limit` is {}", self.limit),
                format!("say 1 to {MOST}"),
            ));
        }
        let of = if self.of.trim().is_empty() { caller.team() } else { caller.teammate(&self.of) };
        Ok(Request::Messages { of, after: self.after, wait_ms: 0 })
    }

    fn answer(&self, response: Response) -> Option<Value> {
        match response {
            Response::Transcript { entries, seq } => {
                Some(answer::transcript(&entries, seq, usize::from(self.limit)))
            }
            _ => None,
        }
    }
}

//! `team_status`.

use orc_api::{Request, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamStatus {}

impl Tool for TeamStatus {
    const NAME: &'static str = "team_status";
    const TITLE: &'static str = "Who is in the team, and what each is doing";
    const ABOUT: &'static str = "Lists your teammates with name, role and state: idle, working, waiting for a person, \
        crashed, hung. Call it before you assign a task or expect an answer from somebody: who is not idle or working \
        cannot act now.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        Self {}
    }
}

impl Call for TeamStatus {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        Ok(Request::TeamStatus { team: caller.team() })
    }

    fn answer(&self, response: Response) -> Option<Value> {
        match response {
            Response::Team(team) => Some(answer::team(&team)),
            _ => None,
        }
    }
}

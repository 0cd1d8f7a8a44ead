//! `note`.

use orc_api::{Request, Response};
use orc_core::incident::When;
use orc_core::incident::entry::Entry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    /// What happened or was decided, in one or two sentences a stranger understands tomorrow.
    text: String,
}

impl Tool for Note {
    const NAME: &'static str = "note";
    const TITLE: &'static str = "Put a remark on record";
    const ABOUT: &'static str = "Puts a remark into the record of the incident, with your name and the time: what you did to the \
        code or a system, what you decided and why, what surprised you. Causes, evidence, milestones and tasks have tools \
        of their own. Nobody is told; the report will have it.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        Self { text: "raised the pool from 50 to 80 on staging: exhausted again after 4 minutes".to_owned() }
    }
}

impl Call for Note {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        Ok(caller.says(When::Now, Entry::Note { text: self.text.clone() }))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        answer::recorded(response, "note")
    }
}

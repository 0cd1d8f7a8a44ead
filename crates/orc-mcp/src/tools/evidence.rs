//! `add_evidence`.

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
pub(crate) struct AddEvidence {
    /// What it shows, in one sentence.
    text: String,
    /// Where it is from: a file with its line, the command that printed it, an address.
    source: String,
    /// The thing itself as you saw it: rows of a log, output of a command, a diff. The record keeps its hash and first 2 KiB.
    #[serde(default)]
    content: String,
}

impl Tool for AddEvidence {
    const NAME: &'static str = "add_evidence";
    const TITLE: &'static str = "Keep something that was seen";
    const ABOUT: &'static str = "Keeps what you saw (log rows, command output, a figure, a diff) as evidence and answers its id \
        (`E3`), which hypotheses and milestones refer to. Add it when you see it: afterwards it may be gone. Secrets are \
        replaced before it is stored.";
    const AGAIN: Again = Again::Another;

    fn example() -> Self {
        Self {
            text: "the pool is exhausted from 13:52 on".to_owned(),
            source: "auth-service/error.log:1044".to_owned(),
            content: "13:52:07 ERROR connection pool exhausted (50/50 in use)".to_owned(),
        }
    }
}

impl Call for AddEvidence {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let (text, source, content) = (self.text.clone(), self.source.clone(), self.content.clone());
        Ok(caller.says(When::Now, Entry::Evidence { text, source, content }))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        answer::recorded(response, "evidence")
    }
}

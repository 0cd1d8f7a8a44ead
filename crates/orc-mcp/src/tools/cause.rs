//! `add_hypothesis`.

use orc_api::{Request, Response};
use orc_core::incident::When;
use orc_core::incident::entry::Entry;
use orc_core::incident::fact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{optional, parsed};
use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddHypothesis {
    /// A new one: what may be the cause, so that it can be proven wrong. With `of`: why you think so of it.
    text: String,
    /// A known one that you judge, for example `H1`; goes with `verdict`.
    #[serde(default)]
    of: String,
    /// What is to be thought of the known one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Verdict")]
    verdict: Option<Verdict>,
    /// With `of`: what the verdict rests on: `E3`, `commit:SHA`, `file:PATH#L10`, an address.
    #[serde(default)]
    evidence: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Supported,
    RuledOut,
    Confirmed,
}

impl Tool for AddHypothesis {
    const NAME: &'static str = "add_hypothesis";
    const TITLE: &'static str = "Name a possible cause, or judge one";
    const ABOUT: &'static str = "Puts a possible cause on record as soon as you suspect it, so that others do not check the same, \
        or says of a known one (`of` with `verdict`) that it is supported, ruled out or confirmed. Rule out what you have \
        checked: that is as valuable as a hit. A confirmed cause is then claimed with incident_mark `root_cause`.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        let (of, evidence) = (String::new(), Vec::new());
        Self { text: "connections leak when a login fails".to_owned(), of, verdict: None, evidence }
    }
}

impl Call for AddHypothesis {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let text = self.text.clone();
        let entry = match (optional(&self.of), self.verdict) {
            (None, None) => Entry::Suspect { text },
            (Some(of), Some(verdict)) => {
                let verdict = match verdict {
                    Verdict::Supported => fact::Verdict::Supported,
                    Verdict::RuledOut => fact::Verdict::RuledOut,
                    Verdict::Confirmed => fact::Verdict::Confirmed,
                };
                Entry::Judge { id: parsed(of)?, verdict, text, evidence: self.evidence.clone() }
            }
            _ => {
                return Err(Failure::bad_request(
                    "a verdict is on a known hypothesis",
                    "give `of` and `verdict`, or neither for a new hypothesis",
                ));
            }
        };
        Ok(caller.says(When::Now, entry))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        answer::recorded(response, "hypothesis")
    }
}

//! `incident_status`.

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
pub(crate) struct IncidentStatus {}

impl Tool for IncidentStatus {
    const NAME: &'static str = "incident_status";
    const TITLE: &'static str = "How the incident stands";
    const ABOUT: &'static str = "The incident at a glance: severity, phase, the clocks against their budgets, milestones and \
        who claimed them, possible causes and what is thought of each, evidence, tasks, pull requests, proposed actions, what was said \
        last. Call it before you claim a cause or a milestone, before you plan, and when you were away.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        Self {}
    }
}

impl Call for IncidentStatus {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        Ok(Request::Incident { team: caller.team() })
    }

    fn answer(&self, response: Response) -> Option<Value> {
        match response {
            Response::Incident(incident) => Some(answer::incident(&incident)),
            _ => None,
        }
    }
}

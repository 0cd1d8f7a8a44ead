//! `propose_action`.

use orc_api::{Request, Response};
use orc_core::incident::When;
use orc_core::incident::entry::Entry;
use orc_core::incident::fact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposeAction {
    /// What would be done: the exact commands or steps, one a line, so that a person can carry them out as they stand.
    action: String,
    /// Why, and what it will change for users.
    why: String,
    /// What it touches at most. `read`: it only looks. `write`: it changes what can be changed back. `destructive`: it ends
    /// or removes something.
    reach: Reach,
    /// What can go wrong.
    #[serde(default)]
    risk: String,
    /// How it is undone, as exactly; empty when it cannot be.
    #[serde(default)]
    rollback: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Reach {
    Read,
    Write,
    Destructive,
}

impl Tool for ProposeAction {
    const NAME: &'static str = "propose_action";
    const TITLE: &'static str = "Propose an action for a person to decide on";
    const ABOUT: &'static str = "Puts an action on record that a person has to decide on: a deployment, a restart, a rollback, a \
        change of configuration or data, anything that touches production or cannot be undone. Nothing runs because of it, \
        and it is no permission: it is shown to the person and told to the manager. Do not carry it out before a person says \
        so in your prompt; go on with something else.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        Self {
            action: "kubectl -n auth rollout restart deployment/auth-service".to_owned(),
            why: "frees the leaked connections; logins work again for about 20 minutes".to_owned(),
            reach: Reach::Write,
            risk: "requests in flight fail for some seconds".to_owned(),
            rollback: "kubectl -n auth rollout undo deployment/auth-service".to_owned(),
        }
    }
}

impl Call for ProposeAction {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let Self { action, why, reach, risk, rollback } = self;
        let reach = match reach {
            Reach::Read => fact::Reach::Read,
            Reach::Write => fact::Reach::Write,
            Reach::Destructive => fact::Reach::Destructive,
        };
        if why.trim().is_empty() {
            return Err(Failure::bad_request("there is no reason", "say in `why` what it is good for"));
        }
        let (action, why) = (action.clone(), why.clone());
        let (risk, rollback) = (risk.clone(), rollback.clone());
        Ok(caller.says(When::Now, Entry::Propose { action, why, reach, risk, rollback }))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        answer::proposed(response)
    }
}

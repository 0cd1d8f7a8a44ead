//! `assign_task` and `update_task`.

use orc_api::{Request, Response};
use orc_core::ids::TaskId;
use orc_core::incident::When;
use orc_core::incident::entry::Entry;
use orc_core::incident::fact::TaskState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parsed;
use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignTask {
    /// Who does it: a teammate's name, role or index.
    to: String,
    /// A new task: what is to be found out or done, and how one knows that it is done. Leave it out to hand on a known one.
    #[serde(default)]
    text: String,
    /// A known task to hand on to somebody else, for example `T3`.
    #[serde(default)]
    task: String,
}

impl Tool for AssignTask {
    const NAME: &'static str = "assign_task";
    const TITLE: &'static str = "Give a teammate a task";
    const ABOUT: &'static str = "Puts a task on record and tells the agent that gets it; you are told when it is done or \
        blocked. One task is one outcome for one agent. If you coordinate, split a briefing into tasks with this instead of \
        messages. The same task for the same agent is not given twice.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        let text = "Find where the auth service leaks connections; report the file and line".to_owned();
        Self { to: "backend".to_owned(), text, task: String::new() }
    }
}

impl Call for AssignTask {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let entry = match (self.text.trim(), self.task.trim()) {
            ("", "") => {
                return Err(Failure::bad_request(
                    "there is no task",
                    "give `text` for a new one, or `task` for a known one",
                ));
            }
            ("", known) => Entry::AssignTask { id: parsed::<TaskId>(known)?, assignee: self.to.clone() },
            (text, "") => Entry::AddTask { text: text.to_owned(), assignee: Some(self.to.clone()) },
            _ => {
                return Err(Failure::bad_request(
                    "`text` makes a new task and `task` hands on a known one",
                    "give one of the two",
                ));
            }
        };
        Ok(caller.says(When::Now, entry))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        answer::recorded(response, "task")
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateTask {
    /// The task, for example `T3`.
    task: String,
    /// Where it is now. `dropped`: nobody will do it.
    state: State,
    /// What you found (`done`), what it waits for (`blocked`), why (`dropped`); may be empty when you begin.
    #[serde(default)]
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum State {
    Started,
    Blocked,
    Done,
    Dropped,
}

impl Tool for UpdateTask {
    const NAME: &'static str = "update_task";
    const TITLE: &'static str = "Say how far a task is";
    const ABOUT: &'static str = "Says that a task was begun, is blocked, is done or is dropped, with the finding in one or two \
        sentences. Call it when you begin, and at once when it is done or stuck: whoever gave it is told by this, not by a \
        message.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        let text = "auth_handler.py:234 does not release the connection when a login fails".to_owned();
        Self { task: "T1".to_owned(), state: State::Done, text }
    }
}

impl Call for UpdateTask {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let state = match self.state {
            State::Started => TaskState::Started,
            State::Blocked => TaskState::Blocked,
            State::Done => TaskState::Done,
            State::Dropped => TaskState::Dropped,
        };
        let (id, text) = (parsed(&self.task)?, self.text.clone());
        Ok(caller.says(When::Now, Entry::MoveTask { id, state, text }))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        answer::recorded(response, "task")
    }
}

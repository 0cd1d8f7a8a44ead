//! `tmux-orc task`: what is to be done, and by whom.

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::incident::When;
use orc_core::incident::entry::Entry;
use orc_core::incident::fact::TaskState;

use super::incident::{parsed, state};
use super::unexpected;
use crate::cli::incident::{Task, TaskMove};
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(verb: Task, json: bool) -> Result<ExitCode, CliError> {
    match verb {
        Task::Add(args) => {
            let entry = Entry::AddTask { text: args.text, assignee: args.to };
            state(args.of.team, When::Now, entry, json)
        }
        Task::Assign(args) => {
            let entry = Entry::AssignTask { id: parsed(&args.task)?, assignee: args.to };
            state(args.of.team, When::Now, entry, json)
        }
        Task::Start(args) => moved(args, TaskState::Started, json),
        Task::Block(args) => moved(args, TaskState::Blocked, json),
        Task::Done(args) => moved(args, TaskState::Done, json),
        Task::Drop(args) => moved(args, TaskState::Dropped, json),
        Task::List(of) => list(of.team, json),
    }
}

fn moved(args: TaskMove, to: TaskState, json: bool) -> Result<ExitCode, CliError> {
    let entry = Entry::MoveTask { id: parsed(&args.task)?, state: to, text: args.text };
    state(args.of.team, When::Now, entry, json)
}

fn list(team: String, json: bool) -> Result<ExitCode, CliError> {
    let Response::Incident(incident) = ask(&Request::Incident { team })? else {
        return Err(unexpected());
    };
    if json {
        return output::json(&incident.tasks).map(|()| ExitCode::SUCCESS);
    }
    let rows = incident.tasks.iter().map(|task| {
        let assignee = task.assignee.clone().unwrap_or_else(|| "nobody".to_owned());
        vec![
            task.id.to_string(),
            task.state.name().to_owned(),
            assignee,
            task.text.clone(),
            task.note.clone(),
        ]
    });
    output::table(&["TASK", "STATE", "WHO", "WHAT", "NOTE"], rows.collect())?;
    Ok(ExitCode::SUCCESS)
}

//! `agent restart`

use std::process::ExitCode;

use orc_api::response::Restarted;
use orc_api::{Request, Response};
use orc_core::restart::Comeback;
use orc_core::team::AgentState;

use super::{stop, unexpected};
use crate::cli::AgentRestart;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(args: AgentRestart, json: bool) -> Result<ExitCode, CliError> {
    let AgentRestart { agent, restore_context, fresh, yes } = args;
    let how = match (restore_context, fresh) {
        (true, _) => Comeback::Resume,
        (false, true) => Comeback::Fresh,
        (false, false) => Comeback::Brief,
    };
    if !yes && !restore_context && !may_end(&agent)? {
        output::talk("nothing was ended");
        return Ok(ExitCode::FAILURE);
    }
    let Response::Restarted(done) = ask(&Request::RestartAgent { agent, how })? else {
        return Err(unexpected());
    };
    if json {
        output::json(&done)?;
    } else {
        show(&done)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the agent may be ended: somebody is asked when that would cut something off.
fn may_end(agent: &str) -> Result<bool, CliError> {
    let Response::Agent(view) = ask(&Request::AgentStatus { agent: agent.to_owned() })? else {
        return Err(unexpected());
    };
    let lost = match &view.state {
        state
            if view.process.is_some()
                && (state.is_turn() || matches!(state, AgentState::NeedsPerson { .. })) =>
        {
            "it is in the middle of a turn"
        }
        _ if view.process.is_some() && view.draft => "a person's draft is in its composer",
        _ => return Ok(true),
    };
    let refusal = format!("{} would be ended and {lost}: say --yes, or --restore-context", view.target);
    stop::confirmed(&format!("End {} and start it again? {lost}.", view.target), refusal)
}

fn show(done: &Restarted) -> Result<(), CliError> {
    for tried in &done.tried {
        output::talk(&format!("note: {}", output::plain(tried)));
    }
    let detail = if done.detail.is_empty() { String::new() } else { format!(" ({})", done.detail) };
    let how = match done.how {
        Some(how) => format!("{}{detail}", how.describe()),
        None => format!("it is {}; it is told the rest when it is ready", done.agent.state.describe()),
    };
    output::line(&output::plain(&format!("{} was started again: {how}", done.agent.target)))?;
    for (message, recipient) in &done.messages {
        let why = recipient.hold.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        output::line(&output::plain(&format!("  {message} {}{why}", recipient.delivery.word())))?;
    }
    Ok(())
}

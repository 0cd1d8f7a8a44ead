//! `agent answer`

use std::process::ExitCode;

use orc_api::request::{AnswerPrompt, Answered};
use orc_api::{Request, Response};

use super::unexpected;
use crate::cli::Answer;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(args: Answer, json: bool) -> Result<ExitCode, CliError> {
    let answer = match args.option {
        Some(option) => Answered::Option(option),
        None => Answered::Cancel,
    };
    // An agent that calls us says who it is by the environment that it was started with; it is refused.
    let sender = std::env::var("TMUX_ORC_AGENT_ID").ok();
    let request = AnswerPrompt { agent: args.agent, prompt: args.prompt, answer, sender };
    let Response::Answered { prompt, answer } = ask(&Request::Answer(request))? else {
        return Err(unexpected());
    };
    if json {
        output::json(&serde_json::json!({ "prompt": prompt, "answer": answer }))?;
    } else {
        output::line(&output::plain(&format!("{prompt} answered: {}", answer.describe())))?;
    }
    Ok(ExitCode::SUCCESS)
}

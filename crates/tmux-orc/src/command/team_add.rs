//! `team add`

use std::process::ExitCode;

use orc_api::request::AddAgent;
use orc_api::{Request, Response};

use super::{deploy, status, unexpected};
use crate::cli::TeamAdd;
use crate::connect::ask;
use crate::error::CliError;
use crate::{output, text_argument};

pub(super) fn run(args: TeamAdd, json: bool) -> Result<ExitCode, CliError> {
    let brief = args.brief_file.as_deref().map(|file| text_argument::read(None, Some(file))).transpose()?;
    let request = AddAgent {
        team: args.team,
        title: args.title,
        role: args.role,
        profile: args.agent,
        brief: brief.map(|given| given.text),
        environment: deploy::environment(),
    };
    let Response::Agent(agent) = ask(&Request::AddAgent(request))? else {
        return Err(unexpected());
    };
    if json {
        output::json(&agent)?;
    } else {
        status::print_agents(&[agent])?;
    }
    Ok(ExitCode::SUCCESS)
}

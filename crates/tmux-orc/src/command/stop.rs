//! `team stop`

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use orc_api::{Request, Response};

use super::unexpected;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(team: String, yes: bool, json: bool) -> Result<ExitCode, CliError> {
    let question = format!("End all agents of team {team}?");
    let refusal = format!("stopping team `{team}` ends its agents: say --yes");
    if !yes && !confirmed(&question, refusal)? {
        output::talk("nothing was stopped");
        return Ok(ExitCode::FAILURE);
    }
    let Response::Team(team) = ask(&Request::StopTeam { team })? else {
        return Err(unexpected());
    };
    if json {
        output::json(&team)?;
    } else {
        output::talk(&format!(
            "team {}: {} agents have ended; the record stays (`tmux-orc agent messages {}`)",
            team.team,
            team.agents.len(),
            team.team
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks a person; where nobody can answer it is refused.
pub(super) fn confirmed(question: &str, refusal: String) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::Usage(refusal));
    }
    let mut talk = std::io::stderr().lock();
    write!(talk, "{} [y/N] ", output::plain(question))?;
    talk.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

//! `agent screen`

use std::process::ExitCode;

use orc_api::{Request, Response};

use super::unexpected;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(agent: String, json: bool) -> Result<ExitCode, CliError> {
    let Response::Screen { screen, .. } = ask(&Request::Screen { agent })? else {
        return Err(unexpected());
    };
    if json {
        output::json(&screen)?;
        return Ok(ExitCode::SUCCESS);
    }
    let last = screen.rows.iter().rposition(|row| !row.is_empty()).map_or(0, |row| row + 1);
    for row in &screen.rows[..last] {
        output::line(&output::plain(row))?;
    }
    Ok(ExitCode::SUCCESS)
}

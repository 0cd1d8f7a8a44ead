//! `agent profiles`, `team types`, `roles`

use std::process::ExitCode;

use orc_api::response::{CatalogRow, CatalogView};
use orc_api::{Request, Response};
use orc_core::error::{Code, Refusal};
use orc_core::target::near_misses;

use super::unexpected;
use crate::cli::Show;
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn profiles(show: Show, json: bool) -> Result<ExitCode, CliError> {
    one_or_all("agent profile", view()?.profiles, show, json)
}

pub(super) fn types(show: Show, json: bool) -> Result<ExitCode, CliError> {
    one_or_all("team type", view()?.types, show, json)
}

pub(super) fn roles(show: Show, json: bool) -> Result<ExitCode, CliError> {
    one_or_all("role", view()?.roles, show, json)
}

fn view() -> Result<CatalogView, CliError> {
    match ask(&Request::Catalog {})? {
        Response::Catalog(view) => Ok(view),
        _ => Err(unexpected()),
    }
}

fn one_or_all(what: &str, rows: Vec<CatalogRow>, show: Show, json: bool) -> Result<ExitCode, CliError> {
    let Some(name) = show.name else {
        if json {
            output::json(&rows)?;
        } else {
            let row = |row: &CatalogRow| vec![row.id.clone(), row.about.clone(), row.origin.clone()];
            output::table(&["ID", "WHAT", "FROM"], rows.iter().map(row).collect())?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(row) = rows.iter().find(|row| row.id == name) else {
        let known: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let hint = near_misses(&name, &known).unwrap_or_else(|| format!("known: {}", known.join(", ")));
        return Err(CliError::Refused(Refusal::new(
            Code::NotFound,
            format!("there is no {what} `{name}`"),
            hint,
        )));
    };
    if json {
        output::json(row)?;
    } else {
        output::talk(&format!("# from {}", row.origin));
        output::line(&row.text)?;
    }
    Ok(ExitCode::SUCCESS)
}

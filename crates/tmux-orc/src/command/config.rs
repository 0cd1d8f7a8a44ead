//! `config show`

use std::process::ExitCode;

use serde::Serialize;

use crate::cli::Config as Verb;
use crate::config::{Config, Setting};
use crate::connect;
use crate::error::CliError;
use crate::output;

/// One setting as it is in force.
#[derive(Debug, Serialize)]
struct Row {
    key: &'static str,
    /// Nothing: not set, and what then happens is in `about`.
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    about: &'static str,
}

pub(super) fn run(verb: Verb, json: bool) -> Result<ExitCode, CliError> {
    let Verb::Show { origin } = verb;
    let paths = connect::paths()?;
    let settings = Config::read(&paths.config)?.settings(&paths.config, |name| std::env::var(name).ok())?;
    let row = |Setting { key, value, origin: from, about }| Row {
        key,
        value,
        origin: origin.then_some(from),
        about,
    };
    let rows: Vec<Row> = settings.into_iter().map(row).collect();
    if json {
        output::json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let cells = |row: &Row| {
        let value = row.value.clone().unwrap_or_else(|| "-".to_owned());
        let mut cells = vec![row.key.to_owned(), value];
        cells.extend(row.origin.clone());
        cells.push(row.about.to_owned());
        cells
    };
    let head: &[&str] = if origin { &["KEY", "VALUE", "FROM", "WHAT"] } else { &["KEY", "VALUE", "WHAT"] };
    output::table(head, rows.iter().map(cells).collect())?;
    Ok(ExitCode::SUCCESS)
}

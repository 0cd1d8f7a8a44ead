//! `pm report`, and the schema of its JSON.

use std::process::ExitCode;

use orc_api::request::ReportRequest;
use orc_api::{Request, Response};
use orc_core::report::lint::Finding;
use orc_core::report::{self, Format, Kind, Names};

use super::unexpected;
use crate::cli::Schema;
use crate::cli::pm::{Report, ReportFormat, ReportType};
use crate::connect::ask;
use crate::error::CliError;
use crate::output;

pub(super) fn run(args: Report, json: bool) -> Result<ExitCode, CliError> {
    let kind = match args.kind {
        ReportType::Incident => Kind::Incident,
        ReportType::Daily => Kind::Daily,
        ReportType::Status => Kind::Status,
    };
    let format = match args.format {
        ReportFormat::Md if json => Format::Json,
        ReportFormat::Md => Format::Md,
        ReportFormat::Html => Format::Html,
        ReportFormat::Json => Format::Json,
    };
    let names = if args.names { Names::Shown } else { Names::Roles };
    let incident = args.incident.map(|id| id.to_uppercase());
    let request = Request::Report(ReportRequest { team: args.team, kind, format, names, incident });
    let Response::Report { text, lint } = ask(&request)? else { return Err(unexpected()) };
    match &args.out {
        None => output::line(text.trim_end())?,
        Some(path) => {
            std::fs::write(path, text).map_err(|e| CliError::Failed(format!("{}: {e}", path.display())))?;
            output::talk(&format!("written to {}", path.display()));
        }
    }
    for finding in &lint {
        output::talk(&output::plain(&warning(finding)));
    }
    let blames = args.strict && !lint.is_empty();
    Ok(if blames { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn warning(finding: &Finding) -> String {
    let Finding { rule, place, words, hint } = finding;
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("warning: {place}: \"{words}\" ({rule}): {hint}")
}

pub(super) fn schema(of: Schema) -> Result<ExitCode, CliError> {
    let schema = match of {
        Schema::Report => report::schema(),
    };
    output::line(&serde_json::to_string_pretty(&schema).unwrap_or_default())?;
    Ok(ExitCode::SUCCESS)
}

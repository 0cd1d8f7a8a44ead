//! Reports: read from the log, derived by the core, written by the templates in force.

use std::path::Path;

use orc_api::request::ReportRequest;
use orc_api::response::Response;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{Seq, TeamName};
use orc_core::incident::Occurred;
use orc_core::report::{Kind, Logged, Sources, derive, incidents, next_after};
use orc_report::{Template, Templates, render};

use super::{gone, team_named};
use crate::error::DaemonError;
use crate::run::Shell;
use crate::{clock, journal};

/// The folder of a person's own templates, beside their configuration.
const FOLDER: &str = "reports";

pub(super) async fn report(shell: &Shell, request: ReportRequest) -> Result<Response, Refusal> {
    let ReportRequest { team, kind, format, names, incident } = request;
    if incident.is_some() && kind != Kind::Incident {
        let hint = "leave out one of the two: an incident has a report of its own";
        let message = format!("a {} report is not about one incident", kind.name());
        return Err(Refusal::new(Code::BadRequest, message, hint));
    }
    let team = team_named(shell, team).await?;
    let name = team.clone();
    let first = shell.handle.look(move |at| at.state.teams.get(&name).map(|found| found.first)).await?;
    let first = first.ok_or_else(gone)?;
    let now = Occurred::live(clock::now(), &clock::boot_id());
    let (log, config) = (shell.log.clone(), shell.paths.config.clone());
    let written = tokio::task::spawn_blocking(move || {
        let templates = templates(&config)?;
        let after = Seq(first.0.saturating_sub(1));
        let unreadable = |e: DaemonError| {
            Refusal::new(Code::Storage, e.to_string(), "`tmux-orc log verify` checks the log")
        };
        let (mut story, mut chain) = journal::story(&log, team.as_str(), after).map_err(unreadable)?;
        let mut until = None;
        if let Some(wanted) = &incident {
            if !incidents(&story).any(|known| known == wanted) {
                return Err(unknown(&team, wanted, &story));
            }
            if let Some(next) = next_after(&story, wanted) {
                let end = next.seq;
                until = Some(next.at.clone());
                chain = journal::as_of(&log, Seq(end.0 - 1), chain).map_err(unreadable)?;
                story.retain(|entry| entry.seq < end);
            }
        }
        let version = format!("tmux-orc {}", env!("CARGO_PKG_VERSION"));
        let report = derive(&Sources { team, kind, names, log: story, now, until, chain, version });
        let text = render(&report, format, &templates).map_err(|e| broken(&e.to_string()))?;
        Ok(Response::Report { text, lint: report.lint })
    });
    written.await.map_err(|e| Refusal::new(Code::Internal, e.to_string(), ""))?
}

fn unknown(team: &TeamName, wanted: &str, story: &[Logged]) -> Refusal {
    let known: Vec<&str> = incidents(story).collect();
    let hint = match known.as_slice() {
        [] => "none was declared; without --incident the report is a retroactive record".to_owned(),
        known => format!("there are: {}", known.join(", ")),
    };
    Refusal::new(Code::NotFound, format!("team {team} has no incident `{wanted}`"), hint)
}

fn broken(reason: &str) -> Refusal {
    let hint = "mend the file, or move it away: the built-in template takes its place";
    Refusal::new(Code::Config, reason, hint)
}

/// The built-in templates with the person's own over them.
fn templates(config: &Path) -> Result<Templates, Refusal> {
    let Ok(files) = std::fs::read_dir(config.join(FOLDER)) else { return Ok(Templates::default()) };
    let mut own = Vec::new();
    for path in files.flatten().map(|file| file.path()) {
        let is_one = path
            .extension()
            .and_then(|it| it.to_str())
            .is_some_and(|ending| ["md", "html", "svg", "css"].contains(&ending));
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| is_one) else { continue };
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|e| broken(&format!("{origin}: {e}")))?;
        own.push(Template { name: name.to_owned(), text, origin });
    }
    Ok(Templates::new(own))
}

//! `tmux-orc incident`: arguments to statements, and how an incident stands.

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::incident as core;
use orc_core::incident::entry::{Claim, Declare, Entry};
use orc_core::incident::fact::Verdict;
use orc_core::incident::{Kind, Milestone, Section, When};

use super::unexpected;
use crate::cli::incident as cli;
use crate::connect::ask;
use crate::error::CliError;
use crate::{output, text_argument, when};

mod show;

pub(super) use show::clock_line;

pub(super) fn run(verb: cli::Incident, json: bool) -> Result<ExitCode, CliError> {
    use cli::Incident as I;
    const NOW: When = When::Now;
    let (team, at, entry) = match verb {
        I::Status(of) => return status(of.team, json),
        I::Declare(args) => return declare(args, json),
        I::Evidence(args) => return evidence(args, json),
        I::Mark(args) => (args.of.team.clone(), when::of(&args.when.at)?, Entry::Mark(claim(args)?)),
        I::Confirm(it) => (it.of.team, NOW, Entry::Confirm { of: it.event }),
        I::Retract(it) => (it.statement.of.team, NOW, Entry::Retract { of: it.statement.event, why: it.why }),
        I::Amend(it) => (it.statement.of.team, NOW, Entry::Amend { of: it.statement.event, text: it.text }),
        I::Note(it) => (it.of.team, when::of(&it.when.at)?, Entry::Note { text: it.text }),
        I::Decide(it) => (it.of.team, when::of(&it.when.at)?, Entry::Decide { text: it.text, why: it.why }),
        I::Hypothesis(it) => (it.of_team.team.clone(), NOW, hypothesis(it)?),
        I::Update(it) => {
            let (audience, conditions, actions, needs) = (it.audience, it.text, it.actions, it.needs);
            (it.of.team, when::of(&it.when.at)?, Entry::Update { audience, conditions, actions, needs })
        }
        I::Impact(it) => {
            (it.of.team, NOW, Entry::Impact { what: it.what, value: it.value, source: it.source })
        }
        I::Role(it) => (it.of.team, NOW, Entry::Role { role: it.which, holder: it.holder }),
        I::FollowUp(it) => (it.of.team.clone(), NOW, follow_up(it)?),
        I::Narrative(it) => (it.of.team.clone(), NOW, narrative(it)?),
        I::Accept(it) => (it.of.team, NOW, Entry::AcceptNarrative { section: section(&it.section)? }),
        I::Severity(it) => (it.of.team, NOW, Entry::Severity { to: severity(it.severity), why: it.why }),
        I::Close(it) => (it.of.team, NOW, Entry::Close { why: it.why }),
        I::Reopen(it) => (it.of.team, NOW, Entry::Reopen { why: it.why }),
        I::Cancel(it) => (it.of.team, NOW, Entry::Cancel { why: it.why }),
    };
    state(team, at, entry, json)
}

/// States something and says what came of it.
pub(super) fn state(team: String, at: When, entry: Entry, json: bool) -> Result<ExitCode, CliError> {
    // An agent that calls us says who it is by the environment that it was started with.
    let sender = std::env::var("TMUX_ORC_AGENT_ID").ok();
    let milestone = match &entry {
        Entry::Mark(claim) => Some(claim.milestone),
        _ => None,
    };
    let request = Request::Record(orc_api::request::Record { team, sender, at, entry });
    let Response::Recorded { seq, id, again, notes, incident } = ask(&request)? else {
        return Err(unexpected());
    };
    if json {
        let said = serde_json::json!({
            "seq": seq, "id": id, "again": again, "notes": notes, "phase": incident.phase,
            "elapsed_ms": incident.elapsed_ms,
        });
        return output::json(&said).map(|()| ExitCode::SUCCESS);
    }
    for note in &notes {
        output::talk(&format!("note: {note}"));
    }
    let name = id.map_or_else(|| format!("#{seq}"), |id| format!("{id} (#{seq})"));
    output::line(&if again { format!("{name} says so already") } else { name })?;
    let reached =
        |milestone| incident.metrics.metrics.iter().find(|it| it.to == milestone && it.budget_ms.is_some());
    if let Some(metric) = milestone.and_then(reached) {
        output::talk(&show::against_budget(metric));
    }
    Ok(ExitCode::SUCCESS)
}

fn status(team: String, json: bool) -> Result<ExitCode, CliError> {
    let Response::Incident(incident) = ask(&Request::Incident { team: team.clone() })? else {
        return Err(unexpected());
    };
    if json {
        output::json(&*incident)?;
    } else {
        let Response::Checks { checks, .. } = ask(&Request::Checks { team })? else {
            return Err(unexpected());
        };
        show::incident(&incident, &checks)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn declare(args: cli::Declare, json: bool) -> Result<ExitCode, CliError> {
    let optional = |when: Option<String>| when.as_deref().map(when::of).transpose();
    let entry = Entry::Declare(Declare {
        title: args.title,
        severity: severity(args.severity),
        kind: if args.drill { Kind::Drill } else { Kind::Real },
        detection: args.source.map(|source| match source {
            cli::Detection::Human => core::Detection::Human,
            cli::Detection::Alert => core::Detection::Alert,
            cli::Detection::Customer => core::Detection::Customer,
            cli::Detection::Agent => core::Detection::Agent,
        }),
        started: optional(args.started)?,
        detected: optional(args.detected)?,
    });
    state(args.of.team, When::Now, entry, json)
}

fn evidence(args: cli::Evidence, json: bool) -> Result<ExitCode, CliError> {
    let name = args.file.as_ref().map(|file| file.to_string_lossy().into_owned());
    let content = match args.file {
        Some(file) if file.as_os_str() == "-" => text_argument::read(Some("-".into()), None)?.text,
        Some(file) => text_argument::read(None, Some(&file))?.text,
        None => String::new(),
    };
    let source = if args.source.is_empty() { name.unwrap_or_default() } else { args.source };
    let at = when::of(&args.when.at)?;
    state(args.of.team, at, Entry::Evidence { text: args.text, source, content }, json)
}

fn claim(args: cli::Mark) -> Result<Claim, CliError> {
    let milestone = Milestone::from_name(&args.milestone).ok_or_else(|| {
        let by_hand = Milestone::ALL.into_iter().filter(|it| it.is_marked_by_hand()).map(Milestone::name);
        let names = by_hand.collect::<Vec<_>>().join(", ");
        CliError::Usage(format!("`{}` is no milestone; there are: {names}", args.milestone))
    })?;
    let hypothesis = args.hypothesis.map(|id| parsed(&id)).transpose()?;
    let (text, evidence, by_hand) = (args.text, args.evidence, args.by_hand);
    Ok(Claim { milestone, text, evidence, hypothesis, by_hand })
}

fn hypothesis(args: cli::Hypothesis) -> Result<Entry, CliError> {
    let (Some(of), Some(verdict)) = (args.of, args.verdict) else {
        return Ok(Entry::Suspect { text: args.text });
    };
    let verdict = match verdict {
        cli::Verdict::Supported => Verdict::Supported,
        cli::Verdict::RuledOut => Verdict::RuledOut,
        cli::Verdict::Confirmed => Verdict::Confirmed,
    };
    Ok(Entry::Judge { id: parsed(&of)?, verdict, text: args.text, evidence: args.evidence })
}

fn follow_up(args: cli::FollowUp) -> Result<Entry, CliError> {
    match args.done {
        Some(id) => Ok(Entry::FollowUpDone { id: parsed(&id)? }),
        None => Ok(Entry::FollowUp { text: args.text, kind: args.kind, owner: args.owner }),
    }
}

fn narrative(args: cli::Narrative) -> Result<Entry, CliError> {
    let section = section(&args.section)?;
    let text = text_argument::read(args.text, args.file.as_deref())?.text;
    Ok(Entry::Narrate { section, text })
}

fn section(name: &str) -> Result<Section, CliError> {
    Section::from_name(name).ok_or_else(|| {
        let names = Section::ALL.map(Section::name).join(", ");
        CliError::Usage(format!("the report has no section `{name}` to write; there are: {names}"))
    })
}

pub(super) fn severity(given: cli::Severity) -> core::Severity {
    match given {
        cli::Severity::Sev1 => core::Severity::Sev1,
        cli::Severity::Sev2 => core::Severity::Sev2,
        cli::Severity::Sev3 => core::Severity::Sev3,
        cli::Severity::Sev4 => core::Severity::Sev4,
    }
}

/// An id as people write it.
pub(super) fn parsed<T: std::str::FromStr<Err = orc_core::ids::InvalidId>>(id: &str) -> Result<T, CliError> {
    id.to_uppercase().parse().map_err(|e: orc_core::ids::InvalidId| CliError::Usage(e.to_string()))
}

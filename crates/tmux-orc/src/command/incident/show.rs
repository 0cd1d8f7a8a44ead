//! An incident on one screen.

use orc_core::check::CheckRun;
use orc_core::incident::fact::{Fact, TaskState};
use orc_core::incident::metrics::Metric;
use orc_core::incident::record::Statement;
use orc_core::incident::view::IncidentView;
use orc_core::incident::{Mark, Standing};

use crate::command::changes;
use crate::error::CliError;
use crate::{output, when};

/// So many statements are shown; the others are in the report.
const LAST: usize = 10;

pub(super) fn incident(incident: &IncidentView, checks: &[CheckRun]) -> Result<(), CliError> {
    headline(incident)?;
    milestones(incident)?;
    clocks(incident)?;
    published(incident, checks)?;
    causes(incident)?;
    tasks(incident)?;
    said(incident)
}

fn headline(incident: &IncidentView) -> Result<(), CliError> {
    let phase = incident.phase.name();
    let Some(declared) = &incident.declared else {
        output::line(&format!(
            "no incident is declared for team {}; what is said is on record all the same",
            incident.team
        ))?;
        return Ok(());
    };
    let elapsed = incident.elapsed_ms.map_or_else(String::new, |millis| format!("  T+{}", clock(millis)));
    let (id, severity) = (&declared.incident, declared.severity.name().to_uppercase());
    output::line(&output::plain(&format!("{id}  {severity}  {phase}{elapsed}  {}", declared.title)))?;
    output::line(&output::plain(&format!("team {}, led by {}", incident.team, incident.commander)))
}

/// The incident and its clocks in a few lines: what was declared, how long ago, and what is due when.
pub(in crate::command) fn clock_line(incident: &IncidentView) -> Vec<String> {
    let Some(declared) = &incident.declared else { return Vec::new() };
    let (id, severity) = (&declared.incident, declared.severity.name());
    let elapsed = incident.elapsed_ms.unwrap_or_default();
    let title = output::plain(&declared.title);
    let mut lines =
        vec![format!("incident {id} ({severity}) {}, T+{}: {title}", incident.phase.name(), clock(elapsed))];
    let open = incident.metrics.metrics.iter().filter(|it| it.took_ms.is_none());
    let due: Vec<String> =
        open.filter_map(|it| Some(format!("{} by T+{}", it.to.name(), clock(it.budget_ms?)))).collect();
    if !due.is_empty() {
        lines.push(format!("  due: {}", due.join(", ")));
    }
    lines
}

fn milestones(incident: &IncidentView) -> Result<(), CliError> {
    if incident.marks.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let counts =
        |mark: &Mark| incident.reached.iter().any(|it| it.seq == mark.seq && it.milestone == mark.milestone);
    let row = |mark: &Mark| {
        let standing = match &mark.standing {
            Standing::Retracted { by, .. } => format!("taken back by {}", by.label()),
            Standing::Confirmed { by } => format!("confirmed by {}", by.label()),
            Standing::Claimed if counts(mark) => String::new(),
            Standing::Claimed => "an earlier one counts".to_owned(),
        };
        let words = if mark.evidence.is_empty() {
            mark.text.clone()
        } else {
            format!("{} [{}]", mark.text, mark.evidence.join(", "))
        };
        vec![
            format!("#{}", mark.seq),
            when::clock_time(mark.at.at.0),
            mark.milestone.name().to_owned(),
            mark.by.label().to_owned(),
            standing,
            words,
        ]
    };
    output::table(
        &["EVENT", "TIME", "MILESTONE", "BY", "", "WORDS"],
        incident.marks.iter().map(row).collect(),
    )
}

fn clocks(incident: &IncidentView) -> Result<(), CliError> {
    output::line("")?;
    let row = |metric: &Metric| {
        let took = metric.took_ms.map_or_else(|| "not recorded".to_owned(), clock);
        let budget = metric.budget_ms.map(clock).unwrap_or_default();
        let verdict = match metric.met() {
            Some(true) => "met",
            Some(false) => "missed",
            None => "",
        };
        let base = format!("{} to {}", metric.from.name(), metric.to.name());
        vec![metric.name.clone(), base, took, budget, verdict.to_owned()]
    };
    let rows = incident.metrics.metrics.iter().map(row).collect();
    output::table(&["CLOCK", "FROM", "TOOK", "BUDGET", ""], rows)?;
    if let Some(impact) = incident.impact_ms {
        output::line(&format!("users were affected for {}", clock(impact)))?;
    }
    for note in &incident.metrics.notes {
        output::line(&output::plain(&format!("note: {note}")))?;
    }
    Ok(())
}

fn published(incident: &IncidentView, checks: &[CheckRun]) -> Result<(), CliError> {
    for change in &incident.changes {
        output::line("")?;
        output::line(&output::plain(&changes::line(change)))?;
        output::line(&output::plain(&format!("  {}", changes::proof(change, checks))))?;
    }
    Ok(())
}

fn causes(incident: &IncidentView) -> Result<(), CliError> {
    if incident.hypotheses.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let rows = incident.hypotheses.iter().map(|it| {
        let verdict = it.verdict().map_or("not checked", orc_core::incident::fact::Verdict::words);
        let why = it.judgements.last().map(|judgement| judgement.text.clone()).unwrap_or_default();
        vec![it.id.to_string(), verdict.to_owned(), it.text.clone(), why]
    });
    output::table(&["CAUSE", "VERDICT", "WHAT MAY BE", "WHY"], rows.collect())
}

fn tasks(incident: &IncidentView) -> Result<(), CliError> {
    let open: Vec<_> = incident.tasks.iter().filter(|task| task.state != TaskState::Dropped).collect();
    if open.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let rows = open.iter().map(|task| {
        let who = task.assignee.clone().unwrap_or_else(|| "nobody".to_owned());
        vec![task.id.to_string(), task.state.name().to_owned(), who, task.text.clone(), task.note.clone()]
    });
    output::table(&["TASK", "STATE", "WHO", "WHAT", "NOTE"], rows.collect())
}

fn said(incident: &IncidentView) -> Result<(), CliError> {
    let plain: Vec<(&Statement, String)> =
        incident.statements.iter().filter_map(|it| Some((it, words(&it.fact)?))).collect();
    if plain.is_empty() {
        return Ok(());
    }
    output::line("")?;
    let rows = plain.iter().skip(plain.len().saturating_sub(LAST)).map(|(it, words)| {
        let words = it.amended.as_ref().unwrap_or(words);
        let words = match &it.retracted {
            Some((by, why)) => format!("{words} (taken back by {}: {why})", by.label()),
            None => words.clone(),
        };
        vec![format!("#{}", it.seq), when::clock_time(it.at.at.0), it.by.label().to_owned(), words]
    });
    output::table(&["EVENT", "TIME", "BY", "SAID"], rows.collect())
}

/// The words of a statement that is shown nowhere else.
fn words(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Noted { text } => format!("note: {text}"),
        Fact::Decided { text, why } => format!("decision: {text}, because {why}"),
        Fact::Updated { audience, conditions, .. } => format!("update to {audience}: {conditions}"),
        Fact::ImpactRecorded { what, value, source } => format!("impact: {what}: {value} ({source})"),
        Fact::EvidenceAdded { id, text, source, .. } => format!("{id}: {text} ({source})"),
        Fact::FollowUpAdded { id, text, .. } => format!("{id}, to do afterwards: {text}"),
        Fact::ActionProposed { id, action, reach, .. } => {
            format!("{id}, proposed ({}): {action}", reach.name())
        }
        Fact::FollowUpDone { id } => format!("{id} is done"),
        Fact::RoleAssumed { role, holder } => format!("{role}: {holder}"),
        Fact::SeverityChanged { to, why } => format!("severity is {}: {why}", to.name()),
        Fact::Reopened { why } => format!("reopened: {why}"),
        Fact::Closed { why } => format!("closed: {why}"),
        Fact::Cancelled { why } => format!("cancelled: {why}"),
        Fact::NarrativeWritten { section, text } => {
            let first = text.lines().next().unwrap_or_default();
            format!("for the report, {}: {first}", section.name())
        }
        Fact::NarrativeAccepted { of } => format!("#{of} is accepted for the report"),
        Fact::Declared { .. }
        | Fact::Marked { .. }
        | Fact::Confirmed { .. }
        | Fact::Retracted { .. }
        | Fact::Amended { .. }
        | Fact::HypothesisOpened { .. }
        | Fact::HypothesisJudged { .. }
        | Fact::TaskAdded { .. }
        | Fact::TaskAssigned { .. }
        | Fact::TaskMoved { .. } => return None,
    })
}

/// A clock against its budget, in a sentence.
pub(super) fn against_budget(metric: &Metric) -> String {
    let took = metric.took_ms.map_or_else(|| "not recorded".to_owned(), clock);
    let budget = metric.budget_ms.map_or_else(|| "none".to_owned(), clock);
    format!("{}: {took} since {}, budget {budget}", metric.name, metric.from.name())
}

/// Minutes and seconds, with hours when there are some.
fn clock(millis: u64) -> String {
    let seconds = millis / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

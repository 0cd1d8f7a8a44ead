//! An incident.

use orc_core::change::{Change, Stage};
use orc_core::incident::fact::Fact;
use orc_core::incident::metrics::Metric;
use orc_core::incident::record::{Hypothesis, Statement, Task};
use orc_core::incident::view::IncidentView;
use orc_core::incident::{Mark, Milestone, Standing, occurred};
use serde_json::{Value, json};

/// So many remarks are shown; the others are in the record.
const LAST: usize = 15;

/// How an incident stands.
pub(crate) fn incident(incident: &IncidentView) -> Value {
    let declared = incident.declared.as_ref().map(
        |it| json!({ "id": it.incident, "title": it.title, "severity": it.severity.name(), "kind": it.kind }),
    );
    let clocks = incident.metrics.metrics.iter().filter(|it| it.budget_ms.is_some() || it.took_ms.is_some());
    let remarks: Vec<Value> = incident.statements.iter().filter_map(remark).collect();
    json!({
        "incident": declared,
        "phase": incident.phase.name(),
        "led_by": incident.commander,
        "elapsed": incident.elapsed_ms.map(super::clock),
        "clocks": clocks.map(|metric| against_budget(metric, incident)).collect::<Vec<_>>(),
        "milestones": incident.reached.iter().map(|mark| milestone(mark, incident)).collect::<Vec<_>>(),
        "hypotheses": incident.hypotheses.iter().map(hypothesis).collect::<Vec<_>>(),
        "evidence": incident.statements.iter().filter_map(evidence).collect::<Vec<_>>(),
        "tasks": incident.tasks.iter().map(task).collect::<Vec<_>>(),
        "changes": incident.changes.iter().map(change).collect::<Vec<_>>(),
        "proposed_actions": incident.statements.iter().filter_map(action).collect::<Vec<_>>(),
        "said_last": remarks[remarks.len().saturating_sub(LAST)..],
    })
}

/// A clock: what it took, or how much is left.
pub(super) fn against_budget(metric: &Metric, incident: &IncidentView) -> Value {
    let base = metric.from == Milestone::Detected || metric.from == Milestone::Declared;
    let running = incident.elapsed_ms.filter(|_| metric.took_ms.is_none() && base);
    let left = |spent: u64| metric.budget_ms.and_then(|budget| budget.checked_sub(spent)).map(super::clock);
    json!({
        "clock": metric.name,
        "from": metric.from.name(),
        "took": metric.took_ms.map(super::clock),
        "budget": metric.budget_ms.map(super::clock),
        "left": running.and_then(left),
        "within_budget": match running {
            Some(spent) => metric.budget_ms.map(|budget| spent <= budget),
            None => metric.met(),
        },
    })
}

/// A milestone as somebody claimed it.
pub(super) fn milestone(mark: &Mark, incident: &IncidentView) -> Value {
    let began = incident.reached.iter().find(|it| it.milestone == Milestone::Detected);
    let began = began.or_else(|| incident.reached.iter().find(|it| it.milestone == Milestone::Declared));
    let after = began.and_then(|began| u64::try_from(occurred::span(&began.at, &mark.at).millis).ok());
    let standing = match &mark.standing {
        Standing::Claimed => "claimed".to_owned(),
        Standing::Confirmed { by } => format!("confirmed by {}", by.label()),
        Standing::Retracted { by, .. } => format!("taken back by {}", by.label()),
    };
    json!({
        "milestone": mark.milestone.name(),
        "event": format!("#{}", mark.seq),
        "at": super::time(mark.at.at),
        "after": after.map(super::clock),
        "by": mark.by.label(),
        "text": mark.text,
        "evidence": mark.evidence,
        "standing": standing,
    })
}

fn hypothesis(it: &Hypothesis) -> Value {
    let last = it.judgements.last();
    json!({
        "id": it.id,
        "text": it.text,
        "by": it.by.label(),
        "verdict": last.map_or("not checked", |judgement| judgement.verdict.words()),
        "why": last.map(|judgement| judgement.text.as_str()),
        "judged_by": last.map(|judgement| judgement.by.label()),
        "evidence": last.map(|judgement| judgement.evidence.as_slice()).unwrap_or_default(),
    })
}

fn task(it: &Task) -> Value {
    json!({
        "id": it.id, "state": it.state.name(), "assignee": it.assignee, "given_by": it.by.label(),
        "text": it.text, "note": it.note,
    })
}

fn change(it: &Change) -> Value {
    let state = match &it.stage {
        Stage::UnderWay { .. } => "under way".to_owned(),
        Stage::Published(_) => "published".to_owned(),
        Stage::Failed { reason } => format!("failed: {}", super::cut(reason, 300)),
        Stage::BrokenOff { .. } => "broken off".to_owned(),
    };
    json!({
        "change": it.name(),
        "branch": it.proposal.branch,
        "base": it.proposal.base,
        "state": state,
        "url": it.published().map(|published| published.url.as_str()),
    })
}

fn evidence(it: &Statement) -> Option<Value> {
    match &it.fact {
        Fact::EvidenceAdded { id, text, source, excerpt, .. } if it.retracted.is_none() => Some(json!({
            "id": id, "text": it.amended.as_ref().unwrap_or(text), "source": source, "by": it.by.label(),
            "excerpt": super::cut(excerpt, 300),
        })),
        _ => None,
    }
}

fn action(it: &Statement) -> Option<Value> {
    match &it.fact {
        Fact::ActionProposed { id, action, why, reach, .. } if it.retracted.is_none() => Some(json!({
            "id": id, "action": action, "why": why, "reach": reach.name(), "by": it.by.label(),
        })),
        _ => None,
    }
}

/// What was said and is shown nowhere else.
fn remark(it: &Statement) -> Option<Value> {
    let words = match &it.fact {
        Fact::Noted { text } => text.clone(),
        Fact::Decided { text, why } => format!("decision: {text}, because {why}"),
        Fact::Updated { audience, conditions, .. } => format!("update to {audience}: {conditions}"),
        Fact::ImpactRecorded { what, value, source } => format!("impact: {what}: {value} ({source})"),
        _ => return None,
    };
    let words = it.amended.clone().unwrap_or(words);
    let live = it.retracted.is_none();
    live.then(
        || json!({ "event": format!("#{}", it.seq), "by": it.by.label(), "text": super::cut(&words, 500) }),
    )
}

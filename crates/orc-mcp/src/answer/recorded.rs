//! What came of a statement.

use orc_api::Response;
use orc_core::incident::{Mark, Milestone};
use serde_json::{Value, json};

use super::incident::{against_budget, milestone as shown};

/// A statement is on record; `what` names its id.
pub(crate) fn recorded(response: Response, what: &str) -> Option<Value> {
    let Response::Recorded { seq, id, again, notes, incident } = response else { return None };
    let mut said = json!({
        "recorded": !again, "event": format!("#{seq}"), "notes": notes, "phase": incident.phase.name(),
        "elapsed": incident.elapsed_ms.map(super::clock),
    });
    let map = said.as_object_mut()?;
    if let Some(id) = id {
        map.insert(what.to_owned(), Value::from(id));
    }
    if again {
        map.insert("already".to_owned(), Value::from("this was on record before; nothing was added"));
    }
    Some(said)
}

/// An action was proposed.
pub(crate) fn proposed(response: Response) -> Option<Value> {
    let mut said = recorded(response, "action")?;
    said.as_object_mut()?.insert(
        "next".to_owned(),
        Value::from("A person decides. Do not carry it out before they say so in your prompt."),
    );
    Some(said)
}

/// A milestone was claimed.
pub(crate) fn marked(response: Response, milestone: Milestone) -> Option<Value> {
    let Response::Recorded { seq, again, notes, incident, .. } = response else { return None };
    let counts = incident.reached.iter().find(|it| it.milestone == milestone);
    let metric = incident.metrics.metrics.iter().find(|it| it.to == milestone && it.budget_ms.is_some());
    let metric = metric.or_else(|| incident.metrics.metrics.iter().find(|it| it.to == milestone));
    let mut said = json!({
        "milestone": milestone.name(),
        "recorded": !again,
        "event": format!("#{seq}"),
        "phase": incident.phase.name(),
        "elapsed": incident.elapsed_ms.map(super::clock),
        "clock": metric.map(|metric| against_budget(metric, &incident)),
        "notes": notes,
    });
    let map = said.as_object_mut()?;
    if again {
        map.insert(
            "already".to_owned(),
            Value::from("you have claimed it in these words; nothing was added"),
        );
    } else if let Some(other) = counts.filter(|it| it.seq != seq) {
        map.insert("already".to_owned(), Value::from(already(other, seq.to_string().as_str())));
        map.insert("counts".to_owned(), shown(other, &incident));
    }
    if incident.declared.is_none() {
        let why =
            "no incident is declared, so nothing is measured from its beginning: only a person declares one";
        map.insert("undeclared".to_owned(), Value::from(why));
    }
    Some(said)
}

fn already(other: &Mark, own: &str) -> String {
    let (by, seq) = (other.by.label(), other.seq);
    format!("{by} has claimed it before (#{seq}), and that claim counts; yours is kept beside it as #{own}")
}

//! A digest in words.

use super::{Item, Ledger, Reminder, What};
use crate::ids::AgentId;
use crate::incident::metrics::metrics;
use crate::incident::{Milestone, Occurred, Record, occurred};
use crate::state::State;
use crate::team::Team;

/// The text for the manager of a team at `live`.
pub fn digest(
    state: &State,
    team: &Team,
    ledger: &Ledger,
    reminders: &[Reminder],
    live: &Occurred,
) -> String {
    let record = state.records.get(&team.name);
    let mut parts = Vec::new();
    if !ledger.is_empty() {
        let mut lines: Vec<String> =
            ledger.items.iter().map(|item| format!("- {}", line(state, item))).collect();
        if ledger.more > 0 {
            let (more, team) = (ledger.more, &team.name);
            lines.push(format!("- {more} more statements: `tmux-orc incident status {team}` shows them"));
        }
        parts.push(lines.join("\n"));
    }
    let told: Vec<String> = reminders
        .iter()
        .filter(|reminder| !is_outdone(reminder, reminders))
        .map(|it| remind(it, team))
        .collect();
    if !told.is_empty() {
        parts.push(told.join("\n"));
    }
    parts.extend(record.and_then(|record| clock(record, live)));
    parts.push("Nobody waits for an answer to this. Act where something needs you.".to_owned());
    parts.join("\n\n")
}

/// The milestone's budget is used up: that it was nearly so needs no word.
fn is_outdone(reminder: &Reminder, all: &[Reminder]) -> bool {
    let Reminder::Near { milestone } = reminder else { return false };
    all.contains(&Reminder::Passed { milestone: *milestone })
}

fn line(state: &State, item: &Item) -> String {
    let who = |id: &AgentId| match state.agent(*id) {
        Some(agent) => format!("{}:{} ({})", agent.team, agent.index, agent.name),
        None => id.to_string(),
    };
    match &item.what {
        What::TurnEnded { agent, words, error: Some(error) } => {
            let said = if words.is_empty() { String::new() } else { format!("; it said: {words}") };
            format!("{} had a turn that failed ({error}){said}", who(agent))
        }
        What::TurnEnded { agent, words, error: None } if words.is_empty() => {
            format!("{} finished its turn", who(agent))
        }
        What::TurnEnded { agent, words, error: None } => {
            format!("{} finished its turn and said: {words}", who(agent))
        }
        What::Blocked { agent, need, text } => {
            let asks = if text.is_empty() { String::new() } else { format!(": {text}") };
            format!("{} waits for a person ({}){asks}", who(agent), need.name())
        }
        What::Stuck { agent, state } => format!("{} does not go on: {state}", who(agent)),
        What::Ended { agent, exit } => {
            format!("{} ended ({exit}) and does not run; its messages wait", who(agent))
        }
        What::Stated { by, words } => format!("{by} {words}"),
    }
}

fn remind(reminder: &Reminder, team: &Team) -> String {
    let team = &team.name;
    match reminder {
        Reminder::NoHypothesis => format!(
            "No possible cause is on record yet. Name one, however weak: `tmux-orc incident hypothesis {team} \"…\"`, and give \
             somebody the task to check it."
        ),
        Reminder::Near { milestone } | Reminder::Passed { milestone } => {
            let budget = milestone.budget_ms().unwrap_or_default() / 60_000;
            let name = milestone.name();
            let so = match reminder {
                Reminder::Passed { .. } => {
                    format!("{name} was due after {budget} minutes and is not reached")
                }
                _ => format!("{name} is due after {budget} minutes and is not reached"),
            };
            format!("{so}. {}", advice(*milestone))
        }
        Reminder::NoUpdate { .. } => format!(
            "Those who wait have not been told how it stands for longer than the severity allows: `tmux-orc incident \
             update {team} \"what is the case\" --actions \"…\" --needs \"…\"`."
        ),
    }
}

fn advice(milestone: Milestone) -> &'static str {
    match milestone {
        Milestone::RootCause => "Would a rollback end the harm before the cause is known?",
        Milestone::FixReady => "Is there a smaller change, or a switch, that ends the harm?",
        _ => "Say what is missing, and ask the person for it.",
    }
}

/// The clock of the incident in a line.
fn clock(record: &Record, live: &Occurred) -> Option<String> {
    let declared = record.declared.as_ref()?;
    let began = record.effective(Milestone::Detected).or(record.effective(Milestone::Declared))?;
    let passed = u64::try_from(occurred::span(&began.at, live).millis).unwrap_or(0);
    let open = metrics(record).metrics.into_iter().filter(|it| it.took_ms.is_none());
    let due: Vec<String> =
        open.filter_map(|it| Some(format!("{} by T+{}", it.to.name(), minutes(it.budget_ms?)))).collect();
    let due = if due.is_empty() { String::new() } else { format!("; due: {}", due.join(", ")) };
    let (incident, severity, phase) = (&declared.incident, declared.severity.name(), record.phase().name());
    Some(format!("{incident} ({severity}), {phase}, T+{}{due}.", minutes(passed)))
}

/// Minutes and seconds.
fn minutes(millis: u64) -> String {
    format!("{}:{:02}", millis / 60_000, millis / 1000 % 60)
}

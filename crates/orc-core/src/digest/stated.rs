//! What somebody put on record, in the words of a digest.

use crate::delivery::Sender;
use crate::event::Event;
use crate::ids::{AgentId, TaskId};
use crate::incident::fact::TaskState;
use crate::incident::{Fact, Milestone, Record};
use crate::state::State;

/// Who did what, in words, when it was somebody else than the manager; nothing when it needs none, or when the manager is
/// told of it in another way. `record` is the one before the event.
pub(super) fn stated(
    state: &State,
    record: Option<&Record>,
    manager: AgentId,
    event: &Event,
) -> Option<(String, String)> {
    let (by, words) = match event {
        Event::Recorded { by, fact, .. } => (by, of_fact(record, manager, fact)?),
        Event::CheckFinished { run, .. } => {
            let branch = run.tested.branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            let (check, tier, verdict) = (run.check, run.tier.name(), run.verdict.name());
            (&run.by, format!("ran check {check} ({tier}){branch}: {verdict}: {}", run.why))
        }
        Event::ChangePublished(done) => {
            let change = record?.changes.last()?;
            let (noun, branch) = (change.proposal.forge.noun(), &change.proposal.branch);
            let at = if done.published.url.is_empty() {
                String::new()
            } else {
                format!(": {}", done.published.url)
            };
            let missing =
                change.proposal.waived.as_ref().map(|it| format!(". {}", it.what)).unwrap_or_default();
            (&change.by, format!("published the {noun} of {branch}{at}{missing}"))
        }
        Event::ShipFailed(failed) => {
            let change = record?.changes.last()?;
            (&change.by, format!("could not publish {}: {}", change.proposal.branch, failed.reason))
        }
        Event::TalkLimited(limited) => {
            let whose = limited.between.describe(state);
            let (count, minutes) = (limited.count, limited.within_ms / 60_000);
            let words = format!(
                "stopped {whose}, who exchanged {count} messages within {minutes} minutes: say who does what; a person's \
                 message lets them go on"
            );
            return Some((Sender::System.label().to_owned(), words));
        }
        _ => return None,
    };
    match by {
        Sender::Agent { id, .. } if *id == manager => None,
        Sender::Operator | Sender::Agent { .. } => Some((by.label().to_owned(), words)),
        Sender::System => None,
    }
}

fn of_fact(record: Option<&Record>, manager: AgentId, fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Declared { incident, title, severity, .. } => {
            format!("declared {incident} ({}): {title}", severity.name())
        }
        Fact::SeverityChanged { to, why } => format!("set the severity to {}: {why}", to.name()),
        Fact::Closed { why } => format!("closed the incident: {why}"),
        Fact::Reopened { why } => format!("reopened the incident: {why}"),
        Fact::Cancelled { why } => format!("cancelled the incident: {why}"),
        // When it began is said with the declaration.
        Fact::Marked { milestone: Milestone::ImpactStarted | Milestone::Detected, text, .. }
            if text.is_empty() =>
        {
            return None;
        }
        Fact::Marked { milestone, text, evidence, .. } => {
            format!("says that {} is reached: {text}{}", milestone.name(), listed(evidence))
        }
        Fact::Confirmed { of } => format!("confirmed #{of}"),
        Fact::Retracted { of, why } => format!("took #{of} back: {why}"),
        Fact::Amended { of, text } => format!("put #{of} into other words: {text}"),
        Fact::HypothesisOpened { id, text } => format!("suspects, as {id}: {text}"),
        Fact::HypothesisJudged { id, verdict, text, evidence } => {
            format!("says that {id} is {}: {text}{}", verdict.words(), listed(evidence))
        }
        Fact::EvidenceAdded { id, text, source, .. } if source.is_empty() => {
            format!("kept evidence {id}: {text}")
        }
        Fact::EvidenceAdded { id, text, source, .. } => format!("kept evidence {id}: {text} ({source})"),
        Fact::Noted { text } => format!("notes: {text}"),
        Fact::Decided { text, why } => format!("decided: {text}, because {why}"),
        Fact::Updated { audience, conditions, .. } => format!("told {audience}: {conditions}"),
        Fact::ImpactRecorded { what, value, source } => {
            format!("gives as impact: {what}: {value} ({source})")
        }
        Fact::RoleAssumed { role, holder } => format!("made {holder} the {role}"),
        Fact::FollowUpAdded { id, text, .. } => format!("kept {id} for afterwards: {text}"),
        Fact::FollowUpDone { id } => format!("says that {id} is done"),
        Fact::TaskAdded { id, text, assignee } => {
            let to = assignee.as_ref().map(|to| format!(" for {to}")).unwrap_or_default();
            format!("added task {id}{to}: {text}")
        }
        Fact::TaskAssigned { id, assignee } => {
            format!("gave task {id}{} to {assignee}", of_task(record, *id))
        }
        Fact::ActionProposed { id, action, why, .. } => {
            format!("proposes {id}, for a person to decide: {action}, because {why}")
        }
        Fact::NarrativeWritten { section, .. } => {
            format!("wrote the section {} of the report", section.name())
        }
        Fact::NarrativeAccepted { of } => format!("accepted the section of the report that #{of} wrote"),
        Fact::TaskMoved { state: TaskState::Open | TaskState::Started, .. } => return None,
        // Who gave a task is told of its end at once.
        Fact::TaskMoved { id, .. } if is_of(record, *id, manager) => return None,
        Fact::TaskMoved { id, state, text } => {
            let said = if text.is_empty() { String::new() } else { format!(": {text}") };
            format!("says that task {id}{} is {}{said}", of_task(record, *id), state.name())
        }
    })
}

fn listed(evidence: &[String]) -> String {
    if evidence.is_empty() { String::new() } else { format!(" [{}]", evidence.join(", ")) }
}

fn task(record: Option<&Record>, id: TaskId) -> Option<&crate::incident::record::Task> {
    record?.tasks.iter().find(|task| task.id == id)
}

fn of_task(record: Option<&Record>, id: TaskId) -> String {
    task(record, id).map(|task| format!(" ({})", task.text)).unwrap_or_default()
}

fn is_of(record: Option<&Record>, id: TaskId, manager: AgentId) -> bool {
    task(record, id).is_some_and(|task| matches!(task.by, Sender::Agent { id, .. } if id == manager))
}

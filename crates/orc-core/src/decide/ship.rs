//! Publishing a change: one at a time for a team, each step an intent and an outcome, and what it leaves to be done.

use super::{Decision, Reply};
use crate::change::ship::{Done, Failed, Started, Stepped};
use crate::change::{Action, Change, Progress, Proposal, Published, Stage, Step};
use crate::delivery::{MessageKind, Sender};
use crate::envelope::make_safe;
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::{AgentId, FollowUpId, MessageId, TeamName};
use crate::incident::{Fact, Occurred, Record};
use crate::state::State;
use crate::team::{Team, TeamPhase};

pub(super) fn begin(state: &State, team: TeamName, by: Sender, proposal: Box<Proposal>) -> Decision {
    if !state.teams.contains_key(&team) {
        return Decision::refused(Refusal::new(
            Code::NotFound,
            format!("there is no team `{team}`"),
            "`tmux-orc team list` shows what there is",
        ));
    }
    match under_way(state, &team) {
        Some(other) => Decision::refused(Refusal::new(
            Code::Conflict,
            format!("the {} is being published at this moment", other.name()),
            "wait for its end: `tmux-orc incident status` shows it",
        )),
        None => Decision::ok(vec![Event::ShipStarted(Started { team, by, proposal })]),
    }
}

pub(super) fn step(state: &State, team: TeamName, step: Step, progress: Progress) -> Decision {
    match under_way(state, &team) {
        Some(_) => Decision::ok(vec![Event::ShipStep(Stepped { team, step, progress })]),
        None => Decision::stale(),
    }
}

pub(super) fn failed(state: &State, team: TeamName, reason: String) -> Decision {
    match under_way(state, &team) {
        Some(_) => Decision::ok(vec![Event::ShipFailed(Failed { team, reason })]),
        None => Decision::stale(),
    }
}

/// It is published: what was not checked before is written down to be done after, and the author is told; the manager hears of
/// it with its digest.
pub(super) fn done(
    state: &State,
    team: TeamName,
    published: Published,
    author: Option<AgentId>,
    live: &Occurred,
) -> Decision {
    let (Some(change), Some(record)) = (under_way(state, &team), state.records.get(&team)) else {
        return Decision::stale();
    };
    let told = state.teams.get(&team).and_then(|found| told(state, found, change, &published, author));
    let name = name(&change.proposal, &published);
    let mut events = Vec::new();
    let mut follow_ups = Vec::new();
    for text in left_to_do(&change.proposal, &name).into_iter().filter(|text| !is_written_down(record, text))
    {
        let id = FollowUpId(record.last_follow_up + 1 + follow_ups.len() as u64);
        follow_ups.push(id);
        let fact = Fact::FollowUpAdded { id, text, kind: "process".to_owned(), owner: None };
        events.push(Event::Recorded { team: team.clone(), by: Sender::System, at: live.clone(), fact });
    }
    events.push(Event::ChangePublished(Done { team, published, follow_ups }));
    events.extend(told);
    Decision { events, reply: Reply::Ok }
}

/// What is being published now.
fn under_way<'a>(state: &'a State, team: &TeamName) -> Option<&'a Change> {
    let newest = state.records.get(team)?.changes.last()?;
    matches!(newest.stage, Stage::UnderWay { .. }).then_some(newest)
}

fn name(proposal: &Proposal, published: &Published) -> String {
    let forge = proposal.forge;
    match published.number {
        Some(number) => format!("{} {}{number}", forge.noun(), forge.mark()),
        None => format!("{} of {}", forge.noun(), proposal.branch),
    }
}

/// What an emergency leaves to be done. The words do not change when it is published again.
fn left_to_do(proposal: &Proposal, name: &str) -> Vec<String> {
    let Proposal { branch, base, .. } = proposal;
    let tests = proposal.waived.is_some().then(|| {
        format!("Run the whole test suite on {base} with {branch} merged: it had not passed when the {name} was opened")
    });
    let review = proposal
        .emergency
        .then(|| format!("Review the {name} ({branch}) once more in calm: it was opened as an emergency"));
    tests.into_iter().chain(review).collect()
}

fn is_written_down(record: &Record, words: &str) -> bool {
    let same = |fact: &Fact| matches!(fact, Fact::FollowUpAdded { text, .. } if text == words);
    record.statements.iter().any(|statement| same(&statement.fact))
}

/// The author hears of it: who asked for it, else the agent that the shell knows, else the first.
fn told(
    state: &State,
    team: &Team,
    change: &Change,
    published: &Published,
    author: Option<AgentId>,
) -> Option<Event> {
    let asker = match change.by {
        Sender::Agent { id, .. } => Some(id),
        Sender::Operator | Sender::System => None,
    };
    let manager = state.manager_of(team, None).map(|agent| agent.id);
    let author = asker.or(author).or_else(|| team.agents.first().copied());
    let to: Vec<AgentId> =
        author.into_iter().filter(|id| team.agents.contains(id) && Some(*id) != manager).collect();
    let runs = team.phase == TeamPhase::Running && team.deployed && !to.is_empty();
    let safe = make_safe(&words(change, published));
    runs.then(|| Event::MessageAccepted {
        message: MessageId(state.last_message + 1),
        team: team.name.clone(),
        from: Sender::System,
        kind: MessageKind::Direct,
        to,
        text: safe.text,
        notes: safe.notes,
        key: None,
    })
}

fn words(change: &Change, published: &Published) -> String {
    let Proposal { branch, base, head, waived, .. } = &change.proposal;
    let name = name(&change.proposal, published);
    let verb = match published.action {
        Action::Created => "is open",
        Action::Updated => "is up to date",
        Action::Written => "is written",
    };
    let place = if published.url.is_empty() { published.files.join(", ") } else { published.url.clone() };
    let short = head.get(..12).unwrap_or(head);
    let missing = waived.as_ref().map(|waived| format!(" {}", waived.what)).unwrap_or_default();
    format!(
        "The {name} {verb}: {place}\n{branch} at {short}, for {base}.{missing} A person approves and merges it; nobody of this \
         team does."
    )
}

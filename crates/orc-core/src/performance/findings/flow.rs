//! What slows the work down: messages that pile up or arrive late, agents that rest while work is open, and circles.

use super::{Case, Figure, Finding, Kind, LATELY_MS, Patient};
use crate::ids::AgentId;
use crate::incident::fact::TaskState;
use crate::performance::latency::Latency;
use crate::performance::loops::Circle;
use crate::team::AgentState;
use crate::time::short;

/// So many messages wait …
const QUEUE: usize = 3;
/// … and the oldest for so long (milliseconds): the agent does not just finish what it does.
const QUEUE_OLD_MS: u64 = 15_000;
/// So many deliveries lately say something of their speed.
const DELIVERIES: usize = 3;
/// A hand-over of this p95 is slow: typing and proof take a second (milliseconds).
const HAND_OVER_MS: u64 = 10_000;
/// A delivery of this p95 is slow, whatever it waited for (milliseconds).
const DELIVERY_MS: u64 = 60_000;
/// Rest for so long while a task is open (milliseconds).
const STARVED_MS: u64 = 20_000;
/// Rest for so long while an incident goes on or others work (milliseconds).
const NO_TASK_MS: u64 = 300_000;
/// So many messages of which each answers the one before are a circle.
const ANSWERS: usize = 8;
/// So many times the same words are one, too.
const REPEATS: usize = 4;
/// So many turns lately, none of them begun by a person's words, and half of them no longer than [`SHORT_TURN_MS`].
const TURNS: usize = 20;
/// A turn in which hardly anything was done (milliseconds).
const SHORT_TURN_MS: u64 = 5_000;

/// What slows the team down.
pub(super) fn of_team(case: &Case<'_>) -> Option<Finding> {
    let now = case.ledger.now();
    let words = case.ledger.words();
    let answering = words.answering(now).filter(|circle| circle.count >= ANSWERS);
    let repeated = words.repeated(now).filter(|circle| circle.count >= REPEATS);
    let (circle, what, stop) = match (answering, repeated) {
        (Some(circle), _) => (circle, "answer each other", "Stop answering each other"),
        (None, Some(circle)) => (circle, "the same message", "Stop sending the same message"),
        (None, None) => return None,
    };
    let name =
        |id: AgentId| case.team.agents.iter().find(|agent| agent.id == id).map(|agent| agent.name.as_str());
    let (one, other) = (name(circle.one)?, name(circle.other)?);
    let Circle { count, within, .. } = circle;
    let team = &case.team.team;
    let text = if answering.is_some() {
        format!("{one} and {other} of {team} {what}: {count} messages in {}", short(within))
    } else {
        format!("{one} of {team} sent {other} {what} {count} times in {}", short(within))
    };
    Some(Finding {
        kind: Kind::Looping,
        team: Some(team.clone()),
        agent: Some(format!("{team}:{one}")),
        text,
        figure: Figure::Count { count, within_ms: within },
        command: format!(
            "tmux-orc agent send {team}:{one} \"{stop}: report what is still open to the operator.\""
        ),
    })
}

/// What slows the agent down.
pub(super) fn of_agent(one: &Patient<'_>) -> Vec<Finding> {
    [queue(one), starved(one), short_turns(one), slow(one)].into_iter().flatten().collect()
}

fn queue(one: &Patient<'_>) -> Option<Finding> {
    let (count, oldest) = (one.figures.queued, one.figures.oldest_ms?);
    let came = one.course.accepted_since(one.lately());
    let went = one.course.settled_since(one.lately()).len();
    if count < QUEUE || oldest < QUEUE_OLD_MS || came <= went {
        return None;
    }
    let why = one.agent.hold.as_ref().map(|hold| format!(" ({hold})")).unwrap_or_default();
    let what = format!(
        "has {count} messages waiting, the oldest for {}{why}: lately {came} came and {went} went",
        short(oldest)
    );
    let command = format!("tmux-orc agent attach {}", one.target());
    Some(one.finding(Kind::QueueGrowing, Figure::Count { count, within_ms: oldest }, &what, command))
}

fn starved(one: &Patient<'_>) -> Option<Finding> {
    let rests = one.figures.in_state_ms;
    if one.figures.state != AgentState::Idle || rests < STARVED_MS || one.figures.queued > 0 {
        return None;
    }
    let (team, target) = (&one.case.team.team, one.target());
    let time = short(rests);
    let has =
        |task: &&crate::incident::record::Task| task.assignee.as_deref() == Some(one.agent.name.as_str());
    let own = one.case.open_tasks().find(|task| has(task) && task.state != TaskState::Blocked);
    let free = one.case.open_tasks().find(|task| task.assignee.is_none() && task.state == TaskState::Open);
    let (what, command) = if let Some(task) = own {
        let what = format!("has rested for {time} while its task {} is {}", task.id, task.state.name());
        (what, format!("tmux-orc agent send {target} \"Go on with {}: how far is it?\"", task.id))
    } else if one.is_manager() {
        return None;
    } else if let Some(task) = free {
        let what = format!("has rested for {time} while {} is open and nobody has it", task.id);
        (what, format!("tmux-orc task assign {team} {} {}", task.id, one.agent.name))
    } else if rests >= NO_TASK_MS && (one.case.is_urgent() || others_work(one)) {
        let what = format!("has rested for {time} and has no task");
        (what, format!("tmux-orc task add {team} \"WHAT IS TO BE DONE\" --to {}", one.agent.name))
    } else {
        return None;
    };
    Some(one.finding(Kind::Starved, one.lasting(), &what, command))
}

/// Whether somebody else of the team has had a turn lately.
fn others_work(one: &Patient<'_>) -> bool {
    let works = |patient: Patient<'_>| {
        let course = patient.course;
        course.running(one.now).is_some() || !course.turns_since(one.lately()).is_empty()
    };
    one.case.patients().filter(|other| other.agent.id != one.agent.id && !other.is_manager()).any(works)
}

fn short_turns(one: &Patient<'_>) -> Option<Finding> {
    let turns = one.course.turns_since(one.lately());
    let of_persons = turns.iter().filter(|turn| turn.by_person).count();
    let length = Latency::of(turns.iter().map(|turn| turn.to - turn.from));
    let median = length.p50_ms?;
    if turns.len() < TURNS || median > SHORT_TURN_MS || of_persons * 4 > turns.len() {
        return None;
    }
    let what = format!(
        "took {} turns in the last {}, half of them no longer than {}, {of_persons} of them for a person",
        turns.len(),
        short(LATELY_MS),
        short(median)
    );
    let figure = Figure::Count { count: turns.len(), within_ms: LATELY_MS };
    Some(one.finding(Kind::Looping, figure, &what, format!("tmux-orc agent messages {}", one.target())))
}

fn slow(one: &Patient<'_>) -> Option<Finding> {
    let settled = one.course.settled_since(one.lately());
    if settled.len() < DELIVERIES {
        return None;
    }
    let hand_over = Latency::of(settled.iter().map(|one| one.handed_over)).p95_ms?;
    let delivery = Latency::of(settled.iter().map(|one| one.delivered)).p95_ms?;
    let (what, time) = if hand_over >= HAND_OVER_MS {
        ("took so long to be typed and proven", hand_over)
    } else if delivery >= DELIVERY_MS {
        ("took so long to arrive", delivery)
    } else {
        return None;
    };
    let what = format!("gets its messages late: of {} lately, p95 {}, {what}", settled.len(), short(time));
    // Each settled message is shown with what its delivery waited for.
    let command = format!("tmux-orc agent messages {}", one.target());
    Some(one.finding(Kind::SlowDelivery, Figure::Lasting { for_ms: time }, &what, command))
}

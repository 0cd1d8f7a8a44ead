//! What stops an agent: it does not run, does not go on, or waits for a person or its provider.

use super::{Case, Figure, Finding, Kind, LATELY_MS, Patient};
use crate::recovery::view::Standing;
use crate::team::{AgentState, Need};
use crate::time::short;

/// A dialog that stands for so long waits for a person: a policy has had its time (milliseconds).
const BLOCKED_MS: u64 = 5_000;
/// A provider that lets an agent wait for so long at a time (milliseconds) …
const PROVIDER_MS: u64 = 5_000;
/// … or for so much of the last minutes (milliseconds).
const PROVIDER_LATELY_MS: u64 = 60_000;
/// A failed turn after which nobody has done anything for so long (milliseconds).
const FAILED_MS: u64 = 10_000;
/// The slowest agents that were measured are ready after half of this (milliseconds).
const START_MS: u64 = 60_000;
/// So many restarts lately are no accident.
const RESTARTS: usize = 3;

/// What stops the team.
pub(super) fn of_team(case: &Case<'_>) -> Option<Finding> {
    let paused = case.team.recovery.as_ref()?;
    let pause = paused.paused.as_ref()?;
    let down = |agent: &&crate::view::AgentView| matches!(agent.state, AgentState::Exited { .. });
    let count = case.team.agents.iter().filter(down).count();
    let team = &case.team.team;
    let start = format!("tmux-orc recovery start --session {team}");
    Some(Finding {
        kind: Kind::RestartsPaused,
        team: Some(team.clone()),
        agent: None,
        text: format!("nobody of {team} is restarted, {count} agents are down: {}", pause.reason),
        figure: Figure::Count { count, within_ms: LATELY_MS },
        command: paused.next.first().cloned().unwrap_or(start),
    })
}

/// What stops the agent.
pub(super) fn of_agent(one: &Patient<'_>) -> Vec<Finding> {
    [broken(one), state(one), provider(one), crash_loop(one)].into_iter().flatten().collect()
}

fn broken(one: &Patient<'_>) -> Option<Finding> {
    let Some(Standing::Broken(still)) = one.standing() else { return None };
    let what = format!("has not been restarted any more for {}: {}", lasts(one), still.reason);
    Some(one.finding(Kind::BreakerOpen, one.lasting(), &what, one.restart()))
}

fn lasts(one: &Patient<'_>) -> String {
    short(one.figures.in_state_ms)
}

fn state(one: &Patient<'_>) -> Option<Finding> {
    let (lasting, time) = (one.figures.in_state_ms, lasts(one));
    let target = one.target();
    let attach = format!("tmux-orc agent attach {target}");
    let left = !one.course.is_restarting()
        && matches!(one.standing(), None | Some(Standing::Fine | Standing::Left { .. }));
    let (kind, what, command) = match &one.figures.state {
        AgentState::Exited { exit } if left => {
            let what = format!("has not run for {time} ({exit}), and nothing brings it back");
            (Kind::Down, what, one.restart())
        }
        AgentState::Replaced { by } if left => {
            (Kind::Down, format!("has been a shell for {time} ({by})"), one.restart())
        }
        // The proof has a time of its own, up to when it was enough.
        AgentState::Hung { proof, .. } => {
            (Kind::Hung, format!("was found to hang {time} ago: {proof}"), one.restart())
        }
        AgentState::NeedsPerson { need } if lasting >= BLOCKED_MS => {
            let command = match one.agent.prompt {
                Some(_) => format!("tmux-orc agent prompts {target}"),
                None => attach,
            };
            (Kind::Blocked, format!("blocked on a {} for {time}", noun(*need)), command)
        }
        AgentState::FailedTurn { error } if lasting >= FAILED_MS => {
            let what = format!("has rested for {time} after a failed turn: {error}");
            let go_on =
                format!("tmux-orc agent send {target} \"Your last turn failed. Go on where it stopped.\"");
            (Kind::FailedTurn, what, go_on)
        }
        AgentState::Starting if lasting >= START_MS => {
            let what = format!("is not ready {time} after it was started");
            (Kind::NotReady, what, format!("tmux-orc agent screen {target}"))
        }
        AgentState::Unknown if lasting >= START_MS => {
            let what = format!("has been in a state that nothing tells for {time}");
            (Kind::NotReady, what, format!("tmux-orc agent explain {target}"))
        }
        _ => return None,
    };
    Some(one.finding(kind, one.lasting(), &what, command))
}

fn noun(need: Need) -> &'static str {
    match need {
        Need::Permission => "permission",
        Need::Question => "question",
        Need::Trust => "question of trust",
        Need::Login => "login",
        Need::Onboarding => "first-run question",
    }
}

fn provider(one: &Patient<'_>) -> Option<Finding> {
    let lately = one.course.spent(one.lately(), one.now);
    let lately = lately.get(AgentState::WAITING_ON_PROVIDER).copied().unwrap_or(0);
    let now = match &one.figures.state {
        AgentState::WaitingOnProvider { wait, .. } if one.figures.in_state_ms >= PROVIDER_MS => Some(*wait),
        _ => None,
    };
    let (what, figure) = match now {
        Some(wait) => {
            (format!("has waited for its provider for {} ({})", lasts(one), wait.words()), one.lasting())
        }
        None if lately >= PROVIDER_LATELY_MS => {
            let what =
                format!("waited for its provider for {} of the last {}", short(lately), short(LATELY_MS));
            (what, Figure::Lasting { for_ms: lately })
        }
        None => return None,
    };
    Some(one.finding(Kind::RateLimited, figure, &what, relief(one)))
}

/// Somebody else may do it: else only the person can give it another account or model.
fn relief(one: &Patient<'_>) -> String {
    let team = &one.case.team.team;
    let own = one.case.open_tasks().find(|task| task.assignee.as_deref() == Some(one.agent.name.as_str()));
    let mut others = one.case.team.agents.iter().filter(|other| other.role.as_str() != "pm");
    let free = others.find(|other| other.state == AgentState::Idle && other.queued == 0);
    match own.zip(free) {
        Some((task, free)) => format!("tmux-orc task assign {team} {} {}", task.id, free.name),
        None => format!("tmux-orc agent attach {}", one.target()),
    }
}

fn crash_loop(one: &Patient<'_>) -> Option<Finding> {
    let count = one.course.restarts_since(one.lately());
    if count < RESTARTS || matches!(one.standing(), Some(Standing::Broken(_))) {
        return None;
    }
    let what = format!("was started again {count} times in the last {}", short(LATELY_MS));
    let command = format!("tmux-orc recovery status --session {}", one.case.team.team);
    Some(one.finding(Kind::CrashLoop, Figure::Count { count, within_ms: LATELY_MS }, &what, command))
}

//! Checks of a team's code.

use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use orc_api::request::RunCheck;
use orc_api::response::{CheckPlan, CheckProgress, Response};
use orc_check::drive::on_paper;
use orc_core::check::{Begun, CheckId, CheckRun};
use orc_core::delivery::Sender;
use orc_core::error::{Code, Refusal};
use orc_core::ids::TeamName;

use super::incident::of_team;
use super::talk::agent_sender;
use super::{LONGEST_WAIT, cli, team_named};
use crate::check;
use crate::journal::Origin;
use crate::run::Shell;

/// So much of a log is told at once (bytes).
const PORTION: usize = 256 << 10;

/// Runs tests, or says what would run. `door` is the one that an agent comes through.
pub(super) async fn run(shell: &Shell, request: RunCheck, door: &'static str) -> Result<Response, Refusal> {
    let team = team_named(shell, request.team.clone()).await?;
    let (by, origin) = match request.sender.clone() {
        None => (Sender::Operator, cli()),
        Some(id) => {
            let by = shell.handle.look(move |look| agent_sender(look, &id)).await??;
            of_team(&by, &team)?;
            let actor = by.label().to_owned();
            (by, Origin { actor, door })
        }
    };
    let explain = request.explain;
    let wanted = check::wanted(shell, team, by, request).await?;
    let notes = wanted.examined.notes.clone();
    if explain {
        let (examined, plan) = (wanted.examined, wanted.plan);
        return Ok(Response::CheckPlan(Box::new(CheckPlan {
            tier: plan.tier,
            budget_ms: examined.config.budget_ms(plan.tier),
            tested: examined.tested,
            changed: examined.changed,
            suites: on_paper(&plan),
            widened: plan.widened,
            notes,
        })));
    }
    let begun = Box::new(check::begin(shell, wanted, origin).await?);
    Ok(Response::CheckBegun { begun, notes })
}

/// The checks that run, and the last ones that have ended.
pub(super) async fn list(shell: &Shell, team: String) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    let look = shell.handle.look(move |at| {
        let record = at.state.records.get(&team);
        let running = record.map(|it| it.checking.iter().map(|(begun, ..)| begun.clone()).collect());
        let checks = record.map(|it| it.checks.iter().cloned().collect());
        Response::Checks { running: running.unwrap_or_default(), checks: checks.unwrap_or_default() }
    });
    look.await
}

enum Known {
    Runs(Begun),
    Ended(Box<CheckRun>),
}

/// How far a check is; waits for something new.
pub(super) async fn follow(
    shell: &Shell,
    team: String,
    check: &str,
    after: u64,
    wait_ms: u64,
) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    let check = check_named(check)?;
    let wait = Duration::from_millis(wait_ms).min(LONGEST_WAIT);
    let known = match known(shell, &team, check).await? {
        Known::Runs(begun) => {
            news(shell, &team, check, after, wait).await?;
            match self::known(shell, &team, check).await? {
                Known::Runs(_) => Known::Runs(begun),
                ended @ Known::Ended(_) => ended,
            }
        }
        ended @ Known::Ended(_) => ended,
    };
    let live = shell.checks.find(&team, check);
    let progress = live.as_ref().map(|live| live.progress.borrow().clone()).unwrap_or_default();
    let (log, budget_ms) = match &known {
        Known::Runs(begun) => (begun.log.clone(), begun.budget_ms),
        Known::Ended(run) => (run.log.clone(), run.budget_ms),
    };
    let (text, next) = tokio::task::spawn_blocking(move || portion(&log, after)).await.unwrap_or_default();
    Ok(Response::CheckProgress(Box::new(CheckProgress {
        queued: progress.queued,
        doing: progress.doing,
        counts: progress.counts,
        elapsed_ms: live.map_or(0, |live| live.elapsed_ms()),
        budget_ms,
        text,
        next,
        ended: match known {
            Known::Runs(_) => None,
            Known::Ended(run) => Some(run),
        },
    })))
}

/// Waits until a check that runs has something new to tell, or has ended.
async fn news(
    shell: &Shell,
    team: &TeamName,
    check: CheckId,
    after: u64,
    wait: Duration,
) -> Result<(), Refusal> {
    let Some(live) = shell.checks.find(team, check) else {
        // A supervisor before this one had it: its end is being found out.
        let team = team.clone();
        let over = move |at: &crate::handle::Look<'_>| ended(at.state.records.get(&team), check).map(drop);
        return shell.handle.wait_for(wait, over).await.map(drop);
    };
    let mut progress = live.progress.subscribe();
    progress.borrow_and_update();
    if progress.borrow().written > after {
        return Ok(());
    }
    tokio::select! {
        () = live.over.cancelled() => {}
        _ = progress.changed() => {}
        () = tokio::time::sleep(wait) => {}
    }
    Ok(())
}

/// Ends a check.
pub(super) async fn cancel(shell: &Shell, team: String, check: &str) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    let check = check_named(check)?;
    if let Known::Ended(_) = known(shell, &team, check).await? {
        return Err(Refusal::new(Code::Conflict, format!("check {check} has ended already"), ""));
    }
    if let Some(live) = shell.checks.find(&team, check) {
        live.cancel.cancel();
        live.over.cancelled().await;
    }
    Ok(Response::Done {})
}

fn check_named(check: &str) -> Result<CheckId, Refusal> {
    check.parse().map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))
}

fn ended(record: Option<&orc_core::incident::Record>, check: CheckId) -> Option<Box<CheckRun>> {
    let run = record?.checks.iter().rev().find(|run| run.check == check)?;
    Some(Box::new(run.clone()))
}

async fn known(shell: &Shell, team: &TeamName, check: CheckId) -> Result<Known, Refusal> {
    let name = team.clone();
    let look = shell.handle.look(move |at| {
        let record = at.state.records.get(&name)?;
        if let Some((begun, ..)) = record.checking.iter().find(|(begun, ..)| begun.check == check) {
            return Some(Known::Runs(begun.clone()));
        }
        ended(Some(record), check).map(Known::Ended)
    });
    look.await?.ok_or_else(|| {
        let hint = format!("`tmux-orc pm status {team}` shows the last ones");
        Refusal::new(Code::NotFound, format!("team {team} has no check {check}"), hint)
    })
}

/// What a log has after a place, whole characters only, and the place up to which that is.
fn portion(log: &str, after: u64) -> (String, u64) {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(log)?;
        file.seek(SeekFrom::Start(after))?;
        let mut bytes = Vec::new();
        file.take(PORTION as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let mut bytes = read().unwrap_or_default();
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    let next = after + bytes.len() as u64;
    (String::from_utf8_lossy(&bytes).into_owned(), next)
}

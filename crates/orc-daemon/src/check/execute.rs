//! A check from its place in the queue to its end in the log.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use orc_check::drive::drive;
use orc_check::judge::{Cut, together};
use orc_core::check::{Begun, CheckRun, SuiteRun, Verdict};
use orc_core::delivery::Sender;
use orc_core::input::Input;
use orc_core::time::Timestamp;

use super::live::Live;
use super::log::Log;
use super::machine::Shell as Machine;
use super::{Wanted, processes, queue, tree};
use crate::clock;
use crate::run::Shell;

/// Runs it and reports its end, whatever that is.
pub(super) async fn execute(shell: Shell, wanted: Wanted, begun: Begun, live: Arc<Live>) {
    let queue = shell.checks.queue(&begun.tested.repository);
    let alone = if let Ok(alone) = queue.clone().try_lock_owned() {
        Some(alone)
    } else {
        live.show(|progress| progress.queued = true);
        tokio::select! {
            alone = queue.lock_owned() => Some(alone),
            () = live.cancel.cancelled() => None,
        }
    };
    let locked = match &alone {
        Some(_) => queue::take(&wanted.examined.git_dir, &live).await,
        None => Err(()),
    };
    let started_at = clock::now().wall;
    let began = Instant::now();
    *live.began.lock().unwrap_or_else(PoisonError::into_inner) = Some(began);
    let run = if locked.is_ok() {
        live.show(|progress| progress.queued = false);
        run(&shell, &wanted, &begun, &live, began, started_at).await
    } else {
        let why = "it was cancelled before it began";
        unfinished(&begun, wanted.by.clone(), started_at, Verdict::Inconclusive, why)
    };
    shell.handle.report(Input::CheckEnded { team: wanted.team.clone(), run: Box::new(run) }).await;
    shell.checks.remove(&wanted.team, begun.check);
    live.over.cancel();
    if locked.is_ok() {
        // Nobody waits for this but the next check on the repository.
        tree::take_back(&shell, &begun).await;
    }
}

async fn run(
    shell: &Shell,
    wanted: &Wanted,
    begun: &Begun,
    live: &Arc<Live>,
    began: Instant,
    started_at: Timestamp,
) -> CheckRun {
    let mut run = unfinished(begun, wanted.by.clone(), started_at, Verdict::Error, "");
    run.changed = wanted.examined.changed.len() as u64;
    run.widened.clone_from(&wanted.plan.widened);
    run.environment = vec![("os".to_owned(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH))];
    let made = match Log::open(&PathBuf::from(&begun.log), shell.redactor.clone()) {
        Ok(log) => tree::make(shell, begun, live).await.map(|tree| (tree, log)),
        Err(error) => Err(format!("its log cannot be written: {error}")),
    };
    match made {
        Err(why) => run.why = why,
        Ok((root, log)) => {
            let deadline = began + Duration::from_millis(begun.budget_ms);
            let mut machine = Machine::new(shell, wanted, begun, live.clone(), root, log, deadline);
            let (plan, flaky) = (wanted.plan.clone(), wanted.examined.config.flaky);
            let driven = tokio::task::spawn_blocking(move || {
                let mut widened = Vec::new();
                let suites = drive(&plan, flaky, &mut machine, &mut widened);
                let cut = machine.finish();
                (suites, widened, cut)
            });
            match driven.await {
                Ok((suites, widened, cut)) => {
                    (run.verdict, run.why) =
                        verdict(&suites, cut, wanted.examined.config.min_tests(begun.tier));
                    run.suites = suites;
                    run.widened.extend(widened);
                }
                Err(error) => run.why = format!("the check itself failed: {error}"),
            }
        }
    }
    // What left its group is ended as well: nothing of a check outlives it.
    processes::end_marked(shell, &processes::mark(&begun.log)).await;
    run.took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    run
}

fn verdict(suites: &[SuiteRun], cut: Option<Cut>, min_tests: u64) -> (Verdict, String) {
    let (verdict, why) = together(suites, min_tests);
    match cut {
        // Nothing of it failed, and nobody knows whether the rest would have.
        Some(cut) if verdict != Verdict::Fail && verdict != Verdict::Error => {
            let executed: u64 = suites.iter().map(|suite| suite.counts.executed()).sum();
            (Verdict::Inconclusive, format!("{}; {executed} tests were run before", cut.why()))
        }
        _ => (verdict, why),
    }
}

/// The evidence of a check that ran nothing to its end.
pub(super) fn unfinished(
    begun: &Begun,
    by: Sender,
    started_at: Timestamp,
    verdict: Verdict,
    why: &str,
) -> CheckRun {
    CheckRun {
        check: begun.check,
        tier: begun.tier,
        tested: begun.tested.clone(),
        by,
        started_at,
        took_ms: 0,
        budget_ms: begun.budget_ms,
        suites: Vec::new(),
        changed: 0,
        widened: Vec::new(),
        verdict,
        why: why.to_owned(),
        log: begun.log.clone(),
        environment: Vec::new(),
    }
}

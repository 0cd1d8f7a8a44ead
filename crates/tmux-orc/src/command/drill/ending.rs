//! The end: the proof, the success metrics against the targets, whose time it was, and where the report is.

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::check::CheckRun;
use orc_core::incident::metrics::Metric;
use serde_json::json;

use super::Plan;
use super::proof::{self, Claim};
use super::share::{Share, Span, Work};
use super::story::{Facts, TEAM, seconds};
use super::truth::Truth;
use super::world::World;
use crate::command::unexpected;
use crate::duration::short;
use crate::error::CliError;
use crate::output;

/// What orchestration may take of a drill, in milliseconds.
const OWN_TARGET_MS: u64 = 3000;

/// Ends the team, tells how it went, and answers whether all is as it should be.
pub(super) fn tell(world: &World, plan: &Plan, facts: &Facts, json: bool) -> Result<ExitCode, CliError> {
    let stage = world.stage();
    let record = proof::record(world)?;
    let checks = checks(world)?;
    stage.heading("The team is stopped, and the supervisor that looked after it");
    world.run(&["team", "stop", TEAM, "--yes"])?;
    world.run(&["daemon", "stop"])?;
    let left = proof::of_the_end(world)?;
    world.end();

    let truth = Truth::read(&world.path("truth"))?;
    let mut claims = proof::of_the_change(world, facts)?;
    if plan.is_scripted() {
        claims.extend(proof::of_the_talk(&truth, &record, facts));
    } else {
        claims.extend(proof::of_the_record(&record, facts.comeback));
    }
    claims.push(left);
    let work = Work {
        agents: truth.work(Some(facts.killed_at)),
        runners: runners(&checks),
        commands: world.commands.borrow().clone(),
    };
    let shares = work.shares(&facts.chapters);
    let own: u64 = shares.iter().map(Share::own_ms).sum();

    let source = if plan.is_scripted() {
        "what the agents wrote down themselves"
    } else {
        "what is on record of your agents"
    };
    stage.line(&format!("\nThe proof: {source}, and what git has"));
    for Claim { what, found, holds } in &claims {
        stage.line(&format!("  {}  {what}: {found}", if *holds { "ok " } else { "BAD" }));
    }
    metrics(world, plan, facts);
    if plan.is_scripted() {
        breakdown(world, &shares, own);
    }
    let out = plan.out.display();
    stage.line(&format!(
        "\nThe report: {out}/incident-report.html (and .md); what was said: {out}/incident-log.txt"
    ));
    if plan.keep {
        stage.line(&format!("Everything is kept in {}", world.folder().display()));
    }
    let bad = claims.iter().filter(|claim| !claim.holds).count();
    if json {
        output::json(&json!({
            "passed": bad == 0, "seed": plan.seed, "speed": plan.speed, "claims": claims,
            "metrics": facts.incident.metrics.metrics, "back_after_ms": facts.back_after_ms,
            "chapters": shares, "own_ms": own, "report": plan.out, "kept": plan.keep.then(|| world.folder()),
        }))?;
    }
    if bad > 0 {
        output::talk(&format!("drill: {bad} of {} claims do not hold", claims.len()));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn checks(world: &World) -> Result<Vec<CheckRun>, CliError> {
    match world.ask(&Request::Checks { team: TEAM.to_owned() })? {
        Response::Checks { checks, .. } => Ok(checks),
        _ => Err(unexpected()),
    }
}

/// When runners ran: the suites of a check are its last part.
fn runners(checks: &[CheckRun]) -> Vec<Span> {
    let span = |check: &CheckRun| {
        let began = u64::try_from(check.started_at.0).ok()?;
        let end = began + check.took_ms;
        let ran: u64 = check.suites.iter().map(|suite| suite.took_ms).sum();
        Some(Span { from: end.saturating_sub(ran).max(began), to: end })
    };
    checks.iter().filter_map(span).collect()
}

fn metrics(world: &World, plan: &Plan, facts: &Facts) {
    let stage = world.stage();
    stage.line("\nSuccess metrics, from the incident's record");
    for metric in facts.incident.metrics.metrics.iter().filter(|metric| metric.budget_ms.is_some()) {
        let Metric { name, from, to, took_ms, budget_ms } = metric;
        let took = took_ms.map_or_else(|| "not recorded".to_owned(), short);
        let target = budget_ms.map(|budget| format!("< {} min", budget / 60_000)).unwrap_or_default();
        let met = match metric.met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "unknown",
        };
        let base = format!("{} -> {}", from.name(), to.name());
        stage.line(&format!("  {name:<20} {took:>10}   target {target:<9} {met:<8} {base}"));
    }
    let back = seconds(facts.back_after_ms);
    stage.line(&format!("  {:<20} {back:>8.1} s   after `kill -9`, by itself", "crashed agent back"));
    if let Some(impact) = facts.incident.impact_ms {
        stage.line(&format!(
            "  {:<20} {:>10}   10 minutes of them before the drill began",
            "users affected",
            short(impact)
        ));
    }
    if plan.is_scripted() && plan.speed > 1.0 {
        stage.line(&format!("  (the agents think {} times faster than people's agents would)", plan.speed));
    }
}

fn breakdown(world: &World, shares: &[Share], own: u64) {
    let stage = world.stage();
    stage.line("\nWhose time it was, in seconds; orchestration is what no agent and no test runner used");
    stage.line("                             took   agents  runners  orchestration = commands + between");
    let row = |name: &str, of: &dyn Fn(fn(&Share) -> u64) -> u64| {
        let figure = |of_share: fn(&Share) -> u64| seconds(of(of_share));
        stage.line(&format!(
            "  {name:<22} {:>8.2} {:>8.2} {:>8.2} {:>14.2}   {:>8.2}  {:>7.2}",
            figure(|it| it.took_ms),
            figure(|it| it.agents_ms),
            figure(|it| it.runners_ms),
            figure(Share::own_ms),
            figure(|it| it.commands_ms),
            figure(|it| it.between_ms),
        ));
    };
    for share in shares {
        row(share.name, &|of| of(share));
    }
    row("all", &|of| shares.iter().map(of).sum());
    let verdict = if own <= OWN_TARGET_MS { "within" } else { "over" };
    stage.line(&format!("  orchestration's own share: {:.2} s ({verdict} the target of 3 s)", seconds(own)));
}

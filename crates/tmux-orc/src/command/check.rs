//! Running a check and watching it: what its runners print goes to stderr, the verdict to stdout.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use orc_api::request::RunCheck;
use orc_api::response::CheckProgress;
use orc_api::{Request, Response};
use orc_core::check::{Begun, CheckRun, Tier};
use orc_core::error::Code as Refused;

use super::deploy::environment;
use super::unexpected;
use crate::cli::check::Code;
use crate::connect::{ask_in, runtime};
use crate::error::CliError;
use crate::output;

pub(super) mod show;

/// Between two words on how far it is, at most (milliseconds): the clock of who watches goes on.
const SLICE_MS: u64 = 500;
/// Pause before a supervisor that went away is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs a check, or says what would run.
pub(super) fn run(team: String, tier: Tier, code: Code, json: bool) -> Result<ExitCode, CliError> {
    let request = RunCheck {
        team: team.clone(),
        tier,
        branch: code.branch,
        since: code.since,
        base: code.base,
        worktree: code.worktree,
        explain: code.explain,
        sender: std::env::var("TMUX_ORC_AGENT_ID").ok(),
        environment: environment(),
    };
    runtime()?.block_on(async {
        let (begun, notes) = match ask_in(&Request::RunCheck(request)).await? {
            Response::CheckPlan(plan) => {
                show::plan(&plan, json)?;
                return Ok(ExitCode::SUCCESS);
            }
            Response::CheckBegun { begun, notes } => (begun, notes),
            _ => return Err(unexpected()),
        };
        for note in &notes {
            output::talk(&output::plain(&format!("note: {note}")));
        }
        let mut watch = Watch::new(&team, &begun, json);
        let run = tokio::select! {
            run = watch.until_its_end() => run?,
            _ = tokio::signal::ctrl_c() => {
                let request = Request::CancelCheck { team: team.clone(), check: begun.check.to_string() };
                drop(ask_in(&request).await);
                output::talk(&format!("check {} is cancelled", begun.check));
                return Ok(ExitCode::from(130));
            }
        };
        show::run(&run, json)?;
        // Every verdict that is not green has the same status; which one it is stands in the output.
        Ok(if run.verdict.is_green() { ExitCode::SUCCESS } else { ExitCode::from(7) })
    })
}

/// Who watches a check.
struct Watch {
    team: String,
    check: String,
    tier: Tier,
    after: u64,
    /// A line with the clock is shown and rewritten in place.
    clock: bool,
    silent: bool,
    /// That it waits was said.
    waiting: bool,
    /// How long the next answer may wait for something new (milliseconds): the first one comes at once.
    wait_ms: u64,
}

impl Watch {
    fn new(team: &str, begun: &Begun, json: bool) -> Self {
        let clock = std::io::stderr().is_terminal() && !json;
        let what = format!("check {} ({}) of {}", begun.check, begun.tier.name(), show::code(&begun.tested));
        if !json {
            output::talk(&output::plain(&what));
        }
        let (team, check) = (team.to_owned(), begun.check.to_string());
        Self { team, check, tier: begun.tier, after: 0, clock, silent: json, waiting: false, wait_ms: 0 }
    }

    async fn until_its_end(&mut self) -> Result<CheckRun, CliError> {
        loop {
            let request = Request::FollowCheck {
                team: self.team.clone(),
                check: self.check.clone(),
                after: self.after,
                wait_ms: self.wait_ms,
            };
            self.wait_ms = SLICE_MS;
            let progress = match ask_in(&request).await {
                Ok(Response::CheckProgress(progress)) => progress,
                Ok(_) => return Err(unexpected()),
                // Its successor finds out what became of the check.
                Err(CliError::Broken(_)) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(CliError::Refused(refusal)) if refusal.code == Refused::ShuttingDown => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.show(&progress);
            self.after = progress.next;
            if progress.text.is_empty()
                && let Some(run) = progress.ended
            {
                self.wipe();
                return Ok(*run);
            }
        }
    }

    fn show(&mut self, progress: &CheckProgress) {
        if self.silent {
            return;
        }
        self.wipe();
        if !progress.text.is_empty() {
            let mut out = std::io::stderr().lock();
            let _nobody_reads = out.write_all(output::plain(&progress.text).as_bytes());
        }
        if progress.queued && !self.waiting {
            self.waiting = true;
            output::talk("it waits for another check on the same repository");
        }
        if self.clock && progress.ended.is_none() {
            let line = show::clock(self.tier, progress);
            let mut out = std::io::stderr().lock();
            let _nobody_reads = write!(out, "{}", output::plain(&line)).and_then(|()| out.flush());
        }
    }

    /// Takes the line with the clock away.
    fn wipe(&self) {
        if self.clock {
            let mut out = std::io::stderr().lock();
            let _nobody_reads = write!(out, "\r\x1b[2K").and_then(|()| out.flush());
        }
    }
}

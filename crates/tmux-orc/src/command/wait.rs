//! `wait`

use std::process::ExitCode;
use std::time::{Duration, Instant};

use orc_api::{Request, Response};
use orc_core::error::{Code, Refusal};
use orc_core::until::Until;

use super::status::age;
use super::unexpected;
use crate::cli::WaitFor;
use crate::connect::{ask_in, runtime};
use crate::error::CliError;
use crate::output;

/// One request waits so long; then it is asked again, from where that ended.
const SLICE: Duration = Duration::from_secs(30);
/// Pause before a supervisor that went away is asked again.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn run(args: &WaitFor, json: bool) -> Result<ExitCode, CliError> {
    let until = Until::from_name(&args.until).ok_or_else(|| CliError::Usage("no such state".to_owned()))?;
    let deadline = args.timeout.map(|wait| Instant::now() + wait.0);
    runtime()?.block_on(async {
        let mut after = None;
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let slice = left.map_or(SLICE, |left| left.min(SLICE));
            let timeout_ms = u64::try_from(slice.as_millis()).unwrap_or(u64::MAX);
            let request = Request::AwaitState { agent: args.agent.clone(), until, after, timeout_ms };
            let over = left.is_some_and(|left| left <= slice);
            match ask_in(&request).await {
                Ok(Response::Awaited(awaited)) => {
                    let Some(said) = &awaited.reached else {
                        after = Some(awaited.seq.0);
                        if over {
                            let (target, is) = (&awaited.agent.target, awaited.agent.state.describe());
                            return Err(late(format!(
                                "{target} was not {} in time: it is {is}",
                                until.name()
                            )));
                        }
                        continue;
                    };
                    if json {
                        output::json(&awaited)?;
                    } else {
                        let (state, detail) = (said.state.describe(), &said.evidence.detail);
                        let line = format!(
                            "{} {state} ({detail}, {} ago)",
                            awaited.agent.target,
                            age(said.evidence.at.0)
                        );
                        output::line(&output::plain(&line))?;
                    }
                    return Ok(ExitCode::SUCCESS);
                }
                Ok(_) => return Err(unexpected()),
                Err(error) if !over && went_away(&error) => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(error),
            }
        }
    })
}

/// Whether the supervisor ended in between: its successor has the same log.
fn went_away(error: &CliError) -> bool {
    match error {
        CliError::Broken(_) => true,
        CliError::Refused(refusal) => refusal.code == Code::ShuttingDown,
        CliError::Unreachable(_)
        | CliError::Usage(_)
        | CliError::Config(_)
        | CliError::Failed(_)
        | CliError::ClosedPipe => false,
    }
}

fn late(message: String) -> CliError {
    CliError::Refused(Refusal::new(Code::TimedOut, message, "`tmux-orc agent explain` says why"))
}

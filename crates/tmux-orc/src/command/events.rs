//! `events`, `log verify`

use std::process::ExitCode;

use orc_api::{Envelope, Request, Response};
use serde_json::Value;

use super::unexpected;
use crate::cli::Events;
use crate::connect::{ask, ask_in, runtime};
use crate::error::CliError;
use crate::{output, when};

/// Events asked for at a time.
const PAGE: usize = 1000;
/// One wait of `--follow` in milliseconds.
const SLICE_MS: u64 = 30_000;

pub(super) fn run(args: Events, json: bool) -> Result<ExitCode, CliError> {
    runtime()?.block_on(async {
        let mut after = args.since;
        let mut wait_ms = 0;
        loop {
            let request = Request::Events { after, team: args.team.clone(), limit: PAGE, wait_ms };
            let events = match ask_in(&request).await {
                Ok(Response::Events { events }) => events,
                Ok(_) => return Err(unexpected()),
                Err(CliError::Unreachable(_) | CliError::Broken(_)) if args.follow => {
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            for event in &events {
                print(event, json)?;
                after = event.seq.0;
            }
            if events.len() < PAGE {
                if !args.follow {
                    return Ok(ExitCode::SUCCESS);
                }
                wait_ms = SLICE_MS;
            }
        }
    })
}

fn print(event: &Envelope, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(event);
    }
    let kind = event.event.kind();
    let team = event.team.as_deref().unwrap_or("-");
    let facts = facts(event);
    output::line(&format!(
        "{:>6} {} {team} {} {kind} {facts}",
        event.seq,
        when::clock_time(event.at.0),
        event.actor
    ))
}

/// The fields of an event on one line.
fn facts(event: &Envelope) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&event.event) else {
        return String::new();
    };
    fields.remove("event");
    fields.remove("team");
    let show = |(name, value): (&String, &Value)| {
        let text = match value {
            Value::String(text) => format!("{text:?}"),
            other => other.to_string(),
        };
        let text = output::plain(&text);
        let short =
            if text.chars().count() > 80 { text.chars().take(79).chain(['…']).collect() } else { text };
        format!("{name}={short}")
    };
    fields.iter().map(show).collect::<Vec<_>>().join(" ")
}

pub(super) fn verify(json: bool) -> Result<ExitCode, CliError> {
    let Response::Verified { entries, head, bad } = ask(&Request::VerifyLog {})? else {
        return Err(unexpected());
    };
    if json {
        output::json(&serde_json::json!({ "entries": entries, "head": head, "bad": bad }))?;
    } else {
        match &bad {
            None => output::line(&format!("ok: {entries} entries, unbroken; head {head}"))?,
            Some((seq, reason)) => output::line(&format!("BROKEN at entry {seq}: {reason}"))?,
        }
    }
    Ok(if bad.is_none() { ExitCode::SUCCESS } else { ExitCode::from(7) })
}

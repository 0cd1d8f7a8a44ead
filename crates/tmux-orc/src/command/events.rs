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
/// Characters of a value that are shown.
const SHOWN: usize = 80;
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

/// The fields of an event on one line; `--json` has them whole.
fn facts(event: &Envelope) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&event.event) else { return String::new() };
    fields.remove("event");
    fields.remove("team");
    fields.iter().map(|(name, value)| format!("{name}={}", fact(value))).collect::<Vec<_>>().join(" ")
}

/// A value in few characters: of evidence its detail, of another small object its values.
fn fact(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) if fields.contains_key("detail") => scalar(&fields["detail"]),
        Value::Object(fields) if !fields.values().any(|field| field.is_object() || field.is_array()) => {
            fields.values().map(scalar).collect::<Vec<_>>().join(" ")
        }
        Value::Array(items) => items.iter().map(scalar).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let short = if text.chars().count() > SHOWN {
        text.chars().take(SHOWN - 1).chain(['…']).collect()
    } else {
        text
    };
    let plain = short.chars().all(|c| c.is_alphanumeric() || "-_:.,/".contains(c));
    if plain && !short.is_empty() { short } else { format!("{short:?}") }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fact;

    #[test]
    fn a_fact_is_short_and_on_one_line() {
        assert_eq!(fact(&json!("m5")), "m5");
        assert_eq!(fact(&json!("a\nb \u{1b}[31m")), r#""a\nb \u{1b}[31m""#);
        assert_eq!(fact(&json!({"is": "needs_person", "need": "permission"})), "\"needs_person permission\"");
        assert_eq!(fact(&json!({"at": 1, "detail": "hook Stop", "source": "hook"})), "\"hook Stop\"");
        assert_eq!(fact(&json!(["a1", "a2"])), "a1,a2");
        assert_eq!(fact(&json!("x".repeat(100))).chars().count(), 82);
    }
}

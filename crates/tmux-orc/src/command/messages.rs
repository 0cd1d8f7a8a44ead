//! `agent messages`

use std::process::ExitCode;

use orc_api::{Request, Response};
use orc_core::ids::Seq;
use orc_core::team::Source;
use orc_core::transcript::Entry;

use super::unexpected;
use crate::cli::{Format, Messages};
use crate::connect::{ask, ask_in, runtime};
use crate::error::CliError;
use crate::{output, when};

/// Who typed into an agent's own terminal; the terminal does not know the name.
const AT_TERMINAL: &str = "terminal";
/// One wait of `--follow` in milliseconds; then it asks again.
const SLICE_MS: u64 = 30_000;

pub(super) fn run(args: Messages, json: bool) -> Result<ExitCode, CliError> {
    let since = args.since.as_deref().map(|text| when::parse(text, &jiff::Zoned::now())).transpose();
    let since = since.map_err(CliError::Usage)?.map_or(i64::MIN, jiff::Timestamp::as_millisecond);
    let format = if json && args.format == Format::Text { Format::Json } else { args.format };
    let wanted =
        |entry: &Entry| at(entry) >= since && args.from.as_deref().is_none_or(|who| is_from(entry, who));
    if args.follow {
        return follow(&args.of, if format == Format::Json { Format::Jsonl } else { format }, wanted);
    }
    let Response::Transcript { mut entries, .. } = ask(&request(&args.of, Seq(0), 0))? else {
        return Err(unexpected());
    };
    entries.retain(|entry| wanted(entry));
    match format {
        Format::Json => {
            output::line(&serde_json::to_string_pretty(&output::presentable(&entries)).unwrap_or_default())?;
        }
        Format::Jsonl | Format::Text | Format::Md => {
            if entries.is_empty() && !args.export {
                output::talk("nothing has been said yet");
            }
            for entry in &entries {
                print(entry, format)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn request(of: &str, after: Seq, wait_ms: u64) -> Request {
    Request::Messages { of: of.to_owned(), after: after.0, wait_ms }
}

/// Prints what is said as it is said. The cursor is the position in the log, so a supervisor that is restarted
/// costs neither a gap nor a double.
fn follow(of: &str, format: Format, wanted: impl Fn(&Entry) -> bool) -> Result<ExitCode, CliError> {
    runtime()?.block_on(async {
        let mut after = Seq(0);
        loop {
            let wait = if after == Seq(0) { 0 } else { SLICE_MS };
            match ask_in(&request(of, after, wait)).await {
                Ok(Response::Transcript { entries, seq }) => {
                    for entry in entries.iter().filter(|entry| wanted(entry)) {
                        print(entry, format)?;
                    }
                    after = seq;
                }
                Ok(_) => return Err(unexpected()),
                Err(CliError::Unreachable(_) | CliError::Broken(_)) => {
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                }
                Err(CliError::Refused(refusal)) if refusal.code == orc_core::error::Code::ShuttingDown => {}
                Err(error) => return Err(error),
            }
        }
    })
}

fn at(entry: &Entry) -> i64 {
    match entry {
        Entry::Sent { at, .. }
        | Entry::Settled { at, .. }
        | Entry::Typed { at, .. }
        | Entry::Stopped { at, .. }
        | Entry::Said { at, .. } => at.0,
    }
}

fn is_from(entry: &Entry, who: &str) -> bool {
    match entry {
        Entry::Sent { from, .. } | Entry::Said { from, .. } => {
            from == who || from.rsplit_once(':').is_some_and(|(_, name)| name == who)
        }
        Entry::Typed { .. } => who == AT_TERMINAL,
        Entry::Stopped { .. } | Entry::Settled { .. } => false,
    }
}

fn print(entry: &Entry, format: Format) -> Result<(), CliError> {
    match format {
        Format::Json | Format::Jsonl => output::line(&output::presentable(entry).to_string()),
        Format::Text => output::line(&text(entry)),
        Format::Md => output::line(&markdown(entry)),
    }
}

fn text(entry: &Entry) -> String {
    let time = when::rfc3339(at(entry));
    match entry {
        Entry::Sent { message, from, to, text, notes, .. } => {
            let notes: Vec<String> = notes
                .iter()
                .map(|note| {
                    format!(
                        "
    note: {note}"
                    )
                })
                .collect();
            let notes = notes.concat();
            format!("{time} {message} {from} -> {}{notes}\n{}", to.join(", "), indented(text, "    "))
        }
        Entry::Settled { message, to, outcome, door, evidence, .. } => {
            format!("{time} {message} {to}: {outcome} (by {door}: {})", output::plain(&evidence.detail))
        }
        Entry::Typed { to, text, .. } => {
            format!("{time} {AT_TERMINAL} -> {to}\n{}", indented(text, "    "))
        }
        Entry::Stopped { between, count, within_ms, .. } => {
            format!("{time} {}", stopped(between, *count, *within_ms))
        }
        Entry::Said { from, text, source, .. } => {
            format!("{time} {from} said ({})\n{}", read_from(*source), indented(text, "    "))
        }
    }
}

fn markdown(entry: &Entry) -> String {
    let time = when::rfc3339(at(entry));
    match entry {
        Entry::Sent { message, from, to, text, .. } => {
            format!("- **{time}** `{message}` **{from}** to {}:\n{}", to.join(", "), indented(text, "  > "))
        }
        Entry::Settled { message, to, outcome, .. } => format!("- {time} `{message}` {to}: *{outcome}*"),
        Entry::Typed { to, text, .. } => {
            format!("- **{time}** **{AT_TERMINAL}** to {to}:\n{}", indented(text, "  > "))
        }
        Entry::Stopped { between, count, within_ms, .. } => {
            format!("- {time} *{}*", stopped(between, *count, *within_ms))
        }
        Entry::Said { from, text, source, .. } => {
            format!("- **{time}** **{from}** said ({}):\n{}", read_from(*source), indented(text, "  > "))
        }
    }
}

fn stopped(between: &[String], count: usize, within_ms: u64) -> String {
    let whose = if between.is_empty() { "the agents of the team".to_owned() } else { between.join(" and ") };
    let minutes = within_ms / 60_000;
    format!(
        "{whose} were stopped: {count} messages within {minutes} minutes; a message of yours lets them go on"
    )
}

fn read_from(source: Source) -> &'static str {
    match source {
        Source::Hook => "its own words, by hook",
        Source::Status | Source::File => "its own words, by its interface",
        Source::Screen | Source::Title => "read from its screen",
        Source::Process | Source::None => "unknown source",
    }
}

fn indented(text: &str, with: &str) -> String {
    output::plain(text)
        .lines()
        .map(|line| format!("{with}{line}").trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

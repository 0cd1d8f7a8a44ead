//! stdout is data, stderr is talk. Everything that others wrote is cleaned before it reaches a terminal.

use std::io::{IsTerminal, Write};

use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::Value;

use crate::error::CliError;
use crate::when;

/// A line of data.
pub(crate) fn line(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// A line of talk; nobody may be listening.
pub(crate) fn talk(text: &str) {
    let _nobody_listens = writeln!(anstream::stderr().lock(), "{text}");
}

/// Whether a person looks at stdout.
pub(crate) fn to_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Text without control characters, but for tab and LF.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '·' } else { c }).collect()
}

/// A table without lines. Empty columns at the right end are kept: scripts count them.
pub(crate) fn table(head: &[&str], rows: Vec<Vec<String>>) -> Result<(), CliError> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(head.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| plain(cell)).collect::<Vec<_>>());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for text in table.lines() {
        line(text.trim_end())?;
    }
    Ok(())
}

/// JSON with RFC 3339 times and durations in seconds.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CliError> {
    line(&presentable(value).to_string())
}

/// The value as scripts get it.
pub(crate) fn presentable(value: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or(Value::Null);
    present(&mut value);
    value
}

fn present(value: &mut Value) {
    const TIMES: [&str; 6] = ["at", "since", "created_at", "ready_at", "retry_at", "started_at"];
    match value {
        Value::Object(map) => {
            let durations: Vec<String> = map.keys().filter(|key| key.ends_with("_ms")).cloned().collect();
            for key in durations {
                let seconds = match map.get(&key) {
                    Some(Value::Null) => Value::Null,
                    Some(Value::Number(millis)) => Value::from(millis.as_f64().map(|millis| millis / 1000.0)),
                    _ => continue,
                };
                map.remove(&key);
                map.insert(format!("{}_seconds", key.trim_end_matches("_ms")), seconds);
            }
            for (key, value) in map.iter_mut() {
                match value.as_i64().filter(|_| TIMES.contains(&key.as_str())) {
                    Some(millis) => *value = Value::from(when::rfc3339(millis)),
                    None => present(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(present),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_times_and_seconds() {
        let value =
            presentable(&serde_json::json!({"at": 0, "x": [{"took_ms": 1500, "since": 1000}], "y_ms": null}));
        assert_eq!(value["at"], "1970-01-01T00:00:00.000Z");
        assert_eq!(value["x"][0]["took_seconds"], 1.5);
        assert_eq!(value["y_seconds"], Value::Null);
        assert!(value.get("y_ms").is_none());
        assert_eq!(value["x"][0]["since"], "1970-01-01T00:00:01.000Z");
    }

    #[test]
    fn a_terminal_gets_no_foreign_escape() {
        assert_eq!(plain("a\x1b[31mb\u{9b}c\n"), "a·[31mb·c\n");
    }
}

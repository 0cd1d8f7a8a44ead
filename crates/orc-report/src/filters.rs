//! What templates can do with values. Times and numbers are written here and nowhere else.

use std::sync::Arc;

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};
use orc_core::report::clock::{NOT_RECORDED, Seconds};

use crate::references::{Known, short};
use crate::{markdown, plain};

/// Puts the filters into an environment.
pub(crate) fn add(environment: &mut Environment<'_>, known: Known) {
    environment.add_filter("duration", |value: &Value| {
        seconds(value).map(|it| it.map_or_else(none, Seconds::words))
    });
    environment.add_filter("offset", |value: &Value| {
        seconds(value).map(|it| it.map_or_else(String::new, Seconds::offset))
    });
    environment.add_filter("share", share);
    environment.add_filter("clock", |at: &str| part(at, 11, 19));
    environment.add_filter("day", |at: &str| part(at, 0, 10));
    environment.add_filter("minute", |at: &str| format!("{} {} UTC", part(at, 0, 10), part(at, 11, 16)));
    environment.add_filter("spaced", |name: &str| name.replace('_', " "));
    environment.add_filter("short", |hash: &str| hash.get(..10).unwrap_or(hash).to_owned());
    environment.add_filter("reference", |text: &str| plain::controlled(&short(text)));
    environment.add_filter("or_unknown", or_unknown);
    let known = Arc::new(known);
    let told = known.clone();
    environment.add_filter("told", move |text: &str| {
        Value::from_safe_string(markdown::to_markdown(&told.in_markdown(text)))
    });
    let linked = known.clone();
    environment.add_filter("told_html", move |text: &str| {
        Value::from_safe_string(markdown::to_html(&linked.as_links(text)))
    });
    environment.add_filter("has_place", move |id: &str| known.has(id));
    environment
        .add_filter("is_address", |text: &str| text.starts_with("https://") || text.starts_with("http://"));
}

fn none() -> String {
    NOT_RECORDED.to_owned()
}

/// A value in seconds; nothing for none.
fn seconds(value: &Value) -> Result<Option<Seconds>, Error> {
    match value.kind() {
        ValueKind::None => Ok(None),
        ValueKind::Number => {
            let seconds = f64::try_from(value.clone())?;
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of an incident")]
            let millis = (seconds * 1000.0).round() as i64;
            Ok(Some(Seconds(millis)))
        }
        other => Err(Error::new(ErrorKind::InvalidOperation, format!("{other} is no number of seconds"))),
    }
}

/// How much of `whole` the value is, in percent, 100 at most.
fn share(value: f64, whole: f64) -> f64 {
    if whole > 0.0 { (value / whole * 100.0).clamp(0.0, 100.0) } else { 0.0 }
}

/// A part of an instant in RFC 3339.
fn part(at: &str, from: usize, to: usize) -> String {
    at.get(from..to).unwrap_or(at).to_owned()
}

/// The value, or that nobody recorded it.
fn or_unknown(value: &Value) -> Value {
    let nothing = value.is_none() || value.as_str().is_some_and(str::is_empty);
    if nothing { Value::from(NOT_RECORDED) } else { value.clone() }
}

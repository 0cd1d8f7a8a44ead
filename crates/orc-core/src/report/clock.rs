//! Instants and durations as a report writes them: nobody but the report puts a time into it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::time::Timestamp;

/// What stands in the place of what nobody recorded.
pub const NOT_RECORDED: &str = "not recorded";

/// An instant; in JSON RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

impl Instant {
    fn civil(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0.0).unwrap_or_default()
    }

    /// The time of day in UTC.
    pub fn clock(self) -> String {
        self.civil().strftime("%H:%M:%S").to_string()
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.civil())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "An instant, RFC 3339 in UTC." })
    }
}

/// A duration or an offset, in milliseconds; in JSON seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub i64);

impl Seconds {
    /// A duration that cannot be negative.
    pub fn of(millis: u64) -> Self {
        Self(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    /// As people read it: `0:41`, `10:00`, `1:02:03`, `−10:00`.
    pub fn words(self) -> String {
        let seconds = self.0.unsigned_abs() / 1000;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let sign = if self.0 <= -1000 { "−" } else { "" };
        if hours > 0 {
            format!("{sign}{hours}:{minutes:02}:{seconds:02}")
        } else {
            format!("{sign}{minutes}:{seconds:02}")
        }
    }

    /// As an offset from the instant at which an incident's clock begins: `T+10:00`.
    pub fn offset(self) -> String {
        let words = self.words();
        if words.starts_with('−') { format!("T{words}") } else { format!("T+{words}") }
    }
}

impl Serialize for Seconds {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of an incident are far below 2^52")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "description": "A duration in seconds." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_clocks() {
        let words = [0, 41_999, 600_000, 3_723_000, -600_000, -999].map(|millis| Seconds(millis).words());
        assert_eq!(words, ["0:00", "0:41", "10:00", "1:02:03", "−10:00", "0:00"]);
        assert_eq!(Seconds(-600_000).offset(), "T−10:00");
        assert_eq!(Seconds(66_000).offset(), "T+1:06");
    }
}

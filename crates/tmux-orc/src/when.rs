//! Instants as people write them: `now`, `10m ago`, `14:03`, RFC 3339.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned, civil};
use orc_core::incident::When;

use crate::error::CliError;

/// The instant that `text` means at `now`; a time of day that is yet to come means yesterday's.
pub(crate) fn parse(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is no time; say `now`, `10m ago`, `14:03`, or 2026-11-22T14:03:00Z");
    if text == "now" {
        return Ok(now.timestamp());
    }
    if let Some(age) = text.strip_suffix("ago") {
        let age: SignedDuration = age.trim().parse().map_err(|_| wrong())?;
        return now.timestamp().checked_sub(age).map_err(|_| wrong());
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let time: civil::Time = text.parse().map_err(|_| wrong())?;
    let today = now.date().to_datetime(time).to_zoned(now.time_zone().clone()).map_err(|_| wrong())?;
    if today.timestamp() <= now.timestamp() {
        return Ok(today.timestamp());
    }
    let yesterday = today.checked_sub(jiff::Span::new().days(1)).map_err(|_| wrong())?;
    Ok(yesterday.timestamp())
}

/// When something happened, as people write it: an age is kept as one, so that a clock that jumps cannot change it.
pub(crate) fn of(text: &str) -> Result<When, CliError> {
    let text = text.trim();
    if text == "now" {
        return Ok(When::Now);
    }
    let age = text.strip_suffix("ago").and_then(|age| age.trim().parse::<SignedDuration>().ok());
    if let Some(millis) = age.and_then(|age| u64::try_from(age.as_millis()).ok()) {
        return Ok(When::Ago { millis });
    }
    let at = parse(text, &Zoned::now()).map_err(CliError::Usage)?;
    Ok(When::At { at: orc_core::time::Timestamp(at.as_millisecond()) })
}

/// Milliseconds since the epoch, as RFC 3339 in UTC.
pub(crate) fn rfc3339(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |at| format!("{at:.3}"))
}

/// The time of day in the local zone.
pub(crate) fn clock_time(millis: i64) -> String {
    clock_time_in(millis, TimeZone::system())
}

/// The time of day in a zone.
pub(crate) fn clock_time_in(millis: i64, zone: TimeZone) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(zone);
    at.strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_instants_in_four_ways() {
        let now: Zoned = "2026-11-22T14:00:00+00:00[UTC]".parse().unwrap();
        let at = |text| parse(text, &now).unwrap().to_string();
        assert_eq!(at("now"), "2026-11-22T14:00:00Z");
        assert_eq!(at("10m ago"), "2026-11-22T13:50:00Z");
        assert_eq!(at("13:03"), "2026-11-22T13:03:00Z");
        assert_eq!(at("14:03"), "2026-11-21T14:03:00Z");
        assert_eq!(at("2026-11-22T12:00:00Z"), "2026-11-22T12:00:00Z");
        assert!(parse("later", &now).is_err());
        assert_eq!(of("now").unwrap(), When::Now);
        assert_eq!(of("10m ago").unwrap(), When::Ago { millis: 600_000 });
        assert!(matches!(of("2026-11-22T12:00:00Z").unwrap(), When::At { .. }));
    }
}

//! What models read: short, complete in what matters, with the ids that other tools take. Times are RFC 3339, clocks are
//! minutes and seconds.

mod check;
mod incident;
mod recorded;
mod talk;
mod team;

pub(crate) use check::{begun, progress};
pub(crate) use incident::incident;
pub(crate) use recorded::{marked, proposed, recorded};
pub(crate) use talk::{sent, transcript};
pub(crate) use team::team;

use orc_core::time::Timestamp;

/// An instant as text.
fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| format!("{at:.0}"))
}

/// Minutes and seconds, with hours when there are some.
fn clock(millis: u64) -> String {
    let seconds = millis / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A text of others, cut to so many characters, and so marked.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} characters more)", &text[..end], text[end..].chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_texts_are_short() {
        assert_eq!(time(Timestamp(1_795_000_000_900)), "2026-11-18T11:06:40Z");
        assert_eq!([clock(9_999), clock(600_000), clock(3_661_000)], ["0:09", "10:00", "1:01:01"]);
        assert_eq!(cut("häh", 3), "häh");
        assert_eq!(cut("häh?", 3), "häh… (1 characters more)");
    }
}

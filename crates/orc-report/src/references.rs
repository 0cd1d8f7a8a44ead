//! References in what people and agents wrote: to events, whose time the report puts, and to evidence.

use std::collections::{BTreeMap, BTreeSet};

use orc_core::report::Report;
use orc_core::report::clock::Seconds;
use orc_core::report::timeline::Line;

/// What can be referred to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// The offset of each event that stands in the timeline.
    events: BTreeMap<u64, String>,
    /// Ids that have a place of their own: evidence, hypotheses, checks, tasks, follow-ups.
    ids: BTreeSet<String>,
}

impl Known {
    pub(crate) fn of(report: &Report) -> Self {
        let time = |line: &Line| line.offset.map_or_else(|| line.at.clock(), Seconds::offset);
        let events = report.timeline.iter().map(|line| (line.seq, time(line))).collect();
        let evidence = report.evidence.iter().map(|it| it.id.clone());
        let hypotheses = report.hypotheses.iter().map(|it| it.id.clone());
        let checks = report.checks.iter().map(|it| it.id.clone());
        let tasks = report.tasks.iter().map(|it| it.id.clone());
        let follow_ups = report.follow_ups.iter().map(|it| it.id.clone());
        Self {
            events,
            ids: evidence.chain(hypotheses).chain(checks).chain(tasks).chain(follow_ups).collect(),
        }
    }

    /// Replaces each `[#12]` and `[E3]` that is known by what `shown` makes of its anchor and its words.
    fn replaced(&self, text: &str, shown: impl Fn(&str, &str) -> String) -> String {
        let mut done = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('[') {
            let Some(close) = rest[open..].find(']').map(|close| open + close) else { break };
            let inner = &rest[open + 1..close];
            // What is followed by an address is a link of the text's own.
            let link = rest[close + 1..].starts_with(['(', ':']);
            let known = if link { None } else { self.known(inner) };
            done += &rest[..open];
            match known {
                Some((anchor, words)) => {
                    // One that follows on another stands apart from it.
                    let follows = rest[..open].is_empty() && !done.is_empty() && !done.ends_with([' ', '\n']);
                    done += if follows { " " } else { "" };
                    done += &shown(&anchor, &words);
                }
                None => done += &rest[open..=close],
            }
            rest = &rest[close + 1..];
        }
        done + rest
    }

    fn known(&self, inner: &str) -> Option<(String, String)> {
        if let Some(seq) = inner.strip_prefix('#').and_then(|seq| seq.parse::<u64>().ok()) {
            let offset = self.events.get(&seq)?;
            return Some((format!("e{seq}"), offset.clone()));
        }
        self.ids.contains(inner).then(|| (inner.to_owned(), inner.to_owned()))
    }

    /// In Markdown: the time beside the event's number.
    pub(crate) fn in_markdown(&self, text: &str) -> String {
        self.replaced(text, |anchor, words| match anchor.strip_prefix('e') {
            Some(seq) => format!("[{words}, #{seq}]"),
            None => format!("[{words}]"),
        })
    }

    /// In Markdown that becomes HTML: a link to the place.
    pub(crate) fn as_links(&self, text: &str) -> String {
        self.replaced(text, |anchor, words| format!("[{words}](#{anchor})"))
    }

    /// Whether something with this id has a place of its own.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}

/// For each line of the timeline whether it is the first one of its event: only that one can be led to.
pub(crate) fn anchors(lines: &[Line]) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    lines.iter().map(|line| seen.insert(line.seq)).collect()
}

/// A reference as it fits into a table: hashes are shortened.
pub(crate) fn short(reference: &str) -> String {
    for prefix in ["commit:", "tree:"] {
        if let Some(hash) = reference.strip_prefix(prefix)
            && hash.len() > 10
            && hash.chars().all(|c| c.is_ascii_hexdigit())
        {
            return format!("{prefix}{}", &hash[..10]);
        }
    }
    reference.to_owned()
}

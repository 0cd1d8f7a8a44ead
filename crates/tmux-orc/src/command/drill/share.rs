//! Whose time it was: each moment of the drill belongs to an agent that thinks, to a test runner, or to the orchestration,
//! which gets every moment in which neither of the others is at work.

use serde::Serialize;

/// From when to when, in milliseconds of the wall clock; never backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// A part of the drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chapter {
    pub(super) name: &'static str,
    pub(super) span: Span,
}

/// Whose time a part was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Share {
    pub(super) name: &'static str,
    pub(super) took_ms: u64,
    /// At least one agent thought or used a tool of its own.
    pub(super) agents_ms: u64,
    /// A runner ran tests, and no agent was at work.
    pub(super) runners_ms: u64,
    /// Of the rest: a command that the operator had typed ran.
    pub(super) commands_ms: u64,
    /// Of the rest: messages were on their way, agents were starting, facts waited to be noticed.
    pub(super) between_ms: u64,
}

impl Share {
    /// What the orchestration itself took.
    pub(super) fn own_ms(&self) -> u64 {
        self.commands_ms + self.between_ms
    }
}

/// What was going on.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    pub(super) agents: Vec<Span>,
    pub(super) runners: Vec<Span>,
    pub(super) commands: Vec<Span>,
}

impl Work {
    /// Whose time each part was.
    pub(super) fn shares(&self, chapters: &[Chapter]) -> Vec<Share> {
        chapters.iter().map(|chapter| self.share(chapter)).collect()
    }

    fn share(&self, chapter: &Chapter) -> Share {
        let within = chapter.span;
        let agents = covered(&self.agents, within);
        let worked = covered(&[&self.agents[..], &self.runners].concat(), within);
        let busy = covered(&[&self.agents[..], &self.runners, &self.commands].concat(), within);
        let took = within.to - within.from;
        Share {
            name: chapter.name,
            took_ms: took,
            agents_ms: agents,
            runners_ms: worked - agents,
            commands_ms: busy - worked,
            between_ms: took - busy,
        }
    }
}

/// How long at least one of the spans lasts within another.
fn covered(spans: &[Span], within: Span) -> u64 {
    let mut spans: Vec<Span> = spans
        .iter()
        .map(|span| Span { from: span.from.max(within.from), to: span.to.min(within.to) })
        .filter(|span| span.from < span.to)
        .collect();
    spans.sort();
    let (mut total, mut end) = (0, within.from);
    for span in spans {
        total += span.to.saturating_sub(span.from.max(end));
        end = end.max(span.to);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(pairs: &[(u64, u64)]) -> Vec<Span> {
        pairs.iter().map(|&(from, to)| Span { from, to }).collect()
    }

    #[test]
    fn each_moment_belongs_to_one() {
        let work = Work {
            agents: spans(&[(0, 30), (20, 40), (95, 300)]),
            runners: spans(&[(35, 60)]),
            commands: spans(&[(0, 70), (90, 96)]),
        };
        let chapter = |name, from, to| Chapter { name, span: Span { from, to } };
        let shares = work.shares(&[chapter("one", 10, 100), chapter("two", 100, 110)]);
        let figures: Vec<_> = shares
            .iter()
            .map(|it| (it.took_ms, it.agents_ms, it.runners_ms, it.commands_ms, it.between_ms))
            .collect();
        assert_eq!(figures, [(90, 35, 20, 15, 20), (10, 10, 0, 0, 0)]);
        assert_eq!(shares[0].own_ms(), 35);
    }
}

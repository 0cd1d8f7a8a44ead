//! Whether agents talk in circles: what they said to each other lately.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ids::AgentId;

/// What is older says nothing of a circle now (milliseconds).
pub const WINDOW_MS: u64 = 300_000;

/// The messages from one agent to another of the last minutes, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Words {
    said: VecDeque<Said>,
}

#[derive(Debug, Clone, Copy)]
struct Said {
    at: u64,
    from: AgentId,
    to: AgentId,
    /// Equal texts have the same; numbers and spaces in it make no difference.
    print: u64,
}

/// A circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circle {
    /// Who spoke first.
    pub one: AgentId,
    /// Whom it spoke to.
    pub other: AgentId,
    /// How many messages.
    pub count: usize,
    /// From the first to the last of them (milliseconds).
    pub within: u64,
}

impl Words {
    /// Takes note of a message from one agent to another.
    pub(super) fn take(&mut self, at: u64, from: AgentId, to: AgentId, text: &str) {
        while self.said.front().is_some_and(|first| first.at + WINDOW_MS < at) {
            self.said.pop_front();
        }
        let mut print = DefaultHasher::new();
        text.chars().filter(|c| !c.is_whitespace() && !c.is_ascii_digit()).for_each(|c| c.hash(&mut print));
        self.said.push_back(Said { at, from, to, print: print.finish() });
    }

    fn recent(&self, now: u64) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(move |said| said.at + WINDOW_MS >= now)
    }

    /// The longest chain of messages of two agents of which each answers the one before.
    pub fn answering(&self, now: u64) -> Option<Circle> {
        let mut chains: BTreeMap<(AgentId, AgentId), Vec<&Said>> = BTreeMap::new();
        for said in self.recent(now) {
            let chain = chains.entry((said.from.min(said.to), said.from.max(said.to))).or_default();
            if chain.last().is_none_or(|last| last.from != said.from) {
                chain.push(said);
            }
        }
        longest(chains.into_values())
    }

    /// The message that one agent sent most often to another.
    pub fn repeated(&self, now: u64) -> Option<Circle> {
        let mut same: BTreeMap<(AgentId, AgentId, u64), Vec<&Said>> = BTreeMap::new();
        for said in self.recent(now) {
            same.entry((said.from, said.to, said.print)).or_default().push(said);
        }
        longest(same.into_values())
    }
}

fn longest<'a>(chains: impl Iterator<Item = Vec<&'a Said>>) -> Option<Circle> {
    let chain = chains.max_by_key(Vec::len)?;
    let (first, last) = (chain.first()?, chain.last()?);
    Some(Circle { one: first.from, other: first.to, count: chain.len(), within: last.at - first.at })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: AgentId = AgentId(1);
    const B: AgentId = AgentId(2);

    #[test]
    fn answers_count_and_what_one_says_in_a_row_does_not() {
        let mut words = Words::default();
        for n in 0..4 {
            words.take(n * 10, A, B, &format!("question {n}"));
            words.take(n * 10 + 1, A, B, "and another thing");
            words.take(n * 10 + 5, B, A, &format!("answer {n}"));
        }
        let circle = words.answering(100).unwrap();
        assert_eq!((circle.one, circle.other, circle.count, circle.within), (A, B, 8, 35));
        assert_eq!(words.answering(WINDOW_MS + 36), None, "long ago");
    }

    #[test]
    fn the_same_words_with_other_numbers_are_the_same() {
        let mut words = Words::default();
        for n in 0..5 {
            words.take(n, A, B, &format!("Still {n} failures,  please look"));
        }
        words.take(6, B, A, "Still 3 failures, please look");
        assert_eq!(words.repeated(7).unwrap().count, 5);
    }
}

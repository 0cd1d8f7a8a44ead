//! Which answer belongs to which question. Questions are pipelined; each line is followed by a nonce of its
//! own, so a line may yield any number of blocks (a chain, an error that cuts it short) without ambiguity.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use crate::control::Block;
use crate::line::Line;

/// What one line brought: the output of its commands, and the error that ended it, if any.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The lines that were printed, of all commands before the error.
    pub(crate) output: Vec<String>,
    /// tmux's own words.
    pub(crate) error: Option<String>,
}

/// The stream answered a question that was not the next one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Desync;

/// The questions under way, in order; `P` says what each is for.
#[derive(Debug)]
pub(crate) struct Exchange<P> {
    marker: String,
    sent: u64,
    seen: u64,
    pending: VecDeque<Pending<P>>,
}

#[derive(Debug)]
struct Pending<P> {
    purpose: P,
    expected: usize,
    answers: Vec<Answer>,
    partial: Answer,
}

impl<P> Exchange<P> {
    /// Nothing asked yet. The marker is not guessable, so no pane text can pass for it.
    pub(crate) fn new() -> Self {
        let random = RandomState::new().build_hasher().finish();
        Self {
            marker: format!("orc-{random:016x}-"),
            sent: 0,
            seen: 0,
            pending: VecDeque::new(),
        }
    }

    /// Appends the bytes that ask `lines`, which must not be empty.
    pub(crate) fn ask(&mut self, lines: &[Line], purpose: P, bytes: &mut Vec<u8>) {
        for line in lines {
            bytes.extend_from_slice(line.text().as_bytes());
            bytes
                .extend_from_slice(format!("\ndisplay-message -p {}{}\n", self.marker, self.sent).as_bytes());
            self.sent += 1;
        }
        let answers = Vec::with_capacity(lines.len());
        self.pending.push_back(Pending {
            purpose,
            expected: lines.len(),
            answers,
            partial: Answer::default(),
        });
    }

    /// Takes the next block; gives the question that it completes.
    pub(crate) fn block(&mut self, block: &Block) -> Result<Option<(P, Vec<Answer>)>, Desync> {
        if !block.ours {
            return Ok(None);
        }
        let Some(front) = self.pending.front_mut() else {
            return Ok(None);
        };
        match nonce(block, &self.marker) {
            Some(number) if number == self.seen => self.seen += 1,
            Some(_) => return Err(Desync),
            None => {
                let text = block
                    .lines
                    .iter()
                    .map(|line| String::from_utf8_lossy(line).into_owned());
                if block.failed {
                    front.partial.error = Some(text.collect::<Vec<_>>().join(" "));
                } else {
                    front.partial.output.extend(text);
                }
                return Ok(None);
            }
        }
        front.answers.push(std::mem::take(&mut front.partial));
        if front.answers.len() < front.expected {
            return Ok(None);
        }
        Ok(self.pending.pop_front().map(|done| (done.purpose, done.answers)))
    }

    /// True when nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    /// How many lines are under way.
    pub(crate) fn lines(&self) -> u64 {
        self.sent - self.seen
    }

    /// Gives up everything that is under way.
    pub(crate) fn abandon(&mut self) -> impl Iterator<Item = P> {
        std::mem::take(&mut self.pending)
            .into_iter()
            .map(|pending| pending.purpose)
    }
}

/// The number in a block that is a nonce and nothing else.
fn nonce(block: &Block, marker: &str) -> Option<u64> {
    let [line] = block.lines.as_slice() else {
        return None;
    };
    if block.failed {
        return None;
    }
    std::str::from_utf8(line.strip_prefix(marker.as_bytes())?)
        .ok()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(failed: bool, lines: &[&str]) -> Block {
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        Block {
            ours: true,
            failed,
            lines,
        }
    }

    fn asked(counts: &[usize]) -> Exchange<usize> {
        let mut exchange = Exchange::new();
        for (purpose, count) in counts.iter().enumerate() {
            exchange.ask(&vec![Line::new("list-panes"); *count], purpose, &mut Vec::new());
        }
        exchange
    }

    fn nonce_block(exchange: &Exchange<usize>, number: u64) -> Block {
        block(false, &[&format!("{}{number}", exchange.marker)])
    }

    #[test]
    fn each_line_is_followed_by_its_nonce() {
        let mut exchange = Exchange::new();
        let mut bytes = Vec::new();
        exchange.ask(&[Line::new("list-panes"), Line::new("list-keys")], 0, &mut bytes);
        let text = String::from_utf8(bytes).unwrap().replace(&exchange.marker, "N");
        assert_eq!(
            text,
            "list-panes\ndisplay-message -p N0\nlist-keys\ndisplay-message -p N1\n"
        );
        assert_eq!(exchange.lines(), 2);
    }

    #[test]
    fn chains_and_errors_go_to_their_line() {
        let mut exchange = asked(&[2, 1]);
        assert_eq!(exchange.block(&block(false, &["%1"])), Ok(None));
        assert_eq!(exchange.block(&block(true, &["no such option"])), Ok(None));
        assert_eq!(exchange.block(&nonce_block(&exchange, 0)), Ok(None));
        let (purpose, answers) = exchange.block(&nonce_block(&exchange, 1)).unwrap().unwrap();
        assert_eq!(purpose, 0);
        let first = Answer {
            output: vec!["%1".into()],
            error: Some("no such option".into()),
        };
        assert_eq!(answers, [first, Answer::default()]);
        assert_eq!(
            exchange.block(&nonce_block(&exchange, 2)),
            Ok(Some((1, vec![Answer::default()])))
        );
        assert!(exchange.is_idle());
    }

    #[test]
    fn a_nonce_out_of_turn_is_noticed() {
        let mut exchange = asked(&[1, 1]);
        assert_eq!(exchange.block(&nonce_block(&exchange, 1)), Err(Desync));
    }

    #[test]
    fn text_around_a_nonce_is_not_a_nonce() {
        let mut exchange = asked(&[1]);
        let marker = exchange.marker.clone();
        for lines in [
            vec![format!("x{marker}0")],
            vec![format!("{marker}0"), String::new()],
        ] {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert_eq!(exchange.block(&block(false, &lines)), Ok(None));
        }
        assert_eq!(exchange.block(&block(true, &[&format!("{marker}0")])), Ok(None));
        assert!(!exchange.is_idle());
    }

    #[test]
    fn blocks_of_others_are_left_alone() {
        let mut exchange = asked(&[1]);
        let mut foreign = nonce_block(&exchange, 0);
        foreign.ours = false;
        assert_eq!(exchange.block(&foreign), Ok(None));
        assert_eq!(exchange.abandon().collect::<Vec<_>>(), [0]);
        assert!(exchange.is_idle());
    }
}

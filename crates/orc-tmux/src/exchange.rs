//! Which answer belongs to which question. Questions are pipelined. A line makes one block per command, up to
//! the first that fails; a nonce behind each question proves that the count is right.

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

/// The stream brought something else than the answer to the next question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Desync;

/// The questions under way, in order; `P` says what each is for.
#[derive(Debug)]
pub(crate) struct Exchange<P> {
    marker: String,
    asked: u64,
    answered: u64,
    lines: usize,
    pending: VecDeque<Pending<P>>,
}

#[derive(Debug)]
struct Pending<P> {
    purpose: P,
    /// The number of commands of each line that is not answered yet.
    commands: VecDeque<usize>,
    answers: Vec<Answer>,
    partial: Answer,
}

impl<P> Exchange<P> {
    /// Nothing asked yet. The marker is not guessable, so no pane text can pass for it.
    pub(crate) fn new() -> Self {
        let random = RandomState::new().build_hasher().finish();
        let marker = format!("orc-{random:016x}-");
        Self { marker, asked: 0, answered: 0, lines: 0, pending: VecDeque::new() }
    }

    /// Appends the bytes that ask `lines`.
    pub(crate) fn ask(&mut self, lines: &[Line], purpose: P, bytes: &mut Vec<u8>) {
        for line in lines {
            bytes.extend_from_slice(line.text().as_bytes());
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(format!("display-message -p {}{}\n", self.marker, self.asked).as_bytes());
        self.asked += 1;
        self.lines += lines.len();
        let commands = lines.iter().map(Line::commands).collect();
        let answers = Vec::with_capacity(lines.len());
        self.pending.push_back(Pending { purpose, commands, answers, partial: Answer::default() });
    }

    /// Takes the next block; gives the question that it completes.
    pub(crate) fn block(&mut self, block: &Block) -> Result<Option<(P, Vec<Answer>)>, Desync> {
        if !block.ours {
            return Ok(None);
        }
        let Some(front) = self.pending.front_mut() else {
            return Err(Desync);
        };
        if let Some(number) = nonce(block, &self.marker) {
            if number != self.answered || !front.commands.is_empty() {
                return Err(Desync);
            }
            self.answered += 1;
            return Ok(self.pending.pop_front().map(|done| (done.purpose, done.answers)));
        }
        let Some(left) = front.commands.front_mut() else {
            return Err(Desync);
        };
        let text = block.lines.iter().map(|line| String::from_utf8_lossy(line).into_owned());
        if block.failed {
            front.partial.error = Some(text.collect::<Vec<_>>().join(" "));
            *left = 0;
        } else {
            front.partial.output.extend(text);
            *left -= 1;
        }
        if *left == 0 {
            front.commands.pop_front();
            front.answers.push(std::mem::take(&mut front.partial));
            self.lines -= 1;
        }
        Ok(None)
    }

    /// True when nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    /// How many lines are under way.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// Gives up everything that is under way.
    pub(crate) fn abandon(&mut self) -> impl Iterator<Item = P> {
        self.lines = 0;
        std::mem::take(&mut self.pending).into_iter().map(|pending| pending.purpose)
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
    std::str::from_utf8(line.strip_prefix(marker.as_bytes())?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(failed: bool, lines: &[&str]) -> Block {
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        Block { ours: true, failed, lines }
    }

    /// Questions of lines with these numbers of commands.
    fn asked(questions: &[&[usize]]) -> Exchange<usize> {
        let mut exchange = Exchange::new();
        for (purpose, counts) in questions.iter().enumerate() {
            let line =
                |count: &usize| (1..*count).fold(Line::new("list-panes"), |line, _| line.then("list-keys"));
            exchange.ask(&counts.iter().map(line).collect::<Vec<_>>(), purpose, &mut Vec::new());
        }
        exchange
    }

    fn nonce_block(exchange: &Exchange<usize>, number: u64) -> Block {
        block(false, &[&format!("{}{number}", exchange.marker)])
    }

    #[test]
    fn each_question_is_followed_by_its_nonce() {
        let mut exchange = Exchange::new();
        let mut bytes = Vec::new();
        exchange.ask(&[Line::new("list-panes"), Line::new("list-keys")], 0, &mut bytes);
        exchange.ask(&[Line::new("list-panes")], 1, &mut bytes);
        let text = String::from_utf8(bytes).unwrap().replace(&exchange.marker, "N");
        assert_eq!(text, "list-panes\nlist-keys\ndisplay-message -p N0\nlist-panes\ndisplay-message -p N1\n");
        assert_eq!(exchange.lines(), 3);
    }

    #[test]
    fn chains_and_errors_go_to_their_line() {
        let mut exchange = asked(&[&[2, 3, 1], &[1]]);
        for block in [
            block(false, &["%1"]),
            block(false, &[]),
            block(false, &["%2"]),
            block(true, &["no such option"]),
            block(false, &["two", "lines"]),
        ] {
            assert_eq!(exchange.block(&block), Ok(None));
        }
        assert_eq!(exchange.lines(), 1);
        let (purpose, answers) = exchange.block(&nonce_block(&exchange, 0)).unwrap().unwrap();
        assert_eq!(purpose, 0);
        let answer = |output: &[&str], error: Option<&str>| Answer {
            output: output.iter().map(ToString::to_string).collect(),
            error: error.map(ToOwned::to_owned),
        };
        let expected =
            [answer(&["%1"], None), answer(&["%2"], Some("no such option")), answer(&["two", "lines"], None)];
        assert_eq!(answers, expected);
        assert_eq!(exchange.block(&block(true, &["gone"])), Ok(None));
        assert_eq!(
            exchange.block(&nonce_block(&exchange, 1)),
            Ok(Some((1, vec![answer(&[], Some("gone"))])))
        );
        assert!(exchange.is_idle());
    }

    #[test]
    fn a_wrong_count_is_noticed() {
        let early = &mut asked(&[&[2]]);
        assert_eq!(early.block(&block(false, &[])), Ok(None));
        assert_eq!(early.block(&nonce_block(early, 0)), Err(Desync));
        let surplus = &mut asked(&[&[1]]);
        assert_eq!(surplus.block(&block(false, &[])), Ok(None));
        assert_eq!(surplus.block(&block(false, &[])), Err(Desync));
        let wrong = &mut asked(&[&[], &[]]);
        assert_eq!(wrong.block(&nonce_block(wrong, 1)), Err(Desync));
        let unasked = &mut asked(&[]);
        assert_eq!(unasked.block(&block(false, &[])), Err(Desync));
    }

    #[test]
    fn text_around_a_nonce_is_not_a_nonce() {
        let mut exchange = asked(&[&[9]]);
        let marker = exchange.marker.clone();
        for lines in [vec![format!("x{marker}0")], vec![format!("{marker}0"), String::new()]] {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert_eq!(exchange.block(&block(false, &lines)), Ok(None));
        }
        assert_eq!(exchange.block(&block(true, &[&format!("{marker}0")])), Ok(None));
        assert!(!exchange.is_idle());
    }

    #[test]
    fn blocks_of_others_are_left_alone() {
        let mut exchange = asked(&[&[1]]);
        let mut foreign = nonce_block(&exchange, 0);
        foreign.ours = false;
        assert_eq!(exchange.block(&foreign), Ok(None));
        assert_eq!(exchange.abandon().collect::<Vec<_>>(), [0]);
        assert!(exchange.is_idle());
    }
}

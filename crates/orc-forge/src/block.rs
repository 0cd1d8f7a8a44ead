//! Our part of a pull request's body, between two marks. What people write around it is theirs and stays.

/// The most that a body may hold, in characters: GitHub takes 65,536.
const MOST: usize = 65_000;

const BEGIN: &str = "<!-- tmux-orc:begin -->";
const END: &str = "<!-- tmux-orc:end -->";
const CUT: &str = "\n\n*Cut here: the whole is in the log of the team (`tmux-orc incident status`).*";

/// Our part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block(String);

impl Block {
    /// From Markdown. What would look like a mark in it is none any more.
    pub fn new(markdown: &str) -> Self {
        Self(markdown.replace("<!--", "<! --").trim().to_owned())
    }

    /// The words without the marks.
    pub fn words(&self) -> &str {
        &self.0
    }

    /// A body of it alone.
    pub fn alone(&self) -> String {
        self.fenced(MOST)
    }

    /// The body with this block in the place of the one that it has, else at its end.
    pub fn within(&self, body: &str) -> String {
        // Some forges give line ends back in another form than they got.
        let body = body.replace("\r\n", "\n");
        let (before, after) = match parts(&body) {
            Some((before, _, after)) => (before.to_owned(), after.to_owned()),
            None if body.trim().is_empty() => return self.alone(),
            None => (format!("{}\n\n", body.trim_end()), String::new()),
        };
        let room = MOST.saturating_sub(before.chars().count() + after.chars().count());
        format!("{before}{}{after}", self.fenced(room))
    }

    /// Whether a body has exactly this block.
    pub fn is_whole_in(&self, body: &str) -> bool {
        parts(&body.replace("\r\n", "\n")).is_some_and(|(_, block, _)| block == self.fenced(MOST))
    }

    fn fenced(&self, room: usize) -> String {
        let marks = BEGIN.len() + END.len() + 2;
        let room = room.saturating_sub(marks);
        if self.0.chars().count() <= room {
            return format!("{BEGIN}\n{}\n{END}", self.0);
        }
        let kept: String = self.0.chars().take(room.saturating_sub(CUT.len() + 8)).collect();
        let kept = kept.rsplit_once('\n').map_or(kept.as_str(), |(whole, _)| whole);
        // An open fence would swallow our own mark.
        let fence = if kept.matches("\n```").count() % 2 == 1 { "\n```" } else { "" };
        format!("{BEGIN}\n{kept}{fence}{CUT}\n{END}")
    }
}

/// What stands before a block, the block with its marks, and what stands after it.
fn parts(body: &str) -> Option<(&str, &str, &str)> {
    let begin = body.find(BEGIN)?;
    let end = begin + body[begin..].find(END)? + END.len();
    Some((&body[..begin], &body[begin..end], &body[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_around_it_stays() {
        let old = Block::new("old words");
        let body = format!("Ada: please hurry\n\n{}\n\n- [x] looked at the pool", old.alone());
        let new = Block::new("new words");
        let updated = new.within(&body);
        assert_eq!(updated, body.replace("old words", "new words"));
        assert_eq!(new.within(&updated), updated, "twice is once");
        assert!(new.is_whole_in(&updated.replace('\n', "\r\n")));
        assert!(!old.is_whole_in(&updated));
    }

    #[test]
    fn a_body_without_it_gets_it_at_its_end() {
        let block = Block::new("words");
        assert_eq!(block.within("  \n"), block.alone());
        assert_eq!(block.within("By hand.\n"), format!("By hand.\n\n{}", block.alone()));
    }

    #[test]
    fn a_mark_in_a_text_ends_nothing() {
        let block = Block::new("x <!-- tmux-orc:end --> y");
        let body = block.within("before");
        assert_eq!(Block::new("z").within(&body), format!("before\n\n{}", Block::new("z").alone()));
    }

    #[test]
    fn a_body_that_is_too_long_is_cut_and_says_so() {
        let block = Block::new(&format!("# Head\n```\n{}\n```\nend", "row of a log\n".repeat(9000)));
        let theirs = "x".repeat(20_000);
        let body = block.within(&theirs);
        assert!(body.chars().count() <= MOST, "{}", body.chars().count());
        assert!(body.starts_with(&theirs) && body.ends_with(END) && body.contains("Cut here"));
        assert_eq!(body.matches("```").count() % 2, 0, "no fence is left open");
    }
}

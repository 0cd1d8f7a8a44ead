//! What an agent that tells its answers in no other way shows of the last one.

use std::sync::LazyLock;

use regex::Regex;

use super::Detector;
use crate::screen::Screen;

/// So many rows of an answer are read where its beginning is not on the screen any more.
const ROWS: usize = 40;

/// The last line of a message of ours.
static END_OF_MESSAGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(end of message m\d+\)").expect("a fixed pattern"));

/// An answer as the screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overheard {
    /// Its rows, without those that are only drawn.
    pub text: String,
    /// The message that it follows is on the screen: it begins here.
    pub whole: bool,
}

impl Detector {
    /// What stands above the composer, from the last message on; nothing when nothing stands there.
    pub fn answer(&self, screen: &Screen) -> Option<Overheard> {
        let end = self.composer(screen).map_or(screen.rows.len(), |view| view.first);
        let rows = &screen.rows[..end];
        let message = rows.iter().rposition(|row| END_OF_MESSAGE.is_match(row));
        let begin = message.map_or(rows.len().saturating_sub(ROWS), |row| row + 1);
        let spoken = |row: &&String| row.chars().any(char::is_alphanumeric);
        let rows: Vec<&str> = rows[begin..].iter().filter(spoken).map(|row| row.trim_end()).collect();
        let text = rows.join("\n");
        (!text.is_empty()).then_some(Overheard { text, whole: message.is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn read(profile: &str, rows: &[&str], pastes: bool) -> Option<Overheard> {
        let catalog = Catalog::built_in().expect("the built-in files are right");
        let entry = catalog.profile(&profile.parse().expect("a name")).expect("a profile");
        let rows = rows.iter().map(|row| (*row).to_owned()).collect();
        entry.detector().answer(&Screen { rows, bracketed_paste: pastes, ..Screen::default() })
    }

    #[test]
    fn an_answer_is_what_follows_the_last_message() {
        let rows =
            ["Message m3 from operator:", "look", "(end of message m3)", "The pool leaks.", "  line 234", ""];
        let heard = read("generic", &rows, false).expect("an answer");
        assert_eq!(heard, Overheard { text: "The pool leaks.\n  line 234".into(), whole: true });
        assert_eq!(read("generic", &rows[..3], false), None, "it has not answered");
    }

    #[test]
    fn the_composer_and_drawn_lines_are_no_part_of_it() {
        let line = "────────────────────────────";
        let rows =
            [line, "> (end of message m3)", "", "I will look at login.rs", "", "Tokens: 2k sent", line, ">"];
        let heard = read("aider", &rows, true).expect("an answer");
        assert_eq!(heard.text, "I will look at login.rs\nTokens: 2k sent");
    }
}

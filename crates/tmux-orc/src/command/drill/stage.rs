//! What the person sees: the course of the incident by its clock. Several threads tell of it, a line at a time.

use std::io::Write;
use std::time::Instant;

use anstyle::Style;

use crate::output;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// Characters of a line that is shown.
const WIDTH: usize = 150;
/// Where text begins that belongs to a time.
const INDENT: &str = "           ";

/// The teller. With `--json` it tells on stderr.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    json: bool,
    /// T+0.
    begun: Instant,
}

impl Stage {
    /// The clock begins.
    pub(super) fn new(json: bool) -> Self {
        Self { json, begun: Instant::now() }
    }

    /// The same, with its clock begun now.
    pub(super) fn beginning_now(self) -> Self {
        Self { begun: Instant::now(), ..self }
    }

    /// A line without a time.
    pub(super) fn line(&self, text: &str) {
        let written = if self.json {
            writeln!(anstream::stderr().lock(), "{text}")
        } else {
            writeln!(anstream::stdout().lock(), "{text}")
        };
        drop(written);
    }

    /// What begins now.
    pub(super) fn heading(&self, text: &str) {
        self.line(&format!("\n{BOLD}T+{}  {text}{BOLD:#}", self.clock()));
    }

    /// What happened now.
    pub(super) fn fact(&self, text: &str) {
        self.line(&format!("T+{}  {}", self.clock(), clipped(text)));
    }

    /// What was said, by whom.
    pub(super) fn says(&self, who: &str, text: &str) {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default();
        self.fact(&format!("{who} > {first}"));
        let more: Vec<&str> = lines.collect();
        let left_out = left_out(more.len(), 4);
        for line in &more[..more.len() - left_out] {
            self.line(&format!("{INDENT}{}", clipped(&format!("  {line}"))));
        }
        if left_out > 0 {
            self.line(&format!("{INDENT}{DIM}  … {left_out} lines more{DIM:#}"));
        }
    }

    /// A command as one types it.
    pub(super) fn command(&self, words: &str) {
        for (number, line) in words.lines().enumerate() {
            let before = if number == 0 { "$ " } else { "" };
            self.line(&format!("{INDENT}{BOLD}{before}{}{BOLD:#}", output::plain(line)));
        }
    }

    /// A command for the person to type.
    pub(super) fn hint(&self, words: &str) {
        self.line(&format!("{INDENT}{DIM}->{DIM:#} {}", output::plain(words)));
    }

    /// What a command printed: its beginning and its end.
    pub(super) fn printed(&self, text: &str, most: usize) {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let left_out = left_out(lines.len(), most);
        for (number, line) in lines.iter().enumerate() {
            if left_out > 0 && number == most / 2 {
                self.line(&format!("{INDENT}{DIM}… {left_out} lines more{DIM:#}"));
            }
            if number < most / 2 || number >= most / 2 + left_out {
                self.line(&format!("{INDENT}{}", clipped(line)));
            }
        }
    }

    /// The time since T+0: `0:03.2`.
    fn clock(&self) -> String {
        let tenths = self.begun.elapsed().as_millis() / 100;
        format!("{:>2}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }
}

/// How many lines are not shown; to say so of a single one takes the place of that one.
fn left_out(lines: usize, most: usize) -> usize {
    match lines.saturating_sub(most) {
        1 => 0,
        more => more,
    }
}

fn clipped(text: &str) -> String {
    let text = output::plain(text);
    if text.chars().count() <= WIDTH { text } else { text.chars().take(WIDTH - 1).chain(['…']).collect() }
}

/// The words of a command as one would type them in a shell.
pub(super) fn typed(words: &[&str]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@%+,".contains(c);
    let quoted = |word: &&str| {
        if !word.is_empty() && word.chars().all(plain) {
            (*word).to_owned()
        } else if word.contains(['"', '$', '`', '\\', '!']) {
            format!("'{}'", word.replace('\'', r"'\''"))
        } else {
            format!("\"{word}\"")
        }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_line_is_shown_and_not_spoken_of() {
        assert_eq!([3, 4, 5, 6].map(|lines| left_out(lines, 4)), [0, 0, 0, 2]);
    }

    #[test]
    fn a_command_is_shown_as_it_can_be_typed() {
        assert_eq!(typed(&["tmux-orc", "a b", "", "x=1"]), r#"tmux-orc "a b" "" x=1"#);
        assert_eq!(typed(&["it's $HOME"]), r"'it'\''s $HOME'");
    }
}

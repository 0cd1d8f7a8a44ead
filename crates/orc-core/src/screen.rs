//! A rendered terminal screen, as the shim of an agent reports it.

use serde::{Deserialize, Serialize};

/// What an agent's terminal shows, with the facts about the terminal that matter for typing into it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Screen {
    /// Lines from the top, right-trimmed.
    pub rows: Vec<String>,
    /// For each row the ranges `[start, end)` in characters that are drawn dim: ghost text, not typed text.
    pub dim: Vec<Vec<(usize, usize)>>,
    /// For each row the ranges `[start, end)` in characters that are drawn in reverse or on another background than most
    /// of the row: where a choice stands in a menu that has no sign for it.
    pub marked: Vec<Vec<(usize, usize)>>,
    /// The window title.
    pub title: String,
    /// The program has switched on bracketed paste.
    pub bracketed_paste: bool,
    /// The terminal collects whole lines (canonical mode): a line-based program reads it.
    pub line_mode: bool,
    /// The cursor's row and column, from 0.
    pub cursor: (u16, u16),
    /// Bytes of output so far: equal numbers mean that nothing was drawn in between.
    pub output_seq: u64,
    /// Milliseconds since the last output.
    pub quiet_ms: u64,
    /// The person at the terminal has typed something and neither sent nor cleared it, as far as keys tell.
    pub draft: bool,
}

impl Screen {
    /// A screen from plain text, for rules tested against recorded screens.
    pub fn from_text(text: &str) -> Self {
        let rows: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
        Self { rows, bracketed_paste: true, ..Self::default() }
    }

    /// A row with its dim characters replaced by spaces: what was really typed or said.
    pub fn bright_row(&self, row: usize) -> String {
        let Some(text) = self.rows.get(row) else {
            return String::new();
        };
        let Some(ranges) = self.dim.get(row).filter(|ranges| !ranges.is_empty()) else {
            return text.clone();
        };
        text.chars()
            .enumerate()
            .map(
                |(at, c)| {
                    if ranges.iter().any(|(start, end)| (*start..*end).contains(&at)) { ' ' } else { c }
                },
            )
            .collect()
    }

    /// The whole screen as text, for matching and for people.
    pub fn text(&self) -> String {
        self.rows.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dim_text_is_blanked_by_character() {
        let screen =
            Screen { rows: vec!["› é ghost".into()], dim: vec![vec![(4, 9)]], ..Screen::default() };
        assert_eq!(screen.bright_row(0).trim_end(), "› é");
    }
}

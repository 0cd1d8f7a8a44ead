//! The transcript area: what was said and done, as shown.

use std::collections::VecDeque;

use crate::text;

/// Entries kept.
const ENTRIES: usize = 200;
/// Bytes of one entry that are shown.
const SHOWN: usize = 4096;

/// The entries, oldest first, without control characters.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    entries: VecDeque<String>,
}

impl Transcript {
    pub(crate) fn user(&mut self, text: &str) {
        self.push("› ", text);
    }

    pub(crate) fn reply(&mut self, text: &str) {
        self.push("● ", text);
    }

    pub(crate) fn command(&mut self, command: &str) {
        self.push("$ ", command);
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.push("⎿ ", text);
    }

    /// The output of a command and, when it was not 0, its exit code.
    pub(crate) fn output(&mut self, output: &str, code: Option<i32>) {
        let output = output.trim_end();
        if !output.is_empty() {
            self.note(output);
        }
        match code {
            Some(0) => {}
            Some(code) => self.note(&format!("exit {code}")),
            None => self.note("ended without an exit code"),
        }
    }

    fn push(&mut self, mark: &str, text: &str) {
        let shown = text::prefix(text, SHOWN);
        let more = if shown.len() < text.len() { "…" } else { "" };
        let shown = text::visible(shown).replace('\n', "\n  ");
        if self.entries.len() == ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(format!("{mark}{shown}{more}"));
    }

    /// The last `rows` screen rows at this width.
    pub(crate) fn tail(&self, rows: usize, width: usize) -> Vec<String> {
        let mut tail = VecDeque::new();
        for entry in self.entries.iter().rev() {
            for row in text::wrap(entry, width).into_iter().rev() {
                if tail.len() == rows {
                    return tail.into();
                }
                tail.push_front(row);
            }
        }
        tail.into()
    }
}

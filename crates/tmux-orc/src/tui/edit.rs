//! A text that is being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A text with a cursor in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edit {
    text: Vec<char>,
    at: usize,
}

impl Edit {
    /// A text whose end is being typed.
    pub(super) fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        Self { at: text.len(), text }
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// What stands before the cursor, and what after it.
    pub(super) fn parts(&self) -> (String, String) {
        let (before, after) = self.text.split_at(self.at);
        (before.iter().collect(), after.iter().collect())
    }

    /// Puts a text in at the cursor.
    pub(super) fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        for c in text.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t') {
            self.text.insert(self.at, c);
            self.at += 1;
        }
    }

    /// Takes a key; keys that edit nothing change nothing.
    pub(super) fn key(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('u') if control => self.cut(0),
            KeyCode::Char('w') if control => self.cut(self.word()),
            KeyCode::Char('j') if control => self.insert("\n"),
            KeyCode::Enter if alt => self.insert("\n"),
            KeyCode::Char(c) if !control && !alt => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.cut(self.at.saturating_sub(1)),
            KeyCode::Delete if self.at < self.text.len() => drop(self.text.remove(self.at)),
            KeyCode::Left => self.at = self.at.saturating_sub(1),
            KeyCode::Right => self.at = (self.at + 1).min(self.text.len()),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => {}
        }
    }

    /// Takes away what stands before the cursor from there on.
    fn cut(&mut self, from: usize) {
        self.text.drain(from..self.at);
        self.at = from;
    }

    /// Where the word before the cursor begins.
    fn word(&self) -> usize {
        let before = &self.text[..self.at];
        let end = before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at + 1);
        before[..end].iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(edit: &mut Edit, code: KeyCode, modifiers: KeyModifiers) {
        edit.key(KeyEvent::new(code, modifiers));
    }

    #[test]
    fn a_text_is_typed_pasted_and_corrected() {
        let mut edit = Edit::new("on");
        edit.insert("e two\r\nthree\u{1b}[");
        assert_eq!(edit.text(), "one two\nthree[");
        press(&mut edit, KeyCode::Backspace, KeyModifiers::NONE);
        press(&mut edit, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(edit.text(), "one two\n");
        for code in [KeyCode::Left, KeyCode::Left, KeyCode::Char('ü'), KeyCode::Delete] {
            press(&mut edit, code, KeyModifiers::NONE);
        }
        assert_eq!(edit.text(), "one twü\n");
        assert_eq!(edit.parts().0, "one twü");
        press(&mut edit, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(edit.text(), "\n");
        press(&mut edit, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(edit.text(), "\n", "there is nothing before the cursor");
    }
}

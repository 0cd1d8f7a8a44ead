//! A dialog: a question and its options, of which one is chosen.

use crate::keys::Input;

/// What kind of dialog it is; the words at its foot say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// May the command run?
    Permission,
    /// A question with options of the script.
    Question,
    /// Is the directory trusted? Asked before anything else.
    Trust,
}

impl Kind {
    /// The last row.
    pub(crate) fn foot(self) -> &'static str {
        match self {
            Self::Permission => "Enter to select · Esc to cancel",
            Self::Question => "Enter to choose · Esc to dismiss",
            Self::Trust => "Enter to confirm · Esc to exit",
        }
    }
}

/// An open dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Menu {
    pub(crate) kind: Kind,
    /// The first row.
    pub(crate) title: &'static str,
    /// What it is about.
    pub(crate) about: String,
    pub(crate) options: Vec<String>,
    /// The chosen option, from 0.
    pub(crate) here: usize,
}

/// What a key did to a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This option, from 0, was taken.
    Option(usize),
    /// None was.
    Cancelled,
}

impl Menu {
    pub(crate) fn permission(command: &str) -> Self {
        let options = ["Yes", "No"].map(str::to_owned).to_vec();
        let title = "Do you want to run this command?";
        Self { kind: Kind::Permission, title, about: command.to_owned(), options, here: 0 }
    }

    pub(crate) fn question(question: &str, options: Vec<String>) -> Self {
        let title = "The agent asks:";
        Self { kind: Kind::Question, title, about: question.to_owned(), options, here: 0 }
    }

    /// As with real agents, the first option is the one that leaves.
    pub(crate) fn trust(directory: &str) -> Self {
        let options = ["No, exit", "Yes, I trust this directory"].map(str::to_owned).to_vec();
        let title = "Do you trust this directory?";
        Self { kind: Kind::Trust, title, about: directory.to_owned(), options, here: 0 }
    }

    /// Takes a key: arrows move the choice, Enter takes it, a digit takes its option at once, Escape takes none. It
    /// swallows everything else.
    pub(crate) fn key(&mut self, input: &Input) -> Option<Answer> {
        match input {
            Input::Enter => Some(Answer::Option(self.here)),
            Input::Escape => Some(Answer::Cancelled),
            Input::Char(digit) => {
                let number = usize::try_from(digit.to_digit(10)?).ok()?;
                number.checked_sub(1).filter(|index| *index < self.options.len()).map(Answer::Option)
            }
            Input::Other(arrow) if matches!(arrow.as_str(), "[A" | "OA") => {
                self.here = self.here.saturating_sub(1);
                None
            }
            Input::Other(arrow) if matches!(arrow.as_str(), "[B" | "OB") => {
                self.here = (self.here + 1).min(self.options.len() - 1);
                None
            }
            Input::AltEnter
            | Input::LineFeed
            | Input::Backspace
            | Input::Tab
            | Input::Ctrl(_)
            | Input::Paste(_)
            | Input::DeviceAttributes
            | Input::Osc(_)
            | Input::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_move_enter_takes_and_a_digit_takes_at_once() {
        let mut menu = Menu::question("Which?", ["a", "b", "c"].map(str::to_owned).to_vec());
        for (key, here) in [("[B", 1), ("OB", 2), ("[B", 2), ("[A", 1)] {
            assert_eq!(menu.key(&Input::Other(key.to_owned())), None);
            assert_eq!(menu.here, here, "{key}");
        }
        assert_eq!(menu.key(&Input::Enter), Some(Answer::Option(1)));
        assert_eq!(menu.key(&Input::Char('3')), Some(Answer::Option(2)));
        assert_eq!(menu.key(&Input::Char('4')), None);
        assert_eq!(menu.key(&Input::Char('0')), None);
        assert_eq!(menu.key(&Input::Escape), Some(Answer::Cancelled));
    }
}

//! Whether a dialog has vanished, from looks at the screen.

/// What looks at the screen came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Vanished {
    /// It is not shown any more.
    Gone,
    /// It was still shown at the end.
    Shown,
    /// The screen could not be read, for this reason. What the agent's end means is decided where that is seen.
    NotKnown(String),
}

/// The looks so far.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// How many in a row did not show it.
    missed: u32,
}

impl Looks {
    /// The answer after one more look, which showed the dialog or not, or failed; `late` when it was to be gone by now.
    /// Gone is what two looks in a row do not show, because an agent may draw it in pieces.
    pub(super) fn after(&mut self, shown: Result<bool, String>, late: bool) -> Option<Vanished> {
        match shown {
            Ok(true) => self.missed = 0,
            Ok(false) => self.missed += 1,
            Err(error) => return Some(Vanished::NotKnown(error)),
        }
        match self.missed {
            0 => late.then_some(Vanished::Shown),
            1 => None,
            _ => Some(Vanished::Gone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_is_gone_after_two_looks_without_it_and_still_there_only_when_it_was_seen() {
        let mut looks = Looks::default();
        assert_eq!(looks.after(Ok(true), false), None);
        assert_eq!(looks.after(Ok(false), true), None, "half drawn, perhaps");
        assert_eq!(looks.after(Ok(true), true), Some(Vanished::Shown));
        assert_eq!(looks.after(Ok(false), true), None);
        assert_eq!(looks.after(Ok(false), true), Some(Vanished::Gone));
        let lost = Looks::default().after(Err("no connection".to_owned()), true);
        assert_eq!(lost, Some(Vanished::NotKnown("no connection".to_owned())));
    }
}

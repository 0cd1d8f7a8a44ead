//! What things look like. The sixteen colours of the terminal's own palette; each meaning has a word and a symbol
//! besides, so that nothing is lost without colour or to who cannot tell colours apart.

use ratatui::style::{Color, Modifier, Style};

/// Whether colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Palette {
    /// Yes.
    Colour,
    /// No: `NO_COLOR`, or no terminal.
    Plain,
}

/// What something is to the person who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// To be read.
    Text,
    /// To be found when one looks for it.
    Quiet,
    /// To be seen first among its like.
    Strong,
    /// A person is waited for.
    Waits,
    /// The same as a badge.
    WaitsBadge,
    /// Something does not work.
    Broken,
    /// The same as a badge.
    BrokenBadge,
    /// As it should be.
    Fine,
    /// Going on.
    Busy,
    /// Chosen.
    Selected,
    /// A key.
    Key,
}

impl Palette {
    /// The style of a tone.
    pub(super) fn of(self, tone: Tone) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let badge = bold.add_modifier(Modifier::REVERSED);
        match (self, tone) {
            (_, Tone::Text) | (Self::Plain, Tone::Fine | Tone::Busy) => plain,
            (_, Tone::Quiet) => plain.add_modifier(Modifier::DIM),
            (_, Tone::Strong) | (Self::Plain, Tone::Waits | Tone::Broken | Tone::Key) => bold,
            (_, Tone::Selected) => plain.add_modifier(Modifier::REVERSED),
            (Self::Plain, Tone::WaitsBadge | Tone::BrokenBadge) => badge,
            (Self::Colour, Tone::Waits) => bold.fg(Color::Yellow),
            (Self::Colour, Tone::WaitsBadge) => bold.fg(Color::Black).bg(Color::Yellow),
            (Self::Colour, Tone::Broken) => bold.fg(Color::LightRed),
            (Self::Colour, Tone::BrokenBadge) => bold.fg(Color::White).bg(Color::Red),
            (Self::Colour, Tone::Fine) => plain.fg(Color::Green),
            (Self::Colour, Tone::Busy) => plain.fg(Color::Cyan),
            (Self::Colour, Tone::Key) => bold.fg(Color::Cyan),
        }
    }
}

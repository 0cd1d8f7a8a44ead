//! The terminal: taken over, drawn on, and given back whatever happens.

use std::io::{self, Stdout, Write, stdout};
use std::panic;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::super::model::Model;
use super::super::view::view;

/// A terminal that is ours until this is dropped.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn enter() -> io::Result<Self> {
        // A panic must leave a terminal in which its words can be read.
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            leave();
            before(info);
        }));
        let screen = Self { terminal: Terminal::new(CrosstermBackend::new(stdout()))? };
        take()?;
        Ok(screen)
    }

    /// Takes the terminal back after another program had it (see [`leave`]); what that left on it goes.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        take()?;
        execute!(stdout(), Clear(ClearType::All))?;
        // A new one takes nothing for drawn.
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }

    /// Draws what has changed since the last frame, in one piece.
    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        queue!(stdout(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| {
            // The terminal may have changed its size since the model heard of it: the frame is as large as it is now.
            let area = frame.area();
            let size = (area.width, area.height);
            let other = (model.size != size).then(|| Model { size, ..model.clone() });
            if let Some(cursor) = view(other.as_ref().unwrap_or(model), frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        })?;
        queue!(stdout(), EndSynchronizedUpdate)?;
        stdout().flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableMouseCapture, cursor::Hide)
}

/// Gives the terminal back as it was. Where it is gone there is nothing to give.
pub(super) fn leave() {
    drop(execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    ));
    drop(disable_raw_mode());
}

//! The bytes that make a view's terminal, whatever its state, show the agent's screen.

use super::Emulator;

/// Attributes, insert mode, scroll region, origin, wrap, keypad, cursor keys, mouse, focus and paste reports off; cursor on.
const CALM: &str = "\x1b[m\x1b[4l\x1b[r\x1b[?6l\x1b[?7h\x1b(B\x0f\x1b[?1l\x1b>\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\
    \x1b[?1004l\x1b[?2004l\x1b[?25h";
const PRIMARY: &str = "\x1b[?1049l";
const ALTERNATE: &str = "\x1b[?1049h";

/// What a view writes when it is left alone: all modes off and the primary screen.
pub(crate) fn farewell() -> String {
    format!("{CALM}{PRIMARY}\x1b[m")
}

impl Emulator {
    /// Everything anew: modes, both screens, title. Must not be called between the bytes of one sequence.
    pub(crate) fn repaint(&mut self) -> Vec<u8> {
        self.render();
        let alternate = self.alternate();
        let mut out = format!("{CALM}{PRIMARY}");
        if alternate {
            // The primary screen is painted too: the agent will come back to it. Mode 47 switches without clearing.
            self.parser.process(b"\x1b[?47l");
            out += &self.screen_formatted();
            self.parser.process(b"\x1b[?47h");
            out += ALTERNATE;
        }
        out += &self.screen_formatted();
        out += &self.modes.formatted();
        if !self.title.is_empty() {
            out += "\x1b]2;";
            out += &self.title;
            out += "\x1b\\";
        }
        out.into_bytes()
    }

    fn screen_formatted(&self) -> String {
        let screen = self.parser.screen();
        let mut out = screen.state_formatted();
        let region = self.modes.region_formatted(self.alternate());
        if !region.is_empty() {
            // Setting the region moves the cursor.
            out += &region;
            out += &screen.cursor_state_formatted();
            out += &screen.attributes_formatted();
        }
        out
    }
}

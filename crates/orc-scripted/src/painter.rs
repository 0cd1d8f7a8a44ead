//! From one picture to the next: only the rows that changed are written, in one piece.

use std::fmt::Write;

use crate::screen::Frame;

/// What is on the screen now.
#[derive(Debug, Default)]
pub(crate) struct Painter {
    shown: Option<Frame>,
}

impl Painter {
    /// Forgets what is on the screen, so that the next picture is painted whole.
    pub(crate) fn forget(&mut self) {
        self.shown = None;
    }

    /// The bytes that turn the screen into `frame`; empty when it is that already.
    pub(crate) fn paint(&mut self, frame: Frame) -> String {
        if self.shown.as_ref() == Some(&frame) {
            return String::new();
        }
        let mut out = String::from("\x1b[?25l");
        let old = self.shown.take().map_or_else(Vec::new, |shown| shown.rows);
        if old.is_empty() {
            out.push_str("\x1b[0m\x1b[2J");
        }
        for (at, row) in frame.rows.iter().enumerate() {
            if old.get(at) != Some(row) {
                let _ = write!(out, "\x1b[{};1H{row}\x1b[K", at + 1);
            }
        }
        if let Some((col, row)) = frame.cursor {
            let _ = write!(out, "\x1b[{};{}H\x1b[?25h", row + 1, col + 1);
        }
        self.shown = Some(frame);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rows: [&str; 2]) -> Frame {
        Frame { rows: rows.map(str::to_owned).to_vec(), cursor: Some((1, 1)) }
    }

    #[test]
    fn only_changed_rows_are_written() {
        let mut painter = Painter::default();
        assert!(painter.paint(frame(["a", "b"])).contains("\x1b[2J"));
        assert_eq!(painter.paint(frame(["a", "b"])), "");
        assert_eq!(painter.paint(frame(["a", "c"])), "\x1b[?25l\x1b[2;1Hc\x1b[K\x1b[2;2H\x1b[?25h");
        painter.forget();
        assert!(painter.paint(frame(["a", "c"])).contains("\x1b[1;1Ha"));
    }
}

//! The agent's screen, rendered by ourselves: no tmux is needed to read it or to paint it anew.

mod flood;
mod modes;
mod repaint;

use std::num::NonZeroU16;

use crate::protocol::Screen;
use modes::Modes;
pub(crate) use repaint::farewell;

/// Text that waits is rendered when it is this long (bytes): of a flood only the tail is.
const MOST_WAITING: usize = 64 << 10;
/// Memory that is kept for text that waits (bytes).
const KEPT_WAITING: usize = 4 << 10;

/// The rendered screen and what the renderer does not keep of the terminal's state.
pub(crate) struct Emulator {
    parser: vt100::Parser,
    /// Plain text that is not rendered yet: it is when somebody looks, or when there is much of it.
    waiting: Vec<u8>,
    modes: Modes,
    title: String,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count.clamp(1, 1000)).unwrap_or(NonZeroU16::MIN)
}

impl Emulator {
    /// An empty screen.
    pub(crate) fn new(cols: u16, rows: u16) -> Self {
        Self {
            parser: vt100::Parser::new(cells(rows), cells(cols), 0),
            waiting: Vec::new(),
            modes: Modes::default(),
            title: String::new(),
        }
    }

    /// Width and height in cells.
    pub(crate) fn size(&self) -> (u16, u16) {
        let (rows, cols) = self.parser.screen().size();
        (cols.get(), rows.get())
    }

    /// Changes the size.
    pub(crate) fn resize(&mut self, cols: u16, rows: u16) {
        self.render();
        self.parser.set_size(cells(rows), cells(cols));
    }

    /// Takes output: whole sequences and characters, as the scanner cuts them.
    pub(crate) fn feed(&mut self, text: &[u8]) {
        let full_scroll = !self.modes.has_region(self.alternate());
        if full_scroll && !text.contains(&0x1b) {
            self.waiting.extend_from_slice(text);
            if self.waiting.len() >= MOST_WAITING {
                self.render();
            }
        } else {
            self.render();
            self.parser.process(text);
        }
    }

    /// Renders what waits. Text alone changes no mode: only the cells and the cursor are behind until then.
    pub(crate) fn render(&mut self) {
        if !self.waiting.is_empty() {
            let rows = usize::from(self.size().1);
            self.parser.process(flood::visible_tail(&self.waiting, rows));
            self.waiting.clear();
            self.waiting.shrink_to(KEPT_WAITING);
        }
    }

    /// Takes note of a private mode.
    pub(crate) fn set_mode(&mut self, mode: u16, on: bool) {
        self.modes.set(mode, on);
    }

    /// Takes note of a scroll region, which has been fed already.
    pub(crate) fn set_region(&mut self, region: Option<(u16, u16)>) {
        let alternate = self.alternate();
        self.modes.set_region(alternate, region);
    }

    /// Takes note of a terminal reset, which has been fed already.
    pub(crate) fn reset(&mut self) {
        self.modes = Modes::default();
    }

    /// Takes note of the title.
    pub(crate) fn set_title(&mut self, title: String) {
        self.title = title;
    }

    /// The last title.
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Whether the agent asked for bracketed paste.
    pub(crate) fn bracketed_paste(&self) -> bool {
        self.parser.screen().bracketed_paste()
    }

    /// The cursor (row, column) from 0, never beyond the last column.
    pub(crate) fn cursor(&mut self) -> (u16, u16) {
        self.render();
        let (row, col) = self.parser.screen().cursor_position();
        (row, col.min(self.size().0 - 1))
    }

    fn alternate(&self) -> bool {
        self.parser.screen().alternate_screen()
    }

    /// The screen as text; the caller adds what is not the emulator's to know.
    pub(crate) fn snapshot(&mut self) -> Screen {
        self.render();
        let screen = self.parser.screen();
        let (cols, rows) = self.size();
        let (cursor_row, cursor_col) = screen.cursor_position();
        // Finding a cell costs the renderer far more than a row's text: empty rows and empty ends are not searched.
        let lengths = screen.rows(0, cols).map(|text| text.trim_end_matches(' ').chars().count());
        let (mut lines, mut dim, mut marked) = (Vec::new(), Vec::new(), Vec::new());
        for (row, length) in (0..).zip(lengths) {
            let line = line(screen, row, cols, length);
            lines.push(line.text);
            dim.push(line.dim);
            marked.push(line.marked);
        }
        Screen {
            cols,
            rows,
            cursor_row,
            cursor_col,
            cursor_visible: !screen.hide_cursor(),
            alternate: screen.alternate_screen(),
            bracketed_paste: screen.bracketed_paste(),
            title: self.title.clone(),
            lines,
            dim,
            marked,
            ..Screen::default()
        }
    }
}

/// One row.
struct Line {
    text: String,
    dim: Vec<(u16, u16)>,
    marked: Vec<(u16, u16)>,
}

/// One row as text of so many characters, right trimmed, with its dim ranges in characters. A single reverse cell right before a dim one is the
/// drawn cursor on the first character of ghost text, and counts as dim too.
fn line(screen: &vt100::Screen, row: u16, cols: u16, length: usize) -> Line {
    let mut text = String::new();
    let mut chars: u16 = 0;
    let mut dim: Vec<(u16, u16)> = Vec::new();
    let mut grounds = Vec::new();
    // Where the reverse cells that end here began, and how many they are.
    let (mut reverse_from, mut reverse) = (0, 0_u16);
    for cell in (0..cols).filter_map(|col| screen.cell(row, col)).filter(|cell| !cell.is_wide_continuation())
    {
        let contents = if cell.has_contents() { cell.contents() } else { " " };
        let start = chars;
        if usize::from(start) >= length {
            break;
        }
        text.push_str(contents);
        chars = chars.saturating_add(u16::try_from(contents.chars().count()).unwrap_or(u16::MAX));
        grounds.push(((start, chars), (cell.inverse(), cell.bgcolor())));
        if cell.dim() {
            match dim.last_mut() {
                Some(last) if last.1 == start => last.1 = chars,
                _ => dim.push((if reverse == 1 { reverse_from } else { start }, chars)),
            }
            reverse = 0;
        } else if cell.inverse() {
            reverse_from = if reverse == 0 { start } else { reverse_from };
            reverse += 1;
        } else {
            reverse = 0;
        }
    }
    text.truncate(text.trim_end_matches(' ').len());
    let end = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    dim.retain_mut(|range| {
        range.1 = range.1.min(end);
        range.0 < range.1
    });
    Line { text, dim, marked: odd_ranges(&grounds) }
}

/// The ranges whose background is not the one that most of the row has.
fn odd_ranges(grounds: &[((u16, u16), Ground)]) -> Vec<(u16, u16)> {
    let Some((_, first)) = grounds.first() else { return Vec::new() };
    if grounds.iter().all(|(_, ground)| ground == first) {
        let reverse = first.0.then(|| (0, grounds[grounds.len() - 1].0.1));
        return reverse.into_iter().collect();
    }
    let count = |of: &Ground| grounds.iter().filter(|(_, ground)| ground == of).count();
    let mut kinds: Vec<Ground> = Vec::new();
    for (_, ground) in grounds {
        if !kinds.contains(ground) {
            kinds.push(*ground);
        }
    }
    let usual = kinds.into_iter().filter(|ground| !ground.0).max_by_key(count);
    let mut odd: Vec<(u16, u16)> = Vec::new();
    for ((start, end), _) in grounds.iter().filter(|(_, ground)| Some(*ground) != usual) {
        match odd.last_mut() {
            Some(last) if last.1 == *start => last.1 = *end,
            _ => odd.push((*start, *end)),
        }
    }
    odd
}

/// Whether a cell is drawn in reverse, and its background.
type Ground = (bool, vt100::Color);

#[cfg(test)]
mod tests;

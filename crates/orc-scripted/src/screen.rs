//! The picture of the agent: header, transcript, composer or dialog, footer.
//!
//! Screen rules are written against the words here; `tests/screens` holds captures of them.

use std::fmt::Write;
use std::time::Instant;

use crate::agent::Agent;
use crate::menu::Menu;
use crate::text;

pub(crate) mod transcript;

/// Rows that the composer grows to.
const COMPOSER_ROWS: usize = 8;
const PLACEHOLDER: &str = "Type a message";
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// One picture: rows with their colours, and the cursor (column, row, from 0) when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) rows: Vec<String>,
    pub(crate) cursor: Option<(usize, usize)>,
}

/// Draws the agent at `now` on `cols` × `rows`. `receiving`: bytes of a paste that has no end yet.
pub(crate) fn frame(
    agent: &Agent,
    (cols, rows): (u16, u16),
    receiving: Option<usize>,
    now: Instant,
) -> Frame {
    let (cols, rows) = (usize::from(cols), usize::from(rows));
    let (mut below, cursor) = match agent.menu() {
        Some(menu) => (dialog(menu, cols), None),
        None => composer(agent, cols, receiving, now),
    };
    below.drain(..below.len().saturating_sub(rows));
    let space = rows - below.len();
    let mut picture = Vec::with_capacity(rows);
    if space > 0 {
        let name = text::visible(&agent.name).replace('\n', " ");
        let header = text::wrap(&format!("scripted agent · {name}"), cols).swap_remove(0);
        picture.push(format!("\x1b[1m{header}\x1b[0m"));
        picture.extend(agent.transcript.tail(space - 1, cols));
        picture.resize(space, String::new());
    }
    let top = picture.len();
    let hidden = rows.saturating_sub(top + below.len());
    picture.append(&mut below);
    let cursor =
        cursor.map(|(col, row)| (col.min(cols.saturating_sub(1)), (top + row).saturating_sub(hidden)));
    Frame { rows: picture, cursor: cursor.filter(|&(_, row)| row < rows) }
}

fn dialog(menu: &Menu, cols: usize) -> Vec<String> {
    let line = |text: &str| text::visible(text).replace('\n', " ");
    let mut rows = vec!["─".repeat(cols), menu.title.to_owned()];
    rows.extend(
        text::wrap(&line(&menu.about), cols.saturating_sub(2)).into_iter().map(|row| format!("  {row}")),
    );
    for (index, option) in menu.options.iter().enumerate() {
        let sign = if index == menu.here { '❯' } else { ' ' };
        rows.push(format!("{sign} {}. {}", index + 1, line(option)));
    }
    rows.push(menu.kind.foot().to_owned());
    rows
}

fn composer(
    agent: &Agent,
    cols: usize,
    receiving: Option<usize>,
    now: Instant,
) -> (Vec<String>, Option<(usize, usize)>) {
    let mut draft = agent.composer.shown(now);
    if let Some(bytes) = receiving {
        let _ = write!(draft, "Pasting… {} KB", bytes / 1024);
    }
    let mut lines = text::wrap(&draft, cols.saturating_sub(2));
    lines.drain(..lines.len().saturating_sub(COMPOSER_ROWS));
    let cursor = (2 + lines.last().map_or(0, |line| text::columns(line)), lines.len());
    let mut rows = vec!["─".repeat(cols)];
    if draft.is_empty() {
        rows.push(format!("› \x1b[2m{PLACEHOLDER}\x1b[0m"));
    } else {
        let mark = |at| if at == 0 { "› " } else { "  " };
        rows.extend(lines.iter().enumerate().map(|(at, line)| format!("{}{line}", mark(at))));
    }
    rows.push("─".repeat(cols));
    rows.push(footer(agent, now));
    if agent.queued() > 0 {
        rows.push(format!("queued: {}", agent.queued()));
    }
    (rows, Some(cursor))
}

fn footer(agent: &Agent, now: Instant) -> String {
    if let Some(turn) = &agent.turn {
        let picture = SPINNER[turn.frame(now) as usize % SPINNER.len()];
        if let Some(at) = turn.retries_at() {
            let seconds = at.saturating_duration_since(now).as_secs();
            return format!("{picture} 429 rate limit · retrying in {seconds}s · esc to interrupt");
        }
        let seconds = now.duration_since(turn.started).as_secs();
        return format!("{picture} Working… ({seconds}s · esc to interrupt)");
    }
    if agent.may_leave() { "Press Ctrl-C again to exit" } else { "idle" }.to_owned()
}

#[cfg(test)]
mod tests;

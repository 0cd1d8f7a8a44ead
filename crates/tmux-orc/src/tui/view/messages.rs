//! What was said and done, newest at the bottom.

use orc_core::delivery::MessageKind;
use ratatui::layout::Rect;

use super::super::layout::Areas;
use super::super::model::{Focus, Model};
use super::super::stream::{Fate, Line, What, Who};
use super::super::text::{clean, fit, pad, width, wrap};
use super::super::theme::Tone;
use super::{Paint, Row};

/// Columns of who says it, at most.
const WHO: usize = 12;
/// Characters of a text that are looked at.
const LOOKED_AT: usize = 600;

pub(super) fn draw(model: &Model, areas: &Areas, paint: &mut Paint<'_>) {
    let area = areas.messages;
    if area.height == 0 {
        return;
    }
    let back = if model.stream_end.is_some() { "  older ones; End shows the newest" } else { "" };
    let heading = [super::agents::title(model, Focus::Messages, "MESSAGES"), (Tone::Waits, back.to_owned())];
    paint.row(area, area.y, &heading);
    let room = usize::from(area.height - 1);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let shown: Vec<Vec<Row>> = newest(model, area.width, room);
    let rows: Vec<&Row> = shown.iter().rev().flatten().collect();
    if rows.is_empty() {
        let words =
            if model.filter.is_empty() { "nothing has been said yet" } else { "nothing fits the filter" };
        paint.row(body, body.y, &[(Tone::Quiet, format!("  {words}"))]);
    }
    for (y, row) in (body.y..).zip(rows.iter().skip(rows.len().saturating_sub(room))) {
        paint.row(body, y, row);
    }
}

/// The blocks of rows that fill the room, newest first.
fn newest(model: &Model, columns: u16, room: usize) -> Vec<Vec<Row>> {
    let mut blocks = Vec::new();
    let mut used = 0;
    let lines = model.lines().rev().filter(|line| model.stream_end.is_none_or(|end| line.seq <= end));
    for line in lines {
        if used >= room {
            break;
        }
        let block = block(model, line, usize::from(columns));
        used += block.len();
        blocks.push(block);
    }
    blocks
}

fn block(model: &Model, line: &Line, columns: usize) -> Vec<Row> {
    let time = model.time(line.at);
    let time = if columns < 90 { time[..5.min(time.len())].to_owned() } else { time };
    let who = match &line.who {
        Who::Agent(id) => model.name_of(*id),
        Who::Other(name) => name.clone(),
    };
    let who = fit(&clean(&who), WHO);
    let lead = width(&time) + 2 + who_columns(model).min(columns / 4);
    let (tone, mark) = mark(model, line);
    let text: String = line.text.chars().take(LOOKED_AT).collect();
    let text = format!("{mark} {}", clean(&text));
    let rows = wrap(&text, columns.saturating_sub(lead + 1), rows_of(line));
    let mut block = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        let mut pieces = if at == 0 {
            vec![
                (Tone::Quiet, format!("{time} ")),
                (Tone::Strong, pad(&who, lead.saturating_sub(width(&time) + 1))),
            ]
        } else {
            vec![(Tone::Text, " ".repeat(lead))]
        };
        pieces.push((tone, row));
        block.push(pieces);
    }
    block
}

/// Columns of who says something.
fn who_columns(model: &Model) -> usize {
    let agents = model.board.iter().flat_map(|board| &board.team.agents);
    agents.map(|agent| width(agent.name.as_str())).fold("operator".len(), usize::max).min(WHO)
}

/// Rows of one line at most: what a program says is not what one looks for.
fn rows_of(line: &Line) -> usize {
    match (&line.what, &line.who) {
        (What::Sent { kind: MessageKind::Brief, .. }, _) => 1,
        (What::Sent { .. }, Who::Other(name)) if name == "tmux-orc" => 2,
        _ => 3,
    }
}

/// How a line begins: to whom and what became of it.
fn mark(model: &Model, line: &Line) -> (Tone, String) {
    match &line.what {
        What::Sent { kind, to, .. } => {
            let arrived = to.values().filter(|fate| **fate == Fate::Arrived).count();
            let dead = to.values().filter(|fate| **fate == Fate::Dead).count();
            let names = match (kind, to.len()) {
                (MessageKind::Broadcast, _) => "team".to_owned(),
                (_, 0..3) => to.keys().map(|id| model.name_of(*id)).collect::<Vec<_>>().join(", "),
                (_, several) => format!("{several} agents"),
            };
            let fate = match (arrived, dead, to.len()) {
                (_, 1.., _) => "✗ dead letter".to_owned(),
                (arrived, _, all) if arrived == all => "✓".to_owned(),
                (_, _, 1) => "… waits".to_owned(),
                (arrived, _, all) => format!("… {arrived}/{all}"),
            };
            let tone = if dead > 0 { Tone::Broken } else { Tone::Text };
            (tone, format!("→ {} {fate}", clean(&names)))
        }
        What::Said => (Tone::Text, "»".to_owned()),
        What::Typed => (Tone::Text, "› a person typed:".to_owned()),
        What::Stated => (Tone::Busy, "◆".to_owned()),
        What::Busy => (Tone::Busy, "●".to_owned()),
        What::Trouble => (Tone::Broken, "✗".to_owned()),
        What::Done => (Tone::Fine, "✓".to_owned()),
        What::Asked => (Tone::Waits, "▶".to_owned()),
    }
}

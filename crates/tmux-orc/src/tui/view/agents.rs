//! The agents: state, since when, what they do, what waits for them, and why we say so.

use orc_core::team::AgentState;
use orc_core::view::AgentView;
use ratatui::layout::Rect;

use super::super::layout::{Areas, visible_agents};
use super::super::model::{Focus, Model};
use super::super::text::{clean, pad, width};
use super::super::theme::Tone;
use super::{Paint, Row};
use crate::duration::short;

/// Columns of a state.
const STATE: usize = 11;
/// Columns of an age.
const AGE: usize = 7;
/// Columns in which the beginning of a reason says something.
const WORTH: usize = 14;
/// From so many columns on, why we say so stands in the same row.
const ROOMY: u16 = 96;

pub(super) fn draw(model: &Model, areas: &Areas, paint: &mut Paint<'_>) {
    let area = areas.agents;
    let agents = model.agents();
    let heading = heading(model, &agents, visible_agents(areas));
    paint.row(area, area.y, &heading);
    let longest = agents.iter().map(|agent| width(agent.name.as_str())).max().unwrap_or(0).min(16);
    let visible = agents.iter().skip(model.top).take(visible_agents(areas));
    for (y, agent) in (area.y + 1..).step_by(usize::from(areas.each.max(1))).zip(visible) {
        let chosen = model.selected == Some(agent.id);
        let mut row = vec![if chosen { (Tone::Key, "▸".to_owned()) } else { (Tone::Text, " ".to_owned()) }];
        row.extend(first(model, agent, chosen, longest));
        if areas.each > 1 {
            paint.row(area, y, &row);
            let indent = Rect { x: area.x + 3, width: area.width.saturating_sub(3), ..area };
            paint.row(indent, y + 1, &second(model, agent, indent.width));
        } else {
            let end = paint.row(area, y, &row).saturating_add(1);
            if area.width >= ROOMY || area.right().saturating_sub(end) > 12 {
                let rest = Rect { x: end, width: area.right().saturating_sub(end), ..area };
                paint.row(rest, y, &second(model, agent, rest.width));
            }
        }
    }
}

fn heading(model: &Model, agents: &[&AgentView], visible: usize) -> Row {
    let count = |wanted: &dyn Fn(&AgentState) -> bool| agents.iter().filter(|it| wanted(&it.state)).count();
    let working = count(&|state| state.is_turn());
    let idle = count(&|state| *state == AgentState::Idle);
    let mut said = format!("  {working} working · {idle} idle");
    if agents.len() > visible {
        let last = (model.top + visible).min(agents.len());
        said = format!("  {}–{last} of {}{}", model.top + 1, agents.len(), said.replacen("  ", " · ", 1));
    }
    vec![title(model, Focus::Agents, &format!("AGENTS {}", agents.len())), (Tone::Quiet, said)]
}

/// The heading of a list; the one in which the arrows move is marked.
pub(super) fn title(model: &Model, focus: Focus, words: &str) -> (Tone, String) {
    if model.focus == focus && !model.printed {
        (Tone::Selected, format!(" {words} "))
    } else {
        (Tone::Strong, format!(" {words} "))
    }
}

fn first(model: &Model, agent: &AgentView, chosen: bool, longest: usize) -> Row {
    let (tone, mark, words) = state(&agent.state);
    let name = pad(&clean(agent.name.as_str()), longest);
    let age = short(model.since(agent.since.0));
    let mut row = vec![
        (tone, format!("{mark} ")),
        (if chosen { Tone::Selected } else { Tone::Strong }, name),
        (tone, format!(" {}", pad(&words, STATE))),
        (Tone::Text, format!("{age:>AGE$}")),
    ];
    let restarts = agent.generation.saturating_sub(1);
    if restarts > 0 {
        row.push((Tone::Text, format!("  ↻{restarts}")));
    }
    if agent.queued > 0 {
        let hold = agent.hold.as_ref().map(|why| format!(" ({})", clean(why))).unwrap_or_default();
        row.push((Tone::Text, format!("  {} queued{hold}", agent.queued)));
    }
    row
}

/// What it does, and why we say so.
fn second(model: &Model, agent: &AgentView, room: u16) -> Row {
    let task = model.board.as_ref().and_then(|board| board.task_of(agent));
    let mut row = Row::new();
    if let Some((text, more)) = task {
        let more = if more > 0 { format!(" (+{more})") } else { String::new() };
        let task = format!("{}{more}", clean(&text));
        let left = usize::from(room).saturating_sub(width(&task) + 3);
        row.push((Tone::Text, task));
        if left < WORTH {
            return row;
        }
        row.push((Tone::Quiet, " · ".to_owned()));
    }
    let evidence = clean(agent.evidence.detail.lines().next().unwrap_or_default());
    row.push((Tone::Quiet, evidence));
    row
}

/// A state as symbol and words.
pub(super) fn state(state: &AgentState) -> (Tone, &'static str, String) {
    let (tone, mark) = match state {
        AgentState::Idle => (Tone::Text, "○"),
        AgentState::Working => (Tone::Busy, "●"),
        AgentState::Starting => (Tone::Quiet, "…"),
        AgentState::WaitingOnProvider { .. } => (Tone::Waits, "◔"),
        AgentState::NeedsPerson { .. } => (Tone::Waits, "▶"),
        AgentState::FailedTurn { .. }
        | AgentState::Hung { .. }
        | AgentState::Replaced { .. }
        | AgentState::Exited { .. } => (Tone::Broken, "✗"),
        AgentState::Unknown => (Tone::Waits, "?"),
    };
    let words = match state {
        AgentState::WaitingOnProvider { wait, .. } => wait.words().to_owned(),
        AgentState::NeedsPerson { .. } => "needs you".to_owned(),
        AgentState::FailedTurn { .. } => "turn failed".to_owned(),
        AgentState::Hung { .. } => "hangs".to_owned(),
        other => other.word().to_owned(),
    };
    (tone, mark, words)
}

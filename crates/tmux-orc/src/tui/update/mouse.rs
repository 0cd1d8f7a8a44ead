//! The mouse: a click selects, a second one opens; the wheel moves what is under it; the keys can be clicked.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::super::attention::items;
use super::super::layout::{agent_at, areas, keys, list_row};
use super::super::message::Command;
use super::super::model::{Focus, Model, Overlay, Scope};
use super::act;
use super::keys::{go, press, scroll};

/// Rows that one notch of the wheel moves.
const NOTCH: isize = 3;

pub(super) fn act(model: &mut Model, event: MouseEvent) -> Vec<Command> {
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => click(model, event.column, event.row),
        MouseEventKind::ScrollDown => wheel(model, event, 1),
        MouseEventKind::ScrollUp => wheel(model, event, -1),
        _ => Vec::new(),
    }
}

fn wheel(model: &mut Model, event: MouseEvent, by: isize) -> Vec<Command> {
    if model.overlay.is_none() {
        let areas = areas(model);
        if areas.messages.contains((event.column, event.row).into()) {
            scroll(model, by * NOTCH);
        } else {
            model.focus = Focus::Agents;
            go(model, by);
        }
    }
    Vec::new()
}

fn click(model: &mut Model, column: u16, row: u16) -> Vec<Command> {
    if model.overlay.is_some() {
        return Vec::new();
    }
    let areas = areas(model);
    let at = (column, row).into();
    if areas.keys.contains(at) {
        let clicked = |(from, _, does): &(u16, char, &str)| {
            let wide = u16::try_from(does.len()).unwrap_or(0) + 2;
            (*from..*from + wide).contains(&(column - areas.keys.x))
        };
        let key = keys(areas.keys.width).into_iter().find(clicked);
        return key.map_or_else(Vec::new, |(_, key, _)| {
            press(model, KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE))
        });
    }
    if areas.attention.contains(at) {
        let item = items(model).into_iter().nth(usize::from(row - areas.attention.y));
        if let Some(item) = item {
            model.selected = item.agent.or(model.selected);
            model.overlay = item.prompt.map(Overlay::Prompt).or(item.agent.map(Overlay::Agent));
        }
        return Vec::new();
    }
    if model.scope == Scope::Teams {
        let clicked = list_row(&areas, column, row).map(|at| at + model.top);
        if let Some(at) = clicked.filter(|at| *at < model.teams.len()) {
            let again = model.team_row == at;
            model.team_row = at;
            return if again { act::open(model) } else { Vec::new() };
        }
    } else if let Some(agent) = agent_at(model, &areas, column, row) {
        model.focus = Focus::Agents;
        let again = model.selected == Some(agent);
        model.selected = Some(agent);
        return if again { act::open(model) } else { Vec::new() };
    } else if areas.messages.contains(at) {
        model.focus = Focus::Messages;
    }
    Vec::new()
}

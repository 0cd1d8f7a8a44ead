//! Keys.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::super::edit::Edit;
use super::super::message::Command;
use super::super::model::{Ask, Focus, Model, Mood, Overlay, Scope};
use super::{act, milestones, say};

/// A key was pressed.
pub(super) fn press(model: &mut Model, key: KeyEvent) -> Vec<Command> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    if model.notice.as_ref().is_some_and(|notice| notice.mood == Mood::Bad) {
        model.notice = None;
    }
    if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
        return vec![Command::Interrupt];
    }
    match model.overlay.take() {
        None => plain(model, key),
        Some(Overlay::Input { ask, edit }) => typed(model, ask, edit, key),
        Some(Overlay::Prompt(id)) => act::in_prompt(model, id, key.code),
        Some(Overlay::Restart(id)) => act::in_restart(model, id, key.code),
        Some(Overlay::Mark { selected }) => in_mark(model, selected, key.code),
        // Its keys are those of the dashboard itself; any other closes it.
        Some(Overlay::Agent(_)) => match key.code {
            KeyCode::Char('a' | 's' | 't' | 'r') => plain(model, key),
            _ => Vec::new(),
        },
        Some(Overlay::Help) => Vec::new(),
    }
}

/// A text was pasted: keys of a text are never commands.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Command> {
    if let Some(Overlay::Input { edit, .. }) = &mut model.overlay {
        edit.insert(text);
    }
    Vec::new()
}

fn plain(model: &mut Model, key: KeyEvent) -> Vec<Command> {
    if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return Vec::new();
    }
    match key.code {
        KeyCode::Char('q') => return vec![Command::Quit],
        KeyCode::Char('?' | 'h') => model.overlay = Some(Overlay::Help),
        KeyCode::Char('w') => return act::show_teams(model),
        KeyCode::Down | KeyCode::Char('j') => go(model, 1),
        KeyCode::Up | KeyCode::Char('k') => go(model, -1),
        KeyCode::PageDown => go(model, 10),
        KeyCode::PageUp => go(model, -10),
        KeyCode::Home | KeyCode::Char('g') => go(model, isize::MIN / 2),
        KeyCode::End | KeyCode::Char('G') => go(model, isize::MAX / 2),
        KeyCode::Enter => return act::open(model),
        _ if model.scope == Scope::Teams => {}
        KeyCode::Tab | KeyCode::BackTab => {
            model.focus = if model.focus == Focus::Agents { Focus::Messages } else { Focus::Agents };
        }
        KeyCode::Esc => {
            model.filter.clear();
            model.stream_end = None;
        }
        KeyCode::Char('/') => {
            model.overlay = Some(Overlay::Input { ask: Ask::Filter, edit: Edit::new(&model.filter) });
        }
        KeyCode::Char('a') => act::answer(model),
        KeyCode::Char('s') => act::send(model),
        KeyCode::Char('b') => act::broadcast(model),
        KeyCode::Char('t') => return act::terminal(model),
        KeyCode::Char('r') => act::restart(model),
        KeyCode::Char('m') => act::mark(model),
        _ => {}
    }
    Vec::new()
}

/// Moves in the list that has the focus.
pub(super) fn go(model: &mut Model, by: isize) {
    let moved = |at: usize, all: usize| at.saturating_add_signed(by).min(all.saturating_sub(1));
    if model.scope == Scope::Teams {
        model.team_row = moved(model.team_row, model.teams.len());
    } else if model.focus == Focus::Agents {
        let ids: Vec<_> = model.agents().iter().map(|agent| agent.id).collect();
        let at = ids.iter().position(|id| Some(*id) == model.selected);
        model.selected = match at {
            Some(at) => ids.get(moved(at, ids.len())).copied(),
            None => ids.first().copied(),
        };
    } else {
        scroll(model, by);
    }
}

/// Moves in the messages: forward is newer.
pub(super) fn scroll(model: &mut Model, by: isize) {
    let seqs: Vec<_> = model.lines().map(|line| line.seq).collect();
    let Some(last) = seqs.len().checked_sub(1) else { return };
    let at = model.stream_end.map_or(last, |end| seqs.partition_point(|seq| *seq <= end).saturating_sub(1));
    let to = at.saturating_add_signed(by).min(last);
    model.stream_end = (to < last).then(|| seqs[to]);
}

fn typed(model: &mut Model, ask: Ask, mut edit: Edit, key: KeyEvent) -> Vec<Command> {
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter if !key.modifiers.contains(KeyModifiers::ALT) => {
            return act::entered(model, ask, edit.text());
        }
        _ => edit.key(key),
    }
    if ask == Ask::Filter {
        edit.text().trim().clone_into(&mut model.filter);
        model.stream_end = None;
    }
    model.overlay = Some(Overlay::Input { ask, edit });
    Vec::new()
}

fn in_mark(model: &mut Model, selected: usize, code: KeyCode) -> Vec<Command> {
    let all: Vec<_> = milestones().collect();
    let chosen = match code {
        KeyCode::Char(digit @ '1'..='9') => digit.to_digit(10).and_then(|at| all.get(at as usize - 1)),
        KeyCode::Enter => all.get(selected),
        KeyCode::Down | KeyCode::Char('j') => {
            model.overlay = Some(Overlay::Mark { selected: (selected + 1).min(all.len() - 1) });
            return Vec::new();
        }
        KeyCode::Up | KeyCode::Char('k') => {
            model.overlay = Some(Overlay::Mark { selected: selected.saturating_sub(1) });
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    match chosen {
        Some(milestone) => {
            model.overlay = Some(Overlay::Input { ask: Ask::Mark(*milestone), edit: Edit::default() });
        }
        None => say(model, Mood::Bad, "there is no milestone of that number".to_owned()),
    }
    Vec::new()
}

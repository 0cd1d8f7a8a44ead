//! Where things are: a function of what is shown and of the size, for who draws and for who looks what was clicked.

use orc_core::ids::AgentId;
use ratatui::layout::Rect;

use super::model::{Model, Scope};
use super::{attention, clocks, text};

/// From so many columns on, agents and messages stand side by side.
const WIDE: u16 = 100;

/// Rows that are worth to be filled with all of the selected agent.
const ABOUT: u16 = 8;

/// The places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Areas {
    /// Severity, clock, title.
    pub(super) title: Rect,
    /// Milestones against budgets.
    pub(super) clocks: Rect,
    /// What wants attention.
    pub(super) attention: Rect,
    /// The agents, or the teams, with their heading.
    pub(super) agents: Rect,
    /// Rows of one agent.
    pub(super) each: u16,
    /// The messages with their heading.
    pub(super) messages: Rect,
    /// Checks and the change.
    pub(super) work: Rect,
    /// All of the selected agent, where there is room to spare.
    pub(super) about: Rect,
    /// What came of the last act.
    pub(super) notice: Rect,
    /// The keys.
    pub(super) keys: Rect,
}

/// Whether there is room for two columns.
pub(super) fn is_wide(model: &Model) -> bool {
    model.size.0 >= WIDE
}

/// What is not given away yet.
struct Rest(Rect);

impl Rest {
    /// Gives rows away from the top.
    fn top(&mut self, rows: u16) -> Rect {
        let rows = rows.min(self.0.height);
        let area = Rect { height: rows, ..self.0 };
        self.0 = Rect { y: self.0.y + rows, height: self.0.height - rows, ..self.0 };
        area
    }
}

/// The places for a model.
pub(super) fn areas(model: &Model) -> Areas {
    let (width, height) = model.size;
    let mut rest = Rest(Rect::new(0, 0, width, height));
    let keys = u16::from(!model.printed);
    let notice = u16::from(model.notice.is_some() || !model.filter.is_empty()) * keys;
    let mut areas = Areas { each: 1, title: rest.top(title_rows(model)), ..Areas::default() };
    areas.clocks = rest.top(clock_rows(model));
    areas.attention = rest.top(attention_rows(model));
    rest.top(u16::from(height >= 16));
    let mut body = Rest(rest.top(rest.0.height.saturating_sub(keys + notice)));
    areas.notice = rest.top(notice);
    areas.keys = rest.top(keys);
    if model.scope == Scope::Teams {
        areas.agents = body.0;
        return areas;
    }
    let wide = is_wide(model);
    if wide {
        let half = width / 2;
        areas.messages = Rect { x: half + 1, width: width - half - 1, ..body.0 };
        body.0.width = half.saturating_sub(1);
    }
    let room = if wide || model.printed { body.0.height } else { body.0.height / 2 };
    let work = rows(super::work::lines(model).len()).min(room / 3);
    let share = room.saturating_sub(work + u16::from(work > 0));
    let agents = rows(model.agents().len());
    areas.each = if agents * 2 < share { 2 } else { 1 };
    areas.agents = body.top((agents.max(1) * areas.each + 1).min(share));
    if work > 0 {
        body.top(1);
        areas.work = body.top(work);
    }
    if wide && body.0.height >= ABOUT && !model.printed {
        body.top(1);
        areas.about = body.0;
    } else if !wide {
        body.top(1);
        areas.messages = body.0;
    }
    areas
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX / 4).min(u16::MAX / 4)
}

fn title_rows(model: &Model) -> u16 {
    let declared = model.board.as_ref().and_then(|board| board.incident.as_ref()?.declared.as_ref());
    if declared.is_some() && !is_wide(model) { 2 } else { 1 }
}

/// The milestones in rows, each with its place in the list of all.
pub(super) fn clock_flow(model: &Model) -> Vec<Vec<clocks::Due>> {
    let incident = model.board.as_ref().and_then(|board| board.incident.as_ref());
    let Some(incident) = incident.filter(|it| it.declared.is_some()) else { return Vec::new() };
    let mut flow: Vec<Vec<clocks::Due>> = Vec::new();
    let mut used = usize::MAX;
    for due in clocks::due(model, incident) {
        let wide = text::width(&due.words()) + 3;
        match flow.last_mut() {
            Some(row) if used + wide <= usize::from(model.size.0) + 3 => {
                used += wide;
                row.push(due);
            }
            _ => {
                used = wide;
                flow.push(vec![due]);
            }
        }
    }
    flow
}

fn clock_rows(model: &Model) -> u16 {
    rows(clock_flow(model).len()).min((model.size.1 / 6).max(1))
}

fn attention_rows(model: &Model) -> u16 {
    let most = if model.printed { u16::MAX / 4 } else { (model.size.1 / 5).max(1) };
    rows(attention::items(model).len()).clamp(1, most.max(1))
}

/// How many agents are shown at once.
pub(super) fn visible_agents(areas: &Areas) -> usize {
    usize::from(areas.agents.height.saturating_sub(1) / areas.each.max(1))
}

/// The agent in this row of the screen.
pub(super) fn agent_at(model: &Model, areas: &Areas, column: u16, row: u16) -> Option<AgentId> {
    let place = list_row(areas, column, row)?;
    model.agents().get(model.top + place).map(|agent| agent.id)
}

/// The entry of the list in this row of the screen, counted from the first that is shown.
pub(super) fn list_row(areas: &Areas, column: u16, row: u16) -> Option<usize> {
    let inside = areas.agents.contains((column, row).into()) && row > areas.agents.y;
    inside.then(|| usize::from((row - areas.agents.y - 1) / areas.each.max(1)))
}

/// The keys that are always there, with what they do, in the order of their use.
const KEYS: [(char, &str); 10] = [
    ('a', "answer"),
    ('s', "send"),
    ('b', "broadcast"),
    ('t', "terminal"),
    ('r', "restart"),
    ('m', "mark"),
    ('/', "filter"),
    ('w', "teams"),
    ('?', "help"),
    ('q', "quit"),
];

/// The keys as they stand in the last row: where each begins, the key, what it does. What does not fit is in the help.
pub(super) fn keys(width: u16) -> Vec<(u16, char, &'static str)> {
    let mut at = 0;
    let mut shown = Vec::new();
    for (key, does) in KEYS {
        let wide = rows(does.len()) + 4;
        // Help and the way out are always in sight.
        let reserve = if matches!(key, '?' | 'q') { 0 } else { 16 };
        if at + wide + reserve <= width.saturating_sub(10) {
            shown.push((at, key, does));
            at += wide;
        }
    }
    shown
}

//! What lies over the dashboard: a question, a text that is typed, all of one agent.

use orc_core::ids::{AgentId, PromptId};
use orc_core::incident::Milestone;
use orc_core::team::AgentState;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Block, Clear, Widget};

use super::super::edit::Edit;
use super::super::model::{Ask, Model, Overlay};
use super::super::stream::words;
use super::super::text::{clean, width, wrap};
use super::super::theme::Tone;
use super::super::update::milestones;
use super::{Paint, Row, help};
use crate::duration::short;

/// Rows of a text that are shown.
const TEXT: usize = 14;

pub(super) fn draw(model: &Model, paint: &mut Paint<'_>) -> Option<Position> {
    let overlay = model.overlay.as_ref()?;
    let room = usize::from(model.size.0.min(110)).saturating_sub(6);
    let mut cursor = None;
    let (title, tone, rows) = match overlay {
        Overlay::Help => (" Keys ".to_owned(), Tone::Key, help::rows(room)),
        Overlay::Input { ask, edit } => {
            let (mut rows, at) = input(edit, room);
            rows.splice(rows.len() - 1.., rules(ask).into_iter().chain([typing_keys(ask)]));
            cursor = Some(at);
            (heading(ask), Tone::Key, rows)
        }
        Overlay::Prompt(id) => (format!(" {id} waits for you "), Tone::Waits, prompt(model, *id, room)),
        Overlay::Agent(id) => {
            let mut rows = agent(model, *id, room);
            rows.extend([Row::new(), agent_keys(model, *id)]);
            (format!(" {} ", model.name_of(*id)), Tone::Key, rows)
        }
        Overlay::Restart(id) => (" Start it again? ".to_owned(), Tone::Broken, restart(model, *id, room)),
        Overlay::Mark { selected } => {
            (" Which milestone was reached? ".to_owned(), Tone::Key, mark(model, *selected))
        }
    };
    let inside = frame(model, paint, &title, tone, &rows);
    for (y, row) in (inside.y..inside.bottom()).zip(&rows) {
        paint.row(inside, y, row);
    }
    let (column, row) = cursor?;
    Some(Position::new(inside.x + column.min(inside.width.saturating_sub(1)), inside.y + row))
}

/// All of the selected agent beneath the list, where there is room for it.
pub(super) fn about(model: &Model, area: Rect, paint: &mut Paint<'_>) {
    let Some(id) = model.selected.filter(|_| area.height > 0) else { return };
    paint.row(area, area.y, &[(Tone::Strong, format!(" {} ", model.name_of(id).to_uppercase()))]);
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    for (y, row) in (area.y + 1..area.bottom()).zip(agent(model, id, usize::from(inside.width))) {
        paint.row(inside, y, &row);
    }
}

/// An empty frame of the right size in the middle; answers its inside.
fn frame(model: &Model, paint: &mut Paint<'_>, title: &str, tone: Tone, rows: &[Row]) -> Rect {
    let longest = rows.iter().map(|row| row.iter().map(|(_, text)| width(text)).sum::<usize>()).max();
    let columns = longest.unwrap_or(0).max(width(title) + 2).max(30) + 4;
    let size = |wanted: usize, most: u16| u16::try_from(wanted).unwrap_or(u16::MAX).min(most);
    let (wide, high) = (size(columns, model.size.0), size(rows.len() + 2, model.size.1));
    let outside = Rect::new((model.size.0 - wide) / 2, (model.size.1 - high) / 3, wide, high)
        .intersection(paint.buf.area);
    Clear.render(outside, paint.buf);
    let style = paint.palette.of(tone);
    let block = Block::bordered().border_style(style).title(title.to_owned()).title_style(style);
    let inside = block.inner(outside);
    block.render(outside, paint.buf);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

fn line(tone: Tone, text: impl Into<String>) -> Row {
    vec![(tone, text.into())]
}

fn keys(pairs: &[(&str, &str)]) -> Row {
    pairs
        .iter()
        .flat_map(|(key, does)| [(Tone::Key, (*key).to_owned()), (Tone::Quiet, format!(" {does}   "))])
        .collect()
}

fn heading(ask: &Ask) -> String {
    match ask {
        Ask::Send { target, name } => format!(" Message to {name} ({target}) "),
        Ask::Broadcast => " Message to the whole team ".to_owned(),
        Ask::Filter => " Show only what has these words ".to_owned(),
        Ask::Mark(milestone) => format!(" {}: in what words? ", words(milestone.name())),
    }
}

/// What the words need to have.
fn rules(ask: &Ask) -> Option<Row> {
    let words = match ask {
        Ask::Mark(Milestone::RootCause) => {
            "name what shows it in the words: E3, commit:…, file:path#L10, an address"
        }
        Ask::Mark(Milestone::Resolved) => {
            "it needs a check that passed, or words that begin with “by hand:” and why"
        }
        Ask::Mark(_) | Ask::Send { .. } | Ask::Broadcast | Ask::Filter => return None,
    };
    Some(line(Tone::Quiet, words))
}

fn typing_keys(ask: &Ask) -> Row {
    match ask {
        Ask::Filter => keys(&[("Enter", "keep"), ("Esc", "close")]),
        Ask::Mark(_) => keys(&[("Enter", "mark"), ("Esc", "not now")]),
        Ask::Send { .. } | Ask::Broadcast => {
            keys(&[("Enter", "send"), ("Alt-Enter", "new line"), ("Esc", "not now")])
        }
    }
}

/// The rows of a text that is typed, and where the cursor stands in them.
fn input(edit: &Edit, room: usize) -> (Vec<Row>, (u16, u16)) {
    let (before, after) = edit.parts();
    let cells = |text: &str| -> Vec<String> {
        text.split('\n').flat_map(|line| rows_of(&clean(line), room)).collect()
    };
    let head = cells(&before);
    let whole = cells(&format!("{before}{after}"));
    let (row, column) = (head.len() - 1, head.last().map_or(0, |line| width(line)));
    // The cursor stays in sight.
    let skip = (row + 1).saturating_sub(TEXT);
    let mut rows: Vec<Row> =
        whole.into_iter().skip(skip).take(TEXT).map(|text| line(Tone::Text, text)).collect();
    rows.extend([Row::new(), Row::new()]);
    let number = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    (rows, (number(column), number(row - skip)))
}

/// A line cut into rows by columns alone: what is typed stays where it was typed.
fn rows_of(line: &str, room: usize) -> Vec<String> {
    let (mut rows, mut row) = (Vec::new(), String::new());
    for c in line.chars() {
        let mut longer = row.clone();
        longer.push(c);
        if width(&longer) > room.max(2) {
            rows.push(std::mem::take(&mut row));
            row.push(c);
        } else {
            row = longer;
        }
    }
    rows.push(row);
    rows
}

fn prompt(model: &Model, id: PromptId, room: usize) -> Vec<Row> {
    let Some(prompt) = model.prompt(id) else { return vec![line(Tone::Text, "it is not open any more")] };
    let age = short(model.since(prompt.since.0));
    let mut rows = vec![
        vec![
            (Tone::Strong, prompt.name.to_string()),
            (Tone::Text, format!(" asks ({}), {age} ago", prompt.kind.name())),
        ],
        Row::new(),
    ];
    // The options are in sight, however long the text is.
    let room_for_text = usize::from(model.size.1).saturating_sub(prompt.options.len() + 10).clamp(2, TEXT);
    let text: Vec<&str> = prompt.text.lines().filter(|it| !it.trim().is_empty()).collect();
    let shown = text.iter().flat_map(|it| wrap(&clean(it), room, 4)).take(room_for_text);
    rows.extend(shown.map(|it| line(Tone::Text, it)));
    if let Some(asked) = &prompt.asked {
        let whole = clean(&asked.longest().unwrap_or_default());
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        if !squeezed(&prompt.text).contains(&squeezed(&whole)) {
            rows.push(line(Tone::Quiet, format!("{} is asked for the whole of:", clean(&asked.tool))));
            let left = (usize::from(model.size.1) + 2).saturating_sub(rows.len() + prompt.options.len() + 8);
            rows.extend(wrap(&whole, room, left.clamp(1, TEXT)).into_iter().map(|it| line(Tone::Text, it)));
        }
    }
    rows.push(Row::new());
    if let Some(answer) = &prompt.answering {
        rows.push(line(Tone::Busy, format!("being answered: {}", clean(&answer.choice.describe()))));
    }
    for (at, option) in prompt.options.iter().enumerate() {
        rows.push(vec![(Tone::Key, format!("  {} ", at + 1)), (Tone::Text, clean(option))]);
    }
    if prompt.options.is_empty() {
        rows.push(line(Tone::Text, "it can only be answered in its terminal"));
    }
    rows.push(Row::new());
    let mut known = Vec::new();
    if !prompt.options.is_empty() {
        known.extend([("1–9", "answer"), ("x", "close it, which denies")]);
    }
    known.extend([("t", "terminal"), ("n", "next"), ("Esc", "not now")]);
    rows.push(keys(&known));
    rows
}

fn agent(model: &Model, id: AgentId, room: usize) -> Vec<Row> {
    let Some(agent) = model.agent(id) else {
        return vec![line(Tone::Text, "it is not in the team any more")];
    };
    let (tone, mark, _) = super::agents::state(&agent.state);
    let mut rows = vec![
        line(Tone::Strong, format!("{} · {} · {}", clean(&agent.title), agent.profile, agent.target)),
        vec![
            (tone, format!("{mark} {}", clean(&agent.state.describe()))),
            (Tone::Text, format!(" for {}", short(model.since(agent.since.0)))),
        ],
    ];
    let mut say = |label: &str, text: &str| {
        let label = format!("{label:<10}");
        for (at, text) in wrap(&clean(text), room.saturating_sub(10), 4).into_iter().enumerate() {
            let label = if at == 0 { label.clone() } else { " ".repeat(10) };
            rows.push(vec![(Tone::Quiet, label), (Tone::Text, text)]);
        }
    };
    let seen = short(model.since(agent.evidence.at.0));
    say("because", &format!("{} (seen {seen} ago)", agent.evidence.detail));
    let board = model.board.as_ref();
    if let Some((task, more)) = board.and_then(|board| board.task_of(agent)) {
        say("task", &if more > 0 { format!("{task} (and {more} more)") } else { task });
    }
    if agent.queued > 0 {
        let hold = agent.hold.as_deref().unwrap_or("they are next");
        say("queue", &format!("{} messages: {hold}", agent.queued));
    }
    if let Some(hint) = &agent.hint {
        say("do", hint);
    }
    let recovery = board.and_then(|board| board.team.recovery.as_ref());
    if let Some(own) = recovery.and_then(|it| it.agents.iter().find(|one| one.id == id)) {
        let counted = own.most.map_or_else(
            || "recovery is off".to_owned(),
            |most| format!("{} in ten minutes, {most} at most", own.restarts),
        );
        let standing = own.standing.describe();
        let began = agent.generation.saturating_sub(1);
        say("restarts", format!("{began} ({counted}) {standing}").trim_end());
    }
    say("works in", &agent.dir);
    rows.push(Row::new());
    let own = model.lines().rev().filter(|it| it.who == super::super::stream::Who::Agent(id)).take(4);
    for said in own.collect::<Vec<_>>().into_iter().rev() {
        let text = clean(&said.text.chars().take(400).collect::<String>());
        let time = model.time(said.at);
        for (at, text) in wrap(&text, room.saturating_sub(9), 2).into_iter().enumerate() {
            let time = if at == 0 { format!("{time} ") } else { " ".repeat(9) };
            rows.push(vec![(Tone::Quiet, time), (Tone::Text, text)]);
        }
    }
    rows
}

fn agent_keys(model: &Model, id: AgentId) -> Row {
    let mut known = vec![("t", "terminal"), ("s", "send"), ("r", "restart"), ("Esc", "back")];
    if model.agent(id).is_some_and(|agent| agent.prompt.is_some()) {
        known.insert(0, ("a", "answer"));
    }
    keys(&known)
}

fn restart(model: &Model, id: AgentId, room: usize) -> Vec<Row> {
    let Some(agent) = model.agent(id) else {
        return vec![line(Tone::Text, "it is not in the team any more")];
    };
    let (_, mark, words) = super::agents::state(&agent.state);
    let mut rows = vec![vec![
        (Tone::Strong, agent.name.to_string()),
        (Tone::Text, format!(" {mark} {words} for {}", short(model.since(agent.since.0)))),
    ]];
    let lost = match &agent.state {
        _ if agent.process.is_none() => "it has ended: nothing is cut off",
        state if state.is_turn() || matches!(state, AgentState::NeedsPerson { .. }) => {
            "it is in the middle of a turn, which is cut off"
        }
        _ if agent.draft => "a person's draft is in its composer and is lost",
        _ => "it is between turns: nothing is cut off",
    };
    rows.extend(wrap(lost, room, 2).into_iter().map(|it| line(Tone::Text, it)));
    rows.push(Row::new());
    for (key, does) in [
        ("c", "with its context: its own session, if that is proven to exist"),
        ("b", "a new session with a brief from the record"),
        ("f", "fresh: a new session that knows its role only"),
    ] {
        rows.push(vec![(Tone::Key, format!("  {key} ")), (Tone::Text, does.to_owned())]);
    }
    rows.push(Row::new());
    rows.push(keys(&[("Esc", "leave it alone")]));
    rows
}

fn mark(model: &Model, selected: usize) -> Vec<Row> {
    let incident = model.board.as_ref().and_then(|board| board.incident.as_ref());
    let mut rows: Vec<Row> = milestones()
        .enumerate()
        .map(|(at, milestone)| {
            let reached = incident.and_then(|it| it.reached.iter().find(|mark| mark.milestone == milestone));
            let said = reached.map_or_else(String::new, |mark| {
                format!("  ✓ {} by {}", model.time(mark.at.at.0), clean(mark.by.label()))
            });
            let tone = if at == selected { Tone::Selected } else { Tone::Text };
            vec![(Tone::Key, format!("  {} ", at + 1)), (tone, words(milestone.name())), (Tone::Quiet, said)]
        })
        .collect();
    rows.push(Row::new());
    rows.push(keys(&[("1–7", "mark"), ("↑↓ Enter", "mark"), ("Esc", "not now")]));
    rows
}

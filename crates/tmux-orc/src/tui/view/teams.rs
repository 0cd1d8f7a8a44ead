//! The teams of the host, to choose one.

use orc_core::team::{AgentState, TeamPhase};
use orc_core::view::TeamView;

use super::super::layout::{Areas, visible_agents};
use super::super::model::Model;
use super::super::text::{clean, fit, pad, width};
use super::super::theme::Tone;
use super::{Paint, Row};
use crate::duration::short;

pub(super) fn draw(model: &Model, areas: &Areas, paint: &mut Paint<'_>) {
    let area = areas.agents;
    paint.row(area, area.y, &[(Tone::Selected, format!(" TEAMS {} ", model.teams.len()))]);
    if model.teams.is_empty() {
        let none = "no team yet: `tmux-orc quick-deploy backend 3 --project-name NAME` makes one";
        paint.row(area, area.y + 1, &[(Tone::Text, none.to_owned())]);
    }
    let longest = model.teams.iter().map(|team| width(team.team.as_str())).max().unwrap_or(0);
    let visible = visible_agents(areas);
    let rows = model.teams.iter().enumerate().skip(model.top).take(visible);
    for (y, (at, team)) in (area.y + 1..).zip(rows) {
        paint.row(area, y, &row(model, team, at == model.team_row, longest));
    }
}

fn row(model: &Model, team: &TeamView, chosen: bool, longest: usize) -> Row {
    let name = pad(&clean(team.team.as_str()), longest);
    let waits = team.agents.iter().filter(|it| matches!(it.state, AgentState::NeedsPerson { .. })).count();
    let broken = team
        .agents
        .iter()
        .filter(|it| {
            matches!(
                it.state,
                AgentState::Exited { .. } | AgentState::Hung { .. } | AgentState::Replaced { .. }
            )
        })
        .count();
    let mut row = vec![
        (Tone::Key, if chosen { "▸ " } else { "  " }.to_owned()),
        (if chosen { Tone::Selected } else { Tone::Strong }, name),
        (
            Tone::Text,
            format!("  {:>3} agents  {:>7}", team.agents.len(), short(model.since(team.created_at.0))),
        ),
    ];
    match team.phase {
        TeamPhase::Running => {
            if waits > 0 {
                row.push((Tone::Waits, format!("  ▶ {waits} wait for you")));
            }
            if broken > 0 {
                row.push((Tone::Broken, format!("  ✗ {broken} broken")));
            }
            if waits + broken == 0 {
                row.push((Tone::Fine, "  ✓ nothing waits for you".to_owned()));
            }
        }
        TeamPhase::Stopping => row.push((Tone::Quiet, "  is being stopped".to_owned())),
        TeamPhase::Stopped => row.push((Tone::Quiet, "  stopped; the record stays".to_owned())),
    }
    row.push((Tone::Quiet, format!("  {}", fit(&clean(&team.dir), 60))));
    row
}

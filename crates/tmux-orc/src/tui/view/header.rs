//! How bad, how late, what: the first rows.

use orc_core::incident::{Kind, Severity};

use super::super::clocks::{self, Standing, clock};
use super::super::layout::{Areas, clock_flow, is_wide};
use super::super::model::{Board, Model};
use super::super::text::clean;
use super::super::theme::Tone;
use super::{Paint, Row};
use crate::duration::short;

pub(super) fn draw(model: &Model, areas: &Areas, paint: &mut Paint<'_>) {
    let y = areas.title.y;
    let Some(board) = &model.board else {
        let row =
            vec![(Tone::Strong, "tmux-orc".to_owned()), (Tone::Quiet, "  teams of this host".to_owned())];
        paint.row(areas.title, y, &row);
        return;
    };
    let (mut first, title) = headline(model, board);
    if is_wide(model) {
        first.extend(title);
        let end = paint.row(areas.title, y, &first);
        paint.right(areas.title, y, end + 1, &identity(board));
    } else {
        let end = paint.row(areas.title, y, &first);
        paint.right(areas.title, y, end + 1, &[(Tone::Quiet, board.team.team.to_string())]);
        paint.row(areas.title, y + 1, &title);
    }
    for (y, row) in (areas.clocks.y..areas.clocks.bottom()).zip(clock_flow(model)) {
        let pieces: Row = row.iter().map(|due| (tone(due.standing), format!("{}   ", due.words()))).collect();
        paint.row(areas.clocks, y, &pieces);
    }
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Met => Tone::Fine,
        Standing::Missed => Tone::Text,
        Standing::Running => Tone::Busy,
        Standing::Soon => Tone::Waits,
        Standing::Late => Tone::Broken,
        Standing::Unknown => Tone::Quiet,
    }
}

/// How bad and how late; and what.
fn headline(model: &Model, board: &Board) -> (Row, Row) {
    let stopped = (Tone::BrokenBadge, " STOPPED ".to_owned());
    let incident = board.incident.as_ref();
    let Some((incident, declared)) = incident.and_then(|it| Some((it, it.declared.as_ref()?))) else {
        let mut row = vec![(Tone::Strong, board.team.team.to_string())];
        if board.is_stopped() {
            row.push((Tone::Text, "  ".to_owned()));
            row.push(stopped);
            row.push((Tone::Quiet, "  the record stays".to_owned()));
        } else {
            let age = short(model.since(board.team.created_at.0));
            row.push((Tone::Text, format!("  for {age}")));
            row.push((Tone::Quiet, "  no incident is declared".to_owned()));
        }
        return (row, Row::new());
    };
    let severity = match declared.severity {
        Severity::Sev1 => Tone::BrokenBadge,
        Severity::Sev2 => Tone::WaitsBadge,
        Severity::Sev3 | Severity::Sev4 => Tone::Selected,
    };
    let mut row = vec![(severity, format!(" {} ", declared.severity.name().to_uppercase()))];
    if declared.kind == Kind::Drill {
        row.push((Tone::Strong, " DRILL".to_owned()));
    }
    if board.is_stopped() {
        row.push((Tone::Text, " ".to_owned()));
        row.push(stopped);
    }
    if let Some(elapsed) = clocks::elapsed(model, incident) {
        row.push((Tone::Strong, format!(" T+{}", clock(elapsed))));
    }
    row.push((Tone::Text, format!(" {}  ", incident.phase.name())));
    (row, vec![(Tone::Strong, clean(&declared.title))])
}

fn identity(board: &Board) -> Row {
    let declared = board.incident.as_ref().and_then(|it| it.declared.as_ref());
    let id = declared.map(|it| format!("  {}", it.incident)).unwrap_or_default();
    vec![(Tone::Quiet, format!("{}{id}", board.team.team))]
}

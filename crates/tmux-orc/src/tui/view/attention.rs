//! What waits for the person and what is broken, always in the same place.

use super::super::attention::{Urgency, items};
use super::super::layout::{Areas, is_wide};
use super::super::model::{Model, Scope};
use super::super::text::clean;
use super::super::theme::Tone;
use super::{Paint, Row};
use crate::duration::short;

pub(super) fn draw(model: &Model, areas: &Areas, paint: &mut Paint<'_>) {
    let items = items(model);
    let area = areas.attention;
    if items.is_empty() {
        let stopped = model.board.as_ref().is_some_and(super::super::model::Board::is_stopped);
        let words = match model.scope {
            Scope::Teams => "",
            Scope::Team(_) if stopped => "nothing of this team runs any more",
            Scope::Team(_) => "✓ nothing waits for you · nothing is broken",
        };
        paint.row(area, area.y, &[(if stopped { Tone::Quiet } else { Tone::Fine }, words.to_owned())]);
        return;
    }
    let room = usize::from(area.height);
    let shown = if items.len() > room { room.saturating_sub(1) } else { items.len() };
    for (y, item) in (area.y..).zip(items.iter().take(shown)) {
        let (badge, words) = match (item.urgency, is_wide(model)) {
            (Urgency::Waits, true) => (Tone::WaitsBadge, " ▶ WAITS FOR YOU "),
            (Urgency::Waits, false) => (Tone::WaitsBadge, " ▶ YOU "),
            (Urgency::Broken | Urgency::Blind, true) => (Tone::BrokenBadge, " ✗ BROKEN        "),
            (Urgency::Broken | Urgency::Blind, false) => (Tone::BrokenBadge, " ✗ BAD "),
        };
        let mut row: Row = vec![
            (badge, words.to_owned()),
            (Tone::Strong, format!(" {} {}", clean(&item.who), clean(&item.what))),
            (Tone::Text, format!(" for {}", short(model.since(item.since)))),
        ];
        row.push((Tone::Quiet, format!(" · {}", clean(&item.more))));
        if item.act.is_empty() {
            paint.row(area, y, &row);
        } else {
            let act = format!(" [{}]", item.act);
            let wide = u16::try_from(act.len()).unwrap_or(0);
            let beside = ratatui::layout::Rect { width: area.width.saturating_sub(wide), ..area };
            let end = paint.row(beside, y, &row);
            paint.right(area, y, end.saturating_sub(1), &[(Tone::Key, act)]);
        }
    }
    if shown < items.len() {
        let waits = items[shown..].iter().filter(|item| item.urgency == Urgency::Waits).count();
        let more = format!("   and {} more: {waits} wait for you", items.len() - shown);
        paint.row(area, area.bottom().saturating_sub(1), &[(Tone::Waits, more)]);
    }
}

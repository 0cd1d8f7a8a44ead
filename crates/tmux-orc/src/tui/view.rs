//! The model as cells. Nothing here reads, writes or changes anything but the buffer.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::layout::{Areas, areas, keys};
use super::model::{Link, Model, Mood, Scope};
use super::text;
use super::theme::{Palette, Tone};

mod agents;
mod attention;
mod header;
mod help;
mod messages;
mod overlay;
mod teams;

/// A row of text in pieces, each with its tone.
pub(super) type Row = Vec<(Tone, String)>;

/// Draws the whole of it; answers where the cursor stands, when a text is being typed.
pub(super) fn view(model: &Model, buf: &mut Buffer) -> Option<Position> {
    let mut paint = Paint { buf, palette: model.palette };
    let areas = areas(model);
    header::draw(model, &areas, &mut paint);
    attention::draw(model, &areas, &mut paint);
    match model.scope {
        Scope::Teams => teams::draw(model, &areas, &mut paint),
        Scope::Team(_) => {
            agents::draw(model, &areas, &mut paint);
            messages::draw(model, &areas, &mut paint);
        }
    }
    for (at, row) in (areas.work.y..areas.work.bottom()).zip(super::work::lines(model)) {
        paint.row(areas.work, at, &row);
    }
    overlay::about(model, areas.about, &mut paint);
    notice(model, &areas, &mut paint);
    foot(model, &areas, &mut paint);
    overlay::draw(model, &mut paint)
}

/// Where text is put.
pub(super) struct Paint<'a> {
    buf: &'a mut Buffer,
    palette: Palette,
}

impl Paint<'_> {
    /// Writes pieces into row `y` of an area, from its left; what does not fit is cut off, with a sign. Answers the
    /// column after the last.
    fn row(&mut self, area: Rect, y: u16, pieces: &[(Tone, String)]) -> u16 {
        let mut x = area.x;
        if y >= area.bottom() || y >= self.buf.area.bottom() {
            return x;
        }
        for (tone, piece) in pieces {
            let room = usize::from(area.right().saturating_sub(x));
            if room == 0 {
                break;
            }
            let fitting = text::fit(piece, room);
            x = self.buf.set_stringn(x, y, &fitting, room, self.palette.of(*tone)).0;
        }
        x
    }

    /// Writes pieces at the right end of row `y`, if there is room for them beside what ends in column `from`.
    fn right(&mut self, area: Rect, y: u16, from: u16, pieces: &[(Tone, String)]) {
        let wide: usize = pieces.iter().map(|(_, piece)| text::width(piece)).sum();
        let wide = u16::try_from(wide).unwrap_or(u16::MAX);
        if let Some(x) = area.right().checked_sub(wide).filter(|x| *x > from) {
            self.row(Rect { x, width: wide, ..area }, y, pieces);
        }
    }
}

fn notice(model: &Model, areas: &Areas, paint: &mut Paint<'_>) {
    let mut row = Row::new();
    if !model.filter.is_empty() {
        row.push((Tone::WaitsBadge, format!(" only what has “{}” ", text::clean(&model.filter))));
        row.push((Tone::Quiet, " Esc shows all  ".to_owned()));
    }
    if let Some(notice) = &model.notice {
        let (tone, mark) = match notice.mood {
            Mood::Good => (Tone::Fine, "✓ "),
            Mood::Bad => (Tone::Broken, "✗ "),
        };
        row.push((tone, format!("{mark}{}", text::clean(&notice.text))));
    }
    paint.row(areas.notice, areas.notice.y, &row);
}

fn foot(model: &Model, areas: &Areas, paint: &mut Paint<'_>) {
    let mut end = areas.keys.x;
    for (at, key, does) in keys(areas.keys.width) {
        let place = Rect { x: areas.keys.x + at, width: areas.keys.width.saturating_sub(at), ..areas.keys };
        end = paint.row(
            place,
            areas.keys.y,
            &[(Tone::Key, key.to_string()), (Tone::Quiet, format!(" {does}"))],
        );
    }
    let link = match model.link {
        Link::Live => (Tone::Fine, "● live".to_owned()),
        Link::Lost { .. } => (Tone::Broken, "✗ lost".to_owned()),
    };
    paint.right(areas.keys, areas.keys.y, end, &[link]);
}

//! One frame as plain text, and the same as data.

use orc_api::{Request, Response};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};

use super::attention::items;
use super::message::Reading;
use super::model::{Clock, Model, Scope};
use super::theme::Palette;
use super::{read, view};
use crate::connect::ask_in;
use crate::error::CliError;

/// Columns of a frame when nobody says how many.
const COLUMNS: u16 = 100;
/// Rows of messages in a frame.
const MESSAGES: u16 = 14;
/// Entries of what was said, in data.
const ENTRIES: usize = 100;

async fn ask(request: Request) -> Result<Response, CliError> {
    ask_in(&request).await
}

/// One frame of what is so now: as wide as `COLUMNS` says, as high as it needs to be.
pub(crate) async fn frame(scope: Scope) -> Result<String, CliError> {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    let columns: u16 = columns.unwrap_or(COLUMNS).clamp(20, 500);
    let clock = Clock { wall: jiff::Timestamp::now().as_millisecond(), run: 0 };
    let mut model = Model::new(scope.clone(), Palette::Plain, clock, (columns, 0));
    model.zone = jiff::tz::TimeZone::system();
    match &scope {
        Scope::Teams => model.teams = read::teams(ask).await?,
        Scope::Team(team) => {
            let (events, _) = read::past(ask, Some(team)).await?;
            model.board = Some(read::board(ask, team, Reading::Whole).await?);
            for envelope in &events {
                model.stream.take(envelope);
            }
        }
    }
    Ok(plain(model))
}

/// The whole of a model as text.
pub(super) fn plain(mut model: Model) -> String {
    model.printed = true;
    let count = |many: usize| u16::try_from(many).unwrap_or(u16::MAX / 8).min(u16::MAX / 8);
    let work = super::work::lines(&model).len() * 3 + 2;
    let agents = count(model.agents().len().max(model.teams.len()) + work) * 2 + 2;
    let body = if super::layout::is_wide(&model) { agents.max(MESSAGES) } else { agents + MESSAGES };
    model.size.1 = (8 + count(items(&model).len()) + body).max(24);
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    view::view(&model, &mut buffer);
    text(&buffer).trim_end().to_owned()
}

/// Cells as lines of text.
pub(super) fn text(buffer: &Buffer) -> String {
    let rows = buffer.content.chunks(usize::from(buffer.area.width)).map(row);
    rows.collect::<Vec<_>>().join("\n")
}

/// A row of cells as text; what a wide character covers is no cell of its own.
fn row(cells: &[ratatui::buffer::Cell]) -> String {
    let (mut text, mut covered) = (String::new(), 0);
    for cell in cells {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        text.push_str(cell.symbol());
        covered = super::text::width(cell.symbol()).saturating_sub(1);
    }
    text.trim_end().to_owned()
}

/// What the dashboard shows, for scripts.
pub(crate) async fn data(scope: Scope) -> Result<Value, CliError> {
    let Scope::Team(team) = scope else {
        return Ok(json!({ "teams": read::teams(ask).await? }));
    };
    let board = read::board(ask, &team, Reading::Whole).await?;
    let request = Request::Messages { of: team, after: 0, wait_ms: 0 };
    let Response::Transcript { mut entries, .. } = ask(request).await? else { return Ok(Value::Null) };
    let messages = entries.split_off(entries.len().saturating_sub(ENTRIES));
    Ok(json!({
        "team": board.team, "incident": board.incident, "prompts": board.prompts,
        "checks": { "running": board.running, "ended": board.checks }, "messages": messages,
    }))
}

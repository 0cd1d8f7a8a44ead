//! How long a frame takes, without the terminal.

use std::time::Instant;

use orc_api::{Client, Request};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::message::{Message, Reading};
use super::model::{Clock, Model, Scope};
use super::theme::Palette;
use super::update::update;
use super::{read, view};
use crate::error::CliError;

/// Milliseconds that each of so many frames took: the team is taken in, drawn, and held against the frame before.
pub(crate) async fn frame_times(client: &Client, team: &str, count: usize) -> Result<Vec<f64>, CliError> {
    let ask = async |request: Request| Ok::<_, CliError>(client.ask(&request).await?);
    let (events, _) = read::past(ask, Some(team)).await?;
    let board = read::board(ask, team, Reading::Whole).await?;
    let clock = |run| Clock { wall: jiff::Timestamp::now().as_millisecond(), run };
    let mut model = Model::new(Scope::Team(team.to_owned()), Palette::Colour, clock(0), (200, 50));
    update(&mut model, clock(0), Message::Events(events));
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    let mut before = Buffer::empty(area);
    let mut times = Vec::new();
    for run in 0..count {
        let message = Message::Board(Box::new(board.clone()));
        let began = Instant::now();
        update(&mut model, clock(run as u64 * 1000), message);
        let mut frame = Buffer::empty(area);
        view::view(&model, &mut frame);
        let cells = before.diff(&frame).len();
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        debug_assert!(run > 0 || cells > 0, "the first frame shows something");
        before = frame;
    }
    Ok(times)
}

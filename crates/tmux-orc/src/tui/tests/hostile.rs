//! Texts that want to be more than texts, and terminals of every size.

use crossterm::event::KeyCode;
use orc_core::view::{AgentView, PromptView};
use serde_json::json;

use super::super::message::Message;
use super::super::model::Board;
use super::super::text::width;
use super::fixture::*;

const EVIL: &str = "\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}gnp.exe\u{200b}\r\n\t👩\u{200d}💻 データベース e\u{301}\u{302}\u{303}\u{304} ❤\u{fe0f}";

fn hostile() -> Board {
    let mut board = trouble();
    board.team.agents = board
        .team
        .agents
        .into_iter()
        .map(|agent| AgentView {
            title: EVIL.to_owned(),
            hold: Some(EVIL.to_owned()),
            hint: Some(EVIL.to_owned()),
            queued: 1,
            dir: EVIL.to_owned(),
            evidence: orc_core::team::Evidence { detail: EVIL.to_owned(), ..agent.evidence },
            ..agent
        })
        .collect();
    board.prompts = vec![PromptView {
        text: EVIL.repeat(40),
        options: vec![EVIL.to_owned(), EVIL.repeat(9)],
        ..prompt()
    }];
    if let Some(incident) = &mut board.incident {
        incident.hypotheses[0].text = EVIL.to_owned();
        incident.tasks[0].text = EVIL.to_owned();
        incident.declared.as_mut().unwrap().title = EVIL.to_owned();
    }
    board
}

#[test]
fn no_text_of_others_reaches_the_terminal_as_more_than_text() {
    let mut model = shown(hostile(), (120, 40));
    let said = json!({ "event": "agent_said", "agent": "a1", "generation": 1, "source": "hook", "text": EVIL.repeat(20) });
    tell(&mut model, Message::Events(vec![envelope(300, 1, said)]));
    for open in [None, Some('a'), Some('r'), Some('m'), Some('s')] {
        model.overlay = None;
        if let Some(key) = open {
            press(&mut model, &[KeyCode::Char(key)]);
        }
        tell(&mut model, Message::Paste(EVIL.to_owned()));
        let text = frame(&model);
        let hidden = ['\u{200b}', '\u{200d}', '\u{202e}', '\u{fe0f}'];
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || hidden.contains(c));
        assert_eq!(bad, None, "{open:?}: {text:?}");
        let wide = text.lines().map(width).max();
        assert!(wide <= Some(120), "{open:?}: a row of {wide:?} columns: {text}");
    }
}

#[test]
fn every_size_has_a_frame() {
    for columns in [1, 2, 5, 19, 40, 60, 99, 100, 101, 150, 250] {
        for rows in [1, 2, 3, 5, 8, 16, 30, 70] {
            for board in [quiet(), trouble(), hostile()] {
                let mut model = shown(board, (120, 40));
                tell(&mut model, Message::Resized(columns, rows));
                for open in [None, Some('?'), Some('a'), Some('b'), Some('m'), Some('r')] {
                    model.overlay = None;
                    if let Some(key) = open {
                        press(&mut model, &[KeyCode::Char(key)]);
                    }
                    assert!(frame(&model).lines().count() <= usize::from(rows), "{columns}x{rows} {open:?}");
                }
                for row in 0..rows {
                    model.overlay = None;
                    click(&mut model, columns / 2, row);
                }
            }
        }
    }
}

#[test]
fn without_colours_there_are_none_and_nothing_is_lost() {
    use super::super::theme::Palette;
    use ratatui::style::Color;
    let mut model = shown(trouble(), (120, 40));
    let coloured = frame(&model);
    model.palette = Palette::Plain;
    assert_eq!(frame(&model), coloured, "no word or symbol depends on colour");
    let mut buffer = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 120, 40));
    super::super::view::view(&model, &mut buffer);
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

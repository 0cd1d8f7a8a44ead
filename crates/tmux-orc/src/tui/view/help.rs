//! The keys.

use super::super::text::wrap;
use super::super::theme::Tone;
use super::Row;

const KEYS: [(&str, &str); 17] = [
    ("a", "answer a dialog: the selected agent's, else the one that waits longest; then 1–9"),
    ("s", "send a message to the selected agent"),
    ("b", "tell the whole team; its manager coordinates"),
    ("t", "the agent's own terminal; Ctrl-b d comes back here"),
    ("r", "start the selected agent again (asks how)"),
    ("m", "mark a milestone of the incident"),
    ("Enter", "all of the selected agent: why it is in its state, what it said"),
    ("↑ ↓ j k", "select an agent; in the messages: older, newer"),
    ("g G", "first, last; in the messages: oldest, newest"),
    ("Tab", "between agents and messages"),
    ("/", "show only what has these words; Esc shows all"),
    ("w", "the teams of this host"),
    ("mouse", "a click selects, a second one shows all; the wheel moves; the keys below can be clicked"),
    ("q", "quit; agents go on"),
    ("✗ ▶", "broken, waits for you"),
    ("● ○ ◔ ?", "working, idle, held up by its provider, unknown"),
    ("→ ✓ …", "a message to somebody; it arrived; it waits"),
];

pub(super) fn rows(room: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (key, does) in KEYS {
        for (at, text) in wrap(does, room.saturating_sub(10), 3).into_iter().enumerate() {
            let key = if at == 0 { key } else { "" };
            rows.push(vec![(Tone::Key, format!("{key:<10}")), (Tone::Text, text)]);
        }
    }
    rows
}

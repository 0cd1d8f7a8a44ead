//! The rendered screen, the agent's own status, and what is known of the person.

use serde::{Deserialize, Serialize};

/// The states of the program status protocol (OSC 7501).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramState {
    /// Waits for a prompt.
    Idle,
    /// Works.
    Working,
    /// Finished its turn.
    Done,
    /// Waits for an answer (`kind` says of what).
    Blocked,
    /// Its turn failed.
    Error,
    /// Takes its status back.
    Clear,
    /// A state of a newer peer.
    #[serde(other)]
    Unknown,
}

/// A status that the program in the terminal reported of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramStatus {
    /// The state.
    pub state: ProgramState,
    /// What kind of it, e.g. `permission`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Who says so.
    #[serde(default)]
    pub app: Option<String>,
    /// Its words, decoded, without control characters; not to be trusted.
    #[serde(default)]
    pub msg: Option<String>,
}

/// What the shim knows of the person at the views.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Age of the last keystroke (milliseconds), if there was one.
    #[serde(default)]
    pub last_key_ms_ago: Option<u64>,
    /// Something was typed that was neither entered nor cleared.
    #[serde(default)]
    pub draft: bool,
    /// Keys that wait for the end of an injection (bytes).
    #[serde(default)]
    pub held: u64,
    /// Attached views.
    #[serde(default)]
    pub views: u32,
}

/// The agent's screen as its terminal shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact of the terminal, by its name on the wire"
)]
pub struct Screen {
    /// Width in cells.
    pub cols: u16,
    /// Height in cells.
    pub rows: u16,
    /// Cursor row from 0.
    pub cursor_row: u16,
    /// Cursor column from 0; equals `cols` while a wrap is pending.
    pub cursor_col: u16,
    /// Whether the cursor shows.
    pub cursor_visible: bool,
    /// Whether the alternate screen is on.
    pub alternate: bool,
    /// Whether the agent asked for bracketed paste.
    pub bracketed_paste: bool,
    /// Whether the terminal is in line mode (`ICANON`): the kernel edits lines, the agent reads them whole.
    pub line_mode: bool,
    /// Whether the terminal echoes (`ECHO`).
    pub echo: bool,
    /// The last title the agent set.
    pub title: String,
    /// The last status the agent reported.
    #[serde(default)]
    pub status: Option<ProgramStatus>,
    /// Plain text, one string per row, right trimmed.
    pub lines: Vec<String>,
    /// Per row the dim ranges (start, end) in characters of that row's string: ghost text.
    pub dim: Vec<Vec<(u16, u16)>>,
    /// Per row the ranges (start, end) in characters that are drawn in reverse or on another background than most of the
    /// row's text: the choice in a menu.
    #[serde(default)]
    pub marked: Vec<Vec<(u16, u16)>>,
    /// Bytes of output since the start; equal numbers mean an unchanged screen.
    pub output_seq: u64,
    /// Silence since the last output (milliseconds).
    pub quiet_ms: u64,
    /// What the shim knows of the person.
    #[serde(default)]
    pub person: Person,
}

//! What is known of an agent CLI: data, never code. One TOML file per agent (`agents/*.toml`), with the user's
//! own files over the built-in ones.
//!
//! Strings that are handed to the agent may hold placeholders, filled in at launch: `{launch_dir}` (a folder of
//! this launch alone), `{session}` (a fresh UUID), `{port}` (a free loopback port), `{secret}` (random, for this launch alone),
//! `{cwd}`, `{binary}`, `{self}` and `{self_json}` (tmux-orc itself: its path, and that as a JSON string),
//! `{brief}` (the role brief), `{native_session}` (the session id that the agent told us), `{hook_shell}`,
//! `{hook_shell_json}` and `{hook_argv_json}` (the command that reports a hook to the supervisor: for a shell, as
//! a JSON string, as a JSON array), `{message}`, `{text}` and `{text_json}` (a message's id and text).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::ProfileId;

pub mod dialog;
pub mod door;
pub mod keys;
pub mod login;
pub mod parse;

pub use dialog::Dialog;
pub use door::Door;
pub use login::{Login, Sign};
pub use parse::ProfileError;

/// One agent CLI.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The id, also the file's name.
    pub id: ProfileId,
    /// The name that people use.
    pub name: String,
    /// The program to look up on `PATH`; `{self}` is tmux-orc itself.
    pub binary: String,
    /// Its place among the installed programs when nobody says which agent to use, the lowest first; without it, it is
    /// used only by name.
    #[serde(default)]
    pub preference: Option<u32>,
    /// Arguments that print the version.
    #[serde(default)]
    pub version_args: Vec<String>,
    /// Arguments of every launch.
    #[serde(default)]
    pub args: Vec<String>,
    /// Arguments of a launch with a new session, after those of every launch.
    #[serde(default)]
    pub fresh_args: Vec<String>,
    /// Arguments that hand over the role brief at launch; without them the brief is the first message.
    #[serde(default)]
    pub brief_args: Vec<String>,
    /// How an earlier session is gone on with; without it a restarted agent gets a brief from the record.
    #[serde(default)]
    pub resume: Option<Resume>,
    /// Environment added for this agent.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files written into the launch folder before the start.
    #[serde(default)]
    pub files: Vec<LaunchFile>,
    /// Version this profile was measured with.
    #[serde(default)]
    pub measured_with: String,
    /// How the program is asked to end.
    #[serde(default)]
    pub exit: Exit,
    /// Whether and how a busy agent takes a message.
    #[serde(default)]
    pub busy: Busy,
    /// How a pasted message is recognised on the screen.
    #[serde(default)]
    pub paste: Paste,
    /// Where the input line is.
    #[serde(default)]
    pub composer: Option<Composer>,
    /// How the screen is read.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// How dialogs are read and answered, the first that fits wins.
    #[serde(default)]
    pub dialogs: Vec<Dialog>,
    /// What tells that the agent took a prompt.
    #[serde(default)]
    pub receipt: Receipt,
    /// What each hook says of the agent's state, in the words of screen rules.
    #[serde(default)]
    pub hook_states: BTreeMap<String, String>,
    /// Where the payload of a hook says why (an error, a dialog), as a JSON pointer.
    #[serde(default)]
    pub hook_texts: BTreeMap<String, String>,
    /// The file in which the agent keeps its own status.
    #[serde(default)]
    pub status_file: Option<StatusFile>,
    /// Where the agent's words at the end of a turn are found.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// Where it is said what a permission is asked for: the dialog may show only a part of it.
    #[serde(default)]
    pub asks: Option<Asks>,
    /// Ways to hand over a message without the keyboard, best first; paste is always the last.
    #[serde(default)]
    pub doors: Vec<Door>,
    /// What a person should do when the program is missing.
    #[serde(default)]
    pub install_hint: String,
    /// Where it shows that somebody is logged in; without it nothing is said of that.
    #[serde(default)]
    pub login: Option<Login>,
    /// Files that say that the program runs no hooks.
    #[serde(default)]
    pub hooks_off: Vec<Sign>,
}

/// A file of the launch folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchFile {
    /// Path within the launch folder.
    pub path: String,
    /// Content with placeholders.
    pub content: String,
}

/// How an earlier session is gone on with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// Arguments of a launch that goes on with `{native_session}`, after those of every launch.
    pub args: Vec<String>,
    /// Where the transcript may be, best first: one of these files must exist before a session is gone on with.
    /// `{native_session}` is filled in, `*` stands for any characters within one name, a leading `$NAME` for a
    /// variable of the agent's environment (the place is left out when it is not set).
    pub transcripts: Vec<String>,
    /// What the file must hold, when it is a store of many sessions; `{native_session}` is filled in.
    #[serde(default)]
    pub contains: Option<String>,
}

/// A JSON file in which an agent keeps its own status. It is slower than the other sources, and counts only while the
/// agent has reported no status to its terminal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusFile {
    /// Where it is: the first path whose placeholders all have a value, `{pid}` or a variable of the agent's own
    /// environment such as `{HOME}`.
    pub paths: Vec<String>,
    /// JSON pointer to the word for the state.
    pub state: String,
    /// What each word says, in the words of screen rules; another word is no evidence.
    pub states: BTreeMap<String, String>,
    /// JSON pointer to words that say more.
    #[serde(default)]
    pub text: Option<String>,
}

/// How the program ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exit {
    /// Keys that ask it to end (`C-c`, `Enter`, `Escape` or literal text), one after the other; empty: a SIGTERM is the polite way.
    pub keys: Vec<String>,
    /// Seconds between asking, SIGTERM and SIGKILL.
    pub grace_seconds: f64,
}

impl Default for Exit {
    fn default() -> Self {
        Self { keys: Vec::new(), grace_seconds: 3.0 }
    }
}

/// What a busy agent does with a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Busy {
    /// It must wait until the turn ends.
    #[default]
    Wait,
    /// The agent's own queue takes it and runs it afterwards.
    Queue,
}

/// How a pasted text looks in the composer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paste {
    /// Patterns of the placeholder that stands for a long paste.
    pub placeholders: Vec<String>,
    /// Patterns of "still taking the paste in".
    pub pending: Vec<String>,
    /// Patterns that show a prompt waiting in the agent's own queue.
    pub queued: Vec<String>,
    /// Largest text, in bytes, that is pasted; more is spilled to a file.
    pub inline_limit: usize,
    /// Patterns of what the composer changes or drops: a text with them is kept in a file, byte for byte, and
    /// pointed to.
    pub lossy: Vec<String>,
    /// Milliseconds without output before a paste counts as taken in.
    pub settle_ms: u64,
}

impl Default for Paste {
    fn default() -> Self {
        Self {
            placeholders: Vec::new(),
            pending: Vec::new(),
            queued: Vec::new(),
            inline_limit: 256 * 1024,
            lossy: Vec::new(),
            settle_ms: 60,
        }
    }
}

/// Where the input line is: from the last row that matches `start` to the row before `end`; with `above` the text
/// is in the rows above `start` instead.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Composer {
    /// Pattern of the first row. What follows the match is the text, unless there is `above`.
    pub start: String,
    /// Pattern of the rows of text above the row of `start`, as far up as they match; group 1 is the text.
    #[serde(default)]
    pub above: Option<String>,
    /// Pattern of the row after the last; without it the bottom of the screen.
    #[serde(default)]
    pub end: Option<String>,
    /// Pattern of a row below the composer, without which what looks like one is an old prompt that is still shown.
    #[serde(default)]
    pub footer: Option<String>,
    /// Pattern of the first row while the text is so tall that `end` has no room: the composer reaches to the bottom.
    #[serde(default)]
    pub tall: Option<String>,
    /// In which mode the terminal is while the composer reads.
    #[serde(default)]
    pub terminal: Terminal,
    /// Patterns of text in an empty composer that is not drawn dim. They count only while the person has typed
    /// nothing, in screen rules too: a draft that was deleted key by key is then believed gone when it is sent or
    /// cleared.
    #[serde(default)]
    pub ghosts: Vec<String>,
}

/// One rule over the rendered screen.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, shown by `agent explain`.
    pub name: String,
    /// `idle`, `working`, `starting`, `failed_turn`; what a turn waits for: `rate_limit`, `overload`, `retrying`; or a
    /// need: `permission`, `question`, `trust`, `login`, `onboarding`. The group `retry_seconds` of a pattern says when
    /// the agent tries again, the group `text` which part of the row is the evidence. A pattern that names a line break
    /// (`\n`) is matched against all rows as one text.
    pub says: String,
    /// The highest that matches wins; among equals the first.
    #[serde(default)]
    pub priority: i32,
    /// Where it looks.
    #[serde(default)]
    pub region: Region,
    /// In which mode the terminal must be.
    #[serde(default)]
    pub terminal: Terminal,
    /// Every one of these patterns must match.
    #[serde(default)]
    pub all: Vec<String>,
    /// At least one of these must match, if there are any.
    #[serde(default)]
    pub any: Vec<String>,
    /// None of these may match.
    #[serde(default)]
    pub none: Vec<String>,
}

/// What the program has told its terminal about pastes: some switch them on for each prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terminal {
    /// It does not matter.
    #[default]
    Any,
    /// Bracketed paste is on: the program reads a prompt.
    Pastes,
    /// It is off.
    NoPastes,
}

impl Terminal {
    /// Whether a terminal with bracketed paste in this state is meant.
    pub fn is(self, bracketed_paste: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Pastes => bracketed_paste,
            Self::NoPastes => !bracketed_paste,
        }
    }
}

/// Part of the screen that a rule reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// All rows.
    #[default]
    All,
    /// The window title.
    Title,
    /// So many non-empty rows from the bottom.
    Bottom(usize),
    /// The composer's text; absent when no composer is shown.
    Composer,
    /// So many non-empty rows above the composer; absent when no composer is shown.
    AboveComposer(usize),
    /// The last thing said: the non-empty rows above the composer from the last one that matches this pattern; absent
    /// when no composer is shown.
    LastBlock(String),
    /// The rows under the composer; absent when no composer is shown.
    BelowComposer,
}

/// What proves that the agent took a prompt.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Receipt {
    /// Name of the hook event whose payload holds the prompt.
    pub hook: Option<String>,
    /// Where the payload holds the prompt, as a JSON pointer.
    pub prompt: Option<String>,
    /// Seconds to wait for the receipt after submitting.
    pub wait_seconds: Option<f64>,
}

/// Where an agent's hook says what it asks a permission for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asks {
    /// Name of the hook event.
    pub hook: String,
    /// JSON pointer to the name of the tool in its payload.
    pub tool: String,
    /// JSON pointer to what the tool would be given.
    pub input: String,
}

/// Where the agent's words are found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Name of the hook event.
    pub hook: String,
    /// JSON pointer to the words in its payload.
    pub text: String,
}

impl Profile {
    /// Whether a receipt can be expected at all.
    pub fn has_receipt(&self) -> bool {
        self.receipt.hook.is_some()
    }
}

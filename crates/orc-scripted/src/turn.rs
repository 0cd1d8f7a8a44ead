//! One turn: a prompt that is being worked on.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::menu::Menu;
use crate::step::Step;

/// The time of one spinner picture.
const FRAME: Duration = Duration::from_millis(100);

/// What the current step waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Nothing: the next step may begin.
    Next,
    /// The prompt hook, which a real agent waits for too.
    Hook,
    Work(Instant),
    /// The model provider, which takes nothing before this.
    Throttled(Instant),
    /// A person's answer to a dialog.
    Ask(Menu),
    Child,
    /// This many bytes are still to be written.
    Flood(u64),
}

/// What the end of a command means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Its output is shown, and that is all.
    #[default]
    Show,
    /// What it printed is kept under this name.
    Learn(String),
    /// It is what the tool of this name answers.
    Call(String),
    /// Its status says whether the turn goes on.
    Ask,
}

#[derive(Debug)]
pub(crate) struct Turn {
    /// The number of its prompt.
    pub(crate) n: u64,
    pub(crate) prompt: String,
    /// What was found out in this turn, by name.
    pub(crate) known: BTreeMap<String, String>,
    /// What the command that runs is for.
    pub(crate) errand: Errand,
    pub(crate) steps: VecDeque<Step>,
    pub(crate) doing: Doing,
    pub(crate) started: Instant,
    pub(crate) last_reply: String,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Failed(String),
    Interrupted,
    Denied,
    Steered,
}

impl Outcome {
    /// The word of the log.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed(_) => "failed",
            Self::Interrupted => "interrupted",
            Self::Denied => "denied",
            Self::Steered => "steered",
        }
    }
}

impl Turn {
    /// Whether the current step is over at `now`.
    pub(crate) fn is_free(&self, now: Instant) -> bool {
        match self.doing {
            Doing::Next | Doing::Flood(0) => true,
            Doing::Work(until) | Doing::Throttled(until) => until <= now,
            Doing::Hook | Doing::Ask(_) | Doing::Child | Doing::Flood(_) => false,
        }
    }

    /// The dialog, while it is open.
    pub(crate) fn asks(&self) -> Option<&Menu> {
        match &self.doing {
            Doing::Ask(menu) => Some(menu),
            Doing::Next
            | Doing::Hook
            | Doing::Work(_)
            | Doing::Throttled(_)
            | Doing::Child
            | Doing::Flood(_) => None,
        }
    }

    /// When the provider takes the next try, while the turn waits for that.
    pub(crate) fn retries_at(&self) -> Option<Instant> {
        match self.doing {
            Doing::Throttled(until) => Some(until),
            Doing::Next | Doing::Hook | Doing::Work(_) | Doing::Ask(_) | Doing::Child | Doing::Flood(_) => {
                None
            }
        }
    }

    /// When something changes by itself: the step's end or the next picture of the spinner. A dialog
    /// stands still.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let picture = self.started + FRAME * (self.frame(now) + 1);
        match self.doing {
            Doing::Ask(_) => None,
            Doing::Work(until) | Doing::Throttled(until) => Some(until.min(picture)),
            Doing::Next | Doing::Flood(_) => Some(now),
            Doing::Hook | Doing::Child => Some(picture),
        }
    }

    /// The number of the spinner's picture at `now`.
    pub(crate) fn frame(&self, now: Instant) -> u32 {
        let frames = now.duration_since(self.started).as_millis() / FRAME.as_millis();
        u32::try_from(frames).unwrap_or(0)
    }
}

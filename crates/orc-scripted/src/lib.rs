//! The built-in scripted agent: a real terminal program that plays a coding agent.
//!
//! It has the parts of a coding agent that matter to whoever drives one: a composer with pastes and
//! placeholders, a queue of prompts, permission dialogs, hooks, a status protocol, sessions that can be
//! resumed, and every way to die. What it does with a prompt is scripted (see [`Script`]), and what
//! really reached it is in its ground-truth log. Rehearsals and tests trust that log, not the screen.
//!
//! The agent itself (`agent`, `composer`, `keys`, `screen`) is a state machine without clock or I/O; the
//! rest is one poll loop. When it is idle, no timer runs.

mod agent;
mod base64;
mod call;
mod child;
mod composer;
mod error;
mod hooks;
mod keys;
mod log;
mod menu;
mod options;
mod painter;
mod play;
mod screen;
mod script;
mod session;
mod signals;
mod status;
mod step;
mod terminal;
mod text;
mod turn;

pub use call::call;
pub use error::ScriptedError;
pub use options::Options;
pub use play::run;
pub use script::{Busy, Rule, Script};
pub use step::{Crash, Step, StepError};

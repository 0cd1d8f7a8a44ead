//! The domain of tmux-orc: values, decisions and plans.
//!
//! Everything here is a function of its arguments: no clock, no environment, no files, no processes, no
//! randomness, no async. The shell (`orc-daemon`) observes the world, asks [`decide::decide`] what happened,
//! appends the events, applies them to [`state::State`] and carries out what [`plan::plan`] says is left to do.

pub mod catalog;
pub mod change;
pub mod check;
pub mod composition;
pub mod decide;
pub mod delivery;
pub mod detect;
pub mod dialog;
pub mod digest;
pub mod envelope;
pub mod error;
pub mod event;
pub mod ids;
pub mod incident;
pub mod input;
pub mod performance;
pub mod plan;
pub mod profile;
pub mod prompt;
pub mod recovery;
pub mod redact;
pub mod report;
pub mod restart;
pub mod role;
pub mod screen;
pub mod sent;
pub mod state;
pub mod talk;
pub mod target;
pub mod team;
pub mod time;
pub mod transcript;
pub mod until;
pub mod view;
pub mod weigh;

//! The crate against the real tmux, each test on a socket and with a home of its own.

#![expect(clippy::unwrap_used, reason = "tests")]

mod fixture;

mod failures;
mod hostile;
mod setup;
mod speed;
mod views;

//! The process around one agent, and the view of it in a tmux pane.
//!
//! A shim owns the pseudo-terminal of one agent and outlives the supervisor and tmux. It renders the agent's screen, answers
//! the agent's questions to the terminal, arbitrates between a person's keys and injected messages, and records the exit.
//! It serves a unix socket to the supervisor ([`protocol::Role::Control`]) and to any number of views.
//!
//! This room must not know policy, SQL or tmux, uses no clock but the monotonic one (the wall clock only stamps the exit
//! record), and has no async: one poll loop, one pty, one child, one socket.

mod arbiter;
mod client;
mod emulator;
mod error;
mod exit;
mod launch;
mod person;
mod procfs;
pub mod protocol;
mod pty;
mod scanner;
mod shim;
mod socket;
mod status;
mod view;

pub use error::ShimError;
pub use exit::ExitRecord;
pub use launch::{Launch, StartReport};
pub use protocol::{ProgramState, ProgramStatus};
pub use shim::run_shim;
pub use view::run_view;

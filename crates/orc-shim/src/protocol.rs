//! The language between a shim and its clients: pure values and a codec, for blocking and async clients alike.
//!
//! Old and new peers live together: unknown frame kinds and message types are skipped, unknown fields ignored, and nothing that
//! version 1 could say ever changes its meaning (`tests/fixtures` holds its bytes).

mod codec;
mod message;
mod reply;
mod screen;

pub use codec::{Decoder, Frame, MAX_FRAME, ProtocolError, encode};
pub use message::{Role, ShimSignal, ToShim};
pub use reply::{Exit, FromShim, Injection, Leftover, Mode, Refusal, ShimHello, Stage};
pub use screen::{Person, ProgramState, ProgramStatus, Screen};

/// The protocol version that this code speaks.
pub const PROTOCOL: u32 = 1;
/// The oldest protocol version that this code understands.
pub const MIN_PROTOCOL: u32 = 1;

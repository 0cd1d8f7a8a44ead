//! The contract between clients and the supervisor, and the client.
//!
//! [`Request`] is everything that a person, a script, an agent or a hook may ask; there is no second way in.
//! On the wire it is JSON over HTTP/1.1 on a unix socket: `POST /v1/request` with a [`Request`], answered by
//! `{"ok": Response}` or `{"error": Refusal}`.

pub mod client;
pub mod paths;
pub mod request;
pub mod response;

pub use client::{Client, ClientError};
pub use paths::{Paths, PathsError};
pub use request::{Effect, Request};
pub use response::{Answer, Envelope, Response};

/// Version of the contract. A client and a supervisor of different versions say so instead of guessing.
pub const CONTRACT: u32 = 1;

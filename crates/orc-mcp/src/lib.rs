//! The MCP server that each agent gets: its tools become [`orc_api::Request`]s, answers become results. It is the only room
//! that knows MCP. It has no state and asks nothing but what a tool was called for.
//!
//! Who the agent is comes from the environment that it was launched with ([`Caller`]), never from an argument. The
//! supervisor answers only what concerns the agent's own team, whatever is sent to it.

mod answer;
mod caller;
mod failure;
mod server;
mod tool;
mod tools;

use std::future::Future;

use orc_api::{Request, Response};

pub use caller::Caller;
pub use failure::Failure;
pub use server::{ServeError, serve};

/// The way to the supervisor.
pub trait Supervisor: Send + Sync + 'static {
    /// Asks it one thing.
    fn ask(&self, request: Request) -> impl Future<Output = Result<Response, Failure>> + Send;
}

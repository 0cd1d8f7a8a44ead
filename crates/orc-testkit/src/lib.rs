//! Development only: what the tests of every room share. Nothing here is part of the product.
//!
//! - [`TestEnv`]: a private home, state and runtime folder for one test; leaves no process behind.
//! - [`wait_until`]: wait for a level instead of sleeping, and say what was seen last.
//! - [`StubModel`]: a model on loopback that answers by script and keeps the ground truth of what agents sent.
//! - [`StubForge`]: a forge on loopback over a bare repository, with faults by script and the ground truth of what arrived.
//! - [`agents`]: the real agent command line tools, pinned, set up against the stub.
//!
//! These tools panic where a library would return an error: a test that cannot be set up has failed.

pub mod agents;
mod env;
mod forge;
mod stub;
mod wait;

pub use env::{Output, Process, TestEnv};
pub use forge::{Call, Fault, Kind, StubForge};
pub use stub::{Api, Outcome, Request, Rule, StubModel};
pub use wait::wait_until;

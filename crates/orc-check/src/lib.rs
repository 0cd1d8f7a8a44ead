//! Checks: which tests to run, what came out of them, and what that proves.
//!
//! [`plan::plan`] finds the suites of a repository and chooses what of them runs; [`drive::drive`] runs it on a [`Machine`]
//! that is given and reads the results; [`judge::judge`] says what they prove. Nothing here starts a program, reads a file
//! or looks at a clock: that is the machine's part, and the supervisor has one.

pub mod config;
pub mod detect;
pub mod drive;
mod glob;
pub mod judge;
mod machine;
pub mod plan;
pub mod read;
mod runner;
mod rust_packages;
mod suite;
mod tree;

pub use config::{Config, ConfigError};
pub use machine::{End, Finished, Invocation, Machine, Paper, Shown};
pub use plan::{Job, Part, Plan};
pub use runner::{Absent, ready};
pub use suite::{ResultOf, Runner, Suite, Tag};
pub use tree::Tree;

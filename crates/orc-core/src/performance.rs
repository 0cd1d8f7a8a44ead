//! Where the time of a team goes: figures from its events and from samples of its processes and its host, and the
//! findings that these figures support.
//!
//! The shell reads the log into a [`Ledger`], samples the kernel twice, and shows what [`view::figures`] and
//! [`findings::analyze`] make of it. Time is what has passed by the clock of the boot, so that a wall clock that jumps
//! changes no figure. What nobody measured is absent, never 0.

pub mod course;
pub mod findings;
pub mod latency;
pub mod ledger;
pub mod load;
pub mod loops;
pub mod view;

pub use course::Course;
pub use findings::{Finding, Kind};
pub use latency::Latency;
pub use ledger::Ledger;
pub use load::{Host, HostSample, Sample, Usage};
pub use view::{AgentPerformance, Performance, TeamPerformance};

//! Figures and findings: that times add up whatever the clocks do, and that each kind of trouble is named first in a team
//! that has it and not at all in one that has not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod findings;
mod host;
mod house;
mod laws;

//! Checks: what they prove and what they never prove, against git, `/proc` and files that the tests themselves leave.

mod empty;
mod ends;
mod evidence;
pub(crate) mod lab;
mod mixed;
mod refused;
mod text;

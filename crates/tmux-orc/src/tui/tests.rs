//! The dashboard without a terminal and without a supervisor: what happens goes in, frames and commands come out.

mod acts;
mod fixture;
mod frames;
mod hostile;
mod updates;

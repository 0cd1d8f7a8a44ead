//! The log on real files.

mod append;
mod files;
mod killed;
mod sample;
mod tamper;
mod writer;

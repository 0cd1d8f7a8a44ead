//! The only crate that knows SQL: the append-only, hash-chained event log of one host.
//!
//! One file holds the log. One connection writes it ([`Store`], owned by the thread of a [`Writer`]); any number of
//! [`Reader`]s look at it without blocking the writer. The sequence number of an entry is the only cursor there is.
//!
//! This room decides nothing: it has no clock, knows no kind of event by name and never looks into a body. Whatever
//! SQL there is stays inside: errors carry an opaque [`Cause`].

mod anchor;
mod append;
mod chain;
mod connect;
mod entry;
mod error;
mod migrate;
mod read;
mod reader;
mod store;
mod verify;
mod writer;

pub use append::Batch;
pub use entry::{Entry, Hash, Head, NewEntry};
pub use error::{Cause, StoreError};
pub use read::Filter;
pub use reader::Reader;
pub use store::Store;
pub use verify::{BadEntry, BadReason, Verification};
pub use writer::Writer;

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, StoreError>;

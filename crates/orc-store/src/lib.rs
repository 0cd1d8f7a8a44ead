//! The only crate that knows SQL: the append-only, hash-chained event log.

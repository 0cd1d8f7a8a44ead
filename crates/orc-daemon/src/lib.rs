//! The supervisor: the shell around the core.

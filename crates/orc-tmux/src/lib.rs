//! The only crate that knows tmux.

//! Deploys, briefs and coordinates a team of AI coding agents in tmux.

fn main() {}

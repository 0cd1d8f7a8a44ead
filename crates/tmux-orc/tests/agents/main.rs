//! The product with the real agent command line tools, pinned, against a model stub on loopback.
//!
//! `scripts/install-agents.sh`, then `cargo test -p tmux-orc --test agents -- --ignored`. What the product says is
//! checked against what the stub was really sent.

mod client;
mod coordination;
mod corpus;
mod crash;
mod door;
mod drill;
mod mcp;
mod person;
mod prompts;
mod restart;
mod rig;
mod states;
mod talk;
mod traces;

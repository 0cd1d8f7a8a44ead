//! `tmux-orc`: deploys, briefs and coordinates a team of AI coding agents in tmux.
//!
//! Arguments become [`orc_api::Request`]s, answers become output. This crate decides nothing about teams.

mod cli;
mod command;
mod config;
mod connect;
mod duration;
mod error;
mod inside;
mod output;
mod text_argument;
mod when;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match inside::role(std::env::args_os()) {
        Some(role) => inside::play(role),
        None => command::run(cli::Cli::parse()),
    }
}

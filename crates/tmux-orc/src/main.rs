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
mod names;
mod output;
#[cfg(test)]
mod reference;
mod text_argument;
mod tui;
mod when;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

fn main() -> ExitCode {
    // A shell that completes a command line calls us with COMPLETE set; nobody else does.
    if std::env::var_os("COMPLETE").is_some() {
        clap_complete::CompleteEnv::with_factory(cli::Cli::command).complete();
    }
    match inside::role(std::env::args_os()) {
        Some(role) => inside::play(role),
        None => command::run(cli::Cli::parse()),
    }
}

//! One file per verb. Each turns arguments into a request and the answer into output.

use std::process::ExitCode;

use crate::cli::{Agent, Cli, Command, Log, Team};
use crate::error::CliError;

mod answer;
mod attach;
mod bench;
mod catalog;
mod changes;
mod check;
mod completions;
mod config;
mod create_pr;
mod daemon;
mod deploy;
mod doctor;
mod drill;
mod events;
mod execute;
mod explain;
pub(crate) mod hook;
mod incident;
mod mcp;
mod messages;
mod monitor;
mod pm;
mod private;
mod prompts;
mod recovery;
mod report;
mod restart;
mod screen;
mod send;
mod status;
mod stop;
mod task;
mod team_add;
mod wait;

/// Runs the command and answers the exit status.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let json = cli.json;
    let done = match cli.command {
        Command::QuickDeploy(args) => deploy::run(args, json),
        Command::Team(team) => match team {
            Team::Add(args) => team_add::run(args, json),
            Team::List => status::list(json),
            Team::Status { team } => status::team(team, json),
            Team::Attach { team } => attach::run(team),
            Team::Stop { team, yes } => stop::run(team, yes, json),
            Team::Broadcast(args) => send::broadcast(args, json),
            Team::Types(show) => catalog::types(show, json),
        },
        Command::Agent(agent) => match agent {
            Agent::Send(args) => send::to_agent(args, json),
            Agent::SendAll(args) => send::to_each(args, json),
            Agent::Messages(args) => messages::run(args, json),
            Agent::Status { of } => status::agents(of, json),
            Agent::Prompts { of } => prompts::run(of, json),
            Agent::Answer(args) => answer::run(args, json),
            Agent::Restart(args) => restart::run(args, json),
            Agent::Explain { agent } => explain::run(agent, json),
            Agent::Screen { agent } => screen::run(agent, json),
            Agent::Attach { agent } => attach::run(agent),
            Agent::Profiles(show) => catalog::profiles(show, json),
        },
        Command::Pm(verb) => pm::run(verb, json),
        Command::Execute(verb) => execute::run(verb, json),
        Command::Monitor(verb) => monitor::run(verb, json),
        Command::Recovery(verb) => recovery::run(verb, json),
        Command::Incident(verb) => incident::run(verb, json),
        Command::Task(verb) => task::run(verb, json),
        Command::Mcp => mcp::run(),
        Command::Schema { of } => report::schema(of),
        Command::Drill(verb) => drill::run(verb, json),
        Command::Wait(args) => wait::run(&args, json),
        Command::Roles(show) => catalog::roles(show, json),
        Command::Doctor => doctor::run(json),
        Command::Config(verb) => config::run(verb, json),
        Command::Daemon(verb) => daemon::run(verb, json),
        Command::Events(args) => events::run(args, json),
        Command::Log(Log::Verify) => events::verify(json),
        Command::Bench(args) => bench::run(&args, json),
        Command::Completions { shell } => completions::print(shell),
        Command::Man { directory } => completions::man(&directory),
    };
    done.unwrap_or_else(|error: CliError| error.report(json))
}

/// An answer of another kind than the request's is a defect of one of the two sides.
fn unexpected() -> CliError {
    CliError::Failed(
        "the supervisor answered something else than was asked; are both of one version?".to_owned(),
    )
}

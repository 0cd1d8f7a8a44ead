//! `drill hotfix`: the incident of the example, whole, on a generated repository, by the commands that a person types.
//!
//! The drill is the operator and nothing else: it types commands, merges what was reviewed, kills an agent, and waits for
//! what agents and supervisor do. What it says in the end is read from the agents' own logs, from git and from the record.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use orc_core::error::{Code, Refusal};

use super::private::{heed_interrupts, interrupted};
use crate::cli::drill::{Drill, Hotfix};
use crate::error::CliError;
use crate::output;

mod ending;
mod error_log;
mod kill;
mod own;
mod proof;
mod service;
mod share;
mod skills;
mod stage;
mod story;
mod talk;
mod truth;
mod watch;
mod world;

use service::Service;
use stage::Stage;
use story::Story;
use world::World;

/// The status of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// How it is to be.
#[derive(Debug)]
struct Plan {
    speed: f64,
    /// As `quick-deploy` takes them; empty for the scripted agent.
    agents: Vec<String>,
    seed: u64,
    keep: bool,
    /// Where the report goes.
    out: PathBuf,
    /// Nobody named that directory.
    out_is_ours: bool,
    /// How long a step of agents that are not scripted may take.
    patience: Duration,
}

impl Plan {
    /// Whether nothing but scripts plays, so that the agents' own logs can be read.
    fn is_scripted(&self) -> bool {
        self.agents.is_empty()
    }

    /// Whether a script plays anybody: its programs know how to look for the fault, and no other agent is to have them.
    fn has_scripted(&self) -> bool {
        self.is_scripted() || self.agents.iter().any(|choice| choice.rsplit('=').next() == Some("scripted"))
    }
}

pub(super) fn run(drill: Drill, json: bool) -> Result<ExitCode, CliError> {
    let Drill::Hotfix(args) = drill;
    preflight()?;
    heed_interrupts()?;
    let plan = plan(args);
    let done = play(&plan, json);
    if done.is_err() {
        // Of a directory of the person's own only what is empty.
        let ours = if plan.out_is_ours {
            std::fs::remove_dir_all(&plan.out)
        } else {
            std::fs::remove_dir(&plan.out)
        };
        drop(ours);
    }
    if interrupted() {
        output::talk("\ninterrupted: everything that was started has been ended");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    done
}

fn plan(args: Hotfix) -> Plan {
    let Hotfix { speed, agent, seed, keep, out, patience } = args;
    let stamp = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S");
    let out_is_ours = out.is_none();
    let out = out.unwrap_or_else(|| {
        std::env::temp_dir().join(format!("tmux-orc-drill-report-{stamp}-{}", std::process::id()))
    });
    Plan { speed, agents: agent, seed, keep, out, out_is_ours, patience: patience.0 }
}

/// What is missing, all of it.
fn preflight() -> Result<(), CliError> {
    let runs = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let needs = [
        ("git", &["--version"][..], "git"),
        ("tmux", &["-V"], "tmux"),
        ("python3", &["-c", "import sqlite3, unittest, ast"], "python3 with its standard library"),
    ];
    let missing: Vec<String> = needs
        .into_iter()
        .filter(|(program, arguments, _)| !runs(program, arguments))
        .map(|(_, _, what)| format!("{what} is missing"))
        .collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let hint = "install it with the system's package manager (Debian: apt-get install git tmux python3)";
    let refusal = Refusal::new(Code::Preflight, format!("the drill cannot begin: {first}"), hint);
    Err(CliError::Refused(refusal.with_problems(missing)))
}

fn play(plan: &Plan, json: bool) -> Result<ExitCode, CliError> {
    let service = Service::generate(plan.seed);
    let world = World::new(plan, Stage::new(json))?;
    if !plan.is_scripted() {
        own::preflight(&world, plan)?;
    }
    std::fs::create_dir_all(&plan.out)?;
    let mut story = Story::new(&world, plan, &service);
    let played = story.play();
    let facts = match played {
        Ok(facts) => facts,
        Err(error) => {
            if !interrupted() {
                story.tell_why();
            }
            if plan.keep {
                output::talk(&format!("everything is kept in {}", world.folder().display()));
            }
            return Err(error);
        }
    };
    ending::tell(&world, plan, &facts, json)
}

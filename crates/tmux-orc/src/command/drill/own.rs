//! The person's own agents in the drill's world: what they need is checked before anything is shown, what of the person's
//! configuration is about agents goes on to apply, and a command reaches them from another terminal.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use orc_api::Request;
use orc_api::request::Deploy;

use super::Plan;
use super::story::{SIZE, TEAM, TYPE};
use super::world::World;
use crate::command::deploy::{choice, environment};
use crate::command::private::failed;
use crate::connect;
use crate::error::CliError;

/// The profile that plays where the command line names none.
const DEFAULT: &str = "TMUX_ORC_AGENT";

/// The person's choice of it.
pub(super) fn default_agent() -> Option<(String, PathBuf)> {
    std::env::var_os(DEFAULT).map(|profile| (DEFAULT.to_owned(), profile.into()))
}

/// The person's profiles and settings, and trust in this world: the drill wrote everything that is in it.
pub(super) fn configure(folder: &Path, world: &Path) -> Result<(), CliError> {
    let theirs = connect::paths()?.config;
    for name in ["agents", "config.toml"] {
        let file = theirs.join(name);
        if file.exists() {
            symlink(std::path::absolute(file)?, folder.join(name))?;
        }
    }
    // A basic string of TOML is written as one of JSON is.
    let dir = serde_json::Value::from(world.to_string_lossy());
    Ok(fs::write(folder.join("trust.toml"), format!("[[trust]]\ndir = {dir}\n"))?)
}

/// Writes the program that is `tmux-orc` with these variables.
pub(super) fn write_command(
    path: &Path,
    exe: &Path,
    environment: &[(String, PathBuf)],
) -> Result<(), CliError> {
    let quoted = |path: &Path| format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"));
    let mut lines = vec!["#!/bin/sh".to_owned(), "# tmux-orc in the world of this drill.".to_owned()];
    lines.extend(environment.iter().map(|(name, value)| format!("export {name}={}", quoted(value))));
    lines.push(format!("exec {} \"$@\"\n", quoted(exe)));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(path)?;
    Ok(std::io::Write::write_all(&mut file, lines.join("\n").as_bytes())?)
}

/// Refuses with everything that keeps the agents from being started, as `quick-deploy` would.
pub(super) fn preflight(world: &World, plan: &Plan) -> Result<(), CliError> {
    // Any question starts the supervisor.
    let started = world.orc(&["team", "list"]).output()?;
    if !started.status.success() {
        let said = String::from_utf8_lossy(&started.stderr);
        return Err(failed(said.trim_end().trim_start_matches("error: ")));
    }
    let request = Deploy {
        kind: TYPE.to_owned(),
        size: SIZE,
        team: Some(TEAM.to_owned()),
        dir: world.repository().to_string_lossy().into_owned(),
        agents: plan.agents.iter().map(|word| choice(word)).collect(),
        brief: None,
        incident: None,
        environment: environment(),
        worktrees: false,
        dry_run: true,
    };
    world.ask(&Request::Deploy(request)).map(drop)
}

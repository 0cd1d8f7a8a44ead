//! What is said, told as it is said: `agent messages TEAM --follow`, a line for each.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;

use super::stage::Stage;
use super::world::World;
use crate::error::CliError;

/// The command that follows, and who tells of it.
pub(super) struct Talk {
    child: Child,
    teller: Option<JoinHandle<()>>,
}

impl Talk {
    /// Tells of everything that is said in the team until it is dropped.
    pub(super) fn follow(world: &World, team: &str) -> Result<Self, CliError> {
        let mut command = world.orc(&["--json", "agent", "messages", team, "--follow"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take();
        let stage = world.stage();
        let teller = std::thread::spawn(move || {
            for line in
                output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok)
            {
                if let Ok(entry) = serde_json::from_str(&line) {
                    tell(stage, &entry);
                }
            }
        });
        Ok(Self { child, teller: Some(teller) })
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(teller) = self.teller.take() {
            drop(teller.join());
        }
    }
}

/// What the operator sends is shown where it is sent, and briefs are known.
fn tell(stage: Stage, entry: &Value) {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let who = text("from").rsplit(':').next().unwrap_or_default();
    match text("entry") {
        "said" => stage.says(who, text("text")),
        "sent" if who != "operator" && entry["kind"] != "brief" => {
            let to: Vec<&str> =
                entry["to"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let to: Vec<&str> = to.iter().filter_map(|to| to.rsplit(':').next()).collect();
            stage.says(&format!("{who} -> {}", to.join(", ")), text("text"));
        }
        _ => {}
    }
}

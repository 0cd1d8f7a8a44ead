//! `tmux-orc hook`: what an agent's hook runs. It never prints and never fails the agent: what no supervisor takes
//! now waits in a file for the next one.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use orc_api::request::Hook;
use orc_api::{Client, ClientError, Request};
use orc_core::error::Code;
use rustix::fs::{FlockOperation, flock};

use crate::connect;

/// Agents wait for their hooks: longer than this is not waited for a supervisor.
const PATIENCE: Duration = Duration::from_secs(3);

/// Takes the hook from standard input and hands it on.
pub(crate) fn run(event: Option<String>) -> ExitCode {
    if let Some(hook) = read(event)
        && !handed_over(&hook)
    {
        keep(&hook);
    }
    ExitCode::SUCCESS
}

fn read(event: Option<String>) -> Option<Hook> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).ok()?;
    let payload: serde_json::Value = serde_json::from_str(&text).unwrap_or(serde_json::Value::Null);
    let named = || payload.get("hook_event_name").and_then(|name| name.as_str()).map(str::to_owned);
    Some(Hook {
        agent: std::env::var("TMUX_ORC_AGENT_ID").ok()?,
        generation: std::env::var("TMUX_ORC_GENERATION").ok()?.parse().ok()?,
        id: own_name(),
        event: event.or_else(named)?,
        payload,
    })
}

/// This process, by its id and start time: no other firing has the same.
fn own_name() -> String {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let start = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(19));
    start.map(|start| format!("{}-{start}", std::process::id())).unwrap_or_default()
}

fn handed_over(hook: &Hook) -> bool {
    let (Ok(paths), Ok(runtime)) = (connect::paths(), connect::runtime()) else {
        return false;
    };
    runtime.block_on(async {
        let client = Client::new(paths.api_socket());
        match tokio::time::timeout(PATIENCE, client.ask(&Request::Hook(hook.clone()))).await {
            Ok(Ok(_)) => true,
            // It was understood and refused: a second try would be refused as well, unless it was only the supervisor that
            // could not take it: its log was full, or it is stopping.
            Ok(Err(ClientError::Refused(refusal))) => {
                !matches!(refusal.code, Code::Storage | Code::ShuttingDown | Code::Internal)
            }
            Ok(Err(_)) | Err(_) => false,
        }
    })
}

fn keep(hook: &Hook) {
    let Ok(paths) = connect::paths() else { return };
    let path = paths.agent_dir(&hook.agent).join("hooks.jsonl");
    let Ok(hook) = serde_json::to_string(hook) else {
        return;
    };
    // A line of its own whatever a full disk left of the one before.
    drop(append(&path, format!("\n{hook}\n").as_bytes()));
}

fn append(path: &Path, line: &[u8]) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    loop {
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        // A supervisor may have taken the file between the two, and would not see what is written to it now.
        if std::fs::metadata(path).is_ok_and(|now| now.ino() == file.metadata().map_or(0, |own| own.ino())) {
            return file.write_all(line).and_then(|()| file.sync_all());
        }
    }
}

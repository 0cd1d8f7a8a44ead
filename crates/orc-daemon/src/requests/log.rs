//! Reading the log for clients.

use std::time::Duration;

use orc_api::Envelope;
use orc_api::response::Response;
use orc_core::error::{Code, Refusal};
use orc_core::ids::Seq;

use super::LONGEST_WAIT;
use crate::journal;
use crate::run::Shell;

/// Waits until the log goes on past a position, at most so long.
pub(super) async fn wait_past(shell: &Shell, after: Seq, wait_ms: u64) {
    if wait_ms > 0 {
        let timeout = Duration::from_millis(wait_ms).min(LONGEST_WAIT);
        let mut seq = shell.handle.seq.clone();
        let beyond = seq.wait_for(|seq| *seq > after);
        tokio::select! {
            _ = tokio::time::timeout(timeout, beyond) => {}
            () = shell.stop.cancelled() => {}
        }
    }
}

pub(crate) async fn read_events(
    shell: &Shell,
    after: u64,
    limit: usize,
    team: Option<String>,
) -> Result<Vec<Envelope>, Refusal> {
    let log = shell.log.clone();
    let read = tokio::task::spawn_blocking(move || journal::read(&log, after, limit, team));
    read.await
        .map_err(|e| Refusal::new(Code::Internal, e.to_string(), ""))?
        .map_err(|e| Refusal::new(Code::Storage, e.to_string(), "`tmux-orc log verify` checks the log"))
}

pub(super) async fn verify(shell: &Shell) -> Result<Response, Refusal> {
    let log = shell.log.clone();
    let done = tokio::task::spawn_blocking(move || journal::verify(&log));
    let found = done
        .await
        .map_err(|e| Refusal::new(Code::Internal, e.to_string(), ""))?
        .map_err(|e| Refusal::new(Code::Storage, e.to_string(), ""))?;
    Ok(Response::Verified {
        entries: found.entries,
        head: found.head_hash.to_string(),
        bad: found.first_bad.map(|bad| (bad.seq, bad.reason.to_string())),
    })
}

//! How fast texts pass the rules that look for secrets.

use orc_core::redact::Redactor;

use super::Measured;
use super::figure::{Figure, Must};
use super::times::{Samples, timed};
use super::world::Effort;
use crate::error::CliError;

/// Lines as services write them: some of the words that the rules look for, one secret in a hundred lines.
const LINES: [&str; 6] = [
    "2026-11-22T14:03:07.123Z INFO  [http] GET /api/v1/users/4711 200 12ms request_id=7c9e6679-7425-40de-944b-e07fc1f90ae7\n",
    "2026-11-22T14:03:07.124Z ERROR [pool] connection pool exhausted: active=20 idle=0 waiting=311\n",
    "2026-11-22T14:03:07.130Z WARN  [auth] token expired, asking for a new one\n",
    "  at com.example.auth.LoginService.verify(LoginService.java:234)\n",
    "2026-11-22T14:03:07.131Z INFO  [http] POST https://api.example.com/v2/login 500\n",
    "2026-11-22T14:03:07.140Z DEBUG [cache] miss for user:4711, filled in 3ms from shard 12 of 64\n",
];
const SECRET: &str =
    "2026-11-22T14:03:07.150Z DEBUG [db] connecting to postgres://app:not-a-secret@db:5432/auth\n";

#[expect(clippy::cast_precision_loss, reason = "some megabytes")]
pub(super) fn measure(effort: &Effort) -> Measured {
    let bytes = effort.pick(20, 5) * 1_000_000;
    let mut log = String::with_capacity(bytes + 200);
    for (number, line) in LINES.iter().cycle().enumerate() {
        if log.len() >= bytes {
            break;
        }
        log += line;
        if number.is_multiple_of(100) {
            log += SECRET;
        }
    }
    let redactor = Redactor::new([0; 32]);
    let mut speeds = Vec::new();
    let mut found = 0;
    for _ in 0..effort.pick(7, 3) {
        let (took, redacted) = timed(|| redactor.redact(&log));
        let redacted = redacted.ok_or_else(|| CliError::Failed("no secret was found".to_owned()))?;
        found = redacted.found.values().sum();
        speeds.push(log.len() as f64 / 1000.0 / took);
    }
    let speeds = Samples::new(speeds);
    let figure = Figure::new("secrets looked for in a log", speeds.median(), "MB/s", Must::AtLeast(50.0));
    Ok(vec![figure.note(format!("{found} found in {} MB; {}", bytes / 1_000_000, speeds.spread()))])
}

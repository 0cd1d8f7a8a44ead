//! The log of the outage: what the service with this fault writes until its pool is empty, and then.

use jiff::{Timestamp, ToSpan};

use super::service::{Dice, Fault};

/// Connections of the pool in production.
const POOL: usize = 20;
/// Lines until the end; the last hundred show the whole of it.
const LINES: usize = 240;
/// Lines of the end in which every login fails.
const EXHAUSTED: usize = 25;
/// Requests that end well, or are refused and give their connection back; the fault is one of the latter.
const ORDINARY: [(&str, u16, &str); 10] = [
    ("/login", 200, "ok"),
    ("/login", 401, "wrong_password"),
    ("/login", 401, "unknown_user"),
    ("/login", 401, "locked_account"),
    ("/login/key", 200, "ok"),
    ("/login/key", 401, "unknown_key"),
    ("/login/key", 401, "revoked_key"),
    ("/login/code", 200, "ok"),
    ("/login/code", 401, "wrong_code"),
    ("/login/code", 401, "expired_code"),
];
/// What a client calls itself: texts that must arrive as they are, whatever they would mean to a shell.
const CLIENTS: [&str; 4] =
    ["okhttp/4.12", "Mozilla/5.0 (X11; Linux)", "$(id -un) `x` !", r#"it's \"quoted\" \\ #1"#];

/// The log as it is `now`: the same lines for the same number but for their times, one every two seconds.
pub(super) fn write(fault: &Fault, seed: u64, now: Timestamp) -> String {
    let mut dice = Dice::new(seed ^ 0x10_99);
    // The fault is met every fourth line, so that the pool is empty when the end begins.
    let first = LINES - EXHAUSTED - 4 * POOL;
    let mut in_use = 0;
    let mut text = String::new();
    for number in 0..LINES {
        let faulty = number >= first && (number - first) % 4 == 3 && in_use < POOL;
        let (path, status, reason) = if in_use == POOL {
            let path = ORDINARY[dice.roll(ORDINARY.len())].0;
            (path, 500, format!("connection pool exhausted ({POOL} of {POOL} in use)"))
        } else if faulty {
            in_use += 1;
            (fault.path, 401, fault.reason.to_owned())
        } else {
            let harmless: Vec<_> = ORDINARY.iter().filter(|(_, _, reason)| *reason != fault.reason).collect();
            let (path, status, reason) = harmless[dice.roll(harmless.len())];
            (*path, *status, (*reason).to_owned())
        };
        let behind = i64::try_from(2 * (LINES - 1 - number)).expect("a few minutes");
        let at = now.checked_sub(behind.seconds()).unwrap_or(now).strftime("%Y-%m-%d %H:%M:%S,000");
        let level = if status == 500 { "ERROR" } else { "INFO" };
        let client = CLIENTS[dice.roll(CLIENTS.len())];
        let line =
            format!("{at} {level} POST {path} {status} {reason} pool={in_use}/{POOL} agent=\"{client}\"\n");
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::drill::service::Service;

    #[test]
    fn the_last_hundred_lines_show_which_request_empties_the_pool() {
        for seed in 0..20 {
            let fault = Service::generate(seed).fault;
            let log = write(&fault, seed, Timestamp::UNIX_EPOCH);
            let lines: Vec<&str> = log.lines().collect();
            assert_eq!(lines.len(), LINES);
            let tail = &lines[LINES - 100..];
            let met = format!("POST {} 401 {} ", fault.path, fault.reason);
            assert!(tail.iter().filter(|line| line.contains(&met)).count() > 15, "{seed}: {fault:?}");
            assert!(tail[99].contains("connection pool exhausted") && tail[99].contains("pool=20/20"));
            assert_eq!(tail.iter().filter(|line| line.contains(" 500 ")).count(), EXHAUSTED);
            assert_eq!(log, write(&fault, seed, Timestamp::UNIX_EPOCH), "the same each time");
        }
    }
}

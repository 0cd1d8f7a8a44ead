//! Process facts from `/proc`: a pid alone means nothing, a pid with its start time is one process.

use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::protocol::Leftover;

struct Stat {
    command: String,
    session: u32,
    start: u64,
    zombie: bool,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    // The command stands in parentheses and may hold any character.
    let (command, rest) = text.split_once('(')?.1.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        command: crate::status::plain(command),
        zombie: matches!(*fields.first()?, "Z" | "X"),
        session: fields.get(3)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
    })
}

/// A process's start time in clock ticks since boot.
pub(crate) fn start_time(pid: u32) -> Option<u64> {
    stat(pid).map(|stat| stat.start)
}

/// The living processes of a session, except its leader.
pub(crate) fn session_members(session: u32) -> Vec<Leftover> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|&pid| pid != session)
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .filter(|(_, stat)| stat.session == session && !stat.zombie)
        .map(|(pid, stat)| Leftover { pid, start: stat.start, command: stat.command })
        .collect()
}

/// Kills a process if it is still the one that was meant.
pub(crate) fn kill_exactly(leftover: &Leftover) {
    let Some(pid) = i32::try_from(leftover.pid).ok().and_then(Pid::from_raw) else {
        return;
    };
    // The descriptor pins the process; its start time is compared after that, so that the pid cannot change hands in between.
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty())
        && start_time(leftover.pid) == Some(leftover.start)
    {
        let _already_gone = pidfd_send_signal(process, Signal::KILL);
    }
}

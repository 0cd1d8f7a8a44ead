//! What the kernel counts of a process and its descendants.

use std::fs;

use orc_core::performance::Sample;
use rustix::fs::{Mode, OFlags};

/// A tree of processes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Each by id and start time, in order.
    pub(crate) processes: Vec<(u32, u64)>,
    /// Processor time, ended children included (milliseconds).
    pub(crate) cpu_ms: u64,
    /// Bytes read and written, as far as we may know.
    pub(crate) bytes: u64,
}

/// The fields of `/proc/PID/stat` from the third on: the name before them may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(line.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// The process group and the session of a process. Asked of the kernel directly, those of a process that came from outside
/// of our process namespace are 0, which is no process id.
pub(crate) fn group_and_session(pid: u32) -> Option<(u32, u32)> {
    let fields = stat(pid)?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

/// Whether a signal has stopped the process; nothing when there is none.
pub(crate) fn is_stopped(pid: u32) -> Option<bool> {
    stat(pid).and_then(|fields| Some(fields.first()? == "T"))
}

/// Bytes that were typed into the terminal of a process and that nobody has read yet; nothing when that cannot be told.
/// (A terminal in line mode counts whole lines only.)
pub(crate) fn unread_input(pid: u32) -> Option<u64> {
    let terminal =
        fs::read_link(format!("/proc/{pid}/fd/0")).ok().filter(|path| path.starts_with("/dev/pts"))?;
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let terminal = rustix::fs::open(terminal, flags, Mode::empty()).ok()?;
    rustix::io::ioctl_fionread(terminal).ok()
}

/// A field of `proc_pid_stat(5)` by its number there.
fn number(fields: &[String], field: usize) -> u64 {
    fields.get(field - 3).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Processor time, that of ended children included (milliseconds).
fn cpu_ms(fields: &[String]) -> u64 {
    // Field 14 to 17 are in ticks; Linux shows 100 a second on every machine.
    const TICK_MS: u64 = 10;
    (14..=17).map(|field| number(fields, field)).sum::<u64>() * TICK_MS
}

/// Calls `each` for the process and all its descendants.
fn walk(root: u32, mut each: impl FnMut(u32, &[String])) {
    let mut left = vec![root];
    while let Some(pid) = left.pop() {
        let Some(fields) = stat(pid) else { continue };
        each(pid, &fields);
        left.extend(children(pid));
    }
}

/// The process and all its descendants.
pub(crate) fn tree(root: u32) -> Counted {
    let mut counted = Counted::default();
    walk(root, |pid, fields| {
        counted.processes.push((pid, number(fields, 22)));
        counted.cpu_ms += cpu_ms(fields);
        counted.bytes += bytes(pid);
    });
    counted.processes.sort_unstable();
    counted
}

/// What the process and all its descendants use.
pub(crate) fn usage(root: u32) -> Sample {
    let page = rustix::param::page_size() as u64;
    let mut sample = Sample::default();
    walk(root, |pid, fields| {
        let memory = number(fields, 24) * page;
        sample.processes += 1;
        sample.cpu_ms += cpu_ms(fields);
        sample.memory_bytes += memory;
        if memory > sample.largest_bytes {
            sample.largest_bytes = memory;
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            name.trim().clone_into(&mut sample.largest);
        }
    });
    sample
}

/// Bytes that went through read and write calls: a terminal and a socket count as a disk does.
fn bytes(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let value = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap_or(0)
    };
    value("rchar:") + value("wchar:")
}

fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let of_thread = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).ok();
    let lists: Vec<String> = threads.flatten().filter_map(of_thread).collect();
    lists.iter().flat_map(|list| list.split_whitespace()).filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a child to look at")]
mod tests {
    use super::*;
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    struct Ended(Child);

    impl Drop for Ended {
        fn drop(&mut self) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }

    fn shell(script: &str) -> Ended {
        Ended(Command::new("sh").args(["-c", script]).spawn().unwrap())
    }

    fn until(what: &str, mut so: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !so() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_work_of_a_grandchild_counts() {
        let busy = shell("sh -c 'while :; do :; done' & wait");
        let pid = busy.0.id();
        until("two processes", || tree(pid).processes.len() == 2);
        let before = tree(pid).cpu_ms;
        until("processor time", || tree(pid).cpu_ms > before + 200);
        // Ends with its parent's pipe: nothing of this test stays.
        for (child, _) in tree(pid).processes.into_iter().filter(|(child, _)| *child != pid) {
            let child = rustix::process::Pid::from_raw(i32::try_from(child).unwrap()).unwrap();
            rustix::process::kill_process(child, rustix::process::Signal::KILL).unwrap();
        }
    }

    #[test]
    fn the_memory_of_a_grandchild_counts_and_the_largest_is_named() {
        // It keeps what it is given until the end of it, which does not come.
        let holds = shell("(head -c 40000000 /dev/zero; sleep 60) | tail -c 40000000 & wait");
        let pid = holds.0.id();
        until("40 MB", || usage(pid).memory_bytes > 40_000_000);
        let sample = usage(pid);
        assert!(sample.processes >= 3 && sample.largest == "tail", "{sample:?}");
        for (child, _) in tree(pid).processes.into_iter().filter(|(child, _)| *child != pid) {
            let child = rustix::process::Pid::from_raw(i32::try_from(child).unwrap()).unwrap();
            // One of them may have ended with another.
            let _gone = rustix::process::kill_process(child, rustix::process::Signal::KILL);
        }
    }

    #[test]
    fn a_stopped_process_is_told_from_one_that_sleeps() {
        let one = shell("exec sleep 60");
        let pid = rustix::process::Pid::from_raw(i32::try_from(one.0.id()).unwrap()).unwrap();
        assert_eq!(is_stopped(one.0.id()), Some(false));
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
        until("stopped", || is_stopped(one.0.id()) == Some(true));
        rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
        until("going on", || is_stopped(one.0.id()) == Some(false));
    }

    #[test]
    fn what_is_read_and_written_counts() {
        let copies = shell("while :; do head -c 100000 /dev/zero > /dev/null; done");
        let pid = copies.0.id();
        let before = tree(pid).bytes;
        until("bytes", || tree(pid).bytes > before + 100_000);
    }
}

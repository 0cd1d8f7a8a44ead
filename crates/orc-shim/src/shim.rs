//! The shim's loop: one terminal, one child, one door, and whoever came in.

mod commands;
mod ending;
mod output;

use std::io::Write;
use std::process::Child;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::arbiter::Arbiter;
use crate::client::Client;
use crate::emulator::Emulator;
use crate::protocol::{Exit, FromShim, Person, ProgramStatus, Role};
use crate::pty::{self, Pty};
use crate::scanner::Scanner;
use crate::socket::Door;
use crate::{Launch, ShimError, StartReport, procfs};

/// Clients at most; more are turned away.
const MOST_CLIENTS: usize = 64;
/// Views are not read while this much input waits for the agent (bytes).
const MOST_BACKLOG: usize = 256 << 10;
/// One pass reads at most this much of the agent's output, and of each client (bytes).
const BUFFER: usize = 64 << 10;

/// How far the agent's life is.
#[derive(Debug)]
enum Phase {
    /// It runs.
    Running,
    /// Its process is gone, its last output may still come.
    Draining { exit: Exit, until: u64 },
    /// Its end is recorded and told.
    Ended { exit: Exit, until: u64 },
    /// Nothing is left to do.
    Over,
}

struct Shim {
    launch: Launch,
    clock: Instant,
    child: Child,
    child_start: u64,
    pty: Pty,
    /// The agent is gone and nobody has the terminal open: there is nothing to poll for.
    hung_up: bool,
    scanner: Scanner,
    emulator: Emulator,
    arbiter: Arbiter,
    status: Option<ProgramStatus>,
    clients: Vec<Client>,
    phase: Phase,
    output_seq: u64,
    last_output: u64,
    /// Output is flowing: `Quiet` is still to be told.
    active: bool,
}

/// Runs one agent to its end, and a little longer. Reports the start as one line ([`StartReport`]) on stdout, which is closed
/// then. Gives the status to exit with.
///
/// Detaches itself into a session of its own; the caller must not have made it a process group leader.
pub fn run_shim(launch: Launch) -> Result<i32, ShimError> {
    let started = start(launch);
    let report = match &started {
        Ok((shim, _, _)) => StartReport {
            ok: true,
            error: None,
            shim_pid: std::process::id(),
            child_pid: shim.child.id(),
            child_start: shim.child_start,
        },
        Err(error) => StartReport {
            ok: false,
            error: Some(chain(error)),
            shim_pid: std::process::id(),
            child_pid: 0,
            child_start: 0,
        },
    };
    let mut line = serde_json::to_vec(&report).map_err(ShimError::Launch)?;
    line.push(b'\n');
    // A supervisor that died meanwhile will find the socket.
    let _nobody_listens = std::io::stdout().write_all(&line).and_then(|()| std::io::stdout().flush());
    detach_stdio()?;
    let (mut shim, door, signals) = started?;
    shim.run(&door, &signals)?;
    Ok(0)
}

fn chain(error: &ShimError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn detach_stdio() -> Result<(), ShimError> {
    let null = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map_err(ShimError::io("opening /dev/null"))?;
    rustix::stdio::dup2_stdin(&null)
        .and_then(|()| rustix::stdio::dup2_stdout(&null))
        .and_then(|()| rustix::stdio::dup2_stderr(&null))
        .map_err(ShimError::io("letting go of stdio"))
}

fn start(launch: Launch) -> Result<(Shim, Door, ending::Signals), ShimError> {
    // Fails only when we lead a session already.
    let _leader_already = rustix::process::setsid();
    let signals = ending::Signals::install()?;
    let door = Door::open(&launch.socket)?;
    let pty = Pty::open(launch.cols, launch.rows)?;
    let child = pty::spawn(&launch, &pty)?;
    let child_start = procfs::start_time(child.id()).unwrap_or(0);
    let shim = Shim {
        emulator: Emulator::new(launch.cols, launch.rows),
        launch,
        clock: Instant::now(),
        child,
        child_start,
        pty,
        hung_up: false,
        scanner: Scanner::default(),
        arbiter: Arbiter::default(),
        status: None,
        clients: Vec::new(),
        phase: Phase::Running,
        output_seq: 0,
        last_output: 0,
        active: false,
    };
    Ok((shim, door, signals))
}

impl Shim {
    /// Milliseconds since the start.
    fn now(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn run(&mut self, door: &Door, signals: &ending::Signals) -> Result<(), ShimError> {
        let child_pid = Pid::from_child(&self.child);
        let pidfd = pidfd_open(child_pid, PidfdFlags::empty())
            .map_err(ShimError::io("watching the agent's process"))?;
        let mut buffer = vec![0; BUFFER];
        while !matches!(self.phase, Phase::Over) {
            let running = matches!(self.phase, Phase::Running);
            let mut terminal = PollFlags::IN;
            terminal.set(PollFlags::OUT, self.pty.backlog() > 0);
            let read_views = self.pty.backlog() < MOST_BACKLOG;
            // A descriptor that has nothing to say now gives its place to one that is not waited for.
            let idle = || PollFd::new(signals.wakeup(), PollFlags::empty());
            let mut fds = vec![
                PollFd::new(signals.wakeup(), PollFlags::IN),
                PollFd::new(door.listener(), PollFlags::IN),
                if running { PollFd::new(&pidfd, PollFlags::IN) } else { idle() },
                if self.hung_up { idle() } else { PollFd::new(&self.pty, terminal) },
            ];
            fds.extend(self.clients.iter().map(|client| {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::IN, read_views || !client.is_view());
                flags.set(PollFlags::OUT, client.has_backlog());
                PollFd::new(&client.stream, flags)
            }));
            let timeout = self.timeout();
            match poll(&mut fds, timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(errno) => {
                    return Err(ShimError::Io { doing: "waiting", source: errno.into() });
                }
            }
            let ready: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
            drop(fds);
            if !ready[0].is_empty() {
                self.pass_signals(signals);
            }
            if ready[3].contains(PollFlags::OUT) {
                self.flush_input();
            }
            if !(ready[3] & !PollFlags::OUT).is_empty() {
                self.read_output(&mut buffer);
            }
            for (index, ready) in ready[4..].iter().enumerate() {
                self.serve(index, *ready, &mut buffer);
            }
            if !ready[1].is_empty() {
                self.welcome(door);
            }
            if !ready[2].is_empty() {
                self.reap();
            }
            self.tick();
            self.sweep();
        }
        Ok(())
    }

    fn welcome(&mut self, door: &Door) {
        while let Some(stream) = door.accept() {
            if self.clients.len() < MOST_CLIENTS {
                self.clients.push(Client::new(stream));
            }
        }
    }

    fn serve(&mut self, index: usize, ready: PollFlags, buffer: &mut [u8]) {
        if ready.contains(PollFlags::OUT) {
            self.clients[index].flush();
        }
        if !(ready & !PollFlags::OUT).is_empty() {
            self.clients[index].receive(buffer);
            self.obey(index);
        }
    }

    /// Removes clients that are gone, and paints views anew that caught up.
    fn sweep(&mut self) {
        let now = self.now();
        if self.clients.iter().any(|client| client.is_gone() && client.is_control()) {
            self.arbiter.control_closed(now);
        }
        self.clients.retain(|client| !client.is_gone());
        let due = |client: &Client| client.stale && !client.has_backlog();
        if !self.scanner.in_long_string() && self.clients.iter().any(due) {
            let frame = crate::protocol::encode(&FromShim::Repaint(self.emulator.repaint()));
            for client in self.clients.iter_mut().filter(|client| due(client)) {
                client.stale = false;
                client.send_frame(&frame);
            }
        }
        if self.arbiter.take_news() {
            let person = self.person();
            self.tell(&FromShim::Person(person));
        }
    }

    fn person(&self) -> Person {
        let views = self.clients.iter().filter(|client| client.is_view()).count();
        Person { views: u32::try_from(views).unwrap_or(u32::MAX), ..self.arbiter.person(self.now()) }
    }

    /// Sends an event to every control client.
    fn tell(&mut self, event: &FromShim) {
        let frame = crate::protocol::encode(event);
        for client in self.clients.iter_mut().filter(|client| client.is_control()) {
            client.send_frame(&frame);
        }
    }

    /// Writes to the agent what waits, and tells of an injection that is whole.
    fn flush_input(&mut self) {
        self.pty.flush();
        if let Some(id) = self.arbiter.written(self.pty.written()) {
            self.tell(&FromShim::Pasted { id });
        }
    }

    /// Queues bytes for the agent and writes what the terminal takes.
    fn write_input(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.pty.queue(bytes);
            self.flush_input();
        }
    }

    /// The most recent view decides the size.
    fn resize(&mut self, cols: u16, rows: u16) {
        if cols == 0 || rows == 0 || self.emulator.size() == (cols.min(1000), rows.min(1000)) {
            return;
        }
        self.emulator.resize(cols, rows);
        let (cols, rows) = self.emulator.size();
        self.pty.resize(cols, rows);
        for client in self.clients.iter_mut().filter(|client| client.is_view()) {
            client.stale = true;
        }
    }

    fn view_size(&self, index: usize) -> Option<(u16, u16)> {
        match self.clients[index].role {
            Some(Role::View { cols, rows }) => Some((cols, rows)),
            _ => None,
        }
    }

    fn timeout(&self) -> Option<Timespec> {
        let mut deadlines = vec![];
        deadlines.extend(self.arbiter.deadline());
        deadlines.extend(self.quiet_deadline());
        match self.phase {
            Phase::Draining { until, .. } | Phase::Ended { until, .. } => deadlines.push(until),
            Phase::Running | Phase::Over => {}
        }
        let wait = deadlines.into_iter().min()?.saturating_sub(self.now());
        let wait = i64::try_from(wait).unwrap_or(i64::MAX);
        Some(Timespec { tv_sec: wait / 1000, tv_nsec: wait % 1000 * 1_000_000 })
    }

    fn tick(&mut self) {
        let now = self.now();
        let keys = self.arbiter.expire(now);
        self.write_input(&keys);
        self.tick_quiet(now);
        self.tick_ending(now);
    }
}

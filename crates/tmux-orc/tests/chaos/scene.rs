//! A world with a team under recovery, others that no fault concerns, and clocks on what happens.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use orc_testkit::{Process, wait_until};
use serde_json::Value;

use crate::ledger::{Ledger, prompts};
use crate::table::Outcome;
use crate::world::{Agent, SOON, World};

/// The scene of one round.
pub(crate) struct Scene {
    pub(crate) world: World,
    /// The team `t`.
    pub(crate) agents: Vec<Agent>,
    ledger: Ledger,
    decoy: Child,
    /// Everything that ran when the fault came.
    before: Vec<Process>,
    /// Of these, what the fault concerns.
    concerned: BTreeSet<i32>,
    /// When the fault came: milliseconds of the wall clock, and the last event before it.
    fault: (i64, u64),
}

/// How recovery is asked for.
pub(crate) const EMERGENCY: &[&str] = &["--emergency", "--session", "t"];

pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("soon enough")
}

impl Scene {
    /// A team `t` of this size under recovery as asked, another without, and a program of our name that is not ours.
    pub(crate) fn new(size: usize, recovery: &[&str]) -> Self {
        Self::of(World::new(), size, recovery)
    }

    /// The same in a world that is already prepared.
    pub(crate) fn of(world: World, size: usize, recovery: &[&str]) -> Self {
        let decoy = world.env.root().join("tmux-orc");
        std::fs::copy("/bin/sleep", &decoy).expect("a copy");
        let decoy = world.env.command(decoy).arg("600").stdin(Stdio::null()).spawn().expect("it starts");
        world.deploy_with(&["backend", "2", "--project-name", "other", "--agent", "scripted"]);
        let agents = world.deploy(size);
        for agent in &agents {
            world.open_pane(agent);
        }
        world.orc(&[&["recovery", "start"], recovery].concat()).success();
        let mut scene = Self {
            world,
            agents,
            ledger: Ledger::default(),
            decoy,
            before: Vec::new(),
            concerned: BTreeSet::new(),
            fault: (0, 0),
        };
        scene.before = scene.lasting();
        scene
    }

    fn folder(&self) -> PathBuf {
        self.world.env.state_dir().join("agents")
    }

    /// Processes that end only when something ends them.
    fn lasting(&self) -> Vec<Process> {
        let words = ["scripted-agent", " shim", " view ", "daemon run", "tmux -u", "tmux-orc 600"];
        let lasts = |process: &Process| words.iter().any(|word| process.command.contains(word));
        self.world.env.processes().into_iter().filter(lasts).collect()
    }

    /// What this agent consists of may end: itself, its shim, its view.
    pub(crate) fn concerns(&mut self, agent: &Agent) {
        self.concerned.insert(agent.process.pid);
        self.concerned.insert(agent.process.parent);
        let view = format!("/{}.sock", agent.id);
        let views = self.before.iter().filter(|process| process.command.ends_with(&view));
        self.concerned.extend(views.map(|process| process.pid));
    }

    /// This process may end.
    pub(crate) fn concerns_process(&mut self, process: &Process) {
        self.concerned.insert(process.pid);
    }

    /// The supervisor may end, and its connection to tmux with it.
    pub(crate) fn concerns_supervisor(&mut self, supervisor: &Process) {
        let own = |one: &&Process| one.parent == supervisor.pid && one.command.contains(" attach-session ");
        let clients: Vec<i32> = self.lasting().iter().filter(own).map(|client| client.pid).collect();
        self.concerned.insert(supervisor.pid);
        self.concerned.extend(clients);
    }

    /// Every process whose command holds this word may end.
    pub(crate) fn concerns_all(&mut self, word: &str) {
        let these = self.before.iter().filter(|process| process.command.contains(word));
        self.concerned.extend(these.map(|process| process.pid));
    }

    /// Sends a message that must arrive once, whatever happens.
    pub(crate) fn post(&mut self, agent: &Agent, text: &str) -> String {
        let id = self.world.post(&agent.target, text);
        self.ledger.note(&id, &agent.id);
        id
    }

    /// The fault comes now.
    pub(crate) fn strike(&mut self, fault: impl FnOnce(&World)) {
        let last = self.events(0).last().map_or(0, |event| event["seq"].as_u64().expect("a number"));
        self.fault = (wall_ms(), last);
        fault(&self.world);
    }

    /// The facts after this one.
    pub(crate) fn events(&self, since: u64) -> Vec<Value> {
        let out = self.world.orc(&["events", "--json", "--since", &since.to_string()]).success();
        out.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The facts since the fault.
    pub(crate) fn since(&self) -> Vec<Value> {
        self.events(self.fault.1)
    }

    /// Waits for the first fact of this kind since the fault, about this agent; how long after the fault it was.
    #[track_caller]
    pub(crate) fn told(&self, kind: &str, agent: Option<&Agent>) -> Duration {
        self.told_that(kind, |event| agent.is_none_or(|agent| event["event"]["agent"] == *agent.id))
    }

    /// Waits for the first fact of this kind since the fault of which this is so.
    #[track_caller]
    pub(crate) fn told_that(&self, kind: &str, so: impl Fn(&Value) -> bool) -> Duration {
        let event = wait_until(&format!("the log tells {kind}"), SOON, || {
            let events = self.since();
            let found = events.iter().find(|event| event["event"]["event"] == kind && so(event));
            found.cloned().ok_or_else(|| self.world.last_events())
        });
        self.after(millis_of(&event["at"]))
    }

    /// Waits until a message has reached its agent; how long after the fault that was, by the agent's own clock.
    #[track_caller]
    pub(crate) fn arrived(&self, agent: &Agent, message: &str) -> Duration {
        let head = format!("Message {message} ");
        let at = wait_until(&format!("{message} is with {}", agent.target), SOON, || {
            let all = prompts(&self.folder(), &agent.id);
            let found = all.iter().find(|prompt| prompt.text.starts_with(&head));
            found.map(|prompt| prompt.at).ok_or_else(|| self.world.last_events())
        });
        self.after(at)
    }

    /// So long ago the fault came.
    pub(crate) fn elapsed(&self) -> Duration {
        self.after(wall_ms())
    }

    pub(crate) fn after(&self, at: i64) -> Duration {
        Duration::from_millis(u64::try_from(at - self.fault.0).unwrap_or(0))
    }

    /// The end of the round: every message has arrived, and what was not concerned still runs.
    #[track_caller]
    pub(crate) fn outcome(mut self, detected: Option<Duration>, recovered: Option<Duration>) -> Outcome {
        let folder = self.folder();
        wait_until("every message has arrived", SOON, || {
            let missing = self.ledger.missing(&folder);
            if missing.is_empty() {
                Ok(())
            } else {
                Err(format!("{missing:?}\n{}", self.world.last_events()))
            }
        });
        self.world.wait_until_idle("t");
        let messages = self.ledger.accounts(&folder);
        let spared = self.before.iter().filter(|process| !self.concerned.contains(&process.pid));
        let wrongly: Vec<&Process> = spared.filter(|process| !process.is_alive()).collect();
        if !wrongly.is_empty() {
            eprintln!("ended and not concerned: {wrongly:?}\n{}", self.world.last_events());
        }
        let wrongly_ended = wrongly.len();
        self.decoy.kill().expect("the decoy is ours");
        self.decoy.wait().expect("it ends");
        Outcome { detected, recovered, messages, wrongly_ended }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(self.decoy.kill());
        drop(self.decoy.wait());
    }
}

/// Milliseconds of an RFC 3339 time of our own output.
pub(crate) fn millis_of(at: &Value) -> i64 {
    let text = at.as_str().expect("a time");
    let time: jiff::Timestamp = text.parse().expect("RFC 3339");
    time.as_millisecond()
}

/// Sends a signal to exactly this process.
pub(crate) fn signal(process: &Process, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(process.pid).expect("a process");
    let descriptor =
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).expect("it lives");
    assert!(process.is_alive(), "{process:?} has ended");
    rustix::process::pidfd_send_signal(&descriptor, signal).expect("it takes signals");
}

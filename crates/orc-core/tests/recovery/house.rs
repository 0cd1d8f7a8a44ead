//! Two teams over the log, which alone survives, and a clock that nobody in the house can see.

use orc_core::catalog::Catalog;
use orc_core::decide::{Reply, decide};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, Seq, TeamName};
use orc_core::input::{Input, NewAgent};
use orc_core::plan::{Effect, World, plan};
use orc_core::recovery::schedule::{Next, next};
use orc_core::state::State;
use orc_core::team::{AgentState, Exit, Launch, Need, Process, Source};
use orc_core::time::{Moment, Timestamp};

use crate::step::Step;

pub(crate) static CATALOG: std::sync::LazyLock<Catalog> =
    std::sync::LazyLock::new(|| Catalog::built_in().unwrap());

/// Two teams of three.
pub(crate) struct House {
    pub(crate) state: State,
    pub(crate) world: World,
    /// What nobody can see: how much time has really passed (milliseconds).
    pub(crate) real: u64,
    pub(crate) boots: u32,
    pub(crate) up: u64,
    pub(crate) wall: i64,
    pub(crate) log: Vec<(u64, Timestamp, Event)>,
    /// It cannot be launched.
    pub(crate) broken: Option<AgentId>,
}

pub(crate) fn team(name: &str) -> TeamName {
    name.parse().unwrap()
}

pub(crate) fn named(team: u8) -> Option<TeamName> {
    match team {
        0 => None,
        1 => Some(self::team("one")),
        _ => Some(self::team("two")),
    }
}

impl House {
    pub(crate) fn new() -> Self {
        let mut house = Self {
            state: State::default(),
            world: World::default(),
            real: 0,
            boots: 0,
            up: 5_000_000,
            wall: 1_700_000_000_000,
            log: Vec::new(),
            broken: None,
        };
        for name in ["one", "two"] {
            let members = [("x", "backend"), ("y", "backend"), ("z", "pm")].map(|(name, role)| NewAgent {
                name: name.parse().unwrap(),
                title: name.into(),
                role: role.parse().unwrap(),
                profile: "scripted".parse().unwrap(),
                dir: "/".into(),
            });
            let (kind, dir) = ("backend".parse().unwrap(), "/".into());
            house.input(Input::CreateTeam { team: team(name), kind, dir, members: members.to_vec() });
        }
        for agent in 1..=6 {
            house.launch(AgentId(agent));
        }
        for name in ["one", "two"] {
            house.input(Input::TeamDeployed {
                team: team(name),
                briefs: Vec::new(),
                broadcast: None,
                incident: None,
            });
        }
        for agent in 1..=6 {
            house.see(agent, AgentState::Idle);
        }
        house
    }

    pub(crate) fn now(&self) -> Moment {
        Moment { boot: format!("boot {}", self.boots), millis: self.up }
    }

    pub(crate) fn input(&mut self, input: Input) -> Reply {
        let at = Timestamp(self.wall);
        let decision = decide(&self.state, input, at);
        for event in decision.events {
            self.state.apply(Seq(self.log.len() as u64 + 1), at, &event);
            self.log.push((self.real, at, event));
        }
        decision.reply
    }

    pub(crate) fn launch(&mut self, agent: AgentId) {
        let generation = self.state.agents[&agent].generation.next();
        let process = Process { pid: 1, start: u64::from(generation.0) };
        let at = Timestamp(self.wall);
        let how = self.state.agents[&agent].restart.as_ref().map(|restart| restart.how);
        let (session, boot, note) = ("s".into(), self.now().boot, String::new());
        let launch = Launch { shim: process, child: process, session, port: 0, at, boot, how, note };
        self.input(Input::Launched { agent, generation, launch });
    }

    pub(crate) fn generation(&self, agent: AgentId) -> Generation {
        self.state.agents[&agent].generation
    }

    pub(crate) fn see(&mut self, agent: u64, state: AgentState) {
        self.see_by(agent, state, Source::Status);
    }

    pub(crate) fn see_by(&mut self, agent: u64, state: AgentState, source: Source) {
        let agent = AgentId(agent);
        let generation = self.generation(agent);
        self.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    }

    pub(crate) fn end(&mut self, agent: u64, exit: Exit) {
        let agent = AgentId(agent);
        let generation = self.generation(agent);
        self.input(Input::Ended { agent, generation, exit, last_words: String::new() });
    }

    /// Does what the plan says until nothing follows any more, as the supervisor does.
    pub(crate) fn settle(&mut self) {
        for _ in 0..100 {
            self.world.boot = self.now().boot;
            let before = self.log.len();
            for effect in plan(&self.state, &self.world, &CATALOG, self.up).effects {
                match effect {
                    Effect::Recover => {
                        let (before, now) = (self.log.len(), self.now());
                        self.input(Input::Recover { now });
                        assert!(
                            self.log.len() > before,
                            "due and nothing decided: the supervisor would spin"
                        );
                    }
                    Effect::Launch { agent, generation } if self.broken == Some(agent) => {
                        let reason = "no such program".to_owned();
                        self.input(Input::RestartFailed { agent, generation, reason });
                    }
                    Effect::Launch { agent, .. } => self.launch(agent),
                    Effect::Stop { agent, .. } => self.end(agent.0, Exit::Signal(15)),
                    Effect::Restore { agent, generation } => {
                        let (detail, words) = (String::new(), None);
                        self.input(Input::Restored { agent, generation, detail, words });
                    }
                    // Whatever else is to do is no business of recovery.
                    _ => {}
                }
            }
            if self.log.len() == before {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    pub(crate) fn pass(&mut self, millis: u64) {
        self.real += millis;
        self.up += millis;
        self.wall += i64::try_from(millis).unwrap();
    }

    /// Lets time pass in the steps that the plan itself asks for, at most so long.
    pub(crate) fn wait(&mut self, millis: u64) {
        let mut left = millis;
        loop {
            let pause = match next(&self.state, &self.now()) {
                Next::Now => 0,
                Next::At(at) => at.saturating_sub(self.up).max(1),
                Next::Open => left,
            };
            let pause = pause.min(left);
            self.pass(pause);
            left -= pause;
            self.settle();
            if left == 0 {
                return;
            }
        }
    }

    pub(crate) fn step(&mut self, step: Step) {
        match step {
            Step::Crash { agent, exit } => {
                let exit =
                    [Exit::Signal(9), Exit::Status(1), Exit::Unseen, Exit::Status(0)][usize::from(exit)];
                self.end(agent, exit);
            }
            Step::CrashAll { many } => (1..=many).for_each(|agent| self.end(agent, Exit::Signal(9))),
            Step::Ready { agent } => self.see(agent, AgentState::Idle),
            Step::Hang { agent } => {
                let (since, proof) = (Timestamp(self.wall), "nothing moves".to_owned());
                self.see_by(agent, AgentState::Hung { since, proof }, Source::Process);
            }
            Step::Break { agent } => self.broken = Some(AgentId(agent)),
            Step::Dialog { agent, need } => {
                let need = [Need::Trust, Need::Login, Need::Onboarding, Need::Permission, Need::Question]
                    [usize::from(need)];
                self.see(agent, AgentState::NeedsPerson { need });
            }
            Step::Pass { millis } => self.wait(millis),
            Step::Jump { millis } => self.wall = (self.wall + millis).max(1),
            Step::Reboot { millis } => {
                self.real += millis;
                self.boots += 1;
                self.up = millis.min(20_000);
                (1..=6).for_each(|agent| self.end(agent, Exit::Unseen));
            }
            Step::KillSupervisor => self.state = self.replayed(),
            Step::Start { team, mode } => {
                let (team, by) = (named(team), "a person".into());
                self.input(Input::StartRecovery { team, mode, hang_after_ms: None, by });
            }
            Step::Stop { team } => {
                self.input(Input::StopRecovery { team: named(team), by: "a person".into() });
            }
            Step::StopTeam => {
                self.input(Input::StopTeam { team: team("one") });
            }
        }
        self.settle();
    }

    pub(crate) fn replayed(&self) -> State {
        let mut state = State::default();
        for (number, (_, at, event)) in self.log.iter().enumerate() {
            let json = serde_json::to_string(event).unwrap();
            state.apply(Seq(number as u64 + 1), *at, &serde_json::from_str(&json).unwrap());
        }
        state
    }

    pub(crate) fn begun(&self, agent: u64) -> usize {
        let of = |event: &Event| matches!(event, Event::RestartBegun { agent: id, .. } if id.0 == agent);
        self.log.iter().filter(|(_, _, event)| of(event)).count()
    }

    /// Messages of the product itself with these words.
    pub(crate) fn told(&self, words: &str) -> usize {
        let has =
            |event: &Event| matches!(event, Event::MessageAccepted { text, .. } if text.contains(words));
        self.log.iter().filter(|(_, _, event)| has(event)).count()
    }

    pub(crate) fn kinds(&self, kind: &str) -> usize {
        self.log.iter().filter(|(_, _, event)| event.kind() == kind).count()
    }
}

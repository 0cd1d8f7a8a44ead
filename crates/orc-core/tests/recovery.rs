//! The laws of recovery: random histories of crashes, clock jumps, killed supervisors, reboots and people, with a clock
//! that nobody in the house can see and the log as the only thing that survives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use orc_core::catalog::Catalog;
use orc_core::decide::{Reply, decide};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, Seq, TeamName};
use orc_core::input::{Input, NewAgent};
use orc_core::plan::{Effect, World, plan};
use orc_core::recovery::Mode;
use orc_core::recovery::judge::{Verdict, verdict};
use orc_core::recovery::limits::{MASS_OF_TEAM, MASS_WITHIN_MS, WINDOW_MS};
use orc_core::recovery::schedule::{Next, next};
use orc_core::restart::{Cause, Comeback};
use orc_core::state::State;
use orc_core::team::{AgentState, Exit, Launch, Need, Process, Source};
use orc_core::time::{Moment, Timestamp};
use proptest::prelude::*;

static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(|| Catalog::built_in().unwrap());

#[derive(Debug, Clone)]
enum Step {
    Crash {
        agent: u64,
        exit: u8,
    },
    /// Several in the same instant.
    CrashAll {
        many: u64,
    },
    Ready {
        agent: u64,
    },
    Hang {
        agent: u64,
    },
    /// From now on this one cannot be launched; 0 for nobody.
    Break {
        agent: u64,
    },
    Dialog {
        agent: u64,
        need: u8,
    },
    Pass {
        millis: u64,
    },
    /// The wall clock only.
    Jump {
        millis: i64,
    },
    /// The machine comes up again, after some time, with another boot clock.
    Reboot {
        millis: u64,
    },
    KillSupervisor,
    Start {
        team: u8,
        mode: Mode,
    },
    Stop {
        team: u8,
    },
    StopTeam,
}

fn step() -> impl Strategy<Value = Step> {
    let mode = prop_oneof![Just(Mode::Normal), Just(Mode::Emergency)];
    prop_oneof![
        10 => (1_u64..7, 0_u8..4).prop_map(|(agent, exit)| Step::Crash { agent, exit }),
        1 => (1_u64..7).prop_map(|many| Step::CrashAll { many }),
        8 => (1_u64..7).prop_map(|agent| Step::Ready { agent }),
        2 => (1_u64..7).prop_map(|agent| Step::Hang { agent }),
        1 => (0_u64..7).prop_map(|agent| Step::Break { agent }),
        1 => (1_u64..7, 0_u8..5).prop_map(|(agent, need)| Step::Dialog { agent, need }),
        6 => (0_u64..5_000).prop_map(|millis| Step::Pass { millis }),
        4 => (0_u64..700_000).prop_map(|millis| Step::Pass { millis }),
        2 => (-90_000_000_i64..90_000_000).prop_map(|millis| Step::Jump { millis }),
        1 => (0_u64..400_000).prop_map(|millis| Step::Reboot { millis }),
        2 => Just(Step::KillSupervisor),
        2 => (0_u8..3, mode).prop_map(|(team, mode)| Step::Start { team, mode }),
        1 => (0_u8..3).prop_map(|team| Step::Stop { team }),
    ]
}

/// Two teams of three.
struct House {
    state: State,
    world: World,
    /// What nobody can see: how much time has really passed (milliseconds).
    real: u64,
    boots: u32,
    up: u64,
    wall: i64,
    log: Vec<(u64, Timestamp, Event)>,
    /// It cannot be launched.
    broken: Option<AgentId>,
}

fn team(name: &str) -> TeamName {
    name.parse().unwrap()
}

fn named(team: u8) -> Option<TeamName> {
    match team {
        0 => None,
        1 => Some(self::team("one")),
        _ => Some(self::team("two")),
    }
}

impl House {
    fn new() -> Self {
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

    fn now(&self) -> Moment {
        Moment { boot: format!("boot {}", self.boots), millis: self.up }
    }

    fn input(&mut self, input: Input) -> Reply {
        let at = Timestamp(self.wall);
        let decision = decide(&self.state, input, at);
        for event in decision.events {
            self.state.apply(Seq(self.log.len() as u64 + 1), at, &event);
            self.log.push((self.real, at, event));
        }
        decision.reply
    }

    fn launch(&mut self, agent: AgentId) {
        let generation = self.state.agents[&agent].generation.next();
        let process = Process { pid: 1, start: u64::from(generation.0) };
        let at = Timestamp(self.wall);
        let how = self.state.agents[&agent].restart.as_ref().map(|restart| restart.how);
        let (session, boot, note) = ("s".into(), self.now().boot, String::new());
        let launch = Launch { shim: process, child: process, session, port: 0, at, boot, how, note };
        self.input(Input::Launched { agent, generation, launch });
    }

    fn generation(&self, agent: AgentId) -> Generation {
        self.state.agents[&agent].generation
    }

    fn see(&mut self, agent: u64, state: AgentState) {
        self.see_by(agent, state, Source::Status);
    }

    fn see_by(&mut self, agent: u64, state: AgentState, source: Source) {
        let agent = AgentId(agent);
        let generation = self.generation(agent);
        self.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    }

    fn end(&mut self, agent: u64, exit: Exit) {
        let agent = AgentId(agent);
        let generation = self.generation(agent);
        self.input(Input::Ended { agent, generation, exit, last_words: String::new() });
    }

    /// Does what the plan says until nothing follows any more, as the supervisor does.
    fn settle(&mut self) {
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

    fn pass(&mut self, millis: u64) {
        self.real += millis;
        self.up += millis;
        self.wall += i64::try_from(millis).unwrap();
    }

    /// Lets time pass in the steps that the plan itself asks for, at most so long.
    fn wait(&mut self, millis: u64) {
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

    fn step(&mut self, step: Step) {
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

    fn replayed(&self) -> State {
        let mut state = State::default();
        for (number, (_, at, event)) in self.log.iter().enumerate() {
            let json = serde_json::to_string(event).unwrap();
            state.apply(Seq(number as u64 + 1), *at, &serde_json::from_str(&json).unwrap());
        }
        state
    }

    fn begun(&self, agent: u64) -> usize {
        let of = |event: &Event| matches!(event, Event::RestartBegun { agent: id, .. } if id.0 == agent);
        self.log.iter().filter(|(_, _, event)| of(event)).count()
    }

    /// Messages of the product itself with these words.
    fn told(&self, words: &str) -> usize {
        let has =
            |event: &Event| matches!(event, Event::MessageAccepted { text, .. } if text.contains(words));
        self.log.iter().filter(|(_, _, event)| has(event)).count()
    }

    fn kinds(&self, kind: &str) -> usize {
        self.log.iter().filter(|(_, _, event)| event.kind() == kind).count()
    }

    /// Walks through the log with the clock that nobody in the house can see.
    fn check(&self) -> Result<(), TestCaseError> {
        let team_of = |agent: AgentId| if agent.0 <= 3 { team("one") } else { team("two") };
        let mut state = State::default();
        let mut begun: Vec<(u64, AgentId)> = Vec::new();
        let mut cared: BTreeMap<AgentId, u64> = BTreeMap::new();
        let mut planned: BTreeMap<AgentId, (u64, u64)> = BTreeMap::new();
        for (number, (real, at, event)) in self.log.iter().enumerate() {
            if let Event::RestartBegun { agent, attempt, .. } = event {
                let recovery = &state.recovery;
                let own = team_of(*agent);
                let policy = recovery.policy(&own);
                prop_assert!(policy.is_some(), "{agent} is restarted although nobody wants that");
                let limits = policy.unwrap().mode.limits();
                prop_assert!(!recovery.paused.contains_key(&own), "{agent} is restarted during a pause");
                let record = recovery.agents.get(agent);
                let open = record.is_some_and(|record| record.breaker.is_some());
                prop_assert!(!open, "{agent} is restarted over an open breaker");
                let fell =
                    matches!(state.agents[agent].state, AgentState::Exited { .. } | AgentState::Hung { .. });
                prop_assert!(fell, "{agent} works and is restarted");
                begun.push((*real, *agent));
                let fresh = || begun.iter().filter(|(then, _)| real - then < WINDOW_MS);
                let since = cared.get(agent).copied().unwrap_or(0);
                let of_agent = fresh().filter(|(then, one)| one == agent && *then >= since).count();
                // What a person's word and the last restart before it have in common is the instant only.
                let cap = limits.per_agent + usize::from(cared.contains_key(agent));
                prop_assert!(of_agent <= cap, "{agent}: {of_agent} restarts");
                let of_team = fresh().filter(|(_, one)| team_of(*one) == own).count();
                prop_assert!(of_team <= limits.of_team(3), "{own}: {of_team} restarts");
                prop_assert!(fresh().count() <= limits.of_host(6), "the host: {} restarts", fresh().count());
                let (then, delay) = planned[agent];
                prop_assert!(real - then >= delay, "{agent} waited {} ms, not {delay}", real - then);
                prop_assert!(*attempt >= 1);
            }
            match event {
                Event::BreakerClosed { agent, .. } => {
                    cared.insert(*agent, *real);
                }
                Event::RestartPlanned { agent, delay_ms, .. } => {
                    planned.insert(*agent, (*real, *delay_ms));
                }
                _ => {}
            }
            state.apply(Seq(number as u64 + 1), *at, event);
        }
        prop_assert_eq!(&state, &self.state, "replay gives the same");
        // A session that cannot be resumed is tried once more without.
        let launched = self.kinds("agent_launched");
        prop_assert!(launched <= 6 + 2 * begun.len(), "{launched} launches for {} restarts", begun.len());
        for agent in self.state.agents.values() {
            let paused = self.state.recovery.paused.contains_key(&agent.team);
            if matches!(verdict(&self.state, &self.state.recovery, agent), Verdict::Restart(_)) && !paused {
                // Nothing stalls: there is an instant, and it is not far.
                match next(&self.state, &self.now()) {
                    Next::At(at) => prop_assert!(at > self.up && at <= self.up + WINDOW_MS, "{at}"),
                    other => prop_assert!(false, "{} has fallen and {other:?}", agent.id),
                }
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn restarts_never_exceed_the_caps_and_never_stall(steps in prop::collection::vec(step(), 1..120)) {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode: Mode::Normal });
        for step in steps {
            house.step(step);
        }
        house.check()?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Agents that end as soon as they are started, or as soon as they are ready: it comes to an end by itself.
    #[test]
    fn a_storm_stops_and_only_a_person_begins_anew(
        mode in prop_oneof![Just(Mode::Normal), Just(Mode::Emergency)],
        ready in any::<bool>(),
        jumps in prop::collection::vec(-90_000_000_i64..90_000_000, 1..20),
    ) {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode });
        for jump in jumps.iter().cycle().take(400) {
            for agent in [1, 2, 4, 5] {
                if ready {
                    house.see(agent, AgentState::Idle);
                }
                house.end(agent, Exit::Signal(11));
                house.settle();
                house.step(Step::Jump { millis: *jump });
                house.wait(7_000);
            }
        }
        house.check()?;
        for agent in [1, 2, 4, 5] {
            prop_assert!(house.state.recovery.agents[&AgentId(agent)].breaker.is_some());
            let most = mode.limits().per_agent;
            prop_assert!(house.begun(agent) <= most, "{} restarts of {agent}", house.begun(agent));
        }
        let before = house.log.len();
        house.wait(48 * 3_600_000);
        house.step(Step::Reboot { millis: 100_000 });
        house.wait(48 * 3_600_000);
        let begun = house.log[before..].iter().filter(|(_, _, event)| {
            matches!(event, Event::RestartBegun { agent, .. } if [1, 2, 4, 5].contains(&agent.0))
        });
        prop_assert_eq!(begun.count(), 0, "a breaker holds for days and over a reboot");
        house.step(Step::Start { team: 0, mode });
        house.wait(100_000);
        prop_assert!([1, 2, 4, 5].iter().all(|agent| house.state.agents[&AgentId(*agent)].launch.is_some()));
        house.check()?;
    }
}

fn restarted(house: &House, agent: u64) -> bool {
    house.begun(agent) > 0
}

#[test]
fn nothing_is_restarted_that_nobody_wants_restarted() {
    let mut house = House::new();
    house.step(Step::Crash { agent: 1, exit: 0 });
    house.wait(3_600_000);
    assert!(!restarted(&house, 1), "recovery is off by default");
    house.step(Step::Start { team: 2, mode: Mode::Emergency });
    house.wait(3_600_000);
    assert!(!restarted(&house, 1), "it was asked for the other team");
    house.step(Step::Crash { agent: 4, exit: 0 });
    house.wait(1_000);
    assert!(restarted(&house, 4));
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.wait(5_000);
    assert!(restarted(&house, 1));
    house.step(Step::Stop { team: 1 });
    house.step(Step::Crash { agent: 2, exit: 0 });
    house.step(Step::Crash { agent: 5, exit: 0 });
    house.wait(60_000);
    assert!(!restarted(&house, 2) && restarted(&house, 5), "one team may be left out");
}

#[test]
fn an_agent_of_a_team_that_a_person_stops_is_not_restarted() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    house.step(Step::Crash { agent: 2, exit: 0 });
    house.step(Step::StopTeam);
    for agent in [1, 3] {
        house.step(Step::Crash { agent, exit: 0 });
    }
    house.wait(3_600_000);
    assert_eq!(house.kinds("restart_begun"), 0);
}

/// What a person may have done on purpose is put right in an emergency only.
#[test]
fn a_clean_exit_is_left_alone_except_in_an_emergency() {
    for (mode, comes_back) in [(Mode::Normal, false), (Mode::Emergency, true)] {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode });
        house.step(Step::Crash { agent: 1, exit: 3 });
        house.wait(3_600_000);
        assert_eq!(restarted(&house, 1), comes_back, "{mode:?}");
    }
}

#[test]
fn what_waits_for_a_person_is_never_mended_by_a_restart() {
    for (need, comes_back) in [(0, false), (1, false), (2, false), (3, true), (4, true)] {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode: Mode::Emergency });
        house.step(Step::Dialog { agent: 1, need });
        house.wait(3_600_000);
        assert!(!restarted(&house, 1), "while it lives it waits for its person");
        house.step(Step::Crash { agent: 1, exit: 1 });
        house.wait(3_600_000);
        assert_eq!(restarted(&house, 1), comes_back, "need {need}");
    }
}

#[test]
fn a_mass_death_pauses_until_a_person_says_so() {
    for mode in [Mode::Normal, Mode::Emergency] {
        let mut house = House::new();
        house.step(Step::Start { team: 0, mode });
        for agent in 1..=MASS_OF_TEAM as u64 {
            house.end(agent, Exit::Signal(9));
        }
        house.settle();
        house.wait(3_600_000);
        assert_eq!(house.kinds("restart_begun"), 0, "{mode:?}");
        assert_eq!(house.kinds("respawn_paused"), 1);
        assert_eq!(house.told("fell within"), 1, "the manager finds it when it is back");
        house.step(Step::Crash { agent: 4, exit: 0 });
        house.wait(60_000);
        assert!(restarted(&house, 4), "the other team is not concerned");
        house.step(Step::KillSupervisor);
        house.step(Step::Start { team: 1, mode });
        house.wait(60_000);
        assert!((1..=3).all(|agent| house.begun(agent) == 1), "the same death does not pause twice");
    }
}

#[test]
fn deaths_far_apart_are_no_mass_death() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    for agent in 1..=3 {
        house.step(Step::Crash { agent, exit: 0 });
        house.wait(MASS_WITHIN_MS);
    }
    assert_eq!(house.kinds("respawn_paused"), 0);
    assert!((1..=3).all(|agent| restarted(&house, agent)));
}

#[test]
fn a_reboot_explains_a_mass_death_that_it_followed() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.step(Step::CrashAll { many: 3 });
    house.wait(1_000);
    assert_eq!(house.kinds("respawn_paused"), 1);
    house.boots += 1;
    house.up = 10_000;
    house.settle();
    house.wait(10_000);
    assert!((1..=3).all(|agent| restarted(&house, agent)));
}

#[test]
fn the_manager_is_told_of_an_open_breaker_and_the_person_sees_why() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    for _ in 0..20 {
        house.end(1, Exit::Status(7));
        house.wait(40_000);
    }
    let breaker = house.state.recovery.agents[&AgentId(1)].breaker.clone().unwrap();
    assert!(
        breaker.reason.contains("status 7") && breaker.reason.contains("before it was ready"),
        "{breaker:?}"
    );
    let told: Vec<_> = house
        .log
        .iter()
        .filter_map(|(_, _, event)| match event {
            Event::MessageAccepted { to, text, .. } if text.contains("not restarted any more") => {
                Some((to.clone(), text.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, [AgentId(3)], "the manager");
    assert!(told[0].1.contains("one:0") && told[0].1.contains("status 7"), "{told:?}");
}

/// A person's own restart closes the breaker and begins the count anew.
#[test]
fn a_restart_by_a_person_closes_the_breaker() {
    let mut house = House::new();
    let agent = AgentId(1);
    house.step(Step::Start { team: 0, mode: Mode::Emergency });
    house.broken = Some(agent);
    house.end(1, Exit::Signal(9));
    house.wait(600_000);
    assert!(house.state.recovery.breaker(agent).is_some(), "what cannot be launched is not tried for ever");
    house.broken = None;
    let restart = |cause| Input::Restart { agent, how: Comeback::Brief, cause, why: "looked at".into() };
    house.input(restart(Cause::Asked));
    house.settle();
    house.see(1, AgentState::Idle);
    house.settle();
    assert!(house.state.recovery.breaker(agent).is_none());
    assert!(house.state.agents[&agent].launch.is_some());
    house.end(1, Exit::Signal(9));
    house.wait(1_000);
    assert!(house.state.agents[&agent].launch.is_some(), "it is under recovery again");
}

#[test]
fn agents_that_went_down_with_the_host_come_back_by_themselves() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.boots += 1;
    house.up = 15_000;
    (1..=6).for_each(|agent| house.end(agent, Exit::HostRestarted));
    house.settle();
    house.wait(10_000);
    assert_eq!(house.kinds("respawn_paused"), 0, "the cause is known");
    assert!((1..=6).all(|agent| house.state.agents[&AgentId(agent)].launch.is_some()));
}

#[test]
fn an_agent_that_hangs_is_ended_and_restarted() {
    let mut house = House::new();
    house.step(Step::Start { team: 0, mode: Mode::Normal });
    house.see(1, AgentState::Working);
    house.step(Step::Hang { agent: 1 });
    house.wait(10_000);
    assert!(restarted(&house, 1));
    assert_eq!(house.generation(AgentId(1)), Generation(2));
}

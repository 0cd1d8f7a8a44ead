//! The invariants of the core as laws: random histories of people, agents, executors and kills, with a virtual
//! clock and the log as the only thing that survives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use orc_core::catalog::Catalog;
use orc_core::decide::{Reply, decide};
use orc_core::delivery::{Delivery, MessageKind, Outcome, PASTE, Sender};
use orc_core::dialog::Shown;
use orc_core::envelope::make_safe;
use orc_core::error::Code;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, MessageId, PromptId, Seq, TeamName};
use orc_core::input::{Input, NewAgent};
use orc_core::plan::{Effect, Live, World, plan};
use orc_core::prompt::{Answerer, Closed, Wanted};
use orc_core::restart::{Cause, Comeback};
use orc_core::state::State;
use orc_core::team::{AgentState, Doors, Exit, Launch, Need, Process, ProviderWait, Source, TeamPhase};
use orc_core::time::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that can happen to the simulated house.
#[derive(Debug, Clone)]
enum Step {
    Send {
        to_all: bool,
        agent: u64,
    },
    See {
        agent: u64,
        state: u8,
        source: u8,
    },
    /// Carry out what is planned: begin deliveries, let some of them end one way or another.
    Work {
        how: u8,
    },
    AckLate {
        agent: u64,
        message: u64,
    },
    Hook {
        agent: u64,
        id: u8,
    },
    Crash {
        agent: u64,
    },
    Restart {
        agent: u64,
        how: u8,
    },
    KillSupervisor,
    Stop,
    Abort,
    Remove {
        agent: u64,
    },
    ClockJump(i32),
    /// The screen shows a dialog, or none.
    Dialog {
        agent: u64,
        which: u8,
    },
    Answer {
        agent: u64,
        option: u8,
        by_policy: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), 1_u64..4).prop_map(|(to_all, agent)| Step::Send { to_all, agent }),
        4 => (1_u64..4, 0_u8..8, 0_u8..4).prop_map(|(agent, state, source)| Step::See { agent, state, source }),
        8 => (0_u8..7).prop_map(|how| Step::Work { how }),
        2 => (1_u64..4, 1_u64..12).prop_map(|(agent, message)| Step::AckLate { agent, message }),
        1 => (1_u64..4, 0_u8..4).prop_map(|(agent, id)| Step::Hook { agent, id }),
        1 => (1_u64..4).prop_map(|agent| Step::Crash { agent }),
        2 => (1_u64..4, 0_u8..3).prop_map(|(agent, how)| Step::Restart { agent, how }),
        1 => Just(Step::KillSupervisor),
        1 => Just(Step::Stop),
        1 => Just(Step::Abort),
        1 => (1_u64..4).prop_map(|agent| Step::Remove { agent }),
        1 => (-4_000_000..4_000_000_i32).prop_map(Step::ClockJump),
        4 => (1_u64..4, 0_u8..4).prop_map(|(agent, which)| Step::Dialog { agent, which }),
        3 => (1_u64..4, 0_u8..4, any::<bool>())
            .prop_map(|(agent, option, by_policy)| Step::Answer { agent, option, by_policy }),
    ]
}

struct House {
    state: State,
    world: World,
    catalog: Catalog,
    log: Vec<(Seq, Timestamp, Event)>,
    clock: i64,
    /// What each agent was typed, in order, as the other side would log it.
    typed: BTreeMap<AgentId, Vec<MessageId>>,
    /// What the shims remember: agent, launch, message, attempt.
    memory: BTreeSet<(AgentId, Generation, MessageId, u32)>,
    /// The same of earlier launches: what the agent had read when it ended.
    read: BTreeMap<AgentId, Vec<MessageId>>,
    /// The processes that run, whatever the log says of them.
    processes: BTreeMap<AgentId, Generation>,
    /// The prompts whose answers were typed, in order.
    answered: Vec<PromptId>,
}

static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(|| Catalog::built_in().unwrap());

fn dialog(text: &str) -> Shown {
    Shown {
        kind: Need::Permission,
        text: text.to_owned(),
        options: vec!["Yes".to_owned(), "No".to_owned()],
        here: Some(0),
        form: Some(0),
        evidence: "rule x".to_owned(),
    }
}

fn team() -> TeamName {
    "t".parse().unwrap()
}

impl House {
    /// A team whose first `launched` agents run.
    fn with_launched(launched: u64) -> Self {
        let mut house = Self::unlaunched();
        for agent in 1..=launched {
            house.launch(AgentId(agent));
        }
        house.input(Input::TeamDeployed {
            team: team(),
            briefs: Vec::new(),
            broadcast: None,
            incident: None,
        });
        house
    }

    fn new() -> Self {
        Self::with_launched(3)
    }

    fn unlaunched() -> Self {
        let mut house = Self {
            state: State::default(),
            world: World::default(),
            catalog: CATALOG.clone(),
            log: Vec::new(),
            clock: 1_000_000,
            typed: BTreeMap::new(),
            memory: BTreeSet::new(),
            read: BTreeMap::new(),
            processes: BTreeMap::new(),
            answered: Vec::new(),
        };
        let members = ["x", "y", "z"]
            .map(|name| NewAgent {
                name: name.parse().unwrap(),
                title: name.into(),
                role: "backend".parse().unwrap(),
                profile: "scripted".parse().unwrap(),
                dir: "/".into(),
            })
            .to_vec();
        let kind = "backend".parse().unwrap();
        house.input(Input::CreateTeam { team: team(), kind, dir: "/".into(), members });
        house
    }

    fn input(&mut self, input: Input) -> Reply {
        let now = Timestamp(self.clock);
        let decision = decide(&self.state, input, now);
        for event in decision.events {
            let seq = Seq(self.log.len() as u64 + 1);
            self.state.apply(seq, now, &event);
            self.log.push((seq, now, event));
        }
        decision.reply
    }

    /// The first launch of an agent.
    fn launch(&mut self, agent: AgentId) {
        let Some(found) = self.state.agent(agent) else {
            return;
        };
        let generation = found.generation.next();
        self.processes.insert(agent, generation);
        self.launched(agent, generation, None);
    }

    fn launched(&mut self, agent: AgentId, generation: Generation, how: Option<Comeback>) {
        let process = Process { pid: 1, start: u64::from(generation.0) };
        let launch = Launch {
            shim: process,
            child: process,
            session: format!("s{generation}"),
            port: 0,
            at: Timestamp(self.clock),
            boot: String::new(),
            how,
            note: String::new(),
        };
        if self.input(Input::Launched { agent, generation, launch }) == Reply::Ok {
            self.world.live.insert(agent, Live { connected: true, ..Live::default() });
        } else {
            // Who started it for nothing ends it again.
            self.processes.remove(&agent);
        }
    }

    /// The executor of a further launch, killed at any point of it.
    fn launch_again(&mut self, agent: AgentId, generation: Generation, how: u8) {
        let made = self.processes.get(&agent).copied();
        match how {
            0 => return,
            1 if made.is_none() => {
                let reason = "no such program".to_owned();
                self.input(Input::RestartFailed { agent, generation, reason });
                return;
            }
            _ => {}
        }
        if made != Some(generation) {
            assert_eq!(made, None, "{agent} would run twice");
            self.processes.insert(agent, generation);
        }
        if how != 2 {
            let wanted = self.state.agent(agent).and_then(|found| found.restart.as_ref()).map(|r| r.how);
            self.launched(agent, generation, wanted);
        }
    }

    fn restart(&mut self, agent: AgentId, how: Comeback) {
        self.input(Input::Restart { agent, how, cause: Cause::Asked, why: "asked".into() });
    }

    /// The agent's process ends, and its own queue with it: nobody has read what was in it.
    fn end(&mut self, agent: AgentId, generation: Generation, exit: Exit) {
        if self.processes.get(&agent) == Some(&generation) {
            self.processes.remove(&agent);
        }
        let last = |(key, fate): (_, Vec<&Outcome>)| (fate.last() == Some(&&Outcome::Queued)).then_some(key);
        let unread: BTreeSet<_> = self.fates().into_iter().filter_map(last).collect();
        if let Some(typed) = self.typed.get_mut(&agent) {
            typed.retain(|message| !unread.contains(&(*message, agent)));
            self.read.entry(agent).or_default().append(typed);
        }
        self.input(Input::Ended { agent, generation, exit, last_words: String::new() });
    }

    fn generation(&self, agent: AgentId) -> Generation {
        self.state.agent(agent).map_or(Generation(0), |a| a.generation)
    }

    fn work(&mut self, how: u8) {
        for effect in plan(&self.state, &self.world, &self.catalog, 0).effects {
            match effect {
                Effect::Watch { .. } | Effect::Recover | Effect::Digest { .. } => {}
                Effect::Stop { agent, generation } => self.end(agent, generation, Exit::Status(0)),
                Effect::Launch { agent, generation } => self.launch_again(agent, generation, how),
                Effect::Restore { agent, generation } => {
                    let (detail, words) = (String::new(), Some(make_safe("this happened")));
                    self.input(Input::Restored { agent, generation, detail, words });
                }
                Effect::Answer { agent, prompt, .. } => {
                    self.world.live.get_mut(&agent).unwrap().answer = None;
                    if how != 1 {
                        self.answered.push(prompt);
                    }
                    match how {
                        1 => drop(self.input(Input::AnswerEnded { agent, prompt, typed: Err("x".into()) })),
                        2 => {} // killed after the key
                        _ => drop(self.input(Input::AnswerEnded { agent, prompt, typed: Ok(1) })),
                    }
                }
                Effect::SettleAnswer { agent, prompt, .. } => {
                    self.input(Input::AnswerEnded { agent, prompt, typed: Err("restarted".into()) });
                }
                Effect::Deliver { agent, generation, message, unfinished } => {
                    self.deliver(agent, generation, message, unfinished, how);
                }
            }
        }
    }

    fn deliver(
        &mut self,
        agent: AgentId,
        generation: Generation,
        message: MessageId,
        unfinished: Option<u32>,
        how: u8,
    ) {
        let attempt = match unfinished {
            Some(attempt) => attempt,
            None => {
                match self.input(Input::BeginDelivery { message, agent, generation, door: "paste".into() }) {
                    Reply::Begin { attempt } => attempt,
                    _ => return,
                }
            }
        };
        let typed = self.typed.entry(agent).or_default();
        // The shim's memory: an attempt that typed is never typed a second time.
        // The shim remembers attempts, not messages: a second attempt would be typed.
        let name = (agent, generation, message, attempt);
        let already = self.memory.contains(&name);
        let gone = self.state.agent(agent).is_none_or(|a| a.launch.is_none() || a.generation != generation);
        let outcome = match how {
            _ if gone && !already => {
                // Its terminal is gone and the attempt had typed nothing.
                let reason = "the agent ended".to_owned();
                self.input(Input::DeliveryRefused { message, agent, attempt, reason });
                return;
            }
            _ if gone => Outcome::Dead { reason: "the agent ended".into() },
            0 => return, // killed before anything was typed; the attempt stays open
            1 if !already => {
                let reason = "person typing".to_owned();
                self.input(Input::DeliveryRefused { message, agent, attempt, reason });
                return;
            }
            2 => {
                if !already {
                    typed.push(message);
                    self.memory.insert(name);
                }
                return; // killed after the paste
            }
            3 => Outcome::Submitted,
            6 => Outcome::Queued,
            4 => Outcome::Dead { reason: "composer kept it".into() },
            _ => Outcome::Acknowledged,
        };
        if !already && !matches!(outcome, Outcome::Dead { .. }) {
            typed.push(message);
            self.memory.insert(name);
        }
        let (door, detail) = (PASTE.to_owned(), String::new());
        self.input(Input::DeliveryEnded {
            message,
            agent,
            attempt,
            outcome,
            door,
            source: Source::Hook,
            detail,
        });
    }

    fn step(&mut self, step: Step) {
        self.clock += 7;
        match step {
            Step::Send { to_all, agent } => {
                let to = if to_all { vec![AgentId(1), AgentId(2), AgentId(3)] } else { vec![AgentId(agent)] };
                let (from, kind) = (Sender::Operator, MessageKind::Direct);
                self.input(Input::Send { team: team(), from, kind, to, text: make_safe("hi"), key: None });
            }
            Step::Hook { agent, id } => {
                let (agent, generation) = (AgentId(agent), Generation(1));
                let doors = (id % 2 == 0).then_some(Doors::Shut);
                self.input(Input::HookTaken { agent, generation, id: id.to_string(), doors });
            }
            Step::See { agent, state, source } => {
                let agent = AgentId(agent);
                let state = match state {
                    0 | 1 => AgentState::Idle,
                    2 => AgentState::Working,
                    3 => AgentState::NeedsPerson { need: Need::Permission },
                    4 => AgentState::WaitingOnProvider {
                        wait: ProviderWait::RateLimit,
                        retry_at: Some(Timestamp(self.clock)),
                        text: String::new(),
                    },
                    5 => AgentState::FailedTurn { error: "500".into() },
                    6 => AgentState::Hung { since: Timestamp(self.clock), proof: "no CPU".into() },
                    _ => AgentState::Unknown,
                };
                let source =
                    [Source::Screen, Source::Hook, Source::Status, Source::Process][usize::from(source)];
                let generation = self.generation(agent);
                self.input(Input::Seen { agent, generation, state, source, detail: String::new() });
            }
            Step::Work { how } => self.work(how),
            Step::AckLate { agent, message } => {
                let (agent, message) = (AgentId(agent), MessageId(message));
                if self.typed.get(&agent).is_some_and(|typed| typed.contains(&message)) {
                    let generation = self.generation(agent);
                    let (source, detail) = (Source::Hook, String::new());
                    self.input(Input::Taken { agent, generation, messages: vec![message], source, detail });
                }
            }
            Step::Crash { agent } => {
                let agent = AgentId(agent);
                self.end(agent, self.generation(agent), Exit::Signal(9));
            }
            Step::Restart { agent, how } => {
                let how = [Comeback::Resume, Comeback::Brief, Comeback::Fresh][usize::from(how)];
                self.restart(AgentId(agent), how);
            }
            Step::KillSupervisor => {
                self.state = self.replayed();
                self.world.live.values_mut().for_each(|live| live.answer = None);
            }
            Step::Stop => {
                self.input(Input::StopTeam { team: team() });
            }
            Step::Abort => {
                self.end_all();
                self.input(Input::AbortTeam { team: team(), reason: "x".into() });
            }
            Step::Remove { agent } => {
                self.step(Step::Crash { agent });
                self.input(Input::RemoveAgent { agent: AgentId(agent), reason: "x".into() });
            }
            Step::Dialog { agent, which } => {
                let (agent, generation) = (AgentId(agent), self.generation(AgentId(agent)));
                let shown = (which > 0).then(|| dialog(&format!("question {which}")));
                self.input(Input::DialogSeen { agent, generation, shown, gone: Closed::Gone });
            }
            Step::Answer { agent, option, by_policy } => {
                let agent = AgentId(agent);
                let by = if by_policy {
                    Answerer::Policy { dir: "/".into() }
                } else {
                    Answerer::Person { uid: 1 }
                };
                let wanted = if option == 0 { Wanted::Cancel } else { Wanted::Option(option.to_string()) };
                if let Reply::Answering { prompt, .. } =
                    self.input(Input::Answer { agent, prompt: None, wanted, by })
                {
                    self.world.live.entry(agent).or_default().answer = Some(prompt);
                }
            }
            Step::ClockJump(by) => self.clock = (self.clock + i64::from(by)).max(1),
        }
    }

    /// Before a team is aborted its processes are ended.
    fn end_all(&mut self) {
        for agent in 1..4 {
            self.step(Step::Crash { agent });
        }
    }

    fn replayed(&self) -> State {
        let mut state = State::default();
        for (seq, at, event) in &self.log {
            let json = serde_json::to_string(event).unwrap();
            state.apply(*seq, *at, &serde_json::from_str(&json).unwrap());
        }
        state
    }

    /// Every accepted message, at every recipient: what the log says became of it.
    fn fates(&self) -> BTreeMap<(MessageId, AgentId), Vec<&Outcome>> {
        let mut fates: BTreeMap<_, Vec<&Outcome>> = BTreeMap::new();
        for (_, _, event) in &self.log {
            match event {
                Event::MessageAccepted { message, to, .. } => {
                    for agent in to {
                        fates.insert((*message, *agent), Vec::new());
                    }
                }
                Event::DeliveryReturned { message, agent, .. } => {
                    fates.insert((*message, *agent), Vec::new());
                }
                Event::DeliverySettled { message, agent, outcome, .. } => {
                    fates.entry((*message, *agent)).or_default().push(outcome);
                }
                _ => {}
            }
        }
        fates
    }

    fn is_of_comeback(&self, wanted: MessageId) -> bool {
        let of_comeback = |event: &Event| matches!(event, Event::MessageAccepted { message, kind: MessageKind::Restored, .. } if *message == wanted);
        self.log.iter().any(|(_, _, event)| of_comeback(event))
    }

    /// Every prompt: opened once, under a number of its own, closed at most once, and each answer that was typed has
    /// an intent of its own in the log.
    fn check_prompts(&self) -> Result<(), TestCaseError> {
        let (mut opened, mut closed) = (Vec::new(), BTreeSet::new());
        let mut intents: BTreeMap<PromptId, usize> = BTreeMap::new();
        let mut policies: BTreeMap<(AgentId, Generation), usize> = BTreeMap::new();
        for (_, _, event) in &self.log {
            match event {
                Event::PromptOpened { prompt, .. } => opened.push(*prompt),
                Event::PromptClosed { prompt, .. } => prop_assert!(closed.insert(*prompt), "{prompt} twice"),
                Event::AnswerStarted { agent, generation, prompt, by, .. } => {
                    prop_assert!(!closed.contains(prompt), "{prompt} is closed");
                    *intents.entry(*prompt).or_default() += 1;
                    if matches!(by, Answerer::Policy { .. }) {
                        *policies.entry((*agent, *generation)).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        prop_assert!(opened.is_sorted_by(|one, next| one < next));
        prop_assert!(policies.values().all(|times| *times == 1), "a policy answers once in a launch");
        for (prompt, started) in &intents {
            let typed = self.answered.iter().filter(|typed| *typed == prompt).count();
            prop_assert!(typed <= *started, "{prompt} was typed {typed} times for {started} answers");
        }
        prop_assert!(self.answered.iter().all(|typed| intents.contains_key(typed)));
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for agent in self.state.agents.values() {
            let attempting = self
                .state
                .messages
                .values()
                .filter(|m| matches!(m.recipients.get(&agent.id), Some(Delivery::Attempting { .. })))
                .count();
            prop_assert!(attempting <= 1, "two deliveries at a time to {}", agent.id);
            prop_assert_eq!(attempting == 1, agent.active.is_some());
        }
        let watched: BTreeSet<AgentId> = plan(&self.state, &self.world, &self.catalog, 0)
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Watch { agent, .. } => Some(*agent),
                Effect::Deliver { .. }
                | Effect::Answer { .. }
                | Effect::SettleAnswer { .. }
                | Effect::Stop { .. }
                | Effect::Launch { .. }
                | Effect::Restore { .. }
                | Effect::Digest { .. }
                | Effect::Recover => None,
            })
            .collect();
        for agent in self.state.agents.values().filter(|agent| agent.launch.is_some()) {
            prop_assert!(watched.contains(&agent.id), "{} runs and nobody watches it", agent.id);
            let process = self.processes.get(&agent.id);
            prop_assert_eq!(process, Some(&agent.generation), "{} is not what runs", agent.id);
        }
        self.check_prompts()?;
        for ((message, agent), outcomes) in self.fates() {
            let waiting = self.state.agent(agent).is_some_and(|a| a.queue.contains(&message));
            prop_assert!(waiting || !outcomes.is_empty(), "{message} to {agent} is lost");
            for pair in outcomes.windows(2) {
                prop_assert!(pair[0].may_become(pair[1]), "proof of {message} shrank: {outcomes:?}");
            }
        }
        for (agent, typed) in &self.typed {
            let all: Vec<_> = typed.iter().chain(self.read.get(agent).into_iter().flatten()).collect();
            let unique: BTreeSet<_> = all.iter().collect();
            prop_assert_eq!(unique.len(), all.len(), "{} read something twice", agent);
            // What it is told when it comes back goes before what waits.
            let in_turn = typed.iter().filter(|message| !self.is_of_comeback(**message));
            prop_assert!(in_turn.is_sorted(), "{agent} was typed out of order: {typed:?}");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_lost_doubled_or_reordered(launched in 0_u64..4, steps in prop::collection::vec(step(), 1..80)) {
        let mut house = House::with_launched(launched);
        for step in steps {
            house.step(step);
            house.check()?;
        }
        prop_assert_eq!(house.replayed(), house.state.clone());
        // Whatever happened, the house can be brought to rest: everything accepted is settled.
        house.world.live.values_mut().for_each(|live| live.connected = true);
        for agent in (1..4).map(AgentId) {
            match house.state.agent(agent) {
                Some(found) if found.generation == Generation(0) => house.launch(agent),
                Some(found) if found.launch.is_none() => house.restart(agent, Comeback::Resume),
                Some(_) | None => {}
            }
        }
        for _ in 0..100 {
            for agent in 1..4 {
                let (agent, generation) = (AgentId(agent), house.generation(AgentId(agent)));
                let (state, source) = (AgentState::Idle, Source::Status);
                house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
                house.input(Input::DialogSeen { agent, generation, shown: None, gone: Closed::Gone });
            }
            house.work(5);
        }
        house.check()?;
        for ((message, agent), outcomes) in house.fates() {
            prop_assert!(!outcomes.is_empty(), "{} to {} never ends", message, agent);
        }
    }

    #[test]
    fn a_stale_generation_changes_nothing(agent in 1_u64..4, old in 0_u32..1) {
        let house = House::new();
        let (agent, generation) = (AgentId(agent), Generation(old));
        for input in [
            Input::Ended { agent, generation, exit: Exit::Status(0), last_words: String::new() },
            Input::Seen { agent, generation, state: AgentState::Idle, source: Source::Status, detail: String::new() },
            Input::SessionKnown { agent, generation, session: "x".into() },
        ] {
            let decision = decide(&house.state, input, Timestamp(5));
            prop_assert_eq!(decision.reply, Reply::Stale);
            prop_assert!(decision.events.is_empty());
        }
    }
}

#[test]
fn a_message_waits_for_a_dialog_a_draft_and_a_start() {
    let mut house = House::new();
    house.step(Step::Send { to_all: false, agent: 1 });
    let delivers = |house: &House| {
        plan(&house.state, &house.world, &house.catalog, 0)
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Deliver { .. }))
    };
    assert!(!delivers(&house), "it is starting");
    let see = |house: &mut House, state| {
        let (agent, generation, source) = (AgentId(1), Generation(1), Source::Status);
        house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    };
    see(&mut house, AgentState::NeedsPerson { need: Need::Permission });
    assert!(!delivers(&house), "a dialog is open");
    see(&mut house, AgentState::Idle);
    assert!(delivers(&house));
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = true;
    assert!(!delivers(&house), "a person has a draft");
    see(&mut house, AgentState::Working);
    see(&mut house, AgentState::Hung { since: Timestamp(1), proof: "no CPU".into() });
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = false;
    assert!(!delivers(&house), "it hangs");
    see(&mut house, AgentState::Working);
    let (wait, retry_at, text) = (ProviderWait::RateLimit, None, String::new());
    see(&mut house, AgentState::WaitingOnProvider { wait, retry_at, text });
    assert!(delivers(&house), "this agent queues what comes during a turn, also one that waits");
    see(&mut house, AgentState::FailedTurn { error: "500".into() });
    assert!(delivers(&house), "after a failed turn the composer is back");
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = true;
    see(&mut house, AgentState::Unknown);
    house.world.live.get_mut(&AgentId(1)).unwrap().draft = false;
    assert!(!delivers(&house), "no evidence is not idle");
}

#[test]
fn a_stopped_team_leaves_no_message_open() {
    let mut house = House::new();
    house.step(Step::Send { to_all: true, agent: 1 });
    house.step(Step::Stop);
    house.work(5);
    assert_eq!(house.state.teams[&team()].phase, TeamPhase::Stopped);
    assert!(house.fates().values().all(|outcomes| outcomes.len() == 1));
}

/// The steps of one restart, one by one, with what the manager and the agent are told.
#[test]
fn a_restart_is_an_intent_an_end_a_launch_and_a_word() {
    let mut house = House::new();
    let (agent, next) = (AgentId(1), Generation(2));
    house.step(Step::Send { to_all: false, agent: 1 });
    house.restart(agent, Comeback::Brief);
    house.restart(agent, Comeback::Brief);
    assert_eq!(house.state.agents[&agent].restart.as_ref().unwrap().generation, next, "one wish, not two");
    let planned = |house: &House| plan(&house.state, &house.world, &house.catalog, 0).effects;
    assert!(planned(&house).contains(&Effect::Stop { agent, generation: Generation(1) }));
    house.work(5);
    assert!(planned(&house).contains(&Effect::Launch { agent, generation: next }));
    house.work(5);
    let ready = |house: &mut House| {
        let (state, source) = (AgentState::Idle, Source::Status);
        house.input(Input::Seen { agent, generation: next, state, source, detail: String::new() });
    };
    assert!(!planned(&house).iter().any(|effect| matches!(effect, Effect::Deliver { .. })), "it starts");
    ready(&mut house);
    assert!(!planned(&house).iter().any(|effect| matches!(effect, Effect::Deliver { .. })), "a word first");
    house.work(5);
    assert_eq!(house.state.agents[&agent].queue, [MessageId(2), MessageId(1)], "the word comes first");
    assert!(house.state.agents[&agent].restart.is_none());
}

#[test]
fn a_session_that_cannot_be_resumed_is_followed_by_a_brief_and_then_by_nothing() {
    let mut house = House::new();
    let agent = AgentId(1);
    let session =
        |generation, session: &str| Input::SessionKnown { agent, generation, session: session.into() };
    house.input(session(Generation(1), "own"));
    house.restart(agent, Comeback::Resume);
    house.work(5);
    house.work(5);
    house.end(agent, Generation(2), Exit::Status(1));
    let restart = house.state.agents[&agent].restart.clone().unwrap();
    assert_eq!(
        (restart.generation, restart.how, restart.cause),
        (Generation(3), Comeback::Brief, Cause::ResumeFailed)
    );
    assert!(house.state.agents[&agent].sessions.contains(&"own".to_owned()), "no session is forgotten");
    house.work(5);
    house.end(agent, Generation(3), Exit::Status(1));
    assert!(house.state.agents[&agent].restart.is_none(), "what cannot start is not started for ever");
    assert!(house.log.iter().any(|(_, _, event)| matches!(event, Event::AgentRestartFailed { .. })));
}

#[test]
fn an_agent_that_was_killed_or_was_ready_has_not_refused_its_session() {
    let agent = AgentId(1);
    let ends = [(false, Exit::Signal(9)), (false, Exit::Unseen), (true, Exit::Status(1))];
    for (ready, exit) in ends {
        let mut house = House::new();
        house.restart(agent, Comeback::Resume);
        house.work(5);
        house.work(5);
        if ready {
            let (state, source, generation) = (AgentState::Idle, Source::Status, Generation(2));
            house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
        }
        house.end(agent, Generation(2), exit);
        assert!(house.state.agents[&agent].restart.is_none(), "no brief, and no loop: {exit}");
        assert!(house.log.iter().any(|(_, _, event)| matches!(event, Event::AgentRestartFailed { .. })));
    }
}

#[test]
fn a_restart_that_is_pending_in_another_way_refuses_the_wish() {
    let mut house = House::new();
    let agent = AgentId(1);
    house.restart(agent, Comeback::Resume);
    let ask = |house: &mut House, how| {
        house.input(Input::Restart { agent, how, cause: Cause::Asked, why: "asked".into() })
    };
    assert_eq!(code(&ask(&mut house, Comeback::Fresh)), Some(Code::Conflict));
    assert_eq!(ask(&mut house, Comeback::Resume), Reply::Restarting(Generation(2)));
}

#[test]
fn what_an_earlier_launch_took_counts_but_not_for_what_is_being_typed() {
    let mut house = House::new();
    let (agent, first, second) = (AgentId(1), Generation(1), Generation(2));
    let idle = |house: &mut House, generation| {
        let (state, source) = (AgentState::Idle, Source::Status);
        house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    };
    let taken = |house: &mut House, generation| {
        let (source, detail) = (Source::Hook, String::new());
        house.input(Input::Taken { agent, generation, messages: vec![MessageId(1)], source, detail });
    };
    house.step(Step::Send { to_all: false, agent: 1 });
    idle(&mut house, first);
    house.work(1);
    house.restart(agent, Comeback::Fresh);
    house.work(5);
    house.work(5);
    idle(&mut house, second);
    house.input(Input::Restored { agent, generation: second, detail: String::new(), words: None });
    house.work(2);
    assert_eq!(house.state.agents[&agent].active.unwrap().generation, second);
    taken(&mut house, first);
    assert!(house.state.agents[&agent].active.is_some(), "an old word does not end the new attempt");
    taken(&mut house, second);
    assert!(house.state.agents[&agent].active.is_none());
}

#[test]
fn a_hook_counts_once_and_only_one_of_this_launch_speaks_of_the_doors() {
    let mut house = House::new();
    let agent = AgentId(1);
    let hook = |house: &mut House, id: &str, launch, doors| {
        let id = id.to_owned();
        house.input(Input::HookTaken { agent, generation: Generation(launch), id, doors })
    };
    assert_eq!(hook(&mut house, "1", 1, Some(Doors::Shut)), Reply::Ok);
    assert_eq!(hook(&mut house, "1", 1, Some(Doors::Open)), Reply::Stale);
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Shut);
    for n in 0..64 {
        assert_eq!(hook(&mut house, &format!("other {n}"), 1, None), Reply::Ok);
    }
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Shut);
    assert_eq!(hook(&mut house, "1", 1, None), Reply::Ok, "it was forgotten after 64 others");
    house.restart(agent, Comeback::Fresh);
    house.work(5);
    house.work(5);
    assert_eq!(house.state.agents[&agent].generation, Generation(2));
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Open);
    assert_eq!(hook(&mut house, "late", 1, Some(Doors::Shut)), Reply::Ok);
    assert_eq!(house.state.agent(agent).unwrap().doors, Doors::Open, "it speaks of an earlier launch");
}

/// An agent that asks, and a message that waits for it.
fn asking() -> House {
    let mut house = House::new();
    let (agent, generation) = (AgentId(1), Generation(1));
    let (state, source) = (AgentState::Idle, Source::Status);
    house.input(Input::Seen { agent, generation, state, source, detail: String::new() });
    house.step(Step::Send { to_all: false, agent: 1 });
    house.step(Step::Dialog { agent: 1, which: 1 });
    house
}

fn answer(house: &mut House, prompt: Option<u64>, option: &str) -> Reply {
    let (agent, by) = (AgentId(1), Answerer::Person { uid: 1 });
    let wanted = Wanted::Option(option.to_owned());
    house.input(Input::Answer { agent, prompt: prompt.map(PromptId), wanted, by })
}

fn effects_for(house: &House, agent: AgentId) -> Vec<Effect> {
    let plan = plan(&house.state, &house.world, &house.catalog, 0);
    let mine = |effect: &Effect| match effect {
        Effect::Answer { agent: of, .. }
        | Effect::SettleAnswer { agent: of, .. }
        | Effect::Deliver { agent: of, .. } => *of == agent,
        Effect::Watch { .. }
        | Effect::Stop { .. }
        | Effect::Launch { .. }
        | Effect::Restore { .. }
        | Effect::Digest { .. }
        | Effect::Recover => false,
    };
    plan.effects.into_iter().filter(mine).collect()
}

fn code(reply: &Reply) -> Option<Code> {
    match reply {
        Reply::Refused(refusal) => Some(refusal.code),
        _ => None,
    }
}

#[test]
fn of_two_answers_at_once_one_wins_and_the_other_is_a_conflict() {
    let mut house = asking();
    assert_eq!(answer(&mut house, Some(1), "1"), Reply::Answering { agent: AgentId(1), prompt: PromptId(1) });
    assert_eq!(code(&answer(&mut house, Some(1), "2")), Some(Code::Conflict));
}

#[test]
fn an_answer_is_for_the_prompt_that_was_listed_and_for_one_of_its_options() {
    let mut house = asking();
    assert_eq!(code(&answer(&mut house, None, "3")), Some(Code::NotFound));
    house.step(Step::Dialog { agent: 1, which: 2 });
    assert_eq!(code(&answer(&mut house, Some(1), "1")), Some(Code::Conflict), "p1 has become p2");
    house.step(Step::Dialog { agent: 1, which: 0 });
    assert_eq!(code(&answer(&mut house, Some(2), "1")), Some(Code::Conflict));
    assert_eq!(code(&answer(&mut house, None, "1")), Some(Code::Conflict), "it asks nothing");
    house.step(Step::Dialog { agent: 1, which: 1 });
    house.step(Step::Crash { agent: 1 });
    assert_eq!(code(&answer(&mut house, None, "1")), Some(Code::Conflict), "it has ended");
}

#[test]
fn an_answer_of_a_killed_supervisor_is_settled_and_not_typed_again() {
    let mut house = asking();
    let (agent, generation, prompt) = (AgentId(1), Generation(1), PromptId(1));
    answer(&mut house, None, "1");
    house.world.live.get_mut(&agent).unwrap().answer = Some(prompt);
    assert_eq!(effects_for(&house, agent), [Effect::Answer { agent, generation, prompt }]);
    house.step(Step::KillSupervisor);
    assert_eq!(effects_for(&house, agent), [Effect::SettleAnswer { agent, generation, prompt }]);
}

#[test]
fn a_message_waits_for_a_prompt_whatever_else_is_said_of_the_state() {
    let mut house = asking();
    assert_eq!(effects_for(&house, AgentId(1)), []);
    house.step(Step::Dialog { agent: 1, which: 0 });
    assert!(matches!(effects_for(&house, AgentId(1))[..], [Effect::Deliver { .. }]));
}

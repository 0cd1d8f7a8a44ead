//! The simulated house: people, agents and executors over the log, which alone survives.

use crate::step::Step;
use orc_core::catalog::Catalog;
use orc_core::decide::{Reply, decide};
use orc_core::delivery::{MessageKind, Outcome, PASTE, Sender};
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
use orc_core::team::{AgentState, Doors, Exit, Launch, Need, Process, ProviderWait, Source};
use orc_core::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct House {
    pub(crate) state: State,
    pub(crate) world: World,
    pub(crate) catalog: Catalog,
    pub(crate) log: Vec<(Seq, Timestamp, Event)>,
    pub(crate) clock: i64,
    /// What each agent was typed, in order, as the other side would log it.
    pub(crate) typed: BTreeMap<AgentId, Vec<MessageId>>,
    /// What the shims remember: agent, launch, message, attempt.
    pub(crate) memory: BTreeSet<(AgentId, Generation, MessageId, u32)>,
    /// The same of earlier launches: what the agent had read when it ended.
    pub(crate) read: BTreeMap<AgentId, Vec<MessageId>>,
    /// The processes that run, whatever the log says of them.
    pub(crate) processes: BTreeMap<AgentId, Generation>,
    /// The prompts whose answers were typed, in order.
    pub(crate) answered: Vec<PromptId>,
}

static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(|| Catalog::built_in().unwrap());

pub(crate) fn dialog(text: &str) -> Shown {
    Shown {
        kind: Need::Permission,
        text: text.to_owned(),
        options: vec!["Yes".to_owned(), "No".to_owned()],
        here: Some(0),
        form: Some(0),
        evidence: "rule x".to_owned(),
    }
}

pub(crate) fn team() -> TeamName {
    "t".parse().unwrap()
}

impl House {
    /// A team whose first `launched` agents run.
    pub(crate) fn with_launched(launched: u64) -> Self {
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

    pub(crate) fn new() -> Self {
        Self::with_launched(3)
    }

    pub(crate) fn unlaunched() -> Self {
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

    pub(crate) fn input(&mut self, input: Input) -> Reply {
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
    pub(crate) fn launch(&mut self, agent: AgentId) {
        let Some(found) = self.state.agent(agent) else {
            return;
        };
        let generation = found.generation.next();
        self.processes.insert(agent, generation);
        self.launched(agent, generation, None);
    }

    pub(crate) fn launched(&mut self, agent: AgentId, generation: Generation, how: Option<Comeback>) {
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
    pub(crate) fn launch_again(&mut self, agent: AgentId, generation: Generation, how: u8) {
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

    pub(crate) fn restart(&mut self, agent: AgentId, how: Comeback) {
        self.input(Input::Restart { agent, how, cause: Cause::Asked, why: "asked".into() });
    }

    /// The agent's process ends, and its own queue with it: nobody has read what was in it.
    pub(crate) fn end(&mut self, agent: AgentId, generation: Generation, exit: Exit) {
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

    pub(crate) fn generation(&self, agent: AgentId) -> Generation {
        self.state.agent(agent).map_or(Generation(0), |a| a.generation)
    }

    pub(crate) fn work(&mut self, how: u8) {
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

    pub(crate) fn deliver(
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

    pub(crate) fn step(&mut self, step: Step) {
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
}

/// Why something was refused, if it was.
pub(crate) fn code(reply: &Reply) -> Option<Code> {
    match reply {
        Reply::Refused(refusal) => Some(refusal.code),
        _ => None,
    }
}

//! A team of which events tell, with clocks that the test moves.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use orc_core::catalog::Catalog;
use orc_core::delivery::{MessageKind, Outcome, PASTE, Sender};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, MessageId, Seq, TaskId, TeamName};
use orc_core::incident::record::Record;
use orc_core::incident::{Boot, Fact, Given, Kind as IncidentKind, Occurred, Severity};
use orc_core::performance::findings::{Case, analyze};
use orc_core::performance::view::figures;
use orc_core::performance::{Finding, Host, Ledger, TeamPerformance, Usage};
use orc_core::plan::World;
use orc_core::prompt::Asked;
use orc_core::state::State;
use orc_core::team::{AgentState, Evidence, Exit, Launch, Process, Source};
use orc_core::time::Timestamp;
use orc_core::view::{self, TeamView};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().unwrap());

pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;

pub(crate) const BACKEND: AgentId = AgentId(1);
pub(crate) const DEVOPS: AgentId = AgentId(2);
pub(crate) const PM: AgentId = AgentId(3);

pub(crate) fn team() -> TeamName {
    "t".parse().unwrap()
}

/// A team of three: a backend developer, a DevOps engineer, a manager.
pub(crate) struct House {
    pub(crate) state: State,
    pub(crate) ledger: Ledger,
    pub(crate) world: World,
    pub(crate) usage: BTreeMap<AgentId, Usage>,
    pub(crate) host: Host,
    pub(crate) wall: i64,
    pub(crate) boot: (u64, i64),
    generations: BTreeMap<AgentId, u32>,
    last_message: u64,
    last_task: u64,
}

impl House {
    /// A team whose agents are ready and idle.
    pub(crate) fn new() -> Self {
        let mut house = Self {
            state: State::default(),
            ledger: Ledger::default(),
            world: World::default(),
            usage: BTreeMap::new(),
            host: Host::default(),
            wall: 1_000_000_000,
            boot: (1, 5_000_000),
            generations: BTreeMap::new(),
            last_message: 0,
            last_task: 0,
        };
        let kind = "backend".parse().unwrap();
        house.event(Event::TeamCreated { team: team(), kind, dir: "/".into() });
        let members = [
            ("backend", "Senior Backend Developer"),
            ("devops", "DevOps Engineer"),
            ("pm", "Project Manager"),
        ];
        for (index, (name, title)) in members.into_iter().enumerate() {
            house.event(Event::AgentAdded {
                agent: AgentId(index as u64 + 1),
                team: team(),
                index,
                name: name.parse().unwrap(),
                title: title.to_owned(),
                role: name.parse().unwrap(),
                profile: "scripted".parse().unwrap(),
                dir: "/".into(),
            });
        }
        for agent in [BACKEND, DEVOPS, PM] {
            house.launch(agent);
            house.pass(SECOND);
            house.becomes(agent, AgentState::Idle);
        }
        house.event(Event::TeamDeployed { team: team(), declared: false });
        house
    }

    /// Time passes on both clocks.
    pub(crate) fn pass(&mut self, millis: u64) {
        let millis = i64::try_from(millis).unwrap();
        self.wall += millis;
        self.boot.1 += millis;
    }

    pub(crate) fn now(&self) -> Occurred {
        let boot = Boot { id: format!("boot {}", self.boot.0), millis: self.boot.1 };
        Occurred { at: Timestamp(self.wall), given: Given::Live, boot: Some(boot) }
    }

    pub(crate) fn event(&mut self, event: Event) {
        let seq = Seq(self.state.seq.0 + 1);
        self.state.apply(seq, Timestamp(self.wall), &event);
        self.ledger.take(&self.now(), &event);
    }

    pub(crate) fn generation(&self, agent: AgentId) -> Generation {
        Generation(self.generations.get(&agent).copied().unwrap_or(0))
    }

    pub(crate) fn launch(&mut self, agent: AgentId) {
        let generation = self.generations.entry(agent).or_default();
        *generation += 1;
        let generation = Generation(*generation);
        let process = Process { pid: 1, start: 1 };
        let launch = Launch {
            shim: process,
            child: process,
            session: "s".into(),
            port: 0,
            at: Timestamp(self.wall),
            boot: String::new(),
            how: None,
            note: String::new(),
        };
        self.event(Event::AgentLaunched { agent, generation, launch });
    }

    pub(crate) fn becomes(&mut self, agent: AgentId, state: AgentState) {
        let evidence = Evidence::new(Source::Hook, "a test", Timestamp(self.wall));
        let generation = self.generation(agent);
        self.event(Event::AgentChanged { agent, generation, state, evidence });
    }

    pub(crate) fn ends(&mut self, agent: AgentId, exit: Exit) {
        let generation = self.generation(agent);
        self.event(Event::AgentEnded { agent, generation, exit, last_words: String::new() });
    }

    pub(crate) fn agent(id: AgentId) -> Sender {
        Sender::Agent { id, label: format!("t:{}", id.0 - 1) }
    }

    pub(crate) fn accept(&mut self, from: Sender, to: AgentId, text: &str) -> MessageId {
        self.last_message += 1;
        let message = MessageId(self.last_message);
        self.event(Event::MessageAccepted {
            message,
            team: team(),
            from,
            kind: MessageKind::Direct,
            to: vec![to],
            text: text.to_owned(),
            notes: Vec::new(),
            key: None,
        });
        message
    }

    pub(crate) fn hand_over(&mut self, message: MessageId, agent: AgentId, took: u64, outcome: Outcome) {
        let generation = self.generation(agent);
        self.event(Event::DeliveryStarted { message, agent, attempt: 1, generation, door: PASTE.into() });
        self.pass(took);
        let evidence = Evidence::new(Source::Hook, "it has it", Timestamp(self.wall));
        self.event(Event::DeliverySettled {
            message,
            agent,
            attempt: 1,
            outcome,
            door: PASTE.into(),
            evidence,
        });
    }

    /// A message that arrives at once and begins a turn of this length.
    pub(crate) fn turn(&mut self, from: Sender, agent: AgentId, text: &str, length: u64) {
        let message = self.accept(from, agent, text);
        self.hand_over(message, agent, 50, Outcome::Acknowledged);
        self.becomes(agent, AgentState::Working);
        self.pass(length);
        self.becomes(agent, AgentState::Idle);
    }

    pub(crate) fn asks(&mut self, agent: AgentId, need: orc_core::team::Need) {
        let generation = self.generation(agent);
        let asked = Asked { tool: "Bash".into(), input: "make".into() };
        self.event(Event::PermissionAsked { agent, generation, asked });
        let evidence = Evidence::new(Source::Screen, "a dialog", Timestamp(self.wall));
        self.event(Event::PromptOpened {
            agent,
            generation,
            prompt: orc_core::ids::PromptId(1),
            need,
            text: "Run it?".into(),
            options: Vec::new(),
            evidence,
        });
        self.becomes(agent, AgentState::NeedsPerson { need });
    }

    fn records(&mut self, fact: Fact) {
        let at = self.now();
        self.event(Event::Recorded { team: team(), by: Sender::Operator, at, fact });
    }

    pub(crate) fn task(&mut self, text: &str, assignee: Option<&str>) -> TaskId {
        self.last_task += 1;
        let id = TaskId(self.last_task);
        self.records(Fact::TaskAdded { id, text: text.into(), assignee: assignee.map(str::to_owned) });
        id
    }

    pub(crate) fn declares(&mut self) {
        self.records(Fact::Declared {
            incident: "INC-1".into(),
            title: "logins fail".into(),
            severity: Severity::Sev1,
            kind: IncidentKind::default(),
            detection: None,
        });
    }

    pub(crate) fn view(&self) -> TeamView {
        let now = u64::try_from(self.boot.1).unwrap();
        let found = &self.state.teams[&team()];
        view::team(&self.state, &self.world, &CATALOG, found, now)
    }

    pub(crate) fn figures(&self) -> TeamPerformance {
        let mut ledger = self.ledger.clone();
        ledger.until(&self.now());
        figures(&self.view(), &ledger, |agent| self.usage.get(&agent).cloned())
    }

    /// What is named, worst first.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut ledger = self.ledger.clone();
        ledger.until(&self.now());
        let view = self.view();
        let figures = figures(&view, &ledger, |agent| self.usage.get(&agent).cloned());
        let none = Record::default();
        let record = self.state.records.get(&team()).unwrap_or(&none);
        analyze(&self.host, &[Case { team: &view, record, ledger: &ledger, figures: &figures }])
    }
}

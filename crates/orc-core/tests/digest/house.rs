//! A team with a manager over its log, which alone survives.

use orc_core::catalog::Catalog;
use orc_core::decide::decide;
use orc_core::delivery::{MessageKind, Outcome, PASTE, Sender};
use orc_core::dialog::Shown;
use orc_core::digest::{Pace, Reminder};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, MessageId, Seq, TeamName};
use orc_core::incident::entry::{Declare, Entry, Opening};
use orc_core::incident::{Occurred, Severity, When};
use orc_core::input::{Input, NewAgent};
use orc_core::plan::{Effect, World, plan};
use orc_core::prompt::Closed;
use orc_core::state::State;
use orc_core::team::{AgentState, Launch, Need, Process, Source};
use orc_core::time::{Now, Timestamp};

pub(crate) const MANAGER: AgentId = AgentId(3);
pub(crate) const PACE: Pace = Pace { after_ms: 3000, apart_ms: 15_000 };
pub(crate) const MINUTE: u64 = 60_000;

pub(crate) static CATALOG: std::sync::LazyLock<Catalog> =
    std::sync::LazyLock::new(|| Catalog::built_in().unwrap());

pub(crate) fn team() -> TeamName {
    "t".parse().unwrap()
}

pub(crate) fn declaration(title: &str) -> Declare {
    let (severity, kind) = (Severity::Sev1, orc_core::incident::Kind::Real);
    Declare { title: title.into(), severity, kind, detection: None, started: None, detected: None }
}

/// A team of a backend developer, a DevOps engineer and a manager, with its log.
pub(crate) struct House {
    pub(crate) state: State,
    pub(crate) world: World,
    pub(crate) log: Vec<(Seq, Timestamp, Event)>,
    /// The wall clock, which jumps, and the clock of the boot, which does not.
    pub(crate) wall: i64,
    pub(crate) boot: u64,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::deployed_with(None)
    }

    /// The team, and the incident that was declared with it.
    pub(crate) fn deployed_with(title: Option<&str>) -> Self {
        let world = World { boot: "b".to_owned(), pace: Some(PACE), ..World::default() };
        let mut house =
            Self { state: State::default(), world, log: Vec::new(), wall: 1_000_000_000, boot: 5000 };
        let incident = title.map(|title| Opening { declaration: declaration(title), live: house.live() });
        let members = ["backend", "devops", "pm"]
            .map(|role| NewAgent {
                name: role.parse().unwrap(),
                title: role.into(),
                role: role.parse().unwrap(),
                profile: "scripted".parse().unwrap(),
                dir: "/".into(),
            })
            .to_vec();
        house.input(Input::CreateTeam {
            team: team(),
            kind: "backend".parse().unwrap(),
            dir: "/".into(),
            members,
        });
        for agent in 1..=3 {
            house.launch(AgentId(agent));
        }
        house.input(Input::TeamDeployed { team: team(), briefs: Vec::new(), broadcast: None, incident });
        house
    }

    pub(crate) fn now(&self) -> Now {
        Now { wall: Timestamp(self.wall), boot_millis: self.boot }
    }

    pub(crate) fn live(&self) -> Occurred {
        Occurred::live(self.now(), "b")
    }

    pub(crate) fn input(&mut self, input: Input) {
        let now = Timestamp(self.wall);
        for event in decide(&self.state, input, now).events {
            let seq = Seq(self.log.len() as u64 + 1);
            self.state.apply(seq, now, &event);
            self.log.push((seq, now, event));
        }
        self.look_around();
    }

    pub(crate) fn look_around(&mut self) {
        self.world.wall = Timestamp(self.wall);
        self.world.notice(&self.state, self.boot);
    }

    pub(crate) fn launch(&mut self, agent: AgentId) {
        let generation = self.generation(agent).next();
        let process = Process { pid: 1, start: 1 };
        let launch = Launch {
            shim: process,
            child: process,
            session: "s".into(),
            port: 0,
            at: Timestamp(self.wall),
            boot: "b".into(),
            how: None,
            note: String::new(),
        };
        self.input(Input::Launched { agent, generation, launch });
        self.see(agent, AgentState::Idle);
    }

    pub(crate) fn generation(&self, agent: AgentId) -> Generation {
        self.state.agent(agent).map_or(Generation(0), |a| a.generation)
    }

    pub(crate) fn see(&mut self, agent: AgentId, state: AgentState) {
        let generation = self.generation(agent);
        self.input(Input::Seen { agent, generation, state, source: Source::Status, detail: String::new() });
    }

    /// A whole turn with its last words.
    pub(crate) fn turn(&mut self, agent: AgentId, words: &str) {
        self.see(agent, AgentState::Working);
        let (generation, text, source) = (self.generation(agent), words.to_owned(), Source::Hook);
        self.input(Input::Said { agent, generation, text, source });
        self.see(agent, AgentState::Idle);
    }

    pub(crate) fn dialog(&mut self, agent: AgentId, text: Option<&str>) {
        let shown = text.map(|text| Shown {
            kind: Need::Permission,
            text: text.to_owned(),
            options: vec!["Yes".to_owned(), "No".to_owned()],
            here: Some(0),
            form: Some(0),
            evidence: "rule x".to_owned(),
        });
        let generation = self.generation(agent);
        self.input(Input::DialogSeen { agent, generation, shown, gone: Closed::Gone });
    }

    pub(crate) fn state_it(&mut self, by: Sender, entry: Entry) {
        let live = self.live();
        self.input(Input::Record { team: team(), by, live, at: When::Now, entry: Box::new(entry) });
    }

    pub(crate) fn declare(&mut self) {
        self.state_it(Sender::Operator, Entry::Declare(declaration("it is broken")));
    }

    /// Time passes, in small steps, and the supervisor does what its plan says. The manager takes its digests if it is
    /// `reading`, and has a turn of its own for each.
    pub(crate) fn pass(&mut self, millis: u64, reading: bool) {
        let end = self.boot + millis;
        while self.boot < end {
            let step = 500.min(end - self.boot);
            self.boot += step;
            self.wall += i64::try_from(step).unwrap();
            self.work(reading);
        }
    }

    pub(crate) fn work(&mut self, reading: bool) {
        self.look_around();
        let plan = plan(&self.state, &self.world, &CATALOG, self.boot);
        for effect in plan.effects {
            if let Effect::Digest { agent } = effect {
                assert_eq!(agent, MANAGER);
                let live = self.live();
                self.input(Input::Digest { agent, live });
            }
        }
        if reading {
            self.read();
        }
    }

    /// The manager takes what waits for it, thinks about it, and says something.
    pub(crate) fn read(&mut self) {
        let queue: Vec<MessageId> = self.state.agents[&MANAGER].queue.iter().copied().collect();
        for message in queue {
            let (agent, generation) = (MANAGER, self.generation(MANAGER));
            self.input(Input::BeginDelivery { message, agent, generation, door: PASTE.into() });
            let (outcome, source, detail) = (Outcome::Acknowledged, Source::Hook, String::new());
            let door = PASTE.to_owned();
            self.input(Input::DeliveryEnded { message, agent, attempt: 1, outcome, door, source, detail });
            self.turn(MANAGER, "I have read it");
        }
    }

    /// What each digest told, how many more statements, its reminders, and when.
    pub(crate) fn digests(&self) -> Vec<(Vec<Seq>, u64, Vec<Reminder>, u64)> {
        let made = |(_, _, event): &(Seq, Timestamp, Event)| match event {
            Event::DigestMade(made) => {
                Some((made.told.clone(), made.more, made.reminders.clone(), made.at.millis))
            }
            _ => None,
        };
        self.log.iter().filter_map(made).collect()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |(_, _, event): &(Seq, Timestamp, Event)| match event {
            Event::MessageAccepted { kind: MessageKind::Digest, text, from, to, .. } => {
                assert_eq!((from, to.as_slice()), (&Sender::System, &[MANAGER][..]));
                Some(text.clone())
            }
            _ => None,
        };
        self.log.iter().filter_map(text).collect()
    }

    pub(crate) fn replayed(&self) -> State {
        let mut state = State::default();
        for (seq, at, event) in &self.log {
            state.apply(*seq, *at, event);
        }
        state
    }
}

pub(crate) fn agent(id: u64) -> Sender {
    let name = ["backend", "devops", "pm"][usize::try_from(id).unwrap() - 1];
    Sender::Agent { id: AgentId(id), label: format!("t:{name}") }
}

//! A team, its log, and two clocks that do what they like.

use orc_core::decide::{Reply, decide};
use orc_core::delivery::Sender;
use orc_core::error::Code;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Seq};
use orc_core::incident::entry::{Claim, Declare, Entry};
use orc_core::incident::metrics::{Metric, metrics};
use orc_core::incident::{Kind, Milestone, Occurred, Record, Severity, When};
use orc_core::input::Input;
use orc_core::state::State;
use orc_core::time::{Now, Timestamp};

pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const BASE: i64 = 1_795_000_000_000;

/// A team, its log and two clocks.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) log: Vec<(Timestamp, Event)>,
    pub(crate) wall: i64,
    pub(crate) boot: u64,
    pub(crate) boot_id: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let (state, log) = (State::default(), Vec::new());
        let mut world = Self { state, log, wall: BASE, boot: 5000, boot_id: "one".into() };
        let (team, kind) = ("auth".parse().unwrap(), "backend".parse().unwrap());
        world.take(&Event::TeamCreated { team, kind, dir: "/srv".into() });
        for (index, name) in ["backend", "pm"].into_iter().enumerate() {
            let (team, agent) = ("auth".parse().unwrap(), AgentId(index as u64 + 1));
            let (name, role) = (name.parse().unwrap(), name.parse().unwrap());
            let (title, profile, dir) = ("One".into(), "scripted".parse().unwrap(), "/srv".into());
            world.take(&Event::AgentAdded { agent, team, index, name, title, role, profile, dir });
        }
        world.take(&Event::TeamDeployed { team: "auth".parse().unwrap(), declared: false });
        world
    }

    pub(crate) fn take(&mut self, event: &Event) {
        let at = Timestamp(self.wall);
        self.state.apply(Seq(self.state.seq.0 + 1), at, event);
        self.log.push((at, event.clone()));
    }

    pub(crate) fn now(&self) -> Now {
        Now { wall: Timestamp(self.wall), boot_millis: self.boot }
    }

    pub(crate) fn pass(&mut self, millis: u64) {
        self.wall += i64::try_from(millis).unwrap();
        self.boot += millis;
    }

    pub(crate) fn live(&self) -> Occurred {
        Occurred::live(self.now(), &self.boot_id)
    }

    pub(crate) fn say(&mut self, by: &Sender, at: When, entry: Entry) -> Reply {
        let (team, by, live) = ("auth".parse().unwrap(), by.clone(), self.live());
        let decision = decide(
            &self.state,
            Input::Record { team, by, live, at, entry: Box::new(entry) },
            Timestamp(self.wall),
        );
        for event in &decision.events {
            self.take(event);
        }
        decision.reply
    }

    /// A person says it now, and it is accepted.
    pub(crate) fn person(&mut self, entry: Entry) -> (Seq, Option<String>) {
        accepted(self.say(&Sender::Operator, When::Now, entry))
    }

    pub(crate) fn declare(&mut self) {
        self.person(Entry::Declare(declaration()));
    }

    pub(crate) fn mark(&mut self, milestone: Milestone) -> Seq {
        self.person(Entry::Mark(claim(milestone))).0
    }

    pub(crate) fn record(&self) -> &Record {
        &self.state.records[&"auth".parse().unwrap()]
    }

    pub(crate) fn metric(&self, name: &str, to: Milestone) -> Metric {
        metrics(self.record()).metrics.into_iter().find(|it| it.name == name && it.to == to).unwrap()
    }

    pub(crate) fn notes(&self) -> String {
        metrics(self.record()).notes.join("\n")
    }
}

pub(crate) fn accepted(reply: Reply) -> (Seq, Option<String>) {
    match reply {
        Reply::Recorded { seq, id, again: false } => (seq, id),
        other => panic!("not recorded: {other:?}"),
    }
}

pub(crate) fn refused(reply: Reply) -> Code {
    match reply {
        Reply::Refused(refusal) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn declaration() -> Declare {
    Declare {
        title: "Logins fail".into(),
        severity: Severity::Sev2,
        kind: Kind::Real,
        detection: None,
        started: None,
        detected: None,
    }
}

pub(crate) fn claim(milestone: Milestone) -> Claim {
    let evidence = vec!["E1".to_owned()];
    let by_hand = Some("the error rate is 0".to_owned());
    Claim { milestone, text: format!("it is {}", milestone.name()), evidence, hypothesis: None, by_hand }
}

pub(crate) fn agent(number: u64) -> Sender {
    Sender::Agent { id: AgentId(number), label: format!("auth:{number}") }
}

//! What becomes of a change while it is published: one at a time, broken off and taken up again, and what it leaves to be done.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use orc_core::change::{Action, Forge, Progress, Proposal, Published, Stage, Step, Waived};
use orc_core::decide::{Reply, decide};
use orc_core::delivery::Sender;
use orc_core::error::Code;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Seq, TeamName};
use orc_core::incident::{Fact, Occurred, Record};
use orc_core::input::Input;
use orc_core::state::State;
use orc_core::time::{Now, Timestamp};

/// A team of a developer and a manager, and its log.
struct World {
    state: State,
    log: Vec<Event>,
}

fn team() -> TeamName {
    "auth".parse().unwrap()
}

fn live() -> Occurred {
    Occurred::live(Now { wall: Timestamp(1_795_000_000_000), boot_millis: 5000 }, "one")
}

fn proposal() -> Box<Proposal> {
    Box::new(Proposal {
        branch: "hotfix/leak".into(),
        base: "main".into(),
        head: "a".repeat(40),
        tree: "b".repeat(40),
        remote: Some("origin".into()),
        forge: Forge::Github,
        repository: "acme/auth".into(),
        title: "Give connections back".into(),
        draft: false,
        emergency: true,
        waived: Some(Waived { what: "The whole suite was not run.".into(), why: None, by: Sender::Operator }),
        no_secrets: Vec::new(),
    })
}

fn published(action: Action) -> Published {
    Published {
        number: Some(12),
        url: "https://forge.test/acme/auth/pull/12".into(),
        action,
        ..Published::default()
    }
}

impl World {
    fn new() -> Self {
        let mut world = Self { state: State::default(), log: Vec::new() };
        world.take(&Event::TeamCreated {
            team: team(),
            kind: "backend".parse().unwrap(),
            dir: "/srv".into(),
        });
        for (index, name) in ["backend", "pm"].into_iter().enumerate() {
            let (name, role) = (name.parse().unwrap(), name.parse().unwrap());
            let (agent, title) = (AgentId(index as u64 + 1), "One".into());
            let (profile, dir) = ("scripted".parse().unwrap(), "/srv".into());
            world.take(&Event::AgentAdded { agent, team: team(), index, name, title, role, profile, dir });
        }
        world.take(&Event::TeamDeployed { team: team(), declared: false });
        world
    }

    fn take(&mut self, event: &Event) {
        // Through its stored form: what is not kept is not there after a restart.
        let event: Event = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
        self.state.apply(Seq(self.state.seq.0 + 1), Timestamp(1_795_000_000_000), &event);
        self.log.push(event);
    }

    fn input(&mut self, input: Input) -> (Reply, Vec<Event>) {
        let decision = decide(&self.state, input, Timestamp(1_795_000_000_000));
        decision.events.iter().for_each(|event| self.take(event));
        (decision.reply, decision.events)
    }

    fn begin(&mut self) -> Reply {
        self.input(Input::ShipBegin { team: team(), by: Sender::Operator, proposal: proposal() }).0
    }

    fn step(&mut self, step: Step, progress: Progress) -> Reply {
        self.input(Input::ShipStep { team: team(), step, progress }).0
    }

    fn done(&mut self, action: Action) -> (Reply, Vec<Event>) {
        let (team, published) = (team(), published(action));
        self.input(Input::ShipDone { team, published, author: None, live: live() })
    }

    fn record(&self) -> &Record {
        &self.state.records[&team()]
    }
}

fn follow_ups(events: &[Event]) -> usize {
    let added = |event: &&Event| matches!(event, Event::Recorded { fact: Fact::FollowUpAdded { .. }, .. });
    events.iter().filter(added).count()
}

#[test]
fn a_change_is_published_once_at_a_time_and_leaves_what_was_not_checked_to_be_done() {
    let mut world = World::new();
    assert_eq!(world.begin(), Reply::Ok);
    let Reply::Refused(refusal) = world.begin() else { panic!("a second one at the same time was let in") };
    assert_eq!(refusal.code, Code::Conflict);
    assert_eq!(world.step(Step::Push, Progress::Begun), Reply::Ok);
    assert_eq!(world.record().changes[0].stage, Stage::UnderWay { step: Some(Step::Push) });
    assert_eq!(world.step(Step::Push, Progress::Done { detail: "new branch".into() }), Reply::Ok);
    let (_, events) = world.done(Action::Created);
    assert_eq!(follow_ups(&events), 2, "the suite and a second look: {events:?}");
    let change = &world.record().changes[0];
    assert_eq!(change.published().and_then(|it| it.number), Some(12));
    assert_eq!(change.name(), "pull request #12");
    assert_eq!(change.follow_ups.len(), 2);
    assert_eq!(world.record().open_follow_ups.len(), 2);
    let Some(Event::MessageAccepted { to, text, from: Sender::System, .. }) = events.last() else {
        panic!("nobody was told: {events:?}")
    };
    assert_eq!(*to, [AgentId(1)], "the author; the manager has its digest");
    assert!(text.contains("https://forge.test/acme/auth/pull/12"), "{text}");
    assert!(text.contains("The whole suite was not run."), "{text}");
}

#[test]
fn a_change_that_is_published_again_opens_nothing_twice() {
    let mut world = World::new();
    world.begin();
    world.done(Action::Created);
    assert_eq!(world.begin(), Reply::Ok);
    let (_, events) = world.done(Action::Updated);
    assert_eq!(follow_ups(&events), 0, "{events:?}");
    assert_eq!(world.record().changes.len(), 1, "it is the same change");
    assert_eq!(world.record().changes[0].follow_ups.len(), 2, "what it left to be done is still known");
}

#[test]
fn what_a_killed_supervisor_was_publishing_has_broken_off_and_can_be_taken_up_again() {
    let mut world = World::new();
    world.begin();
    world.step(Step::Propose, Progress::Begun);
    world.take(&Event::SupervisorStarted { pid: 2, version: "1".into() });
    assert_eq!(world.record().changes[0].stage, Stage::BrokenOff { step: Some(Step::Propose) });
    assert_eq!(world.step(Step::Propose, Progress::Begun), Reply::Stale, "a late word of the dead one");
    assert_eq!(world.begin(), Reply::Ok);
    let (_, events) = world.done(Action::Updated);
    assert_eq!(follow_ups(&events), 2);
}

#[test]
fn what_could_not_be_published_says_why_and_does_not_stand_in_the_way() {
    let mut world = World::new();
    world.begin();
    let reason = "the forge answered 403".to_owned();
    assert_eq!(world.input(Input::ShipFailed { team: team(), reason: reason.clone() }).0, Reply::Ok);
    assert_eq!(world.record().changes[0].stage, Stage::Failed { reason });
    assert_eq!(world.done(Action::Created).0, Reply::Stale);
    assert_eq!(world.begin(), Reply::Ok);
}

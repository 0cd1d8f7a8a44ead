//! Digests as laws: random histories of a team with a manager, a virtual clock, and the log as the only thing that survives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use orc_core::catalog::Catalog;
use orc_core::decide::decide;
use orc_core::delivery::{MessageKind, Outcome, PASTE, Sender};
use orc_core::dialog::Shown;
use orc_core::digest::{Pace, Reminder};
use orc_core::envelope::make_safe;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, HypothesisId, MessageId, Seq, TaskId, TeamName};
use orc_core::incident::entry::{Claim, Declare, Entry, Opening};
use orc_core::incident::fact::TaskState;
use orc_core::incident::{Milestone, Occurred, Severity, When};
use orc_core::input::{Input, NewAgent};
use orc_core::plan::{Effect, World, plan};
use orc_core::prompt::Closed;
use orc_core::state::State;
use orc_core::team::{AgentState, Exit, Launch, Need, Process, Source};
use orc_core::time::{Now, Timestamp};
use proptest::prelude::*;

const MANAGER: AgentId = AgentId(3);
const PACE: Pace = Pace { after_ms: 3000, apart_ms: 15_000 };
const MINUTE: u64 = 60_000;

static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(|| Catalog::built_in().unwrap());

fn team() -> TeamName {
    "t".parse().unwrap()
}

fn declaration(title: &str) -> Declare {
    let (severity, kind) = (Severity::Sev1, orc_core::incident::Kind::Real);
    Declare { title: title.into(), severity, kind, detection: None, started: None, detected: None }
}

/// A team of a backend developer, a DevOps engineer and a manager, with its log.
struct House {
    state: State,
    world: World,
    log: Vec<(Seq, Timestamp, Event)>,
    /// The wall clock, which jumps, and the clock of the boot, which does not.
    wall: i64,
    boot: u64,
}

impl House {
    fn new() -> Self {
        Self::deployed_with(None)
    }

    /// The team, and the incident that was declared with it.
    fn deployed_with(title: Option<&str>) -> Self {
        let world = World { boot: "b".to_owned(), pace: Some(PACE), ..World::default() };
        let mut house =
            Self { state: State::default(), world, log: Vec::new(), wall: 1_000_000_000, boot: 5000 };
        let incident = title.map(|title| Opening { declaration: declaration(title), live: house.live() });
        house.wall += 1;
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

    fn now(&self) -> Now {
        Now { wall: Timestamp(self.wall), boot_millis: self.boot }
    }

    fn live(&self) -> Occurred {
        Occurred::live(self.now(), "b")
    }

    fn input(&mut self, input: Input) {
        let now = Timestamp(self.wall);
        for event in decide(&self.state, input, now).events {
            let seq = Seq(self.log.len() as u64 + 1);
            self.state.apply(seq, now, &event);
            self.log.push((seq, now, event));
        }
        self.look_around();
    }

    fn look_around(&mut self) {
        self.world.wall = Timestamp(self.wall);
        self.world.notice(&self.state, self.boot);
    }

    fn launch(&mut self, agent: AgentId) {
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

    fn generation(&self, agent: AgentId) -> Generation {
        self.state.agent(agent).map_or(Generation(0), |a| a.generation)
    }

    fn see(&mut self, agent: AgentId, state: AgentState) {
        let generation = self.generation(agent);
        self.input(Input::Seen { agent, generation, state, source: Source::Status, detail: String::new() });
    }

    /// A whole turn with its last words.
    fn turn(&mut self, agent: AgentId, words: &str) {
        self.see(agent, AgentState::Working);
        let (generation, text, source) = (self.generation(agent), words.to_owned(), Source::Hook);
        self.input(Input::Said { agent, generation, text, source });
        self.see(agent, AgentState::Idle);
    }

    fn dialog(&mut self, agent: AgentId, text: Option<&str>) {
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

    fn state_it(&mut self, by: Sender, entry: Entry) {
        let live = self.live();
        self.input(Input::Record { team: team(), by, live, at: When::Now, entry: Box::new(entry) });
    }

    fn declare(&mut self) {
        self.state_it(Sender::Operator, Entry::Declare(declaration("it is broken")));
    }

    /// Time passes, in small steps, and the supervisor does what its plan says. The manager takes its digests if it is
    /// `reading`, and has a turn of its own for each.
    fn pass(&mut self, millis: u64, reading: bool) {
        let end = self.boot + millis;
        while self.boot < end {
            let step = 500.min(end - self.boot);
            self.boot += step;
            self.wall += i64::try_from(step).unwrap();
            self.work(reading);
        }
    }

    fn work(&mut self, reading: bool) {
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
    fn read(&mut self) {
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
    fn digests(&self) -> Vec<(Vec<Seq>, u64, Vec<Reminder>, u64)> {
        let made = |(_, _, event): &(Seq, Timestamp, Event)| match event {
            Event::DigestMade(made) => {
                Some((made.told.clone(), made.more, made.reminders.clone(), made.at.millis))
            }
            _ => None,
        };
        self.log.iter().filter_map(made).collect()
    }

    fn texts(&self) -> Vec<String> {
        let text = |(_, _, event): &(Seq, Timestamp, Event)| match event {
            Event::MessageAccepted { kind: MessageKind::Digest, text, from, to, .. } => {
                assert_eq!((from, to.as_slice()), (&Sender::System, &[MANAGER][..]));
                Some(text.clone())
            }
            _ => None,
        };
        self.log.iter().filter_map(text).collect()
    }

    fn replayed(&self) -> State {
        let mut state = State::default();
        for (seq, at, event) in &self.log {
            state.apply(*seq, *at, event);
        }
        state
    }
}

fn agent(id: u64) -> Sender {
    let name = ["backend", "devops", "pm"][usize::try_from(id).unwrap() - 1];
    Sender::Agent { id: AgentId(id), label: format!("t:{name}") }
}

#[test]
fn a_teammates_turn_is_told_once_and_with_its_last_words() {
    let mut house = House::new();
    house.turn(AgentId(1), "Found it:\n the pool leaks");
    house.pass(2500, true);
    assert_eq!(house.texts(), Vec::<String>::new(), "not before others had time to join it");
    house.turn(AgentId(2), "98 % of the connections are in use");
    house.pass(10 * MINUTE, true);
    let texts = house.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    for words in [
        "t:0 (backend) finished its turn and said: Found it: the pool leaks",
        "t:1 (devops) finished its turn and said: 98 %",
        "Nobody waits for an answer",
    ] {
        assert!(texts[0].contains(words), "{words:?} is missing in {}", texts[0]);
    }
    assert!(!texts[0].contains("INC-"), "there is no incident: {}", texts[0]);
}

#[test]
fn what_the_manager_does_itself_is_told_to_nobody() {
    let mut house = House::new();
    house.declare();
    house.pass(MINUTE, true);
    let before = house.texts().len();
    for _ in 0..20 {
        house.turn(MANAGER, "let me think");
        house.state_it(agent(3), Entry::Note { text: format!("at {}", house.boot) });
        house.dialog(MANAGER, Some("May I?"));
        house.dialog(MANAGER, None);
        house.pass(5000, true);
    }
    assert_eq!(house.texts().len(), before, "{:?}", house.texts());
}

#[test]
fn what_happens_while_a_digest_is_on_its_way_goes_into_the_next() {
    let mut house = House::new();
    house.turn(AgentId(1), "one");
    house.pass(5 * MINUTE, false);
    for n in 0..10 {
        house.turn(AgentId(1), &format!("more {n}"));
        house.pass(MINUTE, false);
    }
    assert_eq!(house.texts().len(), 1, "the first has not arrived");
    house.pass(MINUTE, true);
    let texts = house.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts[1].contains("more 9") && !texts[1].contains("more 8"),
        "the newest says it all: {}",
        texts[1]
    );
    assert_eq!(house.digests()[1].0.len(), 10, "it stands for all ten");
}

#[test]
fn a_dialog_is_told_once_and_not_when_it_was_answered_in_time() {
    let mut house = House::new();
    house.see(AgentId(1), AgentState::Working);
    house.see(AgentId(1), AgentState::NeedsPerson { need: Need::Permission });
    house.dialog(AgentId(1), Some("Run psql?"));
    house.see(AgentId(2), AgentState::Working);
    house.dialog(AgentId(2), Some("Run top?"));
    house.dialog(AgentId(2), None);
    house.pass(MINUTE, true);
    let texts = house.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("t:0 (backend) waits for a person (permission): Run psql?"), "{}", texts[0]);
    assert!(!texts[0].contains("top"), "{}", texts[0]);
}

#[test]
fn an_end_that_nobody_wanted_is_told_and_one_that_was_mended_is_not() {
    let mut house = House::new();
    let (generation, last_words) = (Generation(1), String::new());
    house.input(Input::Ended { agent: AgentId(1), generation, exit: Exit::Signal(9), last_words });
    house.pass(MINUTE, true);
    let texts = house.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("t:0 (backend) ended (signal 9) and does not run"), "{}", texts[0]);
}

#[test]
fn findings_of_teammates_reach_the_manager() {
    let mut house = House::new();
    house.declare();
    house.state_it(agent(1), Entry::Suspect { text: "the pool is too small".into() });
    let (id, verdict) = (HypothesisId(1), orc_core::incident::fact::Verdict::Confirmed);
    let evidence = vec!["auth.py:234".to_owned()];
    house.state_it(agent(2), Entry::Judge { id, verdict, text: "it grows".into(), evidence });
    house.state_it(agent(3), Entry::AddTask { text: "mend it".into(), assignee: Some("backend".into()) });
    house.state_it(Sender::Operator, Entry::AddTask { text: "look".into(), assignee: None });
    for id in [TaskId(1), TaskId(2)] {
        house.state_it(agent(1), Entry::MoveTask { id, state: TaskState::Done, text: "so it is".into() });
    }
    house.pass(4000, true);
    let text = house.texts().concat();
    for words in [
        "operator declared INC-",
        "t:backend suspects, as H1: the pool is too small",
        "t:devops says that H1 is confirmed: it grows [auth.py:234]",
        "t:backend says that task T2 (look) is done: so it is",
        "due: root_cause by T+15:00",
    ] {
        assert!(text.contains(words), "{words:?} is missing in {text}");
    }
    assert!(
        !text.contains("T1"),
        "who gave a task is told of its end at once, and needs no second word: {text}"
    );
}

#[test]
fn what_was_declared_with_the_team_stands_in_the_briefs_and_what_is_declared_later_is_told() {
    let mut house = House::deployed_with(Some("it is broken"));
    house.pass(4000, true);
    assert_eq!(house.texts(), Vec::<String>::new());
    let close = Entry::Cancel { why: "a false alarm".into() };
    house.state_it(Sender::Operator, close);
    house.state_it(Sender::Operator, Entry::Declare(declaration("it is broken indeed")));
    house.pass(4000, true);
    assert!(house.texts().concat().contains("it is broken indeed"), "{:?}", house.texts());
}

#[test]
fn the_clock_of_an_incident_reminds_once_each_and_only_of_what_is_missing() {
    let mut house = House::new();
    house.pass(60 * MINUTE, true);
    assert_eq!(house.texts().len(), 0, "without an incident nobody is hurried");
    house.declare();
    let began = house.boot;
    house.pass(5 * MINUTE + 1000, true);
    let told = |house: &House| -> Vec<(u64, Vec<Reminder>)> {
        let of = house.digests().into_iter().filter(|(_, _, reminders, _)| !reminders.is_empty());
        of.map(|(_, _, reminders, at)| ((at - began) / MINUTE, reminders.clone())).collect()
    };
    assert_eq!(told(&house), [(5, vec![Reminder::NoHypothesis])]);
    house.state_it(agent(1), Entry::Suspect { text: "the pool".into() });
    house.wall -= 3_600_000;
    house.pass(60 * MINUTE, true);
    let since = house.state.records[&team()].declared.as_ref().unwrap().seq;
    let (near, passed) =
        (|milestone| Reminder::Near { milestone }, |milestone| Reminder::Passed { milestone });
    let (cause, fix, end) = (Milestone::RootCause, Milestone::FixReady, Milestone::Resolved);
    assert_eq!(
        told(&house)[1..],
        [
            (12, vec![near(cause)]),
            (15, vec![passed(cause), Reminder::NoUpdate { since }]),
            (25, vec![near(fix)]),
            (30, vec![passed(fix)]),
            (40, vec![near(end)]),
            (45, vec![passed(end)]),
        ]
    );
}

#[test]
fn an_update_begins_a_new_cadence_and_a_resolved_incident_hurries_nobody() {
    let mut house = House::new();
    house.declare();
    let update = |text: &str| Entry::Update {
        audience: "users".into(),
        conditions: text.into(),
        actions: String::new(),
        needs: String::new(),
    };
    let silences = |house: &House| {
        let of = house.digests().into_iter().flat_map(|(_, _, reminders, _)| reminders.clone());
        of.filter(|reminder| matches!(reminder, Reminder::NoUpdate { .. })).count()
    };
    house.pass(14 * MINUTE, true);
    house.state_it(agent(3), update("we look for it"));
    house.pass(14 * MINUTE, true);
    assert_eq!(silences(&house), 0);
    house.pass(2 * MINUTE, true);
    assert_eq!(silences(&house), 1);
    house.state_it(agent(3), update("we mend it"));
    let mark = |milestone, by_hand: Option<&str>| {
        Entry::Mark(Claim {
            milestone,
            text: "so".into(),
            evidence: vec![],
            hypothesis: None,
            by_hand: by_hand.map(str::to_owned),
        })
    };
    house.state_it(agent(3), mark(Milestone::Mitigated, None));
    house.state_it(Sender::Operator, mark(Milestone::Resolved, Some("seen")));
    house.pass(MINUTE, true);
    let before = house.texts().len();
    house.pass(300 * MINUTE, true);
    assert_eq!(house.texts().len(), before, "{:?}", house.texts().last());
}

#[test]
fn reminders_that_were_missed_come_together_and_the_stronger_word_stands() {
    let mut house = House::new();
    house.declare();
    house.world.pace = None;
    house.pass(20 * MINUTE, true);
    house.world.pace = Some(PACE);
    house.pass(5 * MINUTE, true);
    let texts = house.texts();
    assert_eq!(texts.len(), 2, "one for what was missed, one when the fix is near its budget: {texts:?}");
    assert!(texts[0].contains("root_cause was due after 15 minutes"), "{}", texts[0]);
    assert!(!texts[0].contains("is due after 15"), "{}", texts[0]);
    assert!(texts[0].contains("No possible cause"), "{}", texts[0]);
}

/// One thing that can happen.
#[derive(Debug, Clone)]
enum Step {
    Turn(u64),
    Begin(u64),
    Dialog(u64, bool),
    End(u64),
    Start(u64),
    Note(u64),
    Declare,
    /// The wall clock jumps.
    Jump(i32),
    Pass(u64, bool),
    /// Only the log survives.
    KillSupervisor,
    Send(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u64..4).prop_map(Step::Turn),
        1 => (1_u64..4).prop_map(Step::Begin),
        2 => (1_u64..4, any::<bool>()).prop_map(|(agent, open)| Step::Dialog(agent, open)),
        1 => (1_u64..4).prop_map(Step::End),
        1 => (1_u64..4).prop_map(Step::Start),
        4 => (0_u64..4).prop_map(Step::Note),
        1 => Just(Step::Declare),
        1 => (-4_000_000..4_000_000_i32).prop_map(Step::Jump),
        6 => (1_u64..40_000, any::<bool>()).prop_map(|(millis, reading)| Step::Pass(millis, reading)),
        1 => Just(Step::KillSupervisor),
        1 => (1_u64..4).prop_map(Step::Send),
    ]
}

impl House {
    fn step(&mut self, step: Step, n: usize) {
        match step {
            Step::Turn(of) => self.turn(AgentId(of), &format!("turn {n}")),
            Step::Begin(of) => self.see(AgentId(of), AgentState::Working),
            Step::Dialog(of, open) => {
                let text = format!("dialog {n}");
                self.dialog(AgentId(of), open.then_some(&text));
            }
            Step::End(of) => {
                let (agent, generation) = (AgentId(of), self.generation(AgentId(of)));
                let (exit, last_words) = (Exit::Signal(9), String::new());
                self.input(Input::Ended { agent, generation, exit, last_words });
            }
            Step::Start(of) => {
                // As after a restart that nobody is told of: the launch belongs to a wish in the log.
                let agent = AgentId(of);
                let (how, cause) = (orc_core::restart::Comeback::Fresh, orc_core::restart::Cause::Asked);
                if self.state.agents[&agent].launch.is_none() {
                    self.input(Input::Restart { agent, how, cause, why: "asked".into() });
                    self.launch(agent);
                    let (generation, detail) = (self.generation(agent), String::new());
                    self.input(Input::Restored { agent, generation, detail, words: None });
                }
            }
            Step::Note(by) => {
                let by = if by == 0 { Sender::Operator } else { agent(by) };
                self.state_it(by, Entry::Note { text: format!("note {n}") });
            }
            Step::Declare => self.declare(),
            Step::Jump(by) => self.wall += i64::from(by),
            Step::Pass(millis, reading) => self.pass(millis, reading),
            Step::KillSupervisor => {
                self.state = self.replayed();
                self.world.noticed.clear();
            }
            Step::Send(to) => {
                let (from, kind) = (Sender::Operator, MessageKind::Direct);
                let (to, text) = (vec![AgentId(to)], make_safe("hi"));
                self.input(Input::Send { team: team(), from, kind, to, text, key: None });
            }
        }
    }

    /// The statements that the manager must be told of, found by reading the log alone.
    fn statements(&self) -> BTreeSet<Seq> {
        let of = |(seq, _, event): &(Seq, Timestamp, Event)| match event {
            Event::Recorded { by, fact, .. } => {
                let mine = matches!(by, Sender::Agent { id, .. } if *id == MANAGER);
                let noted = matches!(
                    fact,
                    orc_core::incident::Fact::Noted { .. } | orc_core::incident::Fact::Declared { .. }
                );
                (!mine && noted).then_some(*seq)
            }
            _ => None,
        };
        self.log.iter().filter_map(of).collect()
    }

    /// The ends of teammates' turns, likewise: from a turn to a composer, without another launch in between.
    fn turns(&self) -> BTreeSet<Seq> {
        let mut working = BTreeMap::new();
        let mut ends = BTreeSet::new();
        for (seq, _, event) in &self.log {
            match event {
                Event::AgentChanged { agent, state, .. } if *agent != MANAGER => match state {
                    AgentState::Working => drop(working.insert(*agent, true)),
                    AgentState::Idle if working.insert(*agent, false) == Some(true) => {
                        ends.insert(*seq);
                    }
                    _ => {}
                },
                Event::AgentLaunched { agent, .. } | Event::AgentEnded { agent, .. } => {
                    working.insert(*agent, false);
                }
                _ => {}
            }
        }
        ends
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_fact_is_told_once_and_no_digest_is_the_cause_of_another(steps in prop::collection::vec(step(), 1..60)) {
        let mut house = House::new();
        for (n, step) in steps.into_iter().enumerate() {
            house.step(step, n);
        }
        prop_assert_eq!(house.replayed(), house.state.clone());
        // The manager runs and reads: everything is told.
        house.step(Step::Start(3), 1000);
        house.dialog(MANAGER, None);
        house.see(MANAGER, AgentState::Idle);
        house.pass(2 * MINUTE, true);
        let digests = house.digests();
        let told: Vec<Seq> = digests.iter().flat_map(|(told, ..)| told.iter().copied()).collect();
        let unique: BTreeSet<Seq> = told.iter().copied().collect();
        prop_assert_eq!(told.len(), unique.len(), "something was told twice");
        let more: u64 = digests.iter().map(|(_, more, ..)| more).sum();
        let lost = house.statements().difference(&unique).count() as u64;
        prop_assert_eq!(lost, more, "a statement is lost");
        let turns = house.turns();
        prop_assert!(turns.is_subset(&unique), "{:?} are lost", turns.difference(&unique));
        for pair in digests.windows(2) {
            prop_assert!(pair[1].3 - pair[0].3 >= PACE.apart_ms, "two digests are {} ms apart", pair[1].3 - pair[0].3);
        }
        let reminders: Vec<&Reminder> = digests.iter().flat_map(|(_, _, reminders, _)| reminders.iter()).collect();
        let once: BTreeSet<&Reminder> = reminders.iter().copied().collect();
        prop_assert_eq!(once.len(), reminders.len(), "the manager was reminded of something twice");
        // From here on nothing happens but the manager's own turns: of a thousand minutes only the clock may speak, and it
        // speaks less often than there are reminders.
        let before = house.digests().len();
        house.pass(10 * MINUTE, true);
        for (told, more, reminders, _) in &house.digests()[before..] {
            prop_assert!(told.is_empty() && *more == 0 && !reminders.is_empty(), "a digest without a cause");
        }
    }
}

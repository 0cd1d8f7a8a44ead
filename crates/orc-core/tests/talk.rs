//! Agents that answer each other for ever are stopped, everybody is told once, and a person's word lets them go on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use orc_core::decide::{Reply, decide};
use orc_core::delivery::{MessageKind, Sender};
use orc_core::envelope::make_safe;
use orc_core::error::Code;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, Seq, TeamName};
use orc_core::incident::entry::Entry;
use orc_core::incident::{Occurred, When};
use orc_core::input::{Input, NewAgent};
use orc_core::state::State;
use orc_core::talk::{Between, OF_PAIR, OF_TEAM, WINDOW_MS};
use orc_core::team::Source;
use orc_core::time::{Now, Timestamp};
use proptest::prelude::*;

fn team() -> TeamName {
    "t".parse().unwrap()
}

struct House {
    state: State,
    log: Vec<Event>,
    clock: i64,
}

impl House {
    /// A team of so many agents.
    fn new(size: u64) -> Self {
        let mut house = Self { state: State::default(), log: Vec::new(), clock: 1_000_000_000 };
        let members = (1..=size)
            .map(|n| NewAgent {
                name: format!("a{n}").parse().unwrap(),
                title: "x".into(),
                role: if n == size { "pm".parse().unwrap() } else { "backend".parse().unwrap() },
                profile: "scripted".parse().unwrap(),
                dir: "/".into(),
            })
            .collect();
        house.input(Input::CreateTeam {
            team: team(),
            kind: "backend".parse().unwrap(),
            dir: "/".into(),
            members,
        });
        house.input(Input::TeamDeployed {
            team: team(),
            briefs: Vec::new(),
            broadcast: None,
            incident: None,
        });
        house
    }

    fn input(&mut self, input: Input) -> Reply {
        let decision = decide(&self.state, input, Timestamp(self.clock));
        for event in decision.events {
            self.log.push(event.clone());
            self.state.apply(Seq(self.log.len() as u64), Timestamp(self.clock), &event);
        }
        decision.reply
    }

    /// Whether a message from one agent to others is accepted.
    fn says(&mut self, from: u64, to: &[u64]) -> bool {
        self.clock += 1000;
        self.sends(agent(from), MessageKind::Direct, to)
    }

    fn sends(&mut self, from: Sender, kind: MessageKind, to: &[u64]) -> bool {
        let to = to.iter().copied().map(AgentId).collect();
        match self.input(Input::Send { team: team(), from, kind, to, text: make_safe("and you?"), key: None })
        {
            Reply::Accepted(_) => true,
            Reply::Refused(refusal) => {
                assert_eq!(refusal.code, Code::Limited);
                assert!(refusal.hint.contains("a person"), "{refusal:?}");
                false
            }
            other => panic!("{other:?}"),
        }
    }

    /// Two agents answer each other until they are stopped: how many messages got through.
    fn answer_each_other(&mut self, one: u64, other: u64) -> usize {
        (0..1000)
            .take_while(|n| if n % 2 == 0 { self.says(one, &[other]) } else { self.says(other, &[one]) })
            .count()
    }

    fn limits(&self) -> Vec<Between> {
        let limit = |event: &Event| match event {
            Event::TalkLimited(limited) => Some(limited.between),
            _ => None,
        };
        self.log.iter().filter_map(limit).collect()
    }
}

fn agent(id: u64) -> Sender {
    Sender::Agent { id: AgentId(id), label: format!("t:a{id}") }
}

fn pair(one: u64, other: u64) -> Between {
    Between::Pair { one: AgentId(one), other: AgentId(other) }
}

#[test]
fn two_that_answer_each_other_are_stopped_and_that_is_one_fact() {
    let mut house = House::new(4);
    assert_eq!(house.answer_each_other(2, 1), OF_PAIR);
    for _ in 0..50 {
        assert!(!house.says(1, &[2]) && !house.says(2, &[1]));
    }
    assert_eq!(house.limits(), [pair(1, 2)], "it is said once, however often they try");
    assert!(house.says(1, &[3]), "with others they may speak");
    assert!(!house.says(1, &[2, 3]), "not with each other among others");
    let told = &house.state.digests[&team()].items;
    assert_eq!(told.len(), 1, "the manager is told once: {told:?}");
}

#[test]
fn a_persons_word_lets_them_go_on() {
    let direct = |house: &mut House| house.sends(Sender::Operator, MessageKind::Direct, &[2]);
    let all = |house: &mut House| house.sends(Sender::Operator, MessageKind::Broadcast, &[1, 2, 3]);
    for word in [direct, all] {
        let mut house = House::new(4);
        house.answer_each_other(1, 2);
        assert!(word(&mut house));
        assert_eq!(house.answer_each_other(1, 2), OF_PAIR, "they begin anew, and the limit with them");
        assert_eq!(house.limits().len(), 2);
    }
    let mut house = House::new(4);
    house.answer_each_other(1, 2);
    assert!(house.sends(Sender::Operator, MessageKind::Direct, &[3]));
    assert!(!house.says(1, &[2]), "a word to somebody else is none to them");
}

#[test]
fn typing_into_the_agents_own_terminal_is_a_persons_word_and_what_tmux_orc_says_is_not() {
    let mut house = House::new(4);
    house.answer_each_other(1, 2);
    assert!(house.sends(Sender::System, MessageKind::Direct, &[1]));
    assert!(!house.says(1, &[2]));
    let typed = Event::PersonPrompted {
        agent: AgentId(1),
        generation: Generation(1),
        text: "go on".into(),
        source: Source::Hook,
    };
    house.state.apply(Seq(10_000), Timestamp(house.clock), &typed);
    assert!(house.says(1, &[2]));
}

#[test]
fn those_who_were_stopped_may_go_on_when_nothing_of_it_is_recent() {
    let mut house = House::new(4);
    house.answer_each_other(1, 2);
    house.clock += i64::try_from(WINDOW_MS / 2).unwrap();
    assert!(!house.says(1, &[2]), "what was said is recent");
    house.clock += i64::try_from(WINDOW_MS / 2).unwrap();
    assert!(house.says(1, &[2]), "ten minutes of silence are enough");
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_stopped() {
    let mut house = House::new(4);
    house.answer_each_other(1, 2);
    house.clock -= 3_600_000;
    assert!(house.says(1, &[2]));
}

#[test]
fn a_circle_is_stopped_by_the_limit_of_the_team() {
    let mut house = House::new(6);
    let through = (0..1000).take_while(|n| house.says(n % 5 + 1, &[(n + 1) % 5 + 1])).count();
    assert_eq!(through, OF_TEAM * 6);
    assert_eq!(house.limits(), [Between::Team]);
    assert!(house.sends(Sender::Operator, MessageKind::Direct, &[4]));
    assert!(house.says(1, &[2]), "any word of a person lets the team go on");
}

#[test]
fn tasks_are_no_way_around_the_limit_and_their_ends_are_always_taken() {
    let mut house = House::new(4);
    let state = |house: &mut House, by: u64, entry: Entry| {
        let live = Occurred::live(Now { wall: Timestamp(house.clock), boot_millis: 0 }, "b");
        house.input(Input::Record {
            team: team(),
            by: agent(by),
            live,
            at: When::Now,
            entry: Box::new(entry),
        })
    };
    let mut given = 0;
    loop {
        let entry = Entry::AddTask { text: format!("task {given}"), assignee: Some("a2".into()) };
        match state(&mut house, 1, entry) {
            Reply::Recorded { .. } => given += 1,
            Reply::Refused(refusal) => break assert_eq!(refusal.code, Code::Limited),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(given, OF_PAIR);
    assert_eq!(house.state.records[&team()].tasks.len(), OF_PAIR, "what is refused is not on record");
    let done = Entry::MoveTask {
        id: orc_core::ids::TaskId(1),
        state: orc_core::incident::fact::TaskState::Done,
        text: "found it".into(),
    };
    assert!(matches!(state(&mut house, 2, done), Reply::Recorded { .. }));
    assert!(matches!(state(&mut house, 2, Entry::Note { text: "so".into() }), Reply::Recorded { .. }));
}

proptest! {
    /// Whoever speaks with whom: within any window no pair and no team exchanges more than its limit between two words of a
    /// person, each limit is one fact until somebody lets them go on, and replaying the log gives the same state.
    #[test]
    fn no_pair_and_no_team_exceeds_its_limit(
        words in prop::collection::vec((1_u64..5, 1_u64..5, 0_i64..40_000, 0_u8..60), 1..400),
    ) {
        let mut house = House::new(4);
        let mut said: Vec<(i64, u64, u64)> = Vec::new();
        for (from, to, pause, person) in words {
            house.clock += pause;
            if person == 0 {
                house.sends(Sender::Operator, MessageKind::Broadcast, &[1, 2, 3, 4]);
                said.clear();
            } else if from != to && house.sends(agent(from), MessageKind::Direct, &[to]) {
                said.push((house.clock, from.min(to), from.max(to)));
            }
            let recent = || said.iter().filter(|(at, ..)| house.clock - at < i64::try_from(WINDOW_MS).unwrap());
            prop_assert!(recent().count() <= OF_TEAM * 4);
            for (one, other) in [(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)] {
                prop_assert!(recent().filter(|(_, a, b)| (*a, *b) == (one, other)).count() <= OF_PAIR);
            }
        }
    }
}

//! Digests as laws: random histories of a team with a manager, a virtual clock, and the log as the only thing that survives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;
mod laws;

use orc_core::delivery::Sender;
use orc_core::digest::Reminder;
use orc_core::ids::{AgentId, Generation, HypothesisId, TaskId};
use orc_core::incident::Milestone;
use orc_core::incident::entry::{Claim, Entry};
use orc_core::incident::fact::TaskState;
use orc_core::input::Input;
use orc_core::team::{AgentState, Exit, Need};

use crate::house::{House, MANAGER, MINUTE, PACE, agent, declaration, team};

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

//! The record of an incident: what counts, what stays in sight, and how long things took whatever the clocks did.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod laws;
mod world;

use orc_core::decide::Reply;
use orc_core::delivery::Sender;
use orc_core::error::Code;
use orc_core::event::Event;
use orc_core::ids::{AgentId, HypothesisId, TaskId};
use orc_core::incident::Fact;
use orc_core::incident::entry::{Claim, Declare, Entry};
use orc_core::incident::fact::{Reach, TaskState, Verdict};
use orc_core::incident::metrics::impact_ms;
use orc_core::incident::{Milestone, Phase, Section, Severity, When};
use orc_core::time::Timestamp;

use crate::world::{MINUTE, World, accepted, agent, claim, declaration, refused};

#[test]
fn a_whole_incident_has_its_durations() {
    let mut world = World::new();
    world.declare();
    world.pass(10 * MINUTE);
    world.mark(Milestone::RootCause);
    world.pass(5 * MINUTE);
    world.mark(Milestone::FixReady);
    world.pass(MINUTE);
    world.mark(Milestone::Mitigated);
    assert_eq!(world.record().phase(), Phase::Monitoring);
    world.pass(MINUTE);
    world.mark(Milestone::Resolved);
    let cause = world.metric("time to root cause", Milestone::RootCause);
    assert_eq!(
        (cause.from, cause.took_ms, cause.met()),
        (Milestone::Detected, Some(10 * MINUTE), Some(true))
    );
    assert_eq!(world.metric("time to resolution", Milestone::Resolved).took_ms, Some(17 * MINUTE));
    assert_eq!(world.metric("time to deploy", Milestone::TeamReady).took_ms, None, "not recorded is not 0");
    assert_eq!(world.record().phase(), Phase::Resolved);
    assert_eq!(world.notes(), "");
}

#[test]
fn a_team_that_was_there_before_the_declaration_is_measured_from_its_own_beginning() {
    let mut world = World::new();
    world.pass(40_000);
    world.take(&Event::TeamReady { team: "auth".parse().unwrap(), took_ms: 40_000 });
    world.pass(MINUTE);
    world.declare();
    let deploy = world.metric("time to deploy", Milestone::TeamReady);
    assert_eq!((deploy.from, deploy.took_ms), (Milestone::TeamRequested, Some(40_000)));
    assert_eq!(world.notes(), "");
}

#[test]
fn a_cause_that_is_taken_back_does_not_count_and_stays_in_sight() {
    let mut world = World::new();
    world.declare();
    world.pass(6 * MINUTE);
    let wrong = world.mark(Milestone::RootCause);
    world.pass(2 * MINUTE);
    world.person(Entry::Retract { of: wrong.to_string(), why: "a symptom".into() });
    assert_eq!(world.record().effective(Milestone::RootCause), None);
    world.pass(2 * MINUTE);
    world.person(Entry::Mark(Claim { text: "the leak".into(), ..claim(Milestone::RootCause) }));
    assert_eq!(world.metric("time to root cause", Milestone::RootCause).took_ms, Some(10 * MINUTE));
    assert_eq!(world.record().marks.iter().filter(|mark| mark.milestone == Milestone::RootCause).count(), 2);
    assert!(world.notes().contains("taken back"), "{}", world.notes());
}

#[test]
fn a_clock_that_jumps_back_an_hour_changes_no_duration_and_is_said() {
    let mut world = World::new();
    world.declare();
    world.pass(4 * MINUTE);
    world.wall -= 3_600_000;
    world.mark(Milestone::RootCause);
    assert_eq!(world.metric("time to root cause", Milestone::RootCause).took_ms, Some(4 * MINUTE));
    assert!(world.notes().contains("clock was set by -3600 s"), "{}", world.notes());
}

#[test]
fn what_began_ten_minutes_ago_is_measured_by_the_clock_that_does_not_jump() {
    let mut world = World::new();
    let started = Some(When::Ago { millis: 10 * MINUTE });
    world.person(Entry::Declare(Declare { started, ..declaration() }));
    world.wall += 3_600_000;
    world.pass(5 * MINUTE);
    world.mark(Milestone::Mitigated);
    assert_eq!(impact_ms(world.record()), Some(15 * MINUTE));
    assert!(world.notes().contains("impact_started was entered afterwards"), "{}", world.notes());
}

#[test]
fn evidence_is_known_by_its_hash_and_its_beginning() {
    let mut world = World::new();
    let content = "pool exhausted ä\n".repeat(1000);
    let (text, source) = ("the log".to_owned(), "error.log".to_owned());
    let (_, id) = world.person(Entry::Evidence { text, source, content: content.clone() });
    assert_eq!(id.as_deref(), Some("E1"));
    let Some(Event::Recorded { fact: Fact::EvidenceAdded { sha256, bytes, excerpt, .. }, .. }) =
        world.log.last().map(|(_, event)| event)
    else {
        panic!("{:?}", world.log.last());
    };
    assert_eq!((sha256.len(), *bytes), (64, content.len() as u64));
    assert!(excerpt.len() <= 2048 && content.starts_with(excerpt.as_str()));
}

#[test]
fn after_a_reboot_the_wall_clock_counts() {
    let mut world = World::new();
    world.declare();
    world.pass(4 * MINUTE);
    (world.boot, world.boot_id) = (10, "two".into());
    world.pass(MINUTE);
    world.mark(Milestone::RootCause);
    assert_eq!(world.metric("time to root cause", Milestone::RootCause).took_ms, Some(5 * MINUTE));
}

#[test]
fn a_reopened_incident_is_not_resolved_and_its_impact_adds_up() {
    let mut world = World::new();
    world.declare();
    world.mark(Milestone::ImpactStarted);
    world.pass(10 * MINUTE);
    world.mark(Milestone::Mitigated);
    world.mark(Milestone::Resolved);
    world.pass(5 * MINUTE);
    world.person(Entry::Reopen { why: "it is back".into() });
    assert_eq!(world.record().effective(Milestone::Resolved), None);
    assert_eq!(impact_ms(world.record()), None, "it goes on");
    world.pass(5 * MINUTE);
    world.mark(Milestone::Mitigated);
    assert_eq!(impact_ms(world.record()), Some(15 * MINUTE), "the same words are another claim");
    assert_eq!(world.record().phase(), Phase::Monitoring);
}

#[test]
fn what_was_mitigated_before_it_was_understood_is_taken_as_it_is() {
    let mut world = World::new();
    world.declare();
    world.pass(MINUTE);
    world.mark(Milestone::Mitigated);
    world.pass(MINUTE);
    world.mark(Milestone::RootCause);
    assert_eq!(world.metric("time to mitigate", Milestone::Mitigated).took_ms, Some(MINUTE));
    assert_eq!(world.notes(), "", "a rollback before the diagnosis is no odd order");
}

#[test]
fn an_instant_before_the_beginning_is_said_and_gives_no_duration() {
    let mut world = World::new();
    world.declare();
    let early = When::At { at: Timestamp(world.wall - 60_000) };
    accepted(world.say(&Sender::Operator, early, Entry::Mark(claim(Milestone::RootCause))));
    assert_eq!(world.metric("time to root cause", Milestone::RootCause).took_ms, None);
    assert!(world.notes().contains("root_cause is recorded before detected"), "{}", world.notes());
}

#[test]
fn what_an_agent_writes_for_the_report_is_a_draft_until_a_person_accepts_these_very_words() {
    let mut world = World::new();
    let narrate = |text: &str| Entry::Narrate { section: Section::Summary, text: text.into() };
    let accept = || Entry::AcceptNarrative { section: Section::Summary };
    let accepted_by = |world: &World| {
        let written = world.record().narrative(Section::Summary).unwrap();
        (written.text.clone(), written.accepted.clone())
    };
    let nothing = world.say(&Sender::Operator, When::Now, accept());
    assert_eq!(refused(nothing), Code::NotFound);
    let (seq, _) = accepted(world.say(&agent(2), When::Now, narrate("a draft")));
    assert_eq!(accepted_by(&world), ("a draft".into(), None));
    assert_eq!(refused(world.say(&agent(2), When::Now, accept())), Code::Denied);
    world.person(accept());
    assert_eq!(accepted_by(&world), ("a draft".into(), Some(Sender::Operator)));
    let again = world.say(&Sender::Operator, When::Now, accept());
    assert!(matches!(again, Reply::Recorded { again: true, .. }), "{again:?}");
    let amend = |text: &str| Entry::Amend { of: seq.to_string(), text: text.into() };
    accepted(world.say(&agent(2), When::Now, amend("other words")));
    assert_eq!(accepted_by(&world), ("other words".into(), None), "nobody has read these");
    world.person(amend("a person's words"));
    assert_eq!(accepted_by(&world), ("a person's words".into(), Some(Sender::Operator)));
    let (newer, _) = accepted(world.say(&agent(2), When::Now, narrate("a second draft")));
    assert_eq!(accepted_by(&world), ("a second draft".into(), None));
    world.person(Entry::Retract { of: newer.to_string(), why: "wrong".into() });
    assert_eq!(accepted_by(&world).0, "a person's words", "what was taken back does not count");
}

#[test]
fn what_would_mislead_is_refused() {
    let mut world = World::new();
    let early = world.say(&Sender::Operator, When::Now, Entry::Close { why: "done".into() });
    assert_eq!(refused(early), Code::Conflict);
    world.declare();
    let twice = world.say(&Sender::Operator, When::Now, Entry::Declare(declaration()));
    assert_eq!(refused(twice), Code::Conflict);
    let bare = Claim { evidence: Vec::new(), ..claim(Milestone::RootCause) };
    assert_eq!(refused(world.say(&agent(1), When::Now, Entry::Mark(bare))), Code::BadRequest);
    let resolved = world.say(&Sender::Operator, When::Now, Entry::Mark(claim(Milestone::Resolved)));
    assert_eq!(refused(resolved), Code::Conflict, "nothing is mitigated");
    let future = When::At { at: Timestamp(world.wall + 120_000) };
    assert_eq!(refused(world.say(&agent(1), future, Entry::Note { text: "x".into() })), Code::BadRequest);
    world.mark(Milestone::Mitigated);
    let unproved = Claim { by_hand: None, ..claim(Milestone::Resolved) };
    assert_eq!(refused(world.say(&Sender::Operator, When::Now, Entry::Mark(unproved))), Code::Conflict);
}

#[test]
fn an_agent_can_neither_close_nor_cancel_nor_play_it_down_nor_take_back_what_others_said() {
    let mut world = World::new();
    world.declare();
    let cause = world.mark(Milestone::RootCause);
    for entry in [
        Entry::Close { why: "x".into() },
        Entry::Cancel { why: "x".into() },
        Entry::Severity { to: Severity::Sev4, why: "x".into() },
        Entry::Retract { of: cause.to_string(), why: "x".into() },
        Entry::Amend { of: "root_cause".into(), text: "x".into() },
    ] {
        assert_eq!(refused(world.say(&agent(1), When::Now, entry.clone())), Code::Denied, "{entry:?}");
    }
    accepted(world.say(&agent(1), When::Now, Entry::Severity { to: Severity::Sev1, why: "worse".into() }));
    let (own, _) = accepted(world.say(&agent(1), When::Now, Entry::Note { text: "I think".into() }));
    accepted(world.say(&agent(1), When::Now, Entry::Retract { of: own.to_string(), why: "no".into() }));
    let confirmed = world.say(&agent(2), When::Now, Entry::Confirm { of: "root_cause".into() });
    accepted(confirmed);
}

#[test]
fn the_same_words_again_are_the_same_statement() {
    let mut world = World::new();
    world.declare();
    let (first, _) = accepted(world.say(&agent(1), When::Now, Entry::Mark(claim(Milestone::RootCause))));
    world.pass(MINUTE);
    let again = world.say(&agent(1), When::Now, Entry::Mark(claim(Milestone::RootCause)));
    assert_eq!(again, Reply::Recorded { seq: first, id: None, again: true });
    accepted(world.say(&agent(2), When::Now, Entry::Mark(claim(Milestone::RootCause))));
    world.pass(20 * MINUTE);
    accepted(world.say(&agent(1), When::Now, Entry::Mark(claim(Milestone::RootCause))));
}

#[test]
fn tasks_and_hypotheses_are_numbered_and_followed() {
    let mut world = World::new();
    let (_, id) = world.person(Entry::Suspect { text: "a leak".into() });
    assert_eq!(id.as_deref(), Some("H1"));
    let judged = Entry::Judge {
        id: HypothesisId(1),
        verdict: Verdict::Confirmed,
        text: "seen".into(),
        evidence: vec!["E1".into()],
    };
    world.person(judged);
    assert_eq!(world.record().hypotheses[0].verdict(), Some(Verdict::Confirmed));
    let cause =
        Claim { evidence: Vec::new(), hypothesis: Some(HypothesisId(1)), ..claim(Milestone::RootCause) };
    world.person(Entry::Mark(cause));
    assert_eq!(world.record().effective(Milestone::RootCause).unwrap().evidence, ["E1"]);
    let add = Entry::AddTask { text: "look at the pool".into(), assignee: Some("backend".into()) };
    assert_eq!(world.person(add.clone()).1.as_deref(), Some("T1"));
    assert!(matches!(world.say(&agent(1), When::Now, add), Reply::Recorded { again: true, .. }));
    world.person(Entry::MoveTask { id: TaskId(1), state: TaskState::Done, text: "found it".into() });
    assert_eq!(world.record().tasks[0].state, TaskState::Done);
    let unknown = world.say(&agent(1), When::Now, Entry::AssignTask { id: TaskId(7), assignee: "pm".into() });
    assert_eq!(refused(unknown), Code::NotFound);
}

#[test]
fn who_is_given_a_task_is_told_and_who_gave_it_hears_of_its_end_once() {
    let mut world = World::new();
    let told = |world: &World| -> Vec<(String, Vec<AgentId>, String)> {
        let messages = world.log.iter().filter_map(|(_, event)| match event {
            Event::MessageAccepted { from, to, text, .. } => {
                Some((from.label().to_owned(), to.clone(), text.lines().next().unwrap().to_owned()))
            }
            _ => None,
        });
        messages.collect()
    };
    let add = |who: &str| Entry::AddTask { text: "look at the pool".into(), assignee: Some(who.into()) };
    accepted(world.say(&agent(2), When::Now, add("auth:0")));
    let given = ("auth:2".into(), vec![AgentId(1)], "Task T1 is yours: look at the pool".into());
    assert_eq!(told(&world), [given]);
    assert_eq!(world.record().tasks[0].assignee.as_deref(), Some("backend"));
    let started = Entry::MoveTask { id: TaskId(1), state: TaskState::Started, text: String::new() };
    accepted(world.say(&agent(1), When::Now, started));
    assert_eq!(told(&world).len(), 1, "a beginning is no news");
    let done = Entry::MoveTask { id: TaskId(1), state: TaskState::Done, text: "a leak".into() };
    accepted(world.say(&agent(1), When::Now, done.clone()));
    assert!(matches!(world.say(&agent(1), When::Now, done), Reply::Recorded { again: true, .. }));
    let (from, to, text) = told(&world).pop().unwrap();
    assert_eq!((from.as_str(), to), ("tmux-orc", vec![AgentId(2)]));
    assert_eq!(text, "Task T1 (look at the pool) is done, says auth:1: a leak");
    assert_eq!(told(&world).len(), 2);
    let nobody = world.say(&agent(2), When::Now, add("devops"));
    assert_eq!(refused(nobody), Code::NotFound);
}

#[test]
fn the_second_incident_of_a_team_begins_with_nothing_and_a_number_of_its_own() {
    let mut world = World::new();
    world.declare();
    world.mark(Milestone::RootCause);
    world.person(Entry::Suspect { text: "one".into() });
    world.person(Entry::Cancel { why: "a false alarm".into() });
    let (_, id) = world.person(Entry::Declare(declaration()));
    assert!(id.unwrap().ends_with("-02"));
    assert_eq!(world.record().effective(Milestone::RootCause), None);
    assert_eq!(world.person(Entry::Suspect { text: "two".into() }).1.as_deref(), Some("H2"));
}

/// Nothing is done because of it, and the manager hears of it once.
#[test]
fn a_proposed_action_is_on_record_and_told_to_the_manager() {
    let mut world = World::new();
    let by = Sender::Agent { id: AgentId(1), label: "auth:backend".into() };
    let propose = || Entry::Propose {
        action: "restart the service".into(),
        why: "it frees connections".into(),
        reach: Reach::Write,
        risk: String::new(),
        rollback: String::new(),
    };
    let (_, id) = accepted(world.say(&by, When::Now, propose()));
    assert_eq!(id.as_deref(), Some("A1"));
    assert!(matches!(world.say(&by, When::Now, propose()), Reply::Recorded { again: true, .. }));
    let message = |(_, event): &(Timestamp, Event)| match event {
        Event::MessageAccepted { from, to, text, .. } => Some((from.clone(), to.clone(), text.clone())),
        _ => None,
    };
    let told: Vec<_> = world.log.iter().filter_map(message).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0].0, told[0].1.as_slice()), (&Sender::System, &[AgentId(2)][..]));
    assert!(told[0].2.starts_with("auth:backend proposes action A1: restart the service\n"), "{told:?}");
    // The manager itself tells nobody; the next number is another.
    let manager = Sender::Agent { id: AgentId(2), label: "auth:pm".into() };
    assert_eq!(accepted(world.say(&manager, When::Now, propose())).1.as_deref(), Some("A2"));
    let count = world.log.iter().filter(|(_, event)| matches!(event, Event::MessageAccepted { .. })).count();
    assert_eq!(count, 1);
}

//! The report is what the log tells: no more, no less, in the published form, and no text in it does anything but be read.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use orc_core::check::{Counts, Tier, Verdict};
use orc_core::delivery::{MessageKind, Outcome, Sender};
use orc_core::event::Event;
use orc_core::incident::entry::Entry;
use orc_core::incident::{Milestone, Section, When};
use orc_core::report::clock::Seconds;
use orc_core::report::timeline::{LineKind, LineStanding};
use orc_core::report::{self, Kind, Names, Report};
use sample::{BASE, MINUTE, SECOND, Story, pm};

mod sample;

fn took(report: &Report, name: &str, from: &str) -> Option<i64> {
    let metric = report.metrics.iter().find(|it| it.name == name && it.from == from);
    metric.unwrap_or_else(|| panic!("no {name} from {from}")).took.map(|it| it.0)
}

fn minutes(minutes: u64, seconds: u64) -> Option<i64> {
    i64::try_from(minutes * MINUTE + seconds * SECOND).ok()
}

#[test]
fn a_whole_incident_is_derived() {
    let report = Story::whole().report(Kind::Incident);
    let head = &report.header;
    assert_eq!(head.incident.as_deref(), Some("INC-20261122-01"));
    assert_eq!((head.severity.as_deref(), head.status.as_str()), (Some("SEV1"), "resolved"));
    assert_eq!(head.elapsed.map(|it| it.0), minutes(28, 0));
    assert_eq!(took(&report, "time to deploy", "declared"), minutes(0, 41));
    assert_eq!(took(&report, "time to brief", "declared"), minutes(1, 6));
    assert_eq!(took(&report, "time to root cause", "detected"), minutes(10, 0));
    assert_eq!(took(&report, "time to fix", "detected"), minutes(15, 20));
    assert_eq!(took(&report, "time to resolution", "detected"), minutes(28, 0));
    assert_eq!(took(&report, "impact duration", "impact started"), minutes(35, 30));
    let verdicts: Vec<_> = report.hypotheses.iter().map(|it| (it.id.as_str(), it.verdict.as_str())).collect();
    assert_eq!(verdicts, [("H1", "ruled out"), ("H2", "confirmed"), ("H3", "not checked")]);
    let check = &report.checks[0];
    assert_eq!((check.executed, check.skipped, check.green), (61, 3, true));
    let not_run: Vec<_> = report.not_run.iter().map(|it| (it.what.as_str(), it.tests)).collect();
    assert_eq!(
        not_run,
        [("the full suite", None), ("pytest", Some(1842 - 61))],
        "what was discovered and not executed"
    );
    let fallen = report.agents.iter().find(|it| it.name == "devops").unwrap();
    assert_eq!((fallen.falls, fallen.restarts, fallen.downtime), (1, 1, Seconds(20_000)));
    let others = report.agents.iter().filter(|it| it.name != "devops");
    assert!(others.map(|it| (it.falls, it.downtime)).all(|it| it == (0, Seconds(0))));
    assert_eq!((report.messages.of_people, report.messages.acknowledged), (1, 3));
    assert_eq!(report.appendix.redactions.get("named-secret"), Some(&3));
    assert_eq!(report.appendix.log.seq, report.appendix.last_seq);
}

#[test]
fn the_timeline_is_in_order_and_says_what_was_taken_back() {
    let report = Story::whole().report(Kind::Incident);
    let offsets: Vec<_> = report.timeline.iter().map(|line| line.offset).collect();
    assert!(offsets.is_sorted());
    let first = &report.timeline[0];
    assert_eq!((first.milestone.as_deref(), first.backdated), (Some("impact started"), true));
    assert_eq!(first.offset, Some(Seconds(-600_000)));
    let causes: Vec<_> = report
        .timeline
        .iter()
        .filter(|line| line.milestone.as_deref() == Some("root cause"))
        .map(|line| (line.standing, line.offset.unwrap().0 / 60_000))
        .collect();
    assert_eq!(causes, [(LineStanding::Retracted, 6), (LineStanding::Confirmed, 10)]);
    let took_back = report.timeline.iter().find(|line| line.text.starts_with("took back")).unwrap();
    assert_eq!(took_back.kind, LineKind::Correction);
    let fall: Vec<_> =
        report.timeline.iter().filter(|line| line.who == "devops" && line.kind == LineKind::Agent).collect();
    assert_eq!(fall.len(), 3, "it ended, is started again, is back: {fall:?}");
}

#[test]
fn people_are_called_by_their_roles_unless_somebody_asks_for_names() {
    let story = Story::whole();
    let roles = serde_json::to_string(&story.report(Kind::Incident)).unwrap();
    for name in ["Ada", "Lovelace", "Grace", "Hopper"] {
        assert!(!roles.contains(name), "{name} is in the report");
    }
    assert!(roles.contains("commander has looked at the pool"), "{roles}");
    let named = report::derive(&story.sources(Kind::Incident, Names::Shown));
    let commander = named.header.roles.iter().find(|held| !held.by_default).unwrap();
    assert_eq!(commander.holder, "Ada Lovelace");
    assert_eq!(named.header.roles[0].holder, "pm", "the manager led until somebody said otherwise");
}

#[test]
fn what_an_agent_wrote_is_a_draft_and_what_nobody_wrote_is_not_there() {
    let report = Story::whole().report(Kind::Incident);
    let part = |name: &str| report.narratives.iter().find(|it| it.section == name).unwrap();
    assert!(part("summary").draft && part("summary").by.as_deref() == Some("pm"));
    assert_eq!(
        (part("went_well").draft, part("went_well").accepted_by.as_deref()),
        (false, Some("operator"))
    );
    assert_eq!((part("lucky").draft, part("lucky").by.as_deref()), (false, Some("operator")));
    assert_eq!(part("trigger").text, None);
}

#[test]
fn nothing_that_is_not_recorded_is_zero_or_now() {
    let mut story = Story::new();
    story.create();
    story.deploy();
    let report = story.report(Kind::Incident);
    assert!(report.header.retroactive);
    assert_eq!((report.header.incident.as_deref(), report.header.severity.as_deref()), (None, None));
    let measured: Vec<_> =
        report.metrics.iter().filter(|it| it.took.is_some()).map(|it| it.name.as_str()).collect();
    assert_eq!(measured, Vec::<&str>::new(), "no milestone was marked: {:?}", report.metrics);
    assert!(report.impact.is_empty() && report.checks.is_empty() && report.changes.is_empty());
    assert!(report.not_run.is_empty(), "no check is recorded, so nothing is known of what did not run");
    assert_eq!(report.header.base.unwrap().milestone, "team requested");
    assert!(report.timeline.iter().any(|line| line.milestone.as_deref() == Some("team ready")));
}

#[test]
fn what_is_odd_about_the_data_is_said() {
    let mut story = Story::new();
    story.create();
    story.declare(None);
    story.deploy();
    story.pass(MINUTE);
    story.wall -= 3_600_000;
    story.mark(&pm(), Milestone::RootCause, "a leak", &["E1"]);
    story.pass(12 * SECOND);
    story.host(Event::SupervisorStarted { pid: 2, version: "0.1.0".into() });
    let report = story.report(Kind::Incident);
    let notes = report.data_quality.join("\n");
    assert_eq!(
        took(&report, "time to root cause", "detected"),
        minutes(2, 6),
        "by the clock that does not jump"
    );
    for words in [
        "Nobody said when it was detected",
        "The wall clock was set back by 1:00:00 before event #",
        "had ended without a word",
        "for 0:12 before that nothing was recorded",
    ] {
        assert!(notes.contains(words), "{words} is not in\n{notes}");
    }
    assert_eq!(report.appendix.supervisor_starts, 2);
}

#[test]
fn the_newest_incident_of_a_team_is_the_one() {
    let mut story = Story::whole();
    story.say(&Sender::Operator, Entry::Close { why: "reviewed".into() });
    story.pass(MINUTE);
    story.declare(None);
    let report = story.report(Kind::Incident);
    assert_eq!(report.header.incident.as_deref(), Some("INC-20261122-02"));
    assert_eq!(took(&report, "time to root cause", "detected"), None);
    assert!(report.checks.is_empty() && report.hypotheses.is_empty());
    assert_eq!(report.agents.iter().map(|it| it.falls).sum::<u32>(), 0, "of the earlier incident");
}

#[test]
fn a_day_and_a_status_are_parts_of_the_same() {
    let mut story = Story::whole();
    let whole = story.report(Kind::Incident);
    let status = story.report(Kind::Status);
    assert_eq!(status.timeline.len(), 12);
    assert_eq!(status.timeline[..], whole.timeline[whole.timeline.len() - 12..]);
    assert_eq!(status.timeline_left_out, whole.timeline.len() as u64 - 12);
    story.pass(30 * 60 * MINUTE);
    story.say(&pm(), Entry::Note { text: "the next day".into() });
    let daily = story.report(Kind::Daily);
    let texts: Vec<_> = daily.timeline.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["the next day"]);
    assert_eq!(daily.header.covers.from.0.0, story.wall - 86_400_000);
}

#[test]
fn what_no_check_proves_of_the_published_code_is_named() {
    let mut story = Story::new();
    story.create();
    story.deploy();
    story.check(1, Tier::Full, Verdict::Fail, Counts { passed: 1800, failed: 2, ..Counts::default() });
    let report = story.report(Kind::Incident);
    let full = report.not_run.iter().find(|it| it.what == "the full suite").unwrap();
    assert!(full.why.contains("full tier, C1"), "a full run that failed is no green one: {full:?}");
    story.check(2, Tier::Full, Verdict::Pass, Counts { passed: 1842, ..Counts::default() });
    assert_eq!(story.report(Kind::Incident).not_run, []);
}

#[test]
fn a_message_that_is_dead_or_open_is_counted_as_that() {
    let mut story = Story::new();
    story.create();
    story.deploy();
    let one = story.message(&pm(), MessageKind::Direct, &[1], "look at it");
    story.settle(one, 1, Outcome::Dead { reason: "it ended".into() });
    let two = story.message(&pm(), MessageKind::Direct, &[2], "look at it");
    story.settle(two, 2, Outcome::Queued);
    story.settle(two, 2, Outcome::Acknowledged);
    story.message(&pm(), MessageKind::Direct, &[1], "and this");
    let report = story.report(Kind::Incident);
    let counts = &report.messages;
    assert_eq!((counts.of_agents, counts.acknowledged, counts.dead, counts.open), (3, 4, 1, 1));
    let agent = |name: &str| report.agents.iter().find(|it| it.name == name).unwrap();
    assert_eq!((agent("backend").received, agent("backend").dead), (1, 1));
    assert_eq!((agent("devops").received, agent("pm").sent), (2, 3));
    let lines = report.timeline.iter().filter(|line| line.kind == LineKind::Message).count();
    assert_eq!(lines, 1, "what agents tell one another is in the transcript");
}

#[test]
fn words_that_blame_are_warned_of_where_people_wrote_them() {
    let mut story = Story::whole();
    let text = "In hindsight backend should have seen it at 10:05. A full outage.".to_owned();
    story.say(&pm(), Entry::Narrate { section: Section::WentPoorly, text });
    story.say(&pm(), Entry::Note { text: "it would have been quicker with an alert".into() });
    story.message(&Sender::Operator, MessageKind::Broadcast, &[1, 2, 3], "you should have told me");
    let report = story.report(Kind::Incident);
    let of = |place: &str| -> Vec<&str> {
        report.lint.iter().filter(|it| it.place.starts_with(place)).map(|it| it.rule.as_str()).collect()
    };
    assert_eq!(of("went_poorly"), ["blame", "hindsight", "time-by-hand", "outage", "no-reference"]);
    assert_eq!(of("#").len(), 1, "the note and not the message: {:?}", report.lint);
    assert_eq!(of("summary"), Vec::<&str>::new(), "{:?}", report.lint);
    let (what, value, source) = ("Logins".into(), "100 % failed".into(), "E1".into());
    story.say(&pm(), Entry::Impact { what, value, source });
    let report = story.report(Kind::Incident);
    assert!(report.lint.iter().all(|it| it.rule != "outage"), "the impact says that it was one");
}

#[test]
fn the_data_is_in_the_published_form() {
    let schema = report::schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut bare = Story::new();
    bare.create();
    for story in [Story::whole(), bare] {
        for kind in Kind::ALL {
            let data = serde_json::to_value(story.report(kind)).unwrap();
            let wrong: Vec<String> = validator.iter_errors(&data).map(|error| error.to_string()).collect();
            assert_eq!(wrong, Vec::<String>::new());
        }
    }
    let mut broken = serde_json::to_value(Story::whole().report(Kind::Incident)).unwrap();
    broken["header"]["generated_at"] = 5.into();
    assert!(!validator.is_valid(&broken), "a schema that lets everything through proves nothing");
}

#[test]
fn an_instant_is_entered_afterwards_and_stands_where_it_happened() {
    let mut story = Story::whole();
    let at = When::At { at: orc_core::time::Timestamp(BASE + 300_000) };
    story.say_at(&pm(), at, Entry::Note { text: "stakeholders were called".into() });
    let report = story.report(Kind::Incident);
    let index = report.timeline.iter().position(|line| line.text == "stakeholders were called").unwrap();
    let line = &report.timeline[index];
    assert!(line.backdated && line.offset == Some(Seconds(300_000)));
    assert!(
        report.timeline[index - 1].offset <= line.offset && line.offset <= report.timeline[index + 1].offset
    );
}

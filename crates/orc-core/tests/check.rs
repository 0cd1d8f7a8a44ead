//! Checks in the log: each begins before it runs and ends once, and what it proves holds for one git tree.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use orc_core::check::{Begun, CheckRun, Counts, SuiteRun, Tested, Tier, Verdict};
use orc_core::decide::{Beginning, Reply, decide};
use orc_core::delivery::Sender;
use orc_core::event::Event;
use orc_core::ids::Seq;
use orc_core::incident::{Milestone, Record};
use orc_core::input::Input;
use orc_core::redact::Redactor;
use orc_core::state::State;
use orc_core::time::Timestamp;

fn tested(tree: &str) -> Tested {
    Tested {
        repository: "/srv".into(),
        commit: format!("c-{tree}"),
        tree: tree.into(),
        branch: Some("hotfix".into()),
        dirty: false,
        base: Some("base".into()),
        ahead: 1,
    }
}

fn take(state: &mut State, input: Input) -> Reply {
    let decision = decide(state, input, Timestamp(1_000));
    for event in decision.events {
        let text = serde_json::to_string(&event).unwrap();
        let event: Event = serde_json::from_str(&text).unwrap();
        state.apply(Seq(state.seq.0 + 1), Timestamp(1_000), &event);
    }
    decision.reply
}

fn team() -> State {
    let mut state = State::default();
    let (team, kind) = ("auth".parse().unwrap(), "backend".parse().unwrap());
    state.apply(Seq(1), Timestamp(0), &Event::TeamCreated { team, kind, dir: "/srv".into() });
    state
}

fn begin(state: &mut State, tested: Tested) -> Begun {
    let beginning = Beginning { tier: Tier::Fast, tested, budget_ms: 1000, logs: "/logs".into() };
    let (team, by) = ("auth".parse().unwrap(), Sender::Operator);
    match take(state, Input::BeginCheck { team, by, beginning: Box::new(beginning) }) {
        Reply::Checking(begun) => *begun,
        other => panic!("not begun: {other:?}"),
    }
}

fn run(begun: &Begun, verdict: Verdict) -> CheckRun {
    CheckRun {
        check: begun.check,
        tier: begun.tier,
        tested: begun.tested.clone(),
        by: Sender::Operator,
        started_at: Timestamp(1_000),
        took_ms: 10,
        budget_ms: begun.budget_ms,
        suites: Vec::new(),
        changed: 1,
        widened: Vec::new(),
        verdict,
        why: String::new(),
        log: begun.log.clone(),
        environment: Vec::new(),
    }
}

fn end(state: &mut State, run: CheckRun) -> Reply {
    take(state, Input::CheckEnded { team: "auth".parse().unwrap(), run: Box::new(run) })
}

fn checked(state: &mut State, tested: Tested, verdict: Verdict) {
    let begun = begin(state, tested);
    let run = run(&begun, verdict);
    assert_eq!(end(state, run), Reply::Ok);
}

fn record(state: &State) -> &Record {
    &state.records[&"auth".parse().unwrap()]
}

fn fix_ready(state: &State) -> Option<Vec<String>> {
    record(state).effective(Milestone::FixReady).map(|mark| mark.evidence.clone())
}

#[test]
fn a_check_is_numbered_runs_and_ends_once() {
    let mut state = team();
    let (one, two) = (begin(&mut state, tested("a")), begin(&mut state, tested("a")));
    assert_eq!((one.check.to_string(), two.check.to_string()), ("C1".into(), "C2".into()));
    assert_eq!(two.log, "/logs/C2.log");
    assert_eq!(record(&state).checking.len(), 2);
    let ended = run(&one, Verdict::Pass);
    assert_eq!(end(&mut state, ended.clone()), Reply::Ok);
    assert_eq!(end(&mut state, ended), Reply::Stale, "it ends once");
    let open: Vec<_> = record(&state).checking.iter().map(|(begun, ..)| begun.check).collect();
    assert_eq!((open, record(&state).checks.len()), (vec![two.check], 1));
}

#[test]
fn no_more_than_so_many_checks_are_kept_and_the_numbers_go_on() {
    let mut state = team();
    for _ in 0..40 {
        checked(&mut state, tested("a"), Verdict::Fail);
    }
    assert_eq!(record(&state).checks.len(), 32);
    assert_eq!(record(&state).checks.back().unwrap().check.0, 40);
    assert_eq!(begin(&mut state, tested("a")).check.0, 41);
}

#[test]
fn a_fix_is_ready_by_the_first_green_check_of_the_tree_that_the_branch_still_has() {
    let mut state = team();
    for verdict in [Verdict::Fail, Verdict::NothingSelected, Verdict::Inconclusive, Verdict::Error] {
        checked(&mut state, tested("a"), verdict);
        assert_eq!(fix_ready(&state), None, "{verdict:?} is no proof");
    }
    let not_a_fix = |change: fn(&mut Tested)| {
        let mut other = tested("a");
        change(&mut other);
        other
    };
    for other in
        [not_a_fix(|it| it.dirty = true), not_a_fix(|it| it.branch = None), not_a_fix(|it| it.ahead = 0)]
    {
        checked(&mut state, other.clone(), Verdict::Pass);
        assert_eq!(fix_ready(&state), None, "{other:?} is no proof of a fix");
    }
    checked(&mut state, tested("a"), Verdict::PassFlaky);
    let first = fix_ready(&state).unwrap();
    checked(&mut state, tested("a"), Verdict::Pass);
    assert_eq!(fix_ready(&state).unwrap(), first, "the first one counts");
    checked(&mut state, tested("b"), Verdict::Inconclusive);
    assert_eq!(fix_ready(&state), None, "the branch has another head");
    checked(&mut state, tested("b"), Verdict::Pass);
    assert!(fix_ready(&state).unwrap().contains(&"tree:b".to_owned()));
    checked(&mut state, tested("b"), Verdict::Inconclusive);
    assert!(fix_ready(&state).is_some(), "what proves nothing refutes nothing");
    checked(&mut state, tested("b"), Verdict::Fail);
    assert_eq!(fix_ready(&state), None, "a later check of the same tree failed");
}

#[test]
fn a_proof_is_of_one_tree_and_of_nothing_that_no_commit_has() {
    let mut state = team();
    checked(&mut state, Tested { dirty: true, ..tested("a") }, Verdict::Pass);
    checked(&mut state, tested("b"), Verdict::Fail);
    assert_eq!(record(&state).proof_of("a"), None);
    assert_eq!(record(&state).proof_of("b"), None);
    checked(&mut state, tested("a"), Verdict::Pass);
    assert_eq!(record(&state).proof_of("a").unwrap().check.0, 3);
}

#[test]
fn of_several_parts_the_worst_counts_and_only_passes_are_green() {
    use Verdict::{Error, Fail, Inconclusive, NothingSelected, Pass, PassFlaky};
    let order = [Pass, PassFlaky, NothingSelected, Inconclusive, Error, Fail];
    for (at, better) in order.iter().enumerate() {
        for worse in &order[at..] {
            assert_eq!((better.and(*worse), worse.and(*better)), (*worse, *worse));
        }
        assert_eq!(better.is_green(), at < 2, "{better:?}");
    }
    let counts = Counts { passed: 1, failed: 2, errors: 3, skipped: 100, flaky: 1 };
    assert_eq!(counts.executed(), 6, "a skipped test is not executed");
}

#[test]
fn no_secret_of_a_test_run_reaches_the_log() {
    const SECRET: &str = "hunter2hunter2";
    let begun = begin(&mut team(), tested("a"));
    let text = || format!("password={SECRET}");
    let suite = SuiteRun {
        argv: vec![text()],
        failures: vec![text()],
        flaky: vec![text()],
        why: text(),
        ..SuiteRun::default()
    };
    let run = CheckRun { suites: vec![suite], why: text(), ..run(&begun, Verdict::Fail) };
    let mut input = Input::CheckEnded { team: "auth".parse().unwrap(), run: Box::new(run) };
    Redactor::new([7; 32]).input(&mut input);
    assert!(!format!("{input:?}").contains(SECRET));
}

/// What an incident needs to be resolved, with a check that ends as it is said.
fn resolves(state: &mut State, by_hand: Option<&str>) -> Result<Vec<String>, String> {
    use orc_core::incident::entry::{Claim, Entry};
    let (milestone, text, by_hand) = (Milestone::Resolved, "over".to_owned(), by_hand.map(str::to_owned));
    let claim = Claim { milestone, text, evidence: Vec::new(), hypothesis: None, by_hand };
    match stated(state, Entry::Mark(claim)) {
        Reply::Recorded { .. } => Ok(record(state)
            .effective(Milestone::Resolved)
            .map(|mark| mark.evidence.clone())
            .unwrap_or_default()),
        Reply::Refused(refusal) => Err(format!("{}; {}", refusal.message, refusal.hint)),
        other => panic!("{other:?}"),
    }
}

fn stated(state: &mut State, entry: orc_core::incident::entry::Entry) -> Reply {
    use orc_core::incident::{Occurred, When};
    let live = Occurred::live(orc_core::time::Now { wall: Timestamp(1_000), boot_millis: 0 }, "b");
    let (team, by, entry) = ("auth".parse().unwrap(), Sender::Operator, Box::new(entry));
    take(state, Input::Record { team, by, live, at: When::Now, entry })
}

fn mitigated(state: &mut State) {
    use orc_core::incident::entry::{Claim, Entry};
    let (milestone, text) = (Milestone::Mitigated, "rolled back".to_owned());
    let claim = Claim { milestone, text, evidence: Vec::new(), hypothesis: None, by_hand: None };
    assert!(matches!(stated(state, Entry::Mark(claim)), Reply::Recorded { .. }));
}

#[test]
fn an_incident_is_resolved_by_a_check_that_began_after_the_mitigation_or_by_somebodys_word() {
    let mut state = team();
    assert!(resolves(&mut state, Some("seen")).unwrap_err().contains("mitigated"), "mitigation comes first");
    checked(&mut state, tested("fix"), Verdict::Pass);
    let early = begin(&mut state, tested("fix"));
    mitigated(&mut state);
    let refused = resolves(&mut state, None).unwrap_err();
    assert!(refused.contains("execute test auth --smoke-only") && refused.contains("--by-hand"), "{refused}");
    assert_eq!(end(&mut state, run(&early, Verdict::Pass)), Reply::Ok);
    assert!(resolves(&mut state, None).is_err(), "it began before the mitigation");
    checked(&mut state, tested("fix"), Verdict::Inconclusive);
    assert!(resolves(&mut state, None).is_err(), "it says nothing");
    checked(&mut state, Tested { dirty: true, ..tested("fix") }, Verdict::Pass);
    assert!(resolves(&mut state, None).is_err(), "nobody knows what ran");
    checked(&mut state, tested("fix"), Verdict::PassFlaky);
    checked(&mut state, tested("fix"), Verdict::Fail);
    assert!(resolves(&mut state, None).is_err(), "the last word is that it fails");
    checked(&mut state, tested("fix"), Verdict::Pass);
    assert_eq!(resolves(&mut state, None).unwrap(), ["run:C7"]);
}

#[test]
fn what_is_said_by_hand_is_kept_with_the_claim() {
    let mut state = team();
    mitigated(&mut state);
    assert_eq!(
        resolves(&mut state, Some("no error for 5 minutes")).unwrap(),
        ["by hand: no error for 5 minutes"]
    );
}

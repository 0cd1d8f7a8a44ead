//! When the checks of a team are enough for its change, and whose word stands for what they lack.

use orc_core::change::evidence::{Asked, Evidence};
use orc_core::check::{CheckRun, Counts, SuiteRun, Tested, Tier, Verdict};
use orc_core::delivery::Sender;
use orc_core::ids::{AgentId, CheckId};
use orc_core::time::Timestamp;

const TREE: &str = "aaaa";

fn run(number: u64, tier: Tier, tree: &str, verdict: Verdict) -> CheckRun {
    let counts = match verdict {
        Verdict::Pass | Verdict::PassFlaky => Counts { passed: 12, ..Counts::default() },
        Verdict::Fail => Counts { passed: 10, failed: 2, ..Counts::default() },
        Verdict::NothingSelected | Verdict::Inconclusive | Verdict::Error => Counts::default(),
    };
    CheckRun {
        check: CheckId(number),
        tier,
        tested: Tested { commit: "c".repeat(40), tree: tree.into(), ..Tested::default() },
        by: Sender::Operator,
        started_at: Timestamp(0),
        took_ms: 1,
        budget_ms: 2,
        suites: vec![SuiteRun { counts, verdict: Some(verdict), ..SuiteRun::default() }],
        changed: 1,
        widened: Vec::new(),
        verdict,
        why: "no test was executed".into(),
        log: String::new(),
        environment: Vec::new(),
    }
}

const PLAIN: Asked<'_> = Asked {
    team: "t",
    emergency: false,
    skip_full_tests: false,
    why: None,
    by: &Sender::Operator,
    incident: Some("INC-1: logins fail"),
};
const EMERGENCY: Asked<'_> = Asked { emergency: true, ..PLAIN };
const SKIP: Asked<'_> = Asked { skip_full_tests: true, ..EMERGENCY };

/// What it comes to: enough, on somebody's word for a reason, or the code of what is in the way.
#[derive(Debug, PartialEq, Eq)]
enum Judged {
    Enough,
    Word(Option<String>),
    No(String),
}

fn judged(runs: &[CheckRun], asked: Asked<'_>) -> Judged {
    match Evidence::of(runs.iter(), TREE).judge(asked) {
        Ok(None) => Judged::Enough,
        Ok(Some(waived)) => Judged::Word(waived.why),
        Err(problem) => Judged::No(problem.code),
    }
}

#[test]
fn the_whole_suite_is_enough_for_everything() {
    let full = [run(1, Tier::Full, TREE, Verdict::PassFlaky)];
    for asked in [PLAIN, EMERGENCY, SKIP] {
        assert_eq!(judged(&full, asked), Judged::Enough);
    }
}

#[test]
fn the_fast_check_is_enough_for_an_emergency_and_leaves_its_trace() {
    let fast = [run(1, Tier::Fast, TREE, Verdict::Pass)];
    assert_eq!(judged(&fast, PLAIN), Judged::No("check_too_small".into()));
    let waived = Evidence::of(fast.iter(), TREE).judge(EMERGENCY).unwrap().unwrap();
    assert!(waived.what.contains("fast check C1: pass, 12 tests"), "{}", waived.what);
    assert_eq!(waived.why.as_deref(), Some("INC-1: logins fail"));
    let critical = [run(1, Tier::Critical, TREE, Verdict::Pass)];
    assert_eq!(judged(&critical, EMERGENCY), Judged::No("check_too_small".into()));
}

#[test]
fn nothing_that_ran_on_another_tree_or_on_loose_changes_counts() {
    let mut loose = run(2, Tier::Full, TREE, Verdict::Pass);
    loose.tested.dirty = true;
    for runs in [vec![run(1, Tier::Full, "bbbb", Verdict::Pass)], vec![loose]] {
        assert_eq!(judged(&runs, EMERGENCY), Judged::No("check_stale".into()));
    }
    assert_eq!(judged(&[], EMERGENCY), Judged::No("check_missing".into()));
}

#[test]
fn a_person_may_leave_the_suite_out_and_an_agent_says_why() {
    let agent = Sender::Agent { id: AgentId(1), label: "t:backend".into() };
    assert_eq!(judged(&[], SKIP), Judged::Word(Some("INC-1: logins fail".into())));
    assert_eq!(
        judged(&[], Asked { incident: None, ..SKIP }),
        Judged::Word(None),
        "nobody said why, and so it says"
    );
    assert_eq!(judged(&[], Asked { by: &agent, ..SKIP }), Judged::No("why_missing".into()));
    assert_eq!(
        judged(&[], Asked { by: &agent, why: Some("smoke"), ..SKIP }),
        Judged::Word(Some("smoke".into()))
    );
    assert_eq!(judged(&[], Asked { emergency: false, ..SKIP }), Judged::No("why_missing".into()));
}

#[test]
fn a_failed_or_empty_check_is_in_the_way_until_a_person_says_why() {
    let agent = Sender::Agent { id: AgentId(1), label: "t:backend".into() };
    for (verdict, code) in [
        (Verdict::Fail, "check_failed"),
        (Verdict::Error, "check_failed"),
        (Verdict::NothingSelected, "check_empty"),
        (Verdict::Inconclusive, "check_empty"),
    ] {
        let runs = [run(1, Tier::Fast, TREE, verdict)];
        assert_eq!(judged(&runs, EMERGENCY), Judged::No(code.into()), "{verdict:?}");
        assert_eq!(judged(&runs, SKIP), Judged::No(code.into()), "{verdict:?}: the flag alone is no reason");
        let why = Asked { why: Some("the test is wrong"), ..SKIP };
        assert_eq!(judged(&runs, why), Judged::Word(Some("the test is wrong".into())), "{verdict:?}");
        assert_eq!(
            judged(&runs, Asked { by: &agent, ..why }),
            Judged::No(code.into()),
            "{verdict:?}: no agent may"
        );
    }
}

#[test]
fn a_failure_is_refuted_by_a_later_check_of_its_size_or_larger_only() {
    let failed = || run(2, Tier::Fast, TREE, Verdict::Fail);
    let against = |runs: &[CheckRun]| Evidence::of(runs.iter(), TREE).against().map(|run| run.check);
    assert_eq!(against(&[failed(), run(3, Tier::Fast, TREE, Verdict::Pass)]), None);
    assert_eq!(against(&[failed(), run(3, Tier::Full, TREE, Verdict::Pass)]), None);
    assert_eq!(against(&[failed(), run(3, Tier::Smoke, TREE, Verdict::Pass)]), Some(CheckId(2)));
    assert_eq!(
        against(&[run(1, Tier::Full, TREE, Verdict::Pass), failed()]),
        Some(CheckId(2)),
        "it is newer"
    );
}

#[test]
fn the_label_says_what_ran() {
    let label = |runs: &[CheckRun]| Evidence::of(runs.iter(), TREE).label();
    assert_eq!(label(&[]), "tests:none");
    assert_eq!(label(&[run(1, Tier::Full, TREE, Verdict::Pass)]), "tests:full");
    assert_eq!(label(&[run(1, Tier::Fast, TREE, Verdict::Pass)]), "tests:fast-only");
    assert_eq!(label(&[run(1, Tier::Smoke, TREE, Verdict::Pass)]), "tests:critical-only");
    assert_eq!(label(&[run(1, Tier::Fast, TREE, Verdict::Fail)]), "tests:failing");
    assert_eq!(label(&[run(1, Tier::Fast, TREE, Verdict::NothingSelected)]), "tests:none");
}

use super::*;

fn passed(passed: u64) -> Facts {
    Facts { selected: Some(passed), counts: Counts { passed, ..Counts::default() }, ..Facts::default() }
}

fn verdict(facts: &Facts) -> Verdict {
    judge(facts).0
}

#[test]
fn nothing_executed_is_never_green() {
    let nothing = [
        Facts { selected: Some(0), ..Facts::default() },
        Facts::default(),
        Facts { selected: Some(3), ..Facts::default() },
        Facts { counts: Counts { skipped: 50, ..Counts::default() }, ..Facts::default() },
    ];
    for facts in nothing {
        assert_eq!(verdict(&facts), Verdict::NothingSelected, "{facts:?}");
    }
}

#[test]
fn each_fact_alone_takes_the_green_away() {
    assert_eq!(verdict(&passed(3)), Verdict::Pass);
    let some = |text: &str| Some(text.to_owned());
    for (facts, expected) in [
        (Facts { cut: Some(Cut::Deadline), ..passed(3) }, Verdict::Inconclusive),
        (Facts { cut: Some(Cut::Cancelled), ..passed(3) }, Verdict::Inconclusive),
        (Facts { unreadable: some("no file"), ..passed(3) }, Verdict::Inconclusive),
        (Facts { untold: 2, ..passed(3) }, Verdict::Inconclusive),
        (Facts { broken: some("does not compile"), ..passed(3) }, Verdict::Error),
        (Facts { complaint: some("exit status 1"), ..passed(3) }, Verdict::Fail),
        (Facts { counts: Counts { passed: 3, failed: 1, ..Counts::default() }, ..passed(4) }, Verdict::Fail),
        (Facts { counts: Counts { passed: 3, errors: 1, ..Counts::default() }, ..passed(4) }, Verdict::Fail),
    ] {
        assert_eq!(verdict(&facts), expected, "{facts:?}");
    }
}

#[test]
fn a_test_that_failed_before_the_end_of_the_time_has_failed() {
    let counts = Counts { passed: 1, failed: 1, ..Counts::default() };
    assert_eq!(verdict(&Facts { counts, cut: Some(Cut::Deadline), ..Facts::default() }), Verdict::Fail);
}

#[test]
fn a_flaky_test_is_shown_and_fails_where_the_change_is() {
    let flaky = Facts { counts: Counts { passed: 3, flaky: 1, ..Counts::default() }, ..passed(3) };
    assert_eq!(verdict(&flaky), Verdict::PassFlaky);
    assert_eq!(verdict(&Facts { flaky_fails: true, ..flaky }), Verdict::Fail);
}

#[test]
fn an_exit_status_counts_alone_only_where_that_is_said() {
    let by_status = Facts { exit_code_only: true, ..Facts::default() };
    assert_eq!(verdict(&by_status), Verdict::Pass);
    let complaint = Some("exit status 2".to_owned());
    assert_eq!(verdict(&Facts { complaint, ..by_status.clone() }), Verdict::Fail);
    assert_eq!(verdict(&Facts { cut: Some(Cut::Deadline), ..by_status }), Verdict::Inconclusive);
}

fn suite(required: bool, passed: u64, verdict: Option<Verdict>) -> SuiteRun {
    SuiteRun { required, verdict, counts: Counts { passed, ..Counts::default() }, ..SuiteRun::default() }
}

#[test]
fn several_suites_are_green_together_only_when_what_must_run_did() {
    use Verdict::{Fail, Inconclusive, NothingSelected, Pass, PassFlaky};
    let (nothing, green) = (suite(false, 0, Some(NothingSelected)), suite(false, 2, Some(Pass)));
    for (suites, min, expected) in [
        (vec![], 1, NothingSelected),
        (vec![nothing.clone()], 1, NothingSelected),
        (vec![nothing.clone(), green.clone()], 1, Pass),
        (vec![suite(true, 0, Some(NothingSelected)), green.clone()], 1, NothingSelected),
        (vec![green.clone()], 3, NothingSelected),
        (vec![green.clone(), suite(false, 1, Some(PassFlaky))], 1, PassFlaky),
        (vec![green.clone(), suite(false, 0, Some(Inconclusive))], 1, Inconclusive),
        (vec![green.clone(), suite(true, 0, None)], 1, Inconclusive),
        (vec![suite(false, 1, Some(Fail)), suite(true, 0, None)], 1, Fail),
    ] {
        assert_eq!(together(&suites, min).0, expected, "{suites:?}");
    }
}

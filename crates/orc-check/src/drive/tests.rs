//! The empty selections, as each runner really answers them (versions beside each), and what else must never be green.

use std::collections::VecDeque;

use orc_core::check::{Counts, Tier, Verdict};

use super::*;
use crate::config::Config;
use crate::judge::Cut;
use crate::machine::{End, Finished, Invocation};
use crate::plan::{Part, Plan, plan};
use crate::suite::{ResultOf, Runner, Suite, Tag};
use crate::tree::Tree;

/// What a program answers: what its words contain, what it prints, how it ends, and the result file that it leaves.
struct Answer {
    words: &'static str,
    stdout: String,
    end: End,
    leaves: Option<String>,
}

fn answers(words: &'static str, stdout: &str, status: i32) -> Answer {
    Answer { words, stdout: stdout.to_owned(), end: End::Exit(status), leaves: None }
}

/// A machine that replays what runners were seen to do.
#[derive(Default)]
struct Replay {
    answers: VecDeque<Answer>,
    files: std::collections::BTreeMap<String, String>,
    scratch: usize,
    ran: Vec<String>,
    cut: Option<Cut>,
}

impl Replay {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: answers.into_iter().collect(), ..Self::default() }
    }
}

impl Machine for Replay {
    fn run(&mut self, invocation: &Invocation, line: &mut dyn FnMut(&str) -> Option<Counts>) -> Finished {
        let words = invocation.argv.join(" ");
        self.ran.push(words.clone());
        let version =
            words.ends_with("--version") || words.ends_with("go version") || words.contains("-c import");
        if version {
            let stdout = "1.0 1.0 -".to_owned();
            return Finished { end: End::Exit(0), tail: stdout.clone(), stdout, took_ms: 1 };
        }
        let answer = self.answers.pop_front().unwrap_or_else(|| panic!("nothing was recorded for `{words}`"));
        assert!(words.contains(answer.words), "`{words}` is not `{}`", answer.words);
        for said in answer.stdout.lines() {
            line(said);
        }
        if let Some(text) = answer.leaves {
            let path = format!("/scratch/{}", self.scratch);
            self.files.insert(path, text);
        }
        Finished { end: answer.end, tail: answer.stdout.clone(), stdout: answer.stdout, took_ms: 5 }
    }

    fn suite(&mut self, _: &str) {}

    fn root(&self) -> String {
        "/tree".to_owned()
    }

    fn local(&self, _: &str) -> Option<String> {
        None
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn scratch(&mut self, _: &str) -> String {
        self.scratch += 1;
        format!("/scratch/{}", self.scratch)
    }

    fn write(&mut self, name: &str, _: &str) -> String {
        name.to_owned()
    }

    fn read(&mut self, path: &str) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn stamp(&mut self, path: &str) -> Option<String> {
        self.files.get(path).map(|text| text.len().to_string())
    }

    fn cut(&self) -> Option<Cut> {
        self.cut
    }
}

fn job(runner: Runner, parts: Vec<Part>) -> Job {
    let suite = Suite::found(runner, "", "test");
    let (selection, files) = (String::new(), Vec::new());
    Job { suite, parts, required: true, selection, files, unmapped: false, packages: 0, documented: false }
}

fn tagged(runner: Runner) -> Job {
    job(runner, vec![Part::Tagged(vec![Tag::Smoke])])
}

fn drive_one(tier: Tier, job: Job, answers: Vec<Answer>) -> SuiteRun {
    let plan = Plan { tier, jobs: vec![job], widened: Vec::new() };
    let mut machine = Replay::new(answers);
    let mut suites = drive(&plan, Flaky::Warn, &mut machine, &mut Vec::new());
    assert!(machine.answers.is_empty(), "something recorded was not asked for: {:?}", machine.ran);
    suites.remove(0)
}

#[track_caller]
fn expect(tier: Tier, job: Job, answers: Vec<Answer>, verdict: Verdict) -> SuiteRun {
    let run = drive_one(tier, job, answers);
    assert_eq!(run.verdict, Some(verdict), "{run:?}");
    run
}

const OK: &str =
    "test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";

#[test]
fn cargo_without_a_test_of_that_name() {
    expect(
        Tier::Smoke,
        tagged(Runner::Cargo),
        vec![answers("--list", "a: test\nb: test\n", 0)],
        Verdict::NothingSelected,
    );
}

#[test]
fn cargo_with_ignored_tests_alone() {
    let ran = format!("running 1 test\ntest smoke_a ... ignored\n\n{OK}\n");
    let list = answers("--list", "smoke_a: test\n", 0);
    expect(
        Tier::Smoke,
        tagged(Runner::Cargo),
        vec![list, answers("cargo test", &ran, 0)],
        Verdict::NothingSelected,
    );
}

#[test]
fn cargo_that_does_not_build() {
    let text = "error[E0425]: cannot find value `x`\nerror: could not compile `a`";
    let run = expect(Tier::Smoke, tagged(Runner::Cargo), vec![answers("--list", text, 101)], Verdict::Error);
    assert!(run.why.contains("E0425"), "{run:?}");
}

#[test]
fn nextest_without_a_match() {
    let list = r#"{"rust-suites":{"a":{"testcases":{"x":{"filter-match":{"status":"mismatch"}}}}}}"#;
    let run = expect(
        Tier::Smoke,
        tagged(Runner::Nextest),
        vec![answers("nextest list", list, 0)],
        Verdict::NothingSelected,
    );
    assert_eq!((run.discovered, run.selected), (Some(1), Some(0)));
}

#[test]
fn nextest_with_a_filter_that_is_wrong() {
    let text = "error: operator didn't match any packages";
    expect(Tier::Smoke, tagged(Runner::Nextest), vec![answers("nextest list", text, 94)], Verdict::Error);
}

#[test]
fn nextest_that_leaves_no_file() {
    let list = r#"{"rust-suites":{"a":{"testcases":{"x":{"filter-match":{"status":"matches"}}}}}}"#;
    let answers = vec![answers("nextest list", list, 0), answers("nextest run", "", 0)];
    expect(Tier::Smoke, tagged(Runner::Nextest), answers, Verdict::Inconclusive);
}

#[test]
fn pytest_where_everything_is_deselected() {
    let text = "no tests collected (3 deselected) in 0.01s";
    expect(
        Tier::Smoke,
        tagged(Runner::Pytest),
        vec![answers("--collect-only", text, 5)],
        Verdict::NothingSelected,
    );
}

#[test]
fn pytest_with_a_misspelt_mark_or_a_missing_path() {
    let text = "ERROR: file or directory not found: tests/none.py";
    expect(Tier::Smoke, tagged(Runner::Pytest), vec![answers("--collect-only", text, 4)], Verdict::Error);
}

#[test]
fn pytest_where_another_file_cannot_be_read() {
    let text = "E   SyntaxError: invalid syntax\n1 test collected, 1 error in 0.05s";
    expect(Tier::Smoke, tagged(Runner::Pytest), vec![answers("--collect-only", text, 2)], Verdict::Error);
}

#[test]
fn pytest_that_was_ended_leaves_no_file() {
    let list = answers("--collect-only", "1 test collected in 0.01s", 0);
    let ran = Answer { end: End::Cut(Cut::Deadline), ..answers("--junitxml", "", 0) };
    expect(Tier::Smoke, tagged(Runner::Pytest), vec![list, ran], Verdict::Inconclusive);
}

#[test]
fn pytest_that_says_success_and_leaves_no_file() {
    let list = answers("--collect-only", "1 test collected in 0.01s", 0);
    expect(
        Tier::Smoke,
        tagged(Runner::Pytest),
        vec![list, answers("--junitxml", "", 0)],
        Verdict::Inconclusive,
    );
}

/// `pytest.exit(returncode=0)` in the third of five.
#[test]
fn pytest_that_ends_early_as_if_all_had_run() {
    let collected = || answers("--collect-only", "5 tests collected in 0.01s", 0);
    let left = |cases: &str| Answer {
        leaves: Some(format!("<testsuites><testsuite>{cases}</testsuite></testsuites>")),
        ..answers("--junitxml", "", 0)
    };
    let two = "<testcase name='a'/><testcase name='b'/>";
    let whole = || job(Runner::Pytest, vec![Part::All]);
    let run = expect(Tier::Full, whole(), vec![collected(), left(two)], Verdict::Inconclusive);
    assert!(run.why.starts_with("3 of 5 chosen tests have no result"), "{run:?}");
    // Skipped ones have a result.
    let skipped = "<testcase name='c'><skipped/></testcase>".repeat(3);
    expect(Tier::Full, whole(), vec![collected(), left(&format!("{two}{skipped}"))], Verdict::Pass);
    // What is chosen in two ways is counted for each.
    let twice = job(Runner::Pytest, vec![Part::Paths(vec!["a.py".into()]), Part::All]);
    let all = "<testcase name='c'/><testcase name='d'/><testcase name='e'/>";
    let first = || answers("--collect-only", "2 tests collected in 0.01s", 0);
    let run = vec![first(), left(two), collected(), left(&format!("{two}{all}"))];
    expect(Tier::Full, twice.clone(), run, Verdict::Pass);
    expect(Tier::Full, twice, vec![first(), left(two), collected(), left(all)], Verdict::Inconclusive);
}

#[test]
fn tests_that_share_a_name_have_a_result_each() {
    let list = answers("list --json", r#"[{"name":"adds"},{"name":"adds"}]"#, 0);
    let file = r#"{"testResults":[{"name":"/tree/a.test.ts","status":"passed","assertionResults":[
        {"fullName":"adds","status":"passed"},{"fullName":"adds","status":"passed"}]}]}"#;
    let ran = Answer { leaves: Some(file.to_owned()), ..answers("--outputFile.json", "", 0) };
    let run = drive_one(Tier::Full, job(Runner::Vitest, vec![Part::All]), vec![list, ran]);
    assert!(run.verdict.is_some_and(Verdict::is_green), "{run:?}");
}

#[test]
fn go_that_ends_early_as_if_all_had_run() {
    let list = answers("go test -list", "TestA\nTestB\nok  \tm\t0.001s\n", 0);
    let ran = "{\"Action\":\"pass\",\"Package\":\"m\",\"Test\":\"TestA\"}\n\
        {\"Action\":\"pass\",\"Package\":\"m\",\"Test\":\"TestA/sub\"}\n{\"Action\":\"pass\",\"Package\":\"m\"}";
    let whole = job(Runner::Go, vec![Part::All]);
    expect(Tier::Full, whole, vec![list, answers("go test -json", ran, 0)], Verdict::Inconclusive);
}

#[test]
fn cargo_where_a_mark_has_arguments_of_its_own() {
    let mut both = job(Runner::Cargo, vec![Part::Tagged(vec![Tag::Critical, Tag::Smoke])]);
    both.suite.critical = Some(vec!["pay".into(), "--skip".into(), "slow".into()]);
    let ran = |count: u64| {
        format!("running {count} test\n\ntest result: ok. {count} passed; 0 failed; 0 ignored; 0 measured\n")
    };
    let run = vec![
        // Asked with the arguments: the one that they leave out is not listed.
        answers("--list --format terse pay --skip slow", "pay_a: test\n", 0),
        answers("-- pay --skip slow", &ran(1), 0),
        answers("--list", "pay_a: test\npay_slow: test\nsmoke_b: test\n", 0),
        answers("-- smoke_ smoke::", &ran(1), 0),
    ];
    expect(Tier::Fast, both, run, Verdict::Pass);
}

#[test]
fn go_without_a_test_of_that_name_and_with_skipped_ones_alone() {
    let list = || answers("go test -list", "TestOther\nok  \tm\t0.001s\n", 0);
    expect(Tier::Smoke, tagged(Runner::Go), vec![list()], Verdict::NothingSelected);
    let list = answers("go test -list", "TestSmokeA\nok  \tm\t0.001s\n", 0);
    let ran = "{\"Action\":\"skip\",\"Package\":\"m\",\"Test\":\"TestSmokeA\"}\n{\"Action\":\"pass\",\"Package\":\"m\"}";
    expect(
        Tier::Smoke,
        tagged(Runner::Go),
        vec![list, answers("go test -json", ran, 0)],
        Verdict::NothingSelected,
    );
}

#[test]
fn jest_where_nothing_is_related() {
    // Jest 30 says 0 of --listTests, earlier ones 1; its JSON says `success` of no test at all.
    for status in [0, 1] {
        let files = job(Runner::Jest, vec![Part::Files(vec!["a.js".into()])]);
        let none = answers("--listTests", "No tests found, exiting with code 1\n", status);
        let rest = answers("--listTests", "No tests found, exiting with code 1\n", status);
        let run = expect(Tier::Fast, files, vec![none, rest], Verdict::NothingSelected);
        assert!(run.selection.contains("all tests"), "it was widened: {run:?}");
    }
}

#[test]
fn jest_where_no_test_has_the_name() {
    let file = r#"{"success":true,"numTotalTests":1,"testResults":[{"name":"/tree/a.test.js","status":"passed",
        "assertionResults":[{"fullName":"a","status":"pending"}]}]}"#;
    let ran =
        Answer { leaves: Some(file.to_owned()), ..answers("-t @smoke", "Tests: 1 skipped, 0 of 1 total", 0) };
    expect(Tier::Smoke, tagged(Runner::Jest), vec![ran], Verdict::NothingSelected);
}

#[test]
fn jest_is_not_told_to_bail_out_before_it_has_written_its_results() {
    let plan = Plan { tier: Tier::Smoke, jobs: vec![tagged(Runner::Jest)], widened: vec![] };
    let words = on_paper(&plan)[0].argv.join(" ");
    assert!(words.contains("--outputFile") && !words.contains("--bail"), "{words}");
}

#[test]
fn vitest_where_nothing_is_related_or_named() {
    let files = job(Runner::Vitest, vec![Part::Files(vec!["a.ts".into()])]);
    let none = answers("related --run", "No test files found, exiting with code 0\n", 0);
    let rest = answers("list --json", "No test files found, exiting with code 1\n", 1);
    expect(Tier::Fast, files, vec![none, rest], Verdict::NothingSelected);
    expect(
        Tier::Smoke,
        tagged(Runner::Vitest),
        vec![answers("list --json", "[]", 0)],
        Verdict::NothingSelected,
    );
}

fn program(result: ResultOf) -> Job {
    let mut job = job(Runner::Make, vec![Part::All]);
    job.suite.command = vec!["make".into(), "smoke".into()];
    job.suite.result = result;
    job
}

#[test]
fn make_that_finds_a_folder_of_the_targets_name() {
    let said = answers("make smoke", "make: Nothing to be done for 'smoke'.", 0);
    expect(Tier::Smoke, program(ResultOf::Text), vec![said], Verdict::NothingSelected);
}

#[test]
fn a_recipe_whose_status_is_swallowed() {
    expect(Tier::Smoke, program(ResultOf::Text), vec![answers("make smoke", "", 0)], Verdict::Inconclusive);
    let said = answers("make smoke", "1 failed, 2 passed in 0.10s", 0);
    expect(Tier::Smoke, program(ResultOf::Text), vec![said], Verdict::Fail);
}

#[test]
fn a_program_whose_file_is_missing_or_of_an_earlier_run() {
    let junit = || program(ResultOf::Junit("out.xml".into()));
    expect(Tier::Smoke, junit(), vec![answers("make smoke", "", 0)], Verdict::Inconclusive);
    let plan = Plan { tier: Tier::Smoke, jobs: vec![junit()], widened: Vec::new() };
    let mut machine = Replay::new([answers("make smoke", "", 0)]);
    machine.files.insert("/tree/out.xml".into(), "<testsuite><testcase name='a'/></testsuite>".into());
    let run = drive(&plan, Flaky::Warn, &mut machine, &mut Vec::new()).remove(0);
    assert_eq!(run.verdict, Some(Verdict::Inconclusive), "{run:?}");
}

/// Surefire and Gradle are run as configured programs; that they may succeed without a test is from their documentation.
#[test]
fn a_build_tool_whose_file_has_no_test() {
    let plan = Plan {
        tier: Tier::Smoke,
        jobs: vec![program(ResultOf::Junit("/scratch/0".into()))],
        widened: Vec::new(),
    };
    let empty = "<testsuites><testsuite tests=\"0\"></testsuite></testsuites>".to_owned();
    let ran = Answer { leaves: Some(empty), ..answers("make smoke", "BUILD SUCCESS", 0) };
    let run = drive(&plan, Flaky::Warn, &mut Replay::new([ran]), &mut Vec::new()).remove(0);
    assert_eq!(run.verdict, Some(Verdict::NothingSelected), "{run:?}");
}

#[test]
fn a_suite_after_a_failed_one_is_not_begun_and_not_green() {
    let failing = answers("make smoke", "1 failed in 0.10s", 1);
    let plan = Plan {
        tier: Tier::Smoke,
        jobs: vec![program(ResultOf::Text), program(ResultOf::Text)],
        widened: Vec::new(),
    };
    let mut machine = Replay::new([failing]);
    let runs = drive(&plan, Flaky::Warn, &mut machine, &mut Vec::new());
    assert_eq!((runs[0].verdict, runs[1].verdict), (Some(Verdict::Fail), None));
    let plan = Plan { tier: Tier::Full, ..plan };
    let both = || answers("make smoke", "1 failed in 0.10s", 1);
    let mut machine = Replay::new([both(), both()]);
    let runs = drive(&plan, Flaky::Warn, &mut machine, &mut Vec::new());
    assert_eq!(runs[1].verdict, Some(Verdict::Fail), "the full tier runs everything");
}

#[test]
fn what_leads_to_no_test_is_made_up_for_by_marked_tests_or_by_all() {
    let unmapped = || Job { unmapped: true, ..tagged(Runner::Cargo) };
    let ok =
        "running 1 test\ntest smoke_a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n";
    let marked = vec![answers("--list", "smoke_a: test\n", 0), answers("smoke_", ok, 0)];
    let run = expect(Tier::Fast, unmapped(), marked, Verdict::Pass);
    assert!(!run.selection.contains("all tests"));
    let rest =
        "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n";
    let none = vec![
        answers("--list", "a: test\n", 0),
        answers("--list", "a: test\n", 0),
        answers("cargo test --workspace", rest, 0),
    ];
    let run = expect(Tier::Fast, unmapped(), none, Verdict::Pass);
    assert!(run.selection.contains("all tests"), "{run:?}");
}

#[test]
fn a_flaky_test_fails_where_the_change_is_and_is_shown_elsewhere() {
    let list = r#"{"rust-suites":{"a":{"testcases":{"x":{"filter-match":{"status":"matches"}}}}}}"#;
    let file =
        "<testsuites><testsuite><testcase name='x'><flakyFailure/></testcase></testsuite></testsuites>";
    let recorded = || {
        let ran = Answer { leaves: Some(file.to_owned()), ..answers("nextest run", "", 0) };
        vec![answers("nextest list", list, 0), ran]
    };
    let run = expect(Tier::Smoke, tagged(Runner::Nextest), recorded(), Verdict::PassFlaky);
    assert_eq!(run.flaky, ["x"]);
    let changed = job(Runner::Nextest, vec![Part::Packages(vec!["a".into()])]);
    expect(Tier::Fast, changed, recorded(), Verdict::Fail);
}

#[test]
fn when_the_time_is_over_nothing_more_is_begun() {
    let plan = Plan { tier: Tier::Full, jobs: vec![program(ResultOf::Text)], widened: Vec::new() };
    let mut machine = Replay { cut: Some(Cut::Deadline), ..Replay::default() };
    let runs = drive(&plan, Flaky::Warn, &mut machine, &mut Vec::new());
    assert_eq!(runs[0].verdict, None);
    assert_eq!(crate::judge::together(&runs, 1).0, Verdict::NothingSelected);
}

struct NoFiles;

impl Tree for NoFiles {
    fn files(&self) -> &[String] {
        &[]
    }

    fn read(&self, _: &str) -> Option<String> {
        None
    }
}

#[test]
fn a_repository_without_any_runner_is_never_green() {
    for tier in Tier::ALL {
        let plan = plan(tier, &Config::default(), &NoFiles, &["a".into()], false);
        let runs = drive(&plan, Flaky::Warn, &mut Replay::default(), &mut Vec::new());
        assert_eq!(crate::judge::together(&runs, 1).0, Verdict::NothingSelected);
    }
}

#[test]
fn what_would_run_is_said_without_running_it() {
    let plan = Plan {
        tier: Tier::Fast,
        jobs: vec![job(Runner::Go, vec![Part::Dirs(vec!["auth".into()])])],
        widened: vec![],
    };
    let runs = on_paper(&plan);
    assert_eq!(runs[0].argv.join(" "), "go test -json -count=1 -failfast <what depends on ./auth>");
}

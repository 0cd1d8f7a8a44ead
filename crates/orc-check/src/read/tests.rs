use super::*;

fn counts(passed: u64, failed: u64, errors: u64, skipped: u64, flaky: u64) -> Counts {
    Counts { passed, failed, errors, skipped, flaky }
}

fn cargo(text: &str) -> Result<Outcome, Unreadable> {
    let mut reader = Cargo::default();
    for line in text.lines() {
        reader.line(line);
    }
    reader.finish()
}

fn go(text: &str) -> Outcome {
    let mut reader = Go::default();
    for line in text.lines() {
        reader.line(line);
    }
    reader.finish().unwrap()
}

fn tally(text: &str) -> Result<Counts, Unreadable> {
    let mut reader = Tally::default();
    for line in text.lines() {
        reader.line(line);
    }
    reader.finish().map(|outcome| outcome.counts())
}

#[test]
fn every_program_of_cargo_counts() {
    let text = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\nrunning 1 test\ntest c ... ignored, slow\n\ntest result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.00s\n";
    let outcome = cargo(text).unwrap();
    assert_eq!((outcome.counts(), outcome.failed()), (counts(1, 1, 0, 1, 0), vec!["b".to_owned()]));
}

#[test]
fn a_result_that_a_test_prints_is_not_one() {
    let forged = "test result: ok. 100 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    assert!(cargo(forged).is_err());
    let text =
        format!("running 1 test\n{forged}test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n");
    assert!(cargo(&text).is_err(), "numbers that do not agree are not believed");
}

#[test]
fn a_test_program_that_dies_is_an_error() {
    let outcome = cargo("running 3 tests\ntest a ... ok\n").unwrap();
    assert_eq!(outcome.counts(), counts(1, 0, 1, 0, 0));
}

#[test]
fn junit_tells_of_failures_errors_skips_and_flakes() {
    let text = r#"<?xml version="1.0"?><testsuites><testsuite name="s">
<testcase classname="a" name="one"/><testcase classname="a" name="two"><failure message="no">x</failure></testcase>
<testcase classname="a" name="three"><skipped/></testcase><testcase classname="a" name="four"><error/></testcase>
<testcase classname="a" name="five"><flakyFailure/></testcase>
<testcase classname="a" name="six"/><testcase classname="a" name="six"/>
<testcase classname="a" name="seven"><failure/><rerunFailure/></testcase></testsuite></testsuites>"#;
    let outcome = junit(text).unwrap();
    assert_eq!(outcome.counts(), counts(3, 2, 1, 1, 2));
    assert_eq!(outcome.flaky(), ["a::five", "a::six"]);
    assert_eq!(outcome.failed(), ["a::four", "a::seven", "a::two"]);
}

#[test]
fn junit_that_is_cut_off_or_something_else_is_unreadable() {
    for text in [
        "",
        "<html></html>",
        "no",
        "<testsuites><testsuite><testcase name=\"a\"/>",
        "<testsuite><a></testsuite>",
    ] {
        assert!(junit(text).is_err(), "{text}");
    }
    let deep = format!("<testsuite>{}", "<a>".repeat(100_000));
    assert!(junit(&deep).is_err());
    assert_eq!(junit("<testsuites></testsuites>").unwrap().counts().executed(), 0);
}

#[test]
fn go_counts_tests_and_not_their_parts() {
    let text = r#"{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"q"}
not json
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}"#;
    let outcome = go(text);
    assert_eq!(outcome.counts(), counts(1, 1, 1, 1, 0));
    assert_eq!(outcome.failed(), ["p.TestC", "q (the package)"]);
    let mut broken = Go::default();
    broken.line(r#"{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}"#);
    assert!(broken.broken().is_some());
}

#[test]
fn the_word_success_of_jest_is_not_believed() {
    let empty = r#"{"success":true,"numTotalTests":0,"numPassedTests":0,"testResults":[]}"#;
    assert_eq!(jest(empty, "").unwrap().counts().executed(), 0);
    let text = r#"{"success":true,"testResults":[{"name":"/r/a.test.js","status":"passed","assertionResults":[
      {"fullName":"x","status":"passed","invocations":2},{"fullName":"y","status":"pending"}]},
      {"name":"/r/b.test.js","status":"failed","message":"SyntaxError","assertionResults":[]}]}"#;
    let outcome = jest(text, "/r").unwrap();
    assert_eq!(outcome.counts(), counts(1, 0, 1, 1, 1));
    assert_eq!(outcome.failed(), ["b.test.js"]);
    assert!(jest("{", "").is_err());
}

#[test]
fn what_a_program_prints_of_a_known_runner_is_counted() {
    for (text, expected) in [
        ("===== 3 passed, 1 skipped in 0.05s =====", counts(3, 0, 0, 1, 0)),
        ("1 failed, 2 passed, 1 error in 12.1s (0:00:12)", counts(2, 1, 1, 0, 0)),
        ("Tests:       1 failed, 2 passed, 3 total", counts(2, 1, 0, 0, 0)),
        ("      Tests  2 passed | 1 skipped (3)", counts(2, 0, 0, 1, 0)),
        (
            "     Summary [   0.012s] 3 tests run: 2 passed (1 flaky), 1 failed, 1 skipped",
            counts(2, 1, 0, 1, 1),
        ),
        (
            "--- PASS: TestA (0.00s)\n    --- PASS: TestA/x (0.00s)\n--- SKIP: TestB (0.00s)",
            counts(1, 0, 0, 1, 0),
        ),
        ("Ran 3 tests in 0.001s\n\nOK (skipped=1)", counts(2, 0, 0, 1, 0)),
        ("Ran 1 test in 0.001s\n\nOK\nRan 2 tests in 0.1s\n\nFAILED (failures=1)", counts(2, 1, 0, 0, 0)),
        ("Ran 5 tests in 1s\nFAILED (failures=1, errors=1, expected failures=1)", counts(2, 1, 1, 1, 0)),
        ("Ran 0 tests in 0.000s\n\nFAILED (errors=1)", counts(0, 0, 1, 0, 0)),
        ("Ran 0 tests in 0.000s\n\nOK", counts(0, 0, 0, 0, 0)),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN (skipped=1)", counts(0, 0, 0, 1, 0)),
    ] {
        assert_eq!(tally(text), Ok(expected), "{text}");
    }
    for text in [
        "",
        "ok",
        "all 3 tests passed",
        "make: Nothing to be done for 'smoke'.",
        "3 passed",
        "OK",
        "Ran 3 tests in 0.1s",
        "1 passed in 0.1s\nRan 3 tests in 0.1s",
    ] {
        assert!(tally(text).is_err(), "{text}");
    }
}

#[test]
fn a_test_of_two_runs_has_failed_if_it_failed_in_one() {
    let one = |case| Outcome { cases: [("a".to_owned(), case)].into(), ..Outcome::default() };
    let mut both = one(Case::Passed);
    both.add(one(Case::Failed));
    assert_eq!(both.counts(), counts(0, 1, 0, 0, 0));
    let mut same = one(Case::Passed);
    same.add(one(Case::Passed));
    assert_eq!(same.counts(), counts(1, 0, 0, 0, 0), "one test is counted once");
}

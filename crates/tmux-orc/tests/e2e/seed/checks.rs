//! Tests and the pull request: what ran is read from the runner's own log, what was published from the remote.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::set::Set;

const FIX: &str = "hotfix/auth-connection-leak";

/// A runner that tests the code for real and says itself that it ran: the suite and the commit.
const RUNNER: &str = r#"#!/bin/sh
# run.sh SUITE: tests the code of this directory, and writes the results as JUnit XML
echo "$1 $(git rev-parse HEAD)" >>'@RUNS@'
mkdir -p out
case $1 in
unit) tests='a_wrong_password_gives_the_connection_back' ;;
critical) tests='a_wrong_password_gives_the_connection_back a_login_gives_a_token' ;;
smoke) tests='it_is_there' ;;
all) tests='a_wrong_password_gives_the_connection_back a_login_gives_a_token it_is_there' ;;
esac
failed=0
cases=
for test in $tests; do
    case $test in
    a_wrong*) grep -B 1 'raise Unauthorized' auth_handler.py | grep -q 'pool.release' ;;
    a_login*) grep -q 'return token(name)' auth_handler.py ;;
    it_is*) test -s auth_handler.py ;;
    esac
    if [ $? = 0 ]; then cases="$cases<testcase name='$test'/>"
    else cases="$cases<testcase name='$test'><failure message='no'/></testcase>"; failed=$((failed + 1)); fi
done
set -- $1 $tests
echo "<testsuite name='$1' tests='$(($# - 1))' failures='$failed' errors='0' skipped='0'>$cases</testsuite>" >"out/$1.xml"
[ $failed = 0 ]
"#;

const SUITES: [(&str, &str); 4] = [
    ("unit", r#""fast""#),
    ("critical", r#""critical", "fast""#),
    ("smoke", r#""smoke", "fast""#),
    ("all", r#""full""#),
];

/// Writes the runner and what is configured of it.
pub(super) fn write(set: &Set) {
    let repo = &set.world.repo;
    let runs = log(set);
    let runner = RUNNER.replace("@RUNS@", runs.to_str().expect("UTF-8"));
    fs::write(repo.join("run.sh"), runner).expect("a file");
    fs::set_permissions(repo.join("run.sh"), fs::Permissions::from_mode(0o755)).expect("its mode");
    fs::write(repo.join(".gitignore"), "out/\n").expect("a file");
    let suite = |(name, tiers): (&str, &str)| {
        format!(
            "[[suite]]\nname = \"{name}\"\nrunner = \"command\"\ntiers = [{tiers}]\ncommand = [\"./run.sh\", \"{name}\"]\n\
             result = \"junit:out/{name}.xml\"\n\n"
        )
    };
    fs::create_dir_all(repo.join(".tmux-orc")).expect("a folder");
    fs::write(repo.join(".tmux-orc/checks.toml"), SUITES.map(suite).concat()).expect("a file");
}

fn log(set: &Set) -> std::path::PathBuf {
    set.world.env.root().join("runs")
}

/// What ran so far, by the runner's own word: suite and commit.
pub(super) fn runs(set: &Set) -> Vec<(String, String)> {
    let text = fs::read_to_string(log(set)).unwrap_or_default();
    let pair = |line: &str| line.split_once(' ').map(|(suite, commit)| (suite.to_owned(), commit.to_owned()));
    text.lines().filter_map(pair).collect()
}

/// Runs the command; exactly these suites ran, each once, on the very commit that the branch is at.
#[track_caller]
fn ran(set: &Set, command: &str, suites: &[&str]) -> String {
    let before = runs(set).len();
    let said = set.run(command);
    let head = set.git(&["rev-parse", "HEAD"]);
    let mut new = runs(set).split_off(before);
    new.sort();
    let mut expected: Vec<_> = suites.iter().map(|suite| ((*suite).to_owned(), head.clone())).collect();
    expected.sort();
    assert_eq!(new, expected, "{said:?}");
    said.stdout + &said.stderr
}

pub(super) fn fast(set: &mut Set, command: &str) {
    assert_eq!(Some(set.git(&["rev-parse", "HEAD"])), set.fix, "the fix is what is tested");
    let said = ran(set, command, &["unit", "critical", "smoke"]);
    assert!(said.to_lowercase().contains("pass"), "{said}");
    // The same command fails when the code is wrong: it is the tests that speak.
    set.git(&["checkout", "-q", "main"]);
    let wrong = set.world.env.run(set.shell(command), std::time::Duration::from_secs(120)).exits(7);
    assert!(
        wrong.stdout.to_lowercase().contains("fail") || wrong.stderr.to_lowercase().contains("fail"),
        "{wrong:?}"
    );
    set.git(&["checkout", "-q", FIX]);
}

pub(super) fn critical_only(set: &mut Set, command: &str) {
    ran(set, command, &["critical"]);
}

pub(super) fn smoke_only(set: &mut Set, command: &str) {
    ran(set, command, &["smoke"]);
}

/// What the remote has of a branch.
fn remote(set: &Set, branch: &str) -> Option<String> {
    let line = set.git(&["ls-remote", "origin", &format!("refs/heads/{branch}")]);
    line.split_whitespace().next().map(str::to_owned)
}

/// The one file of this name below the state or the repository.
#[track_caller]
fn the_file(set: &Set, name: &str, holds: &str) -> String {
    let mut folders = vec![set.world.env.state_dir(), set.world.repo.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|it| it == name) {
                found.push(fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    found.retain(|text| text.contains(holds));
    assert_eq!(found.len(), 1, "{name} with {holds}: {found:?}");
    found.remove(0)
}

/// The remote has the very commit that was tested, nothing was merged, and the text for the review says what was tested.
pub(super) fn publish(set: &mut Set, command: &str) {
    let main = remote(set, "main");
    let before = runs(set).len();
    set.run(command);
    assert_eq!(remote(set, FIX), set.fix);
    assert_eq!(remote(set, "main"), main, "nothing is merged");
    assert_eq!(runs(set).len(), before, "what was tested is not tested again");
    let text = the_file(set, "PULL_REQUEST.md", FIX);
    let fix = set.fix.clone().expect("the fix");
    for part in [&fix[..7], "unit", "critical", "smoke"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    set.run(command);
    assert_eq!(
        the_file(set, "PULL_REQUEST.md", FIX).matches("unit").count(),
        text.matches("unit").count(),
        "once more changes nothing"
    );
}

/// Another change goes out that no test has seen, and says so.
pub(super) fn publish_untested(set: &mut Set, command: &str) {
    let branch = "hotfix/rate-limit";
    set.git(&["checkout", "-q", "-b", branch]);
    let handler = set.world.repo.join("auth_handler.py");
    let code = fs::read_to_string(&handler).expect("the code");
    fs::write(&handler, format!("LIMIT = 5\n{code}")).expect("a file");
    set.git(&["commit", "-q", "-a", "-m", "auth: five logins a minute"]);
    let head = set.git(&["rev-parse", "HEAD"]);
    let before = runs(set).len();
    let main = remote(set, "main");
    set.run(command);
    assert_eq!((remote(set, branch), remote(set, "main")), (Some(head.clone()), main));
    assert_eq!(runs(set).len(), before, "nothing ran");
    let text = the_file(set, "PULL_REQUEST.md", branch);
    assert!(text.contains(&head[..7]) && text.contains("The whole suite has not passed"), "{text}");
}

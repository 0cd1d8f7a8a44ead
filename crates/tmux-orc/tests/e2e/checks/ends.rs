//! However a check ends, nothing of it is left, and its end is in the log.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::time::Duration;

use orc_testkit::Process;

use super::lab::{Lab, ended};
use crate::world::process;

/// A server that has left its group, does not listen to SIGTERM, and says its port and number.
const SERVER: &str = r#"use IO::Socket::INET;
$SIG{TERM} = 'IGNORE';
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die;
open(my $file, '>', "$ARGV[0].new"); print $file $server->sockport, " $$\n"; close $file;
rename "$ARGV[0].new", $ARGV[0];
sleep 1 while 1;
"#;

fn config(budget: &str, command: &str) -> String {
    format!(
        "[tiers]\ncritical = {{ budget = \"{budget}\" }}\n[[suite]]\nname = \"server\"\nrunner = \"command\"\n\
        tiers = [\"critical\"]\ncommand = [\"sh\", \"-c\", '{command}']\n"
    )
}

/// What a server said of itself: its port and its process.
fn server(lab: &Lab, name: &str) -> (u16, Process) {
    let text = Lab::wait_for(&lab.outside(name));
    let (port, pid) = text.trim().split_once(' ').expect("a port and a number");
    (port.parse().expect("a port"), Process::read(pid.parse().expect("a number")).expect("it runs"))
}

#[track_caller]
fn assert_gone(port: u16, process: &Process) {
    assert!(!process.is_alive(), "{process:?} lives");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "somebody listens on {port}");
}

fn servers(lab: &Lab, budget: &str, rest: &str) {
    let (one, two) = (lab.outside("one"), lab.outside("two"));
    let command = format!(
        "perl server.pl \"{}\" & setsid perl server.pl \"{}\" & {rest}",
        one.display(),
        two.display()
    );
    lab.commit(&[("server.pl", SERVER), (".tmux-orc/checks.toml", &config(budget, &command))]);
}

#[test]
fn the_deadline_ends_everything_and_nothing_keeps_its_port() {
    let lab = Lab::new(&[]);
    servers(&lab, "3s", "trap : TERM; while :; do wait; done");
    let check = lab.begin("t", &["--critical-only", "--json"]);
    let (one, two) = (server(&lab, "one"), server(&lab, "two"));
    let (stdout, _, code) = ended(check);
    let run: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((run["verdict"].as_str(), code), (Some("inconclusive"), Some(7)), "{run:#}");
    assert!(run["why"].as_str().unwrap().contains("time was over"), "{run:#}");
    assert_gone(one.0, &one.1);
    assert_gone(two.0, &two.1);
    lab.wait_until_tidy();
}

#[test]
fn what_a_test_leaves_running_ends_with_the_check() {
    let lab = Lab::new(&[]);
    let (one, two) = (lab.outside("one"), lab.outside("two"));
    let wait = format!(
        "until [ -f \"{}\" ] && [ -f \"{}\" ]; do :; done; echo 1 passed in 0.1s",
        one.display(),
        two.display()
    );
    servers(&lab, "60s", &wait);
    let check = lab.begin("t", &["--critical-only", "--json"]);
    let (one, two) = (server_seen(&lab, "one"), server_seen(&lab, "two"));
    let (stdout, _, code) = ended(check);
    assert_eq!(code, Some(0), "{stdout}");
    for (port, pid) in [one, two] {
        assert!(
            Process::read(pid).is_none_or(|process| !process.command.contains("server.pl")),
            "{pid} lives"
        );
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}

/// The same, of a server that may have ended by now.
fn server_seen(lab: &Lab, name: &str) -> (u16, i32) {
    let text = Lab::wait_for(&lab.outside(name));
    let (port, pid) = text.trim().split_once(' ').expect("a port and a number");
    (port.parse().expect("a port"), pid.parse().expect("a number"))
}

#[test]
fn a_killed_supervisor_leaves_an_inconclusive_check_and_no_process() {
    let lab = Lab::new(&[]);
    servers(&lab, "10m", "wait");
    let check = lab.begin("t", &["--critical-only", "--json"]);
    let (one, two) = (server(&lab, "one"), server(&lab, "two"));
    lab.world.kill_supervisor();
    // Who watches starts the next one, which says what became of it.
    let (stdout, stderr, code) = ended(check);
    assert_eq!(code, Some(7), "{stdout}{stderr}");
    let run: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(run["verdict"], "inconclusive", "{run:#}");
    assert!(run["why"].as_str().unwrap().contains("the supervisor was killed"), "{run:#}");
    assert_gone(one.0, &one.1);
    assert_gone(two.0, &two.1);
    lab.wait_until_tidy();
    lab.commit(&[(".tmux-orc/checks.toml", &config("60s", "echo 1 passed in 0.1s"))]);
    let next = lab.comes_to("pass", &["--critical-only"]);
    assert_eq!(next["check"], "C2", "the next one has the repository to itself");
}

#[test]
fn a_supervisor_that_is_stopped_ends_its_checks_and_says_so() {
    let lab = Lab::new(&[]);
    servers(&lab, "10m", "wait");
    let check = lab.begin("t", &["--critical-only", "--json"]);
    let (one, two) = (server(&lab, "one"), server(&lab, "two"));
    lab.world.orc(&["daemon", "stop"]).success();
    assert_gone(one.0, &one.1);
    assert_gone(two.0, &two.1);
    let (stdout, stderr, code) = ended(check);
    assert_eq!(code, Some(7), "{stdout}{stderr}");
    assert!(stdout.contains("cancelled"), "{stdout}");
}

#[test]
fn who_interrupts_a_check_ends_it() {
    let lab = Lab::new(&[]);
    servers(&lab, "10m", "wait");
    let check = lab.begin("t", &["--critical-only"]);
    let (one, two) = (server(&lab, "one"), server(&lab, "two"));
    let mut kill = lab.world.env.command("kill");
    kill.args(["-INT", &check.id().to_string()]);
    lab.world.env.run(kill, Duration::from_secs(10)).success();
    let (_, stderr, code) = ended(check);
    assert_eq!(code, Some(130), "{stderr}");
    assert_gone(one.0, &one.1);
    assert_gone(two.0, &two.1);
    let kept = lab.world.json(&["pm", "status", "t"]);
    assert_eq!(kept["checks"][0]["verdict"], "inconclusive", "{kept:#}");
}

#[test]
fn two_checks_on_one_repository_run_one_after_the_other() {
    let lab = Lab::new(&[]);
    let (place, go) = (lab.outside("place"), lab.outside("go"));
    // Whoever finds somebody else there has failed.
    let command = format!(
        "mkdir \"{0}\" || {{ echo 1 failed in 0.1s; exit; }}; echo > \"{0}/in\"; until [ -f \"{1}\" ]; do :; done; rm -r \"{0}\"; echo 1 passed in 0.1s",
        place.display(),
        go.display()
    );
    lab.commit(&[(".tmux-orc/checks.toml", &config("60s", &command))]);
    lab.team("u");
    let one = lab.begin("t", &["--critical-only"]);
    Lab::wait_for(&place.join("in"));
    let mut two = lab.begin("u", &["--critical-only"]);
    // It says that it waits before anybody makes way.
    let mut said = BufReader::new(two.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("waits for another check") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended without waiting");
    }
    fs::write(&go, "\n").unwrap();
    let ((_, first, code), (second, _, other)) = (ended(one), ended(two));
    assert_eq!((code, other), (Some(0), Some(0)), "{first}\n{second}");
}

/// A pid in `/proc` is the supervisor's: it does not end with its checks.
#[test]
fn the_supervisor_outlives_its_checks() {
    let lab = Lab::new(&[("Makefile", "test:\n\t@echo '1 passed in 0.1s'\n")]);
    let before = lab.world.supervisor();
    lab.comes_to("pass", &[]);
    let status = lab.world.json(&["daemon", "status"]);
    assert_eq!(process(&status["pid"]).pid, before.pid);
}

use std::collections::BTreeSet;
use std::process::{Command, Output};

use super::*;
use crate::command::drill::skills;

fn python(folder: &Path, arguments: &[&str]) -> Output {
    let mut python = Command::new("python3");
    python.args(arguments).current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
    python.output().expect("python3 is installed: scripts/setup.sh")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn number_0_is_the_incident_of_the_example() {
    let fault = Service::generate(0).fault;
    assert_eq!((fault.file, fault.line, fault.reason), ("auth/auth_handler.py", 234, "wrong_password"));
}

#[test]
fn numbers_vary_file_line_and_reason_and_no_mark_is_left() {
    let services: Vec<Service> = (0..60).map(Service::generate).collect();
    let different = |of: fn(&Fault) -> String| {
        services.iter().map(|service| of(&service.fault)).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(different(|fault| fault.file.to_owned()), 3);
    assert_eq!(different(|fault| fault.reason.to_owned()), 7);
    assert!(different(|fault| format!("{}:{}", fault.file, fault.line)) > 25);
    for (path, text) in services.iter().flat_map(|service| &service.files) {
        assert!(!text.contains("leak:") && !text.contains("--- block"), "{path}: {text}");
    }
}

/// A few numbers, with a fault in each of the files among them.
fn some() -> Vec<u64> {
    let mut files = BTreeSet::new();
    (0..).filter(|seed| files.insert(Service::generate(*seed).fault.file)).take(3).collect()
}

/// What the agents of the drill do with a fault, at several places: none of them is told where it is.
#[test]
fn the_fault_is_found_mended_and_tested_wherever_it_stands() {
    for seed in some() {
        let (folder, kit) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let service = Service::generate(seed);
        service.write(folder.path()).unwrap();
        skills::write(kit.path()).unwrap();
        let skill = |name: &str, more: &[&str]| {
            let program = kit.path().join(name);
            python(folder.path(), &[&[program.to_str().unwrap()], more].concat())
        };
        let fault = &service.fault;

        let tests = python(folder.path(), &["-m", "tests", "--tier", "critical"]);
        assert!(text(&tests).contains("FAILED (failures=1)"), "{seed}: one test fails: {}", text(&tests));

        let log = super::super::error_log::write(fault, seed, jiff::Timestamp::UNIX_EPOCH);
        let tail: Vec<&str> = log.lines().skip(140).collect();
        let message = kit.path().join("message");
        std::fs::write(&message, format!("Message m7:\n{}\n", tail.join("\n"))).unwrap();
        let read = text(&skill("read_log.py", &[message.to_str().unwrap()]));
        let words: Vec<&str> = read.split_whitespace().collect();
        assert_eq!(words[..3], [fault.path, "401", fault.reason], "{seed}");
        assert_eq!(words[3], words[4], "{seed}: each of them");

        let tried = skill("try_logins.py", &[".", "3"]);
        let kept = format!("{} 3 3\n", fault.reason);
        assert!(!tried.status.success() && text(&tried).contains(&kept), "{seed}: {}", text(&tried));

        let found = text(&skill("find_leak.py", &[]));
        let words: Vec<&str> = found.split_whitespace().collect();
        assert_eq!((words[0], words[1], words[4]), (fault.file, &*fault.line.to_string(), fault.reason));
        assert_eq!(found.lines().count(), 1, "{seed}: {found}");
        let mended = skill("mend_leak.py", &words[..3]);
        assert!(mended.status.success(), "{seed}: {}", text(&mended));

        assert_eq!(skill("find_leak.py", &[]).status.code(), Some(1), "{seed}: nothing is left to find");
        let tests = python(folder.path(), &["-m", "tests"]);
        assert!(tests.status.success(), "{seed}: {}", text(&tests));
        assert!(skill("try_logins.py", &[".", "3"]).status.success(), "{seed}");
    }
}

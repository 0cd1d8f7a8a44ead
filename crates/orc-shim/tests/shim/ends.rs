//! How agents and shims begin and end.

use orc_shim::protocol::{FromShim, Refusal, ShimSignal, ToShim};
use rustix::process::{Pid, Signal, kill_process};

use crate::Test;
use crate::rig::{Rig, launch, wait_until};

pub(crate) const TESTS: &[Test] = &[
    ("an_exit_is_told_and_recorded", an_exit_is_told_and_recorded),
    ("a_signal_is_told", a_signal_is_told),
    ("a_program_that_cannot_run_fails_the_start", a_program_that_cannot_run_fails_the_start),
    ("a_missing_directory_fails_the_start", a_missing_directory_fails_the_start),
    ("one_socket_has_one_shim", one_socket_has_one_shim),
    ("what_is_left_behind_is_told_and_ended_on_demand", what_is_left_behind_is_told_and_ended_on_demand),
    ("a_terminated_shim_ends_its_agent", a_terminated_shim_ends_its_agent),
    (
        "the_agent_gets_its_environment_and_a_terminal_of_its_own",
        the_agent_gets_its_environment_and_a_terminal_of_its_own,
    ),
];

fn gone(rig: &mut Rig) {
    wait_until("the shim's end", || rig.shim.try_wait().unwrap().ok_or_else(|| "still there".into()));
    assert!(!rig.launch.socket.exists());
}

fn an_exit_is_told_and_recorded() {
    let mut rig = Rig::sh("read line; echo last words; exit 3");
    let mut control = rig.control();
    let hello = control.until("hello", |message| match message {
        FromShim::Hello(hello) => Some(hello.clone()),
        _ => None,
    });
    assert_eq!(
        (hello.child_pid, hello.child_start, hello.generation, &*hello.opaque),
        (rig.report.child_pid, rig.report.child_start, 7, &*rig.launch.opaque)
    );
    assert!(rig.report.ok && rig.report.child_start > 0, "{:?}", rig.report);
    assert!(matches!(
        control.ask(|seq| ToShim::Shutdown { seq, end_leftovers: false }),
        FromShim::Refused { refusal: Refusal::Running, .. }
    ));
    control.ask(|seq| ToShim::Keys { seq, bytes: b"\r".to_vec(), if_quiet_ms: None, if_output_seq: None });
    let exit = control.exited();
    assert_eq!((exit.code, exit.signal, exit.leftovers.len()), (Some(3), None, 0));
    let record = rig.record();
    assert_eq!(record.exit, exit);
    assert_eq!(record.screen.last().map(String::as_str), Some("last words"));
    assert!(matches!(control.inject("late", "x"), FromShim::Refused { refusal: Refusal::Exited, .. }));
    assert_eq!(rig.control().exited(), exit, "told to those who come late, too");
    control.ask(|seq| ToShim::Shutdown { seq, end_leftovers: false });
    gone(&mut rig);
}

fn a_signal_is_told() {
    let rig = Rig::program(&["/bin/cat"]);
    let mut control = rig.control();
    let kill = |seq| ToShim::Signal { seq, signal: ShimSignal::Kill, group: true };
    assert!(matches!(control.ask(kill), FromShim::Done { .. }));
    let exit = control.exited();
    assert_eq!((exit.code, exit.signal), (None, Some(9)));
    assert_eq!(rig.record().exit.signal, Some(9));
}

fn a_program_that_cannot_run_fails_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let launch = launch(&dir, &["/nowhere/agent"]);
    let mut rig = Rig::start(dir, launch);
    assert!(!rig.report.ok, "{:?}", rig.report);
    assert!(rig.report.error.as_deref().unwrap().contains("/nowhere/agent"), "{:?}", rig.report);
    gone(&mut rig);
}

fn a_missing_directory_fails_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut launch = launch(&dir, &["/bin/cat"]);
    launch.cwd = "/nowhere".into();
    let mut rig = Rig::start(dir, launch);
    assert!(!rig.report.ok, "{:?}", rig.report);
    assert!(rig.report.error.as_deref().unwrap().contains("/bin/cat"), "{:?}", rig.report);
    gone(&mut rig);
}

fn one_socket_has_one_shim() {
    let rig = Rig::program(&["/bin/cat"]);
    let second = Rig::start(tempfile::tempdir().unwrap(), rig.launch.clone());
    assert!(second.report.error.as_deref().unwrap().contains("another shim"), "{:?}", second.report);
    assert!(rig.control().screen().line_mode, "the first still answers");
    // A socket that its shim left behind is taken over.
    let mut rig = rig;
    rig.shim.kill().unwrap();
    rig.shim.wait().unwrap();
    assert!(rig.launch.socket.exists());
    let third = Rig::start(tempfile::tempdir().unwrap(), rig.launch.clone());
    assert!(third.report.ok, "{:?}", third.report);
}

fn what_is_left_behind_is_told_and_ended_on_demand() {
    let mut rig = Rig::sh("trap '' HUP; sleep 1000 & exit 0");
    let mut control = rig.control();
    let exit = control.exited();
    let [left] = exit.leftovers.as_slice() else { panic!("{exit:?}") };
    assert_eq!(left.command, "sleep");
    let alive = |pid: u32| {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z"))
    };
    assert!(alive(left.pid));
    control.ask(|seq| ToShim::Shutdown { seq, end_leftovers: true });
    gone(&mut rig);
    wait_until(
        "the end of what was left",
        || {
            if alive(left.pid) { Err(format!("{left:?}")) } else { Ok(()) }
        },
    );
}

fn a_terminated_shim_ends_its_agent() {
    let mut rig = Rig::program(&["/bin/cat"]);
    let mut control = rig.control();
    control.screen();
    let shim = Pid::from_child(&rig.shim);
    kill_process(shim, Signal::HUP).unwrap();
    kill_process(shim, Signal::INT).unwrap();
    control.screen();
    kill_process(shim, Signal::TERM).unwrap();
    assert_eq!(control.exited().signal, Some(15));
    drop(control);
    gone(&mut rig);
}

fn the_agent_gets_its_environment_and_a_terminal_of_its_own() {
    let rig = Rig::sh(
        "{ env | sort | grep -v -e ^PWD -e ^_; tty; ps -o sid=,tpgid= -p $$; echo $$; } > $LOG; exec cat",
    );
    let log = wait_until("the log", || {
        let log = String::from_utf8(rig.log()).unwrap();
        if log.lines().last() == Some(&rig.report.child_pid.to_string()) { Ok(log) } else { Err(log) }
    });
    let pid = rig.report.child_pid.to_string();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("/dev/pts/")), "{log}");
    assert!(
        lines.iter().any(|line| line.split_whitespace().eq([pid.as_str(), pid.as_str()])),
        "leads its session and terminal: {log}"
    );
    assert!(lines.contains(&"TERM=tmux-256color"), "{log}");
    assert!(!log.contains("TMUX") && !log.contains("ORC_") && !log.contains("HOME="), "{log}");
}

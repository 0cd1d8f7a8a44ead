//! What persons see.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};

use orc_shim::protocol::{FromShim, Refusal, Role, Screen, ToShim};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

use crate::Test;
use crate::rig::{Client, Rig, wait_until};

pub(crate) const TESTS: &[Test] = &[
    (
        "two_views_see_the_same_and_the_active_one_decides_the_size",
        two_views_see_the_same_and_the_active_one_decides_the_size,
    ),
    ("a_view_that_does_not_read_stalls_nobody", a_view_that_does_not_read_stalls_nobody),
    ("a_view_tells_its_size_and_the_new_one", a_view_tells_its_size_and_the_new_one),
    ("a_client_of_a_strange_version_is_told_so", a_client_of_a_strange_version_is_told_so),
    ("a_view_may_be_killed", a_view_may_be_killed),
    ("a_view_says_how_the_agent_ended_and_stays", a_view_says_how_the_agent_ended_and_stays),
];

/// What a terminal of this size shows after these bytes.
fn rendered(output: &[u8], cols: u16, rows: u16) -> Vec<String> {
    let mut terminal = vt100::Parser::new(rows.try_into().unwrap(), cols.try_into().unwrap(), 0);
    terminal.process(output);
    terminal.screen().rows(0, cols).map(|row| row.trim_end().to_owned()).collect()
}

fn catches_up(view: &mut Client, screen: &Screen, end: &str) {
    view.output_until(end);
    assert_eq!(rendered(&view.output, screen.cols, screen.rows), screen.lines);
}

fn two_views_see_the_same_and_the_active_one_decides_the_size() {
    let rig =
        Rig::sh("stty -echo; printf 'primary\\033[?1049h\\033[2;3Halternate\\033[2m dim\\033[m'; exec cat");
    let mut control = rig.control();
    let mut first = rig.view(60, 20);
    first.output_until("dim");
    let mut second = rig.view(70, 10);
    let screen = control.screen_until("the second view's size", |screen| screen.rows == 10);
    assert_eq!(screen.dim[1], vec![(11, 15)]);
    catches_up(&mut second, &screen, "dim");
    first.keys("typed\r");
    let screen = control.screen_until("the first view's size", |screen| {
        screen.rows == 20 && screen.lines.iter().any(|line| line.contains("typed"))
    });
    catches_up(&mut first, &screen, "typed");
    second.output_until("typed");
    second.say(&ToShim::Resize { cols: 75, rows: 12 });
    control.screen_until("the new size", |screen| (screen.cols, screen.rows) == (75, 12));
}

fn a_view_that_does_not_read_stalls_nobody() {
    let rig = Rig::sh("stty -echo; read go; yes 0123456789 | head -c 50000000; echo the end; exec cat");
    let mut control = rig.control();
    let mut blind = rig.view(80, 24);
    blind.output_until("\x1b[?2004l");
    control.say(&ToShim::Keys { seq: 0, bytes: b"\r".to_vec(), if_quiet_ms: None, if_output_seq: None });
    let screen = control.screen_until("the end of the flood", |screen| {
        screen.lines.iter().any(|line| line.contains("the end"))
    });
    assert!(screen.output_seq > 50_000_000, "{}", screen.output_seq);
    catches_up(&mut blind, &screen, "the end");
    assert!(blind.output.len() < 5_000_000, "most was thrown away: {}", blind.output.len());
    blind.keys("and on\r");
    blind.output_until("and on");
}

fn a_view_tells_its_size_and_the_new_one() {
    let rig = Rig::program(&["/bin/cat"]);
    let mut control = rig.control();
    let pane = Pane::new(&rig);
    control.screen_until("the size of a terminal that knows none", |screen| {
        (screen.cols, screen.rows, screen.person.views) == (80, 24, 1)
    });
    let size = Winsize { ws_col: 101, ws_row: 33, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&pane.terminal, size).unwrap();
    // The terminal controls no session here, so nobody else sends this.
    kill_process(Pid::from_child(&pane.view), Signal::WINCH).unwrap();
    control.screen_until("the new size", |screen| (screen.cols, screen.rows) == (101, 33));
}

fn a_client_of_a_strange_version_is_told_so() {
    let rig = Rig::program(&["/bin/cat"]);
    let mut client = rig.control();
    client.until("hello", |message| matches!(message, FromShim::Hello(_)).then_some(()));
    let mut stranger = Client::connect(&rig.launch.socket);
    stranger.say(&ToShim::Hello { protocol: 9, min_protocol: 9, role: Role::Control });
    stranger.until("the refusal", |message| {
        matches!(message, FromShim::Refused { refusal: Refusal::Protocol, .. }).then_some(())
    });
    let mut rest = Vec::new();
    assert_eq!(stranger.stream.read_to_end(&mut rest).unwrap(), 0, "and let go");
    client.screen();
}

/// A real view on a terminal of its own.
pub(crate) struct Pane {
    terminal: std::fs::File,
    pub(crate) view: Child,
    seen: Vec<u8>,
}

impl Pane {
    pub(crate) fn new(rig: &Rig) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = rustix::pty::openpt(flags).unwrap();
        rustix::pty::unlockpt(&master).unwrap();
        let slave: OwnedFd = rustix::pty::ioctl_tiocgptpeer(&master, flags).unwrap();
        rustix::io::ioctl_fionbio(&master, true).unwrap();
        let view = Command::new(std::env::current_exe().unwrap())
            .arg("view")
            .arg(&rig.launch.socket)
            .stdin(slave.try_clone().unwrap())
            .stdout(slave)
            .spawn()
            .unwrap();
        Self { terminal: master.into(), view, seen: Vec::new() }
    }

    fn until(&mut self, text: &str) {
        wait_until(text, || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = self.terminal.read(&mut buffer) {
                self.seen.extend_from_slice(&buffer[..count]);
            }
            let seen = String::from_utf8_lossy(&self.seen).into_owned();
            if seen.contains(text) { Ok(()) } else { Err(seen) }
        });
    }

    fn type_keys(&mut self, keys: &str) {
        std::io::Write::write_all(&mut self.terminal, keys.as_bytes()).unwrap();
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        let _gone_already = self.view.kill();
        let _reaped = self.view.wait();
    }
}

fn a_view_may_be_killed() {
    let rig = Rig::program(&["/bin/cat"]);
    let mut pane = Pane::new(&rig);
    pane.type_keys("first\r");
    pane.until("first\r\nfirst\r\n");
    pane.view.kill().unwrap();
    pane.view.wait().unwrap();
    let mut control = rig.control();
    control.screen_until("the view to be gone", |screen| screen.person.views == 0);
    let mut pane = Pane::new(&rig);
    pane.until("first\r\nfirst");
    pane.type_keys("q\r");
    pane.until("q\r\nq");
    assert!(pane.view.try_wait().unwrap().is_none());
}

fn a_view_says_how_the_agent_ended_and_stays() {
    let rig = Rig::sh("printf '\\033[?1049h\\033[?2004hup'; read line; exit 3");
    let mut pane = Pane::new(&rig);
    pane.until("up");
    pane.type_keys("\r");
    pane.until("[team:0: ended with status 3]");
    pane.type_keys("q\r\x03");
    assert_eq!(pane.view.try_wait().unwrap(), None, "it stays");
    let shown = rendered(&pane.seen, 80, 24);
    assert!(!shown.iter().any(|line| line.contains("up")), "the alternate screen was left: {shown:?}");
    kill_process(Pid::from_child(&pane.view), Signal::HUP).unwrap();
    assert!(
        wait_until("the view's end", || pane.view.try_wait().unwrap().ok_or_else(|| "still there".into()))
            .success()
    );
}

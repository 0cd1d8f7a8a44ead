//! The agent on a bare pseudo-terminal, whose other side answers what tmux does not.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tempfile::TempDir;

use crate::agent::argv;
use crate::wait::wait_until;

struct Bare {
    home: TempDir,
    child: Child,
    terminal: File,
    seen: String,
}

impl Bare {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let inner = ioctl_tiocgptpeer(&terminal, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        let argv = argv();
        let share = || OwnedFd::try_clone(&inner).unwrap();
        let child = Command::new(&argv[0])
            .args(&argv[1..])
            .env_clear()
            .env("PLAY", "1")
            .env("HOME", home.path())
            .env("TMUX_ORC_SCRIPTED_LOG", home.path().join("log.jsonl"))
            .stdin(share())
            .stdout(share())
            .stderr(share())
            .spawn()
            .unwrap();
        Self { home, child, terminal: terminal.into(), seen: String::new() }
    }

    /// Reads until `sign` came, and gives back everything up to its end, once.
    #[track_caller]
    fn until(&mut self, sign: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(sign) {
                let rest = self.seen.split_off(at + sign.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let mut buffer = [0; 4096];
            let bytes = self.terminal.read(&mut buffer).expect("the agent still runs");
            self.seen.push_str(&String::from_utf8_lossy(&buffer[..bytes]));
        }
    }

    fn write(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    /// Closes the terminal's other side.
    fn hang_up(&mut self) {
        self.terminal = File::open("/dev/null").unwrap();
    }

    fn end(&mut self) -> ExitStatus {
        wait_until("the end of the agent", || {
            self.child.try_wait().unwrap().ok_or_else(|| "it runs".to_owned())
        })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const QUERY: &str = "\x1b]7501;?\x1b\\";

fn status(rest: &str) -> String {
    format!("\x1b]7501;state={rest}\x1b\\")
}

#[test]
fn a_terminal_that_knows_the_status_protocol_gets_it() {
    let mut bare = Bare::start();
    let greeting = bare.until(&format!("{QUERY}\x1b[c"));
    assert!(greeting.contains("\x1b[?1049h\x1b[?2004h"));
    bare.write(QUERY);
    bare.write("\x1b[?62;c");
    bare.until(&status("idle:app=scripted"));
    bare.until("idle\x1b[K");
    bare.write("\x1b[200~DO: ask true\nDO: fail overloaded\x1b[201~\r");
    bare.until(&status("working:app=scripted"));
    bare.until(&status("blocked:app=scripted:kind=permission:msg=cnVuOiB0cnVl"));
    bare.write("1");
    bare.until(&status("working:app=scripted"));
    bare.until(&status("error:app=scripted:msg=b3ZlcmxvYWRlZA=="));
    bare.write("hi\r");
    bare.until(&status("working:app=scripted"));
    bare.until(&status("done:app=scripted"));
    bare.write("\x03\x03");
    bare.until(&status("clear:app=scripted"));
    bare.until("\x1b[?2004l");
    assert!(bare.child.wait().unwrap().success());
}

#[test]
fn a_terminal_that_does_not_answer_gets_no_status() {
    let mut bare = Bare::start();
    bare.until("\x1b[c");
    // What a person types meanwhile is not lost.
    bare.write("\x1b[?62;cquick\r");
    let seen = bare.until("● ok: quick");
    assert!(!seen.contains("7501"));
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let mut bare = Bare::start();
    bare.until("\x1b[c");
    bare.write("\x1b[?62;c");
    bare.until("idle\x1b[K");
    bare.hang_up();
    let code = bare.end().code();
    assert_eq!(code, Some(129));
    let log = std::fs::read_to_string(bare.home.path().join("log.jsonl")).unwrap();
    assert!(log.lines().last().unwrap().contains("\"hangup\""), "{log}");
}

#[test]
fn not_even_a_deaf_hang_outlives_its_terminal() {
    let mut bare = Bare::start();
    bare.until("\x1b[c");
    bare.write("\x1b[?62;c\x1b[200~DO: hang deaf\x1b[201~\r");
    bare.until("Working…");
    bare.hang_up();
    assert_eq!(bare.end().signal(), Some(1));
}

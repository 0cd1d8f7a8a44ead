//! The machine around it: locales, a person's tmux configuration, other users, a full disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use orc_testkit::wait_until;

use crate::texts::lines;
use crate::world::{SOON, World, scripted, whole};

#[test]
fn a_locale_without_unicode_changes_nothing() {
    let mut world = World::new();
    world.env.set("LANG", "C");
    world.env.set("LC_ALL", "C");
    let agent = &world.deploy(2)[0];
    let text = "Größe 日本語 👩‍👩‍👧‍👦\tund mehr";
    let id = world.send("t:0", text);
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", text));
    assert!(world.orc(&["agent", "messages", "t:0", "--export"]).success().stdout.contains(text));
    let pane = world.open_pane(agent);
    let shown = world.tmux(&["-u", "capture-pane", "-p", "-t", &pane]);
    assert!(shown.contains("Größe 日本語"), "the view shows it: {shown}");
}

#[test]
fn a_persons_tmux_configuration_does_not_reach_us() {
    let world = World::new();
    let hooked = world.env.root().join("a-hook-ran");
    let touch = format!("run-shell \"touch '{}'\"", hooked.display());
    let config = format!(
        "set -g base-index 1\nset -g pane-base-index 1\nset -g prefix C-a\nunbind -a\nset -g default-command false\n\
         set -g destroy-unattached on\nset-hook -g after-new-session '{touch}'\nset-hook -g after-new-window '{touch}'\n"
    );
    fs::write(world.env.home().join(".tmux.conf"), &config).unwrap();
    let xdg = world.env.home().join(".config/tmux");
    fs::create_dir_all(&xdg).unwrap();
    fs::write(xdg.join("tmux.conf"), &config).unwrap();
    let agents = world.deploy(2);
    for agent in &agents {
        world.open_pane(agent);
    }
    let windows = world.tmux(&["list-windows", "-a", "-F", "#{@orc_team} #{window_index}"]);
    let windows: Vec<&str> = windows.lines().filter(|line| line.starts_with("t ")).collect();
    assert_eq!(windows, ["t 0", "t 1"]);
    assert!(!hooked.exists(), "a hook of the person's ran in our server");
    world.send("t:0", "all is well");
}

#[test]
fn a_renamed_session_is_still_the_teams() {
    let world = World::new();
    let agents = world.deploy(2);
    let pane = world.open_pane(&agents[0]);
    world.tmux(&["rename-session", "-t", &pane, "my own name"]);
    world.tmux(&["rename-window", "-t", &pane, "mine"]);
    world.send("t:0", "after the new name");
    world.tmux(&["kill-pane", "-t", &pane]);
    let again = world.open_pane(&agents[0]);
    assert_eq!(world.tmux(&["display-message", "-p", "-t", &again, "#{session_name}"]), "my own name");
}

/// The socket's directory keeps others out; here it is opened to see that the socket does, too.
#[test]
fn another_user_is_turned_away() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can become somebody else.
    }
    let world = World::new();
    let agents = world.deploy(2);
    let socket = world.env.runtime_dir().join("api.sock");
    for (path, mode) in [
        (world.env.runtime_dir(), 0o755),
        (socket.clone(), 0o666),
        (world.env.runtime_dir().join("s"), 0o755),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let shim = world.env.runtime_dir().join("s").join(format!("{}.sock", agents[0].id));
    fs::set_permissions(&shim, fs::Permissions::from_mode(0o666)).unwrap();
    let ask = r#"
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(20)
s.connect(sys.argv[1])
try:
    s.sendall(b'POST /v1/request HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{"request":"ping"}')
    print(len(s.recv(1000)))
except (ConnectionResetError, BrokenPipeError):
    print(0)
"#;
    let answer = |user: Option<&str>, socket: &std::path::Path| {
        let mut command = match user {
            None => world.env.command("/usr/bin/env"),
            Some(user) => {
                let mut command = world.env.command("setpriv");
                command.args([&format!("--reuid={user}"), "--clear-groups"]);
                command
            }
        };
        command.current_dir("/").env("PATH", "/usr/bin:/bin").args(["python3", "-c", ask]).arg(socket);
        world.env.run(command, SOON).success().stdout.trim().to_owned()
    };
    assert_ne!(answer(None, &socket), "0", "we are answered, so the question is right");
    assert_eq!(answer(Some("65534"), &socket), "0", "another user is not answered");
    assert_eq!(answer(Some("65534"), &shim), "0", "nor by a shim");
    assert!(world.orc(&["daemon", "logs"]).stdout.contains("another user was turned away"));
    world.send("t:0", "we still are");
}

/// The limit on the size of files stands in for the end of the disk: for the supervisor alone, and it can be lifted.
#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let world = World::new();
    // Without the signal a write beyond the limit fails as on a full disk.
    let start = r#"trap '' XFSZ; exec "$0" daemon run --detached"#;
    let mut supervisor = world.env.command("bash");
    supervisor
        .args(["-c", start, crate::world::BINARY])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut supervisor = supervisor.spawn().unwrap();
    let socket = world.env.runtime_dir().join("api.sock");
    wait_until("the supervisor listens", SOON, || {
        UnixStream::connect(&socket).map(drop).map_err(|error| error.to_string())
    });
    let agent = &world.deploy(2)[0];
    let first = world.send("t:0", "while there is space");

    let limit = |bytes: &str| {
        let mut prlimit = world.env.command("prlimit");
        prlimit.args(["--pid", &supervisor.id().to_string(), &format!("--fsize={bytes}:unlimited")]);
        world.env.run(prlimit, SOON).success();
    };
    limit("4096");
    let before = world.orc(&["events"]).success().stdout;
    for _ in 0..3 {
        let out = world.orc(&["agent", "send", "t:0", "there is no space"]).exits(1);
        assert!(
            out.stderr.contains("the event log cannot be written")
                && out.stderr.contains("nothing was accepted"),
            "{out:?}"
        );
        assert!(out.stderr.contains("hint: "), "{out:?}");
    }
    assert_eq!(
        world.orc(&["events"]).success().stdout,
        before,
        "nothing was added, and what was there can be read"
    );

    limit("unlimited");
    let id = world.send("t:0", "there is space again");
    assert_eq!(agent.truth.wait_for_message(&id), whole(&id, "operator", "there is space again"));
    assert_eq!(agent.truth.bodies("operator"), ["while there is space", "there is space again"]);
    assert_ne!(first, id);
    world.orc(&["log", "verify"]).success();
    world.orc(&["daemon", "stop"]).success();
    supervisor.wait().unwrap();
}

/// A message that was accepted before the disk was full is handed over when there is space.
#[test]
fn a_disk_that_fills_up_while_a_message_waits() {
    let world = World::new();
    let mut supervisor = world.env.command("bash");
    supervisor.args(["-c", r#"trap '' XFSZ; exec "$0" daemon run --detached"#, crate::world::BINARY]);
    supervisor.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut supervisor = supervisor.spawn().unwrap();
    let socket = world.env.runtime_dir().join("api.sock");
    wait_until("the supervisor listens", SOON, || {
        UnixStream::connect(&socket).map(drop).map_err(|error| error.to_string())
    });
    let agent = &world.deploy(2)[0];
    let pane = world.open_pane(agent);
    world.type_text(agent, &pane, "a draft");
    let short = world.post("t:0", "short");
    let long = lines(500_000);
    let long_id = world.feed(long.as_bytes(), &["agent", "send", "t:0", "-"]).success().stdout;
    let long_id = long_id.lines().next().unwrap();
    world.wait_for_hold(agent, "a person's draft is in the composer");
    let limit = |bytes: &str| {
        let mut prlimit = world.env.command("prlimit");
        prlimit.args(["--pid", &supervisor.id().to_string(), &format!("--fsize={bytes}:unlimited")]);
        world.env.run(prlimit, SOON).success();
    };
    limit("4096");
    world.press(&pane, &["C-u"]);
    wait_until("the message waits for space", SOON, || {
        let status = world.status("t:0");
        if status["hold"] == "the last attempt typed nothing, trying again" {
            Ok(())
        } else {
            Err(status.to_string())
        }
    });
    assert_eq!(agent.truth.prompts().len(), 1, "nothing is typed that could not be recorded");
    limit("unlimited");
    assert_eq!(agent.truth.wait_for_message(&short), whole(&short, "operator", "short"));
    let pointer = agent.truth.wait_for_message(long_id);
    let path = pointer.lines().find(|line| line.starts_with('/')).expect("a path");
    assert!(fs::read(path).unwrap() == long.as_bytes());
    world.wait_until_idle("t");
    assert_eq!(agent.truth.prompts().len(), 3);
    world.orc(&["daemon", "stop"]).success();
    supervisor.wait().unwrap();
}

/// A state directory on a disk of its own, as small as that: in a mount namespace that only the supervisor is in.
#[test]
fn a_disk_without_space_refuses_with_what_to_do_and_loses_nothing() {
    let world = World::new();
    let (root, state) = (world.env.root().to_owned(), world.env.state_dir());
    // The agents' own logs are the truth, and must not be on the disk that is full.
    let elsewhere = scripted("scripted", &[])
        .replace("{launch_dir}/truth.jsonl", &format!("{}/{{name}}.jsonl", root.display()));
    world.profile("scripted", &elsewhere);
    let start = r#"mount -t tmpfs -o size=16m,mode=0700 disk "$1" && head -c 6000000 /dev/zero > "$1/ballast" &&
        exec "$0" daemon run --detached"#;
    let mut allowed = world.env.command("unshare");
    allowed.args(["-Urm", "true"]);
    let allowed = world.env.run(allowed, SOON);
    assert_eq!(allowed.code, 0, "this test needs user namespaces that anybody may make: {}", allowed.stderr);
    let mut supervisor = world.env.command("unshare");
    supervisor.args(["-Urm", "sh", "-c", start, crate::world::BINARY]).arg(&state);
    supervisor.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut supervisor = supervisor.spawn().unwrap();
    let socket = world.env.runtime_dir().join("api.sock");
    wait_until("the supervisor listens", SOON, || {
        UnixStream::connect(&socket).map(drop).map_err(|error| error.to_string())
    });
    let repo = world.repo.to_str().expect("UTF-8");
    let deploy =
        ["quick-deploy", "backend", "2", "--project-name", "t", "--agent", "scripted", "--project-dir", repo];
    world.orc(&[&deploy[..], &["--wait=60s"]].concat()).success();
    let text = lines(200_000);
    let send = || world.feed(text.as_bytes(), &["agent", "send", "t:0", "-"]);
    let mut accepted = 0;
    let refused = loop {
        let out = send();
        if out.code != 0 {
            break out;
        }
        accepted += 1;
        assert!(
            accepted < 50,
            "10 MB are left, and each is in the log and, for a while, in what SQLite writes ahead"
        );
    };
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    for part in ["nothing was accepted", "free some space on the disk of the state directory"] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    world.orc(&["team", "status", "t"]).success();
    // Through the supervisor's own eyes.
    let inside = std::path::PathBuf::from(format!("/proc/{}/root{}", supervisor.id(), state.display()));
    fs::remove_file(inside.join("ballast")).expect("the ballast");
    let truth = crate::truth::Truth::new(root.join("t:backend.jsonl"));
    send().success();
    for turns in 1..=2 + accepted {
        truth.wait_for_turns(turns);
    }
    assert_eq!(truth.bodies("operator").len(), accepted + 1, "each that was accepted, once");
    world.orc(&["log", "verify"]).success();
    world.orc(&["team", "stop", "t", "--yes"]).success();
    world.orc(&["daemon", "stop"]).success();
    supervisor.wait().unwrap();
}

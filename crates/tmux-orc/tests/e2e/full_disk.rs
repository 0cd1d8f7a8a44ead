//! What was under way when the disk became full: nobody waits for space who needs none, and nothing stays open.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use orc_api::{Client, Request};
use orc_testkit::wait_until;

use crate::ship::Shop;
use crate::world::{BINARY, SOON, World};

/// A supervisor whose files can be kept from growing, in place of the one that runs; a write beyond that limit fails as on a
/// full disk.
struct Limited(Child);

impl Limited {
    fn start(world: &World) -> Self {
        world.orc(&["daemon", "stop"]).success();
        let mut supervisor = world.env.command("bash");
        supervisor.args(["-c", r#"trap '' XFSZ; exec "$0" daemon run --detached"#, BINARY]);
        supervisor.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let supervisor = supervisor.spawn().expect("a supervisor");
        let socket = world.env.runtime_dir().join("api.sock");
        wait_until("the supervisor listens", SOON, || {
            UnixStream::connect(&socket).map(drop).map_err(|error| error.to_string())
        });
        Self(supervisor)
    }

    fn limit(&self, world: &World, bytes: &str) {
        let mut prlimit = world.env.command("prlimit");
        prlimit.args(["--pid", &self.0.id().to_string(), &format!("--fsize={bytes}:unlimited")]);
        world.env.run(prlimit, SOON).success();
    }

    fn end(mut self, world: &World) {
        world.orc(&["daemon", "stop"]).success();
        self.0.wait().expect("its end");
    }
}

#[test]
fn a_window_is_made_again_and_shown_without_space() {
    let world = World::new();
    let agent = &world.deploy(2)[0];
    let supervisor = Limited::start(&world);
    let window = || {
        let panes = world.tmux(&["list-panes", "-a", "-F", "#{window_id} #{@orc_agent}"]);
        let own = panes.lines().find(|line| line.ends_with(&format!(" {}", agent.id)));
        own.and_then(|line| line.split(' ').next()).map(str::to_owned).ok_or(panes)
    };
    let close_window = || {
        let closed = window().expect("its window");
        world.tmux(&["kill-window", "-t", &closed]);
        wait_until("it has a new window", SOON, || match window() {
            Ok(new) if new != closed => Ok(()),
            other => Err(format!("{other:?}")),
        });
    };
    let attach = || {
        let client = Client::new(world.env.runtime_dir().join("api.sock"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let asked = Request::Attach { to: agent.target.clone() };
        let answer = runtime.block_on(async { tokio::time::timeout(SOON, client.ask(&asked)).await });
        answer.expect("nobody waits for space").expect("a window");
    };
    // From here on this supervisor knows that it has made the window.
    close_window();
    attach();
    supervisor.limit(&world, "4096");
    close_window();
    attach();
    supervisor.limit(&world, "unlimited");
    supervisor.end(&world);
}

#[test]
fn a_change_that_the_log_had_no_space_for_can_be_published_when_it_has() {
    let shop = Shop::new();
    let world = &shop.world;
    let supervisor = Limited::start(world);
    // The disk becomes full while the branch is pushed.
    let (hook, armed) = (world.repo.join(".git/hooks/pre-push"), world.env.root().join("armed"));
    let (file, pid) = (armed.display(), supervisor.0.id());
    let script = format!(
        "#!/bin/sh\n[ -e {file} ] || exit 0\nrm {file}\nexec prlimit --pid {pid} --fsize=4096:unlimited\n"
    );
    fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    fs::write(&hook, script).expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("its mode");
    fs::write(&armed, "").expect("a file");
    let publish = || {
        shop.ship(&[
            "--branch",
            crate::ship::BRANCH,
            "--base",
            "main",
            "--emergency",
            "--skip-full-tests",
            "--why",
            "x",
        ])
    };
    let refused = publish();
    assert!(!armed.exists() && refused.code != 0, "{refused:?}");
    assert!(refused.stderr.contains("the event log cannot be written"), "{refused:?}");
    supervisor.limit(world, "unlimited");
    wait_until("it can be published", Duration::from_secs(60), || {
        let again = publish();
        if again.code == 0 { Ok(()) } else { Err(again.stderr) }
    });
    supervisor.end(world);
}

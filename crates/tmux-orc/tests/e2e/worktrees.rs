//! A worktree for each agent, and what becomes of those of a team that is never made.

use std::fs;
use std::process::Stdio;

use orc_testkit::wait_until;

use crate::world::{SOON, World};

const DEPLOY: [&str; 7] =
    ["quick-deploy", "backend", "2", "--project-name=t", "--agent=scripted", "--worktrees", "--wait=60s"];

impl World {
    /// What git prints in the repository.
    #[track_caller]
    fn git(&self, words: &[&str]) -> String {
        let mut command = self.env.command("git");
        command.arg("-C").arg(&self.repo).args(words);
        self.env.run(command, SOON).success().stdout
    }
}

/// One is made, the other is in the making: git waits in a hook, for as long as the test wants.
#[test]
fn a_supervisor_killed_while_worktrees_are_made_leaves_none() {
    let world = World::new();
    let repo = world.repo.to_str().expect("UTF-8").to_owned();
    let deploy = [&DEPLOY[..], &["--project-dir", &repo]].concat();
    let place = |name: &str| world.env.root().join(name);
    let (begun, gate, over) = (place("begun"), place("gate"), place("over"));
    fs::write(&gate, "").expect("a file");
    let hook = world.repo.join(".git/hooks/post-checkout");
    let waits = format!(
        "#!/bin/sh\necho x >> '{begun}'\nif [ $(wc -l < '{begun}') -ge 2 ]; then\n  \
         while [ -e '{gate}' ]; do sleep 0.05; done\n  echo x > '{over}'\nfi\n",
        begun = begun.display(),
        gate = gate.display(),
        over = over.display(),
    );
    fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    fs::write(&hook, waits).expect("a file");
    let mut permissions = fs::metadata(&hook).expect("a file").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&hook, permissions).expect("a mode");
    world.orc(&["daemon", "start"]).success();
    let mut command = world.command(&deploy);
    let mut client = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("the second worktree is being made", SOON, || {
        let count = fs::read_to_string(&begun).unwrap_or_default().lines().count();
        if count == 2 { Ok(()) } else { Err(format!("{count} begun")) }
    });
    world.kill_supervisor();
    client.wait().expect("it ends");
    fs::remove_file(&hook).expect("it is there");
    fs::remove_file(&gate).expect("it is there");
    wait_until("the hook is over", SOON, || if over.exists() { Ok(()) } else { Err("it runs".to_owned()) });
    world.orc(&["daemon", "start"]).success();
    wait_until("the team is taken back", SOON, || {
        let events = world.orc(&["events"]).stdout;
        if events.contains("team_aborted") { Ok(()) } else { Err(events) }
    });
    assert_eq!(world.git(&["worktree", "list"]).lines().count(), 1, "the repository's own");
    assert_eq!(world.git(&["branch", "--list", "tmux-orc/*"]), "");
    world.orc(&deploy).success();
    assert_eq!(world.git(&["worktree", "list"]).lines().count(), 3);
}

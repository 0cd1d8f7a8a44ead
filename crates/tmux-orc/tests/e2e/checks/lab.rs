//! A team with a repository of which tests are run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use orc_testkit::{Output, wait_until};
use serde_json::Value;

use crate::world::{SOON, World};

/// A team `t` whose repository is the world's.
pub(crate) struct Lab {
    pub(crate) world: World,
}

impl Lab {
    /// With these files in the commit after the first one.
    #[track_caller]
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::with(World::new(), files)
    }

    #[track_caller]
    pub(crate) fn with(world: World, files: &[(&str, &str)]) -> Self {
        let lab = Self { world };
        lab.commit(files);
        lab.team("t");
        lab
    }

    /// Another team on the same repository.
    #[track_caller]
    pub(crate) fn team(&self, name: &str) {
        let repo = self.repo().to_str().expect("UTF-8");
        let words =
            ["quick-deploy", "backend", "2", "--project-name", name, "--agent", "scripted", "--project-dir"];
        self.world.orc(&[&words[..], &[repo, "--no-wait"]].concat()).success();
    }

    pub(crate) fn repo(&self) -> &Path {
        &self.world.repo
    }

    /// Writes files; those whose name ends with `.sh` may be run.
    #[track_caller]
    pub(crate) fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.repo().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, text).expect("a file");
            if path.extension().is_some_and(|ending| ending == "sh") {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
            }
        }
    }

    /// Writes files and commits everything; the commit.
    #[track_caller]
    pub(crate) fn commit(&self, files: &[(&str, &str)]) -> String {
        self.write(files);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=more"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in the repository; what it says.
    #[track_caller]
    pub(crate) fn git(&self, words: &[&str]) -> String {
        let mut git = self.world.env.command("git");
        git.current_dir(self.repo()).args(words);
        self.world.env.run(git, Duration::from_secs(30)).success().stdout.trim().to_owned()
    }

    /// Runs a check of team `t`.
    #[track_caller]
    pub(crate) fn check(&self, words: &[&str]) -> Output {
        let words = [&["pm", "quality-check", "t"], words].concat();
        self.world.env.run(self.world.command(&words), Duration::from_secs(240))
    }

    /// Runs a check that ends with this verdict; its evidence.
    #[track_caller]
    pub(crate) fn comes_to(&self, verdict: &str, words: &[&str]) -> Value {
        let done = self.check(&[words, &["--json"]].concat());
        let run = done.json();
        assert_eq!(run["verdict"], verdict, "{run:#}\n{}", Self::log(&run));
        let green = matches!(verdict, "pass" | "pass_flaky");
        assert_eq!(done.code, if green { 0 } else { 7 }, "{run:#}");
        run
    }

    /// What the log of a check says.
    pub(crate) fn log(run: &Value) -> String {
        fs::read_to_string(run["log"].as_str().unwrap_or_default()).unwrap_or_default()
    }

    /// Begins a check and does not wait for it.
    pub(crate) fn begin(&self, team: &str, words: &[&str]) -> Child {
        let mut command = self.world.command(&[&["pm", "quality-check", team], words].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }

    /// A file outside of the repository, for what tests say of themselves.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.world.env.root().join(name)
    }

    /// Waits until a file is there; its text.
    #[track_caller]
    pub(crate) fn wait_for(path: &Path) -> String {
        wait_until(&format!("{} is there", path.display()), SOON, || {
            fs::read_to_string(path)
                .ok()
                .filter(|text| text.ends_with('\n'))
                .ok_or_else(|| "not yet".to_owned())
        })
    }

    /// Waits until git knows of no worktree but the person's own: a check takes its own away after its answer.
    #[track_caller]
    pub(crate) fn wait_until_tidy(&self) {
        wait_until("the worktree of the check is gone", SOON, || {
            let list = self.git(&["worktree", "list"]);
            if list.lines().count() == 1 { Ok(()) } else { Err(list) }
        });
    }

    /// The kinds of the team's events.
    pub(crate) fn events(&self) -> String {
        self.world.orc(&["events", "--json"]).success().stdout
    }
}

/// What a child has said, and its exit status.
pub(crate) fn ended(child: Child) -> (String, String, Option<i32>) {
    let out = child.wait_with_output().expect("a child of ours");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&out.stdout), text(&out.stderr), out.status.code())
}

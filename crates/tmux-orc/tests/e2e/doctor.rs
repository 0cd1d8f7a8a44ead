//! What the doctor finds, with stand-ins for the programs that it looks for: they note what they are asked.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use orc_testkit::Output;
use serde_json::Value;

use crate::world::{SOON, World};

/// A token that must never be shown.
const SECRET: &str = "sk-3f9a1c77e0b24d5588aa90d1";

struct Clinic {
    world: World,
    bin: PathBuf,
}

impl Clinic {
    /// A world in which there are tmux and git, and no other program that the doctor looks for.
    fn new() -> Self {
        let mut world = World::new();
        let bin = world.env.root().join("bin");
        fs::create_dir(&bin).expect("a file");
        let path = std::env::var("PATH").expect("a path");
        for name in ["tmux", "git", "sh"] {
            let places = path.split(':').map(|dir| Path::new(dir).join(name));
            symlink(
                places.into_iter().find(|place| place.is_file()).expect("it is installed"),
                bin.join(name),
            )
            .expect("a file");
        }
        world.env.set("PATH", &bin);
        Self { world, bin }
    }

    /// A program that answers every question with these words, and notes the question.
    fn stand_in(&self, name: &str, says: &str) {
        write_program(
            &self.bin.join(name),
            &format!("echo \"{name} $*\" >> '{}'\necho '{says}'", self.log()),
        );
    }

    fn log(&self) -> String {
        self.bin.join("asked").to_str().expect("UTF-8").to_owned()
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.world.env.home().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a file");
        fs::write(path, text).expect("a file");
    }

    fn doctor(&self) -> Output {
        let out = self.world.orc(&["doctor"]);
        assert!(!out.stdout.contains(SECRET) && !out.stderr.contains(SECRET), "{out:?}");
        out
    }

    /// What is found of one thing.
    fn finding(&self, what: &str) -> Value {
        let out = self.world.orc(&["doctor", "--json"]);
        assert!(!out.stdout.contains(SECRET) && !out.stderr.contains(SECRET), "{out:?}");
        let all = out.json();
        let found = all.as_array().expect("findings").iter().find(|finding| finding["what"] == what);
        found.unwrap_or_else(|| panic!("{what}: {all}")).clone()
    }

    fn is(&self, what: &str, verdict: &str, words: &str) {
        let finding = self.finding(what);
        assert!(finding["verdict"] == verdict, "{finding}");
        assert!(finding["found"].as_str().expect("words").contains(words), "{finding}");
        let remedy = finding["remedy"].as_str().expect("words");
        assert_eq!(remedy.is_empty(), verdict == "ok", "what is wrong has a remedy: {finding}");
    }

    fn in_repo(&self) -> Output {
        let mut command = self.world.command(&["doctor"]);
        command.current_dir(&self.world.repo);
        self.world.env.run(command, SOON)
    }
}

fn write_program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a file");
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a file");
}

#[test]
fn the_doctor_fails_when_something_needed_is_missing() {
    let mut clinic = Clinic::new();
    let out = clinic.doctor().success();
    assert!(out.stdout.contains("ok       tmux        tmux "), "{out:?}");
    assert!(out.stdout.contains("warning  forge       neither gh nor glab"), "{out:?}");
    assert!(out.stdout.contains("warning  agents      no agent CLI is installed"), "{out:?}");
    assert!(out.stdout.ends_with("\n2 warnings\n"), "no forge, no agent: {out:?}");
    clinic.world.orc(&["daemon", "stop"]).success();
    clinic.world.env.set("PATH", "/nonexistent");
    let out = clinic.doctor().exits(4);
    for missing in ["PROBLEM  tmux        not found\n", "PROBLEM  git         not found\n"] {
        assert!(out.stdout.contains(missing), "{out:?}");
    }
}

#[test]
fn logins_are_seen_by_their_signs_and_no_secret_is_shown() {
    let mut clinic = Clinic::new();
    clinic.stand_in("claude", "2.1.330 (Claude Code)");
    clinic.stand_in("codex", "codex-cli 0.169.0");
    clinic.stand_in("gemini", "0.0.1");
    clinic.stand_in("opencode", "1.18.33");
    clinic.stand_in("gh", "gh version 2.23.0");
    clinic.stand_in("glab", "glab 1.50.0");
    // What is left after a logout is no login.
    clinic.file(".codex/auth.json", "{}");
    clinic.file(".config/glab-cli/config.yml", "hosts:\n    gitlab.com:\n        token:\n        user:\n");
    for (what, words) in [
        ("gh", "gh version 2.23.0; no login found"),
        ("glab", "glab 1.50.0; no login found"),
        ("Claude Code", "2.1.330 (Claude Code); no login found; hooks"),
        ("Codex", "no login found; hooks"),
        ("Gemini CLI", "(profile measured with 0.61.0); no login found; no hooks, its screen is read"),
    ] {
        clinic.is(what, "warning", words);
    }
    clinic.is("OpenCode", "ok", "no login found, and it works without; hooks");
    clinic.is("aider", "notice", "not found");

    clinic.file(".config/gh/hosts.yml", &format!("github.com:\n    user: ada\n    oauth_token: {SECRET}\n"));
    let token = format!("hosts:\n    gitlab.com:\n        token: {SECRET}\n");
    clinic.file(".config/glab-cli/config.yml", &token);
    let oauth = format!(r#"{{"claudeAiOauth": {{"accessToken": "{SECRET}"}}}}"#);
    clinic.file(".claude/.credentials.json", &oauth);
    clinic.file(".codex/auth.json", &format!(r#"{{"OPENAI_API_KEY": "{SECRET}"}}"#));
    clinic.world.env.set("GEMINI_API_KEY", SECRET);
    for (what, words) in [
        ("gh", "login: ~/.config/gh/hosts.yml"),
        ("glab", "login: ~/.config/glab-cli/config.yml"),
        ("Claude Code", "login: ~/.claude/.credentials.json; hooks"),
        ("Codex", "login: ~/.codex/auth.json; hooks"),
        ("Gemini CLI", "login: GEMINI_API_KEY; no hooks"),
    ] {
        clinic.is(what, "ok", words);
    }
    clinic.world.env.set("GH_TOKEN", SECRET);
    clinic.world.env.set("ANTHROPIC_API_KEY", SECRET);
    clinic.is("gh", "ok", "login: GH_TOKEN");
    let shown = clinic.doctor().success().stdout;
    assert!(
        shown.contains("ok       Claude Code  2.1.330 (Claude Code); login: ANTHROPIC_API_KEY; hooks\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\n-        not here: aider, Qwen Code\n"),
        "what is not there is one line: {shown}"
    );
    assert!(shown.ends_with("\nall is well\n"), "{shown}");

    clinic.file(".claude/settings.json", r#"{"disableAllHooks": true}"#);
    clinic.is("Claude Code", "warning", "hooks are off in ~/.claude/settings.json");
    let asked = fs::read_to_string(clinic.log()).unwrap();
    assert!(asked.lines().all(|line| line.ends_with(" --version")), "nobody is called: {asked}");
}

#[test]
fn in_a_repository_what_its_checks_run_with_is_needed() {
    let clinic = Clinic::new();
    let repo = &clinic.world.repo;
    let out = clinic.in_repo().success();
    assert!(out.stdout.contains("warning  tests       none are found in this repository\n"), "{out:?}");
    assert!(!out.stdout.contains("not here: cargo"), "other runners are not its concern: {out:?}");
    for dir in ["api", "web", "one", "two"] {
        fs::create_dir(repo.join(dir)).unwrap();
    }
    fs::write(repo.join("api/pytest.ini"), "[pytest]\n").unwrap();
    fs::write(repo.join("web/package.json"), r#"{"devDependencies": {"jest": "29"}}"#).unwrap();
    fs::write(repo.join("one/go.mod"), "module one\n").unwrap();
    fs::write(repo.join("two/go.mod"), "module two\n").unwrap();
    fs::write(repo.join("Makefile"), "smoke:\n\ttrue\n").unwrap();
    clinic.stand_in("go", "go version go1.22");
    clinic.stand_in("make", "GNU Make 4.3");
    clinic.stand_in("python3", "3.12.1 - -");
    let out = clinic.in_repo().exits(4);
    for line in [
        "ok       go          go version go1.22; for one/go.mod and 1 more\n",
        "ok       make:smoke  GNU Make 4.3; for Makefile\n",
        "PROBLEM  pytest:api  pytest is not installed for Python 3.12.1 (python3); for api/pytest.ini\n                     `python3 -m pip install pytest`\n",
        "PROBLEM  jest:web    node_modules/.bin/jest is not there, or it does not run; for web/package.json\n                     in web: `npm install`",
        "\n2 problems, 2 warnings\n",
    ] {
        assert!(out.stdout.contains(line), "{line}\n{}", out.stdout);
    }
    clinic.stand_in("python3", "3.12.1 8.1.1 2.1.0");
    // As npm's workspaces do it: installed once, above.
    write_program(&repo.join("node_modules/.bin/jest"), "echo 29.7.0");
    let out = clinic.in_repo().success();
    for line in [
        "ok       pytest:api  pytest 8.1.1, testmon 2.1.0, Python 3.12.1; for api/pytest.ini\n",
        "ok       jest:web    29.7.0; for web/package.json\n",
    ] {
        assert!(out.stdout.contains(line), "{line}\n{}", out.stdout);
    }
}

#[test]
fn a_configured_program_of_a_repository_is_looked_for_and_not_run() {
    let clinic = Clinic::new();
    let repo = &clinic.world.repo;
    fs::create_dir_all(repo.join(".tmux-orc")).unwrap();
    let checks = repo.join(".tmux-orc/checks.toml");
    let suite = "[[suite]]\nname = \"all\"\nrunner = \"command\"\ncommand = [\"scripts/all.sh\"]\ntiers = [\"full\"]\nresult = \"exit-code\"\n";
    fs::write(&checks, suite).unwrap();
    let out = clinic.in_repo().exits(4);
    assert!(out.stdout.contains("PROBLEM  all         `scripts/all.sh` is not there"), "{}", out.stdout);
    let ran = repo.join("it-ran");
    write_program(&repo.join("scripts/all.sh"), &format!("touch '{}'", ran.display()));
    let out = clinic.in_repo().success();
    assert!(
        out.stdout.contains("ok       all         scripts/all.sh; for .tmux-orc/checks.toml\n"),
        "{}",
        out.stdout
    );
    assert!(!ran.exists());
    fs::write(&checks, "[[suite]]\nnonsense = 1\n").unwrap();
    let out = clinic.in_repo().exits(4);
    assert!(
        out.stdout.contains(
            "PROBLEM  tests       .tmux-orc/checks.toml, line 2, column 1: unknown field `nonsense`"
        ),
        "{}",
        out.stdout
    );
}

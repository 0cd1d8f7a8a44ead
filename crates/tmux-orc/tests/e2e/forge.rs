//! Publishing a change at a forge, with the real `gh` against a forge on loopback and a real bare repository: whatever breaks on
//! the way, there is one pull request in the end, and it is complete. The forge's own record is the truth.

use std::fs;
use std::os::unix::fs::symlink;

use orc_testkit::{Call, Fault, Kind, Output, StubForge, wait_until};
use serde_json::{Value, json};

use crate::ship::Shop;
use crate::world::SOON;

const BRANCH: &str = "hotfix/leak";
const URL: &str = "https://github.localhost/acme/auth.git";
const BEGIN: &str = "<!-- tmux-orc:begin -->";
const END: &str = "<!-- tmux-orc:end -->";
const EMERGENCY: [&str; 4] = ["--branch", BRANCH, "--emergency", "--skip-full-tests"];

/// A shop whose remote is a repository of a forge.
struct Yard {
    shop: Shop,
    forge: StubForge,
}

impl Yard {
    /// At GitHub, by the real `gh`.
    fn new() -> Self {
        let mut yard = Self::at(URL);
        let proxy = format!("http://127.0.0.1:{}", yard.forge.port());
        let config = yard.shop.world.env.root().join("gh");
        for (name, value) in [
            ("HTTP_PROXY", proxy.as_str()),
            ("GH_TOKEN", "a-token-for-a-stub"),
            ("GH_CONFIG_DIR", config.to_str().expect("UTF-8")),
        ] {
            yard.shop.world.env.set(name, value);
        }
        yard
    }

    /// At GitLab, by a program in the place of `glab`.
    fn gitlab() -> Self {
        let mut yard = Self::at("git@gitlab.localhost:acme/auth.git");
        let folder = yard.shop.world.env.root().join("bin");
        yard.forge.fake_glab(&folder);
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("a path"));
        yard.shop.world.env.set("PATH", path);
        yard
    }

    fn at(url: &str) -> Self {
        let shop = Shop::bare();
        shop.git(&["remote", "set-url", "origin", url]);
        shop.git(&["config", &format!("url.file://{}.insteadOf", shop.bare.display()), url]);
        shop.branch(BRANCH, "pool.py", "def give_back(connection):\n    connection.close()\n");
        let forge = StubForge::start(&shop.bare);
        Self { shop, forge }
    }

    fn ship(&self, more: &[&str]) -> Output {
        self.shop.ship(&[&EMERGENCY[..], more].concat())
    }

    #[track_caller]
    fn shipped(&self, more: &[&str]) -> Value {
        self.ship(&[more, &["--json"]].concat()).success().json()
    }

    /// The requests with this method whose path ends so.
    fn calls(&self, method: &str, path: &str) -> Vec<Call> {
        let fits = |call: &Call| {
            call.method == method && call.path.split('?').next().is_some_and(|bare| bare.ends_with(path))
        };
        self.forge.calls().into_iter().filter(fits).collect()
    }

    /// There is one pull request, with the whole text, of the commit that is the branch's head, with its labels.
    #[track_caller]
    fn one_and_complete(&self) -> Value {
        let pulls = self.forge.pulls();
        assert_eq!(pulls.len(), 1, "{pulls:#?}");
        let pull = pulls[0].clone();
        let body = pull["body"].as_str().expect("a body");
        assert_eq!((body.matches(BEGIN).count(), body.matches(END).count()), (1, 1), "{body}");
        for part in ["## Incident", "## Tests not run", "## Rollback", "- [ ] I have read the whole change"] {
            assert!(body.contains(part), "{part:?} is not in {body}");
        }
        let names: Vec<&str> =
            pull["labels"].as_array().expect("labels").iter().filter_map(|it| it["name"].as_str()).collect();
        for label in ["emergency", "tests:none"] {
            assert!(names.contains(&label), "{names:?}");
        }
        let pushed = self.shop.git_in(&self.shop.bare, &["rev-parse", &format!("refs/heads/{BRANCH}")]);
        assert_eq!(pushed, self.shop.git(&["rev-parse", BRANCH]));
        pull
    }
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_pull_request_is_opened_with_the_whole_story_and_its_labels() {
    let yard = Yard::new();
    yard.shop
        .world
        .orc(&["incident", "declare", "t", "Logins fail with 500", "--severity", "sev1"])
        .success();
    yard.shop
        .world
        .orc(&["incident", "mark", "t", "root-cause", "@ops: leak, fixes #7", "--evidence", "src/pool.py:12"])
        .success();
    let answer = yard.shipped(&["--base", "main"]);
    assert_eq!(answer["published"]["action"], "created", "{answer}");
    assert_eq!(answer["published"]["number"], 1);
    assert_eq!(answer["published"]["url"], "https://github.localhost/acme/auth/pull/1");
    let shown = yard.shop.world.orc(&["incident", "status", "t"]).success().stdout;
    let head = yard.shop.git(&["rev-parse", BRANCH]);
    let line = format!(
        "\npull request #1: {BRANCH} -> main, commit {}  https://github.localhost/acme/auth/pull/1\n",
        &head[..8]
    );
    assert!(shown.contains(&line), "{line:?} is not in\n{shown}");
    let pull = yard.one_and_complete();
    assert!(pull["title"].as_str().unwrap().starts_with("Logins fail with 500 (INC-"), "{pull}");
    assert_eq!(pull["draft"], false);
    assert_eq!(
        pull["head"]["sha"],
        yard.shop.git(&["rev-parse", BRANCH]),
        "the forge had the tested commit by then"
    );
    let body = pull["body"].as_str().unwrap();
    assert!(body.contains("`@ops: leak, fixes #7`"), "in code it calls nobody and closes nothing: {body}");
    let names: Vec<&Value> = pull["labels"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["emergency", "incident", "sev1", "tests:none"]);
    // Nothing but what it is for: no merge, no approval, no rule was asked for.
    for call in yard.forge.calls() {
        let path = call.path.split('?').next().unwrap();
        let known = ["/auth", "/pulls", "/labels", "%2Fleak"].iter().any(|end| path.ends_with(end));
        assert!(known && matches!(call.method.as_str(), "GET" | "POST"), "{call:?}");
    }
    let events = yard.shop.world.orc(&["events"]).success().stdout;
    assert!(!events.contains("a-token-for-a-stub"), "the token is in no event");
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn run_again_it_brings_the_one_up_to_date_and_what_people_wrote_stays() {
    let yard = Yard::new();
    yard.shipped(&[]);
    yard.forge.edit(1, |pull| {
        let body = pull["body"].as_str().unwrap().replace("- [ ] I have read", "- [x] I have read");
        pull["body"] = json!(format!("Ada: deploy window is 15:00\r\n\r\n{body}\r\n\r\nBob: looks right"));
        pull["title"] = json!("A better title");
        pull["labels"].as_array_mut().unwrap().push(json!({ "name": "theirs" }));
    });
    yard.shop.commit(
        "pool.py",
        "def give_back(connection):\n    connection.release()\n",
        "Release, do not close",
    );
    let again = yard.shipped(&[]);
    assert_eq!(again["published"]["action"], "updated", "{again}");
    let pull = yard.one_and_complete();
    let body = pull["body"].as_str().unwrap();
    assert!(
        body.starts_with("Ada: deploy window is 15:00\n\n") && body.ends_with("\n\nBob: looks right"),
        "{body}"
    );
    assert!(body.contains("Release, do not close"), "{body}");
    assert_eq!(pull["title"], "A better title", "it is theirs");
    assert!(pull["labels"].as_array().unwrap().iter().any(|it| it["name"] == "theirs"));
    assert_eq!(again["follow_ups"].as_array().unwrap().len(), 2, "nothing is left to be done twice: {again}");
    yard.shipped(&["--title", "Ours after all"]);
    assert_eq!(yard.one_and_complete()["title"], "Ours after all");
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn one_that_somebody_opened_by_hand_is_taken_up() {
    let yard = Yard::new();
    yard.shop.git(&["push", "--quiet", "origin", BRANCH]);
    yard.forge.open_by_hand(BRANCH, "main", "My own words.");
    assert_eq!(yard.shipped(&[])["published"]["action"], "updated");
    let pull = yard.one_and_complete();
    assert!(pull["body"].as_str().unwrap().starts_with("My own words.\n\n<!-- tmux-orc:begin -->"), "{pull}");
}

/// Runs it with a fault, and again until it succeeds: how often it was run, and the exit status of the first run.
fn through(fault: Fault) -> (Yard, i32) {
    let yard = Yard::new();
    yard.forge.fault(fault);
    let first = yard.ship(&[]);
    if first.code != 0 {
        yard.forge.mend();
        let again = yard.ship(&[]);
        assert_eq!(again.code, 0, "{first:?} {again:?}");
    }
    yard.one_and_complete();
    (yard, first.code)
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_refusal_is_said_and_the_next_run_completes_it() {
    for (status, exit) in [(403, 9), (404, 9), (401, 9), (422, 4)] {
        let (yard, code) = through(Fault::refuse("POST", "/pulls", status));
        assert_eq!(code, exit, "{status}");
        assert_eq!(yard.calls("POST", "/pulls").len(), 2, "{status}: once each");
    }
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn an_error_of_the_forge_or_a_cut_connection_never_makes_a_second_one() {
    for (fault, posts) in [
        (Fault::refuse("POST", "/pulls", 500), 2),
        (Fault::on("POST", "/pulls", Kind::AnswerAfter { status: 502 }), 1),
        (Fault::on("POST", "/pulls", Kind::Cut), 2),
        (Fault::on("POST", "/pulls", Kind::CutAfter), 1),
        (Fault::on("POST", "/pulls", Kind::Overtaken), 1),
        (Fault::refuse("GET", "/pulls", 500).times(2), 1),
        (Fault::on("GET", "/auth", Kind::Cut), 1),
        (Fault::on("POST", "/1/labels", Kind::Cut), 1),
    ] {
        let what = format!("{fault:?}");
        let (yard, code) = through(fault);
        assert_eq!(code, 0, "{what}");
        assert_eq!(yard.calls("POST", "/pulls").len(), posts, "{what}: nothing is sent blindly twice");
    }
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_forge_that_wants_to_be_left_alone_is_left_alone_for_so_long() {
    let wait = |path, seconds: &str| {
        let headers = vec![("retry-after", seconds.to_owned())];
        Fault::on("POST", path, Kind::Answer { status: 429, said: "slow down", headers })
    };
    let (yard, code) = through(wait("/pulls", "1"));
    assert_eq!((code, yard.calls("POST", "/pulls").len()), (0, 2));
    let (_yard, code) = through(wait("/pulls", "3000"));
    assert_eq!(code, 6, "that is too long: it is said, and the next run goes on");
    let (yard, code) = through(wait("/1/labels", "1"));
    assert_eq!((code, yard.calls("POST", "/1/labels").len()), (0, 2));
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_forge_that_stands_still_is_given_up_and_asked_what_it_has() {
    let (yard, code) = through(Fault::on("POST", "/pulls", Kind::HangAfter));
    assert_eq!(code, 0, "what it had made was found");
    assert_eq!(yard.calls("POST", "/pulls").len(), 1);
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_label_that_cannot_be_set_is_a_warning_and_the_pull_request_stands() {
    let yard = Yard::new();
    yard.forge.fault(Fault::refuse("POST", "/1/labels", 403));
    let answer = yard.shipped(&[]);
    assert!(answer["published"]["warnings"][0].as_str().unwrap().contains("403"), "{answer}");
    yard.shipped(&[]);
    yard.one_and_complete();
}

/// The supervisor is killed while this request stands still; what it had sent comes through afterwards.
fn killed_at(method: &'static str, path: &'static str, kind: Kind) {
    let what = format!("{method} {path} {kind:?}");
    let yard = Yard::new();
    yard.forge.fault(Fault::on(method, path, kind));
    let mut command = yard.shop.world.command(&[&["pm", "create-pr", "t"][..], &EMERGENCY].concat());
    let mut first = command.stderr(std::process::Stdio::null()).spawn().expect("it starts");
    wait_until(&format!("{what} has begun"), SOON, || {
        if yard.calls(method, path).is_empty() { Err(format!("{:?}", yard.forge.calls())) } else { Ok(()) }
    });
    yard.shop.world.kill_supervisor();
    assert!(!first.wait().expect("it ends").success(), "{what}: its supervisor is gone");
    let answer = yard.shipped(&[]);
    // What the dead one had sent is answered only now.
    yard.forge.mend();
    wait_until("the rest of the killed one is through", SOON, || {
        let open: Vec<Call> = yard.forge.calls().into_iter().filter(|call| call.status == 0).collect();
        let gone = yard.shop.world.env.processes().iter().all(|it| !it.command.contains("gh api"));
        if open.is_empty() || gone { Ok(()) } else { Err(format!("{open:?}")) }
    });
    yard.one_and_complete();
    let status = yard.shop.world.json(&["incident", "status", "t"]);
    assert_eq!(status["changes"].as_array().expect("a list").len(), 1, "{what}: {status}");
    assert_eq!(status["changes"][0]["stage"]["is"], "published", "{what}: {answer}");
    assert_eq!(status["changes"][0]["follow_ups"].as_array().expect("a list").len(), 2, "{what}");
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_supervisor_killed_at_any_step_leaves_one_pull_request_when_it_is_run_again() {
    for (method, path, kind) in [
        ("GET", "/auth", Kind::Hang),
        ("GET", "/pulls", Kind::Hang),
        ("POST", "/pulls", Kind::Hang),
        ("POST", "/pulls", Kind::HangAfter),
        ("POST", "/auth/labels", Kind::Hang),
        ("POST", "/1/labels", Kind::Hang),
        ("POST", "/1/labels", Kind::HangAfter),
    ] {
        killed_at(method, path, kind);
    }
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn of_two_at_once_one_opens_it_and_the_other_finds_it() {
    let yard = Yard::new();
    let actions: Vec<String> = std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(|| yard.shipped(&[]))).collect();
        let action = |answer: Value| answer["published"]["action"].as_str().unwrap().to_owned();
        both.into_iter().map(|one| action(one.join().unwrap())).collect()
    });
    assert!(
        actions.contains(&"created".to_owned()) && actions.contains(&"updated".to_owned()),
        "{actions:?}"
    );
    assert_eq!(yard.calls("POST", "/pulls").len(), 1);
    yard.one_and_complete();
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_forge_that_would_not_take_it_is_said_before_anything_is_done() {
    let mut yard = Yard::new();
    let words = &EMERGENCY[..];
    yard.shop.git(&["push", "--quiet", "origin", &format!("{BRANCH}:refs/heads/release")]);
    yard.shop.git(&["branch", "release", BRANCH]);
    yard.forge.protect("release");
    let release = ["--branch", "release", "--emergency", "--skip-full-tests"];
    assert_eq!(yard.shop.problems(&release), ["protected_branch"]);
    yard.forge.repository(|it| it["permissions"]["push"] = json!(false));
    assert_eq!(yard.shop.problems(words), ["forge_denied"]);
    yard.forge.repository(|it| it["archived"] = json!(true));
    assert_eq!(yard.shop.problems(words), ["forge_archived"]);
    for (status, code) in [(401, "not_logged_in"), (403, "forge_denied"), (404, "forge_repository")] {
        yard.forge.fault(Fault::refuse("GET", "/acme/auth", status));
        assert_eq!(yard.shop.problems(words), [code], "{status}");
    }
    yard.forge.repository(|it| it["default_branch"] = json!(BRANCH));
    assert_eq!(yard.shop.problems(&[words, &["--base", "main"]].concat())[1], "protected_branch");
    yard.shop.world.env.set("GH_TOKEN", "");
    // Everything at once: no login, loose changes, a branch that others pushed to.
    fs::write(yard.shop.world.repo.join("README.md"), "changed\n").unwrap();
    let all = yard.shop.problems(&["--branch", BRANCH, "--emergency"]);
    assert_eq!(all, ["not_logged_in", "dirty_tree", "check_missing"]);
    let only_git = yard.shop.world.env.root().join("only-git");
    fs::create_dir_all(&only_git).unwrap();
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|dir| dir.join("git"))
        .find(|it| it.exists());
    symlink(git.unwrap(), only_git.join("git")).unwrap();
    yard.shop.world.env.set("PATH", &only_git);
    assert_eq!(yard.shop.problems(words), ["gh_missing", "dirty_tree"]);
    assert!(yard.forge.pulls().is_empty());
    // Knowingly without it: the branch and a patch.
    yard.shop.git(&["checkout", "--quiet", "README.md"]);
    let answer = yard.shipped(&["--forge", "none"]);
    assert_eq!(answer["published"]["action"], "written", "{answer}");
    assert_eq!(answer["proposal"]["remote"], "origin");
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_draft_is_one_and_an_enterprise_host_is_named() {
    let mut yard = Yard::new();
    yard.shipped(&["--draft"]);
    assert_eq!(yard.one_and_complete()["draft"], true);
    // A host whose name says nothing is none, until somebody says that it is one.
    let other = "https://code.acme.invalid/acme/auth.git";
    yard.shop.git(&["remote", "set-url", "origin", other]);
    yard.shop.git(&["config", &format!("url.file://{}.insteadOf", yard.shop.bare.display()), other]);
    let none = yard.shipped(&[]);
    assert_eq!(none["warnings"][0]["code"], "no_forge", "{none}");
    assert_eq!(none["published"]["action"], "written");
    assert_eq!(yard.shop.problems(&[&EMERGENCY[..], &["--forge", "github"]].concat()), ["not_logged_in"]);
    yard.shop.world.env.set("GH_ENTERPRISE_TOKEN", "a-token-for-a-stub");
    let asked = yard.shop.problems(&[&EMERGENCY[..], &["--forge", "github"]].concat());
    assert_eq!(asked, ["forge_unreachable"], "it was asked, over a connection that this stub does not speak");
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn gitlab_gets_one_merge_request_in_the_same_way() {
    let yard = Yard::gitlab();
    let answer = yard.shipped(&[]);
    assert_eq!(
        answer["published"]["url"], "https://gitlab.localhost/acme/auth/-/merge_requests/1",
        "{answer}"
    );
    yard.one_and_complete();
    yard.forge.edit(1, |pull| pull["body"] = json!(format!("Theirs\n\n{}", pull["body"].as_str().unwrap())));
    assert_eq!(yard.shipped(&[])["published"]["action"], "updated");
    assert!(yard.one_and_complete()["body"].as_str().unwrap().starts_with("Theirs\n\n"));
    for (fault, posts) in [
        (Fault::on("POST", "/merge_requests", Kind::CutAfter), 1),
        (Fault::refuse("POST", "/merge_requests", 500), 2),
        (Fault::on("POST", "/merge_requests", Kind::Overtaken), 1),
    ] {
        let yard = Yard::gitlab();
        yard.forge.fault(fault.clone());
        yard.shipped(&[]);
        yard.one_and_complete();
        assert_eq!(yard.calls("POST", "/merge_requests").len(), posts, "{fault:?}");
    }
    let mut yard = Yard::gitlab();
    yard.shop.world.env.set("FAKE_GLAB_LOGIN", "1");
    assert_eq!(yard.shop.problems(&EMERGENCY), ["not_logged_in"]);
}

#[test]
#[ignore = "needs gh: make test-forge"]
fn a_secret_in_the_record_is_in_no_request() {
    let yard = Yard::new();
    let secret = "hunter2-of-ada-and-bob";
    let title = format!("Logins fail, password={secret}");
    yard.shop.world.orc(&["incident", "declare", "t", &title, "--severity", "sev2"]).success();
    yard.shop.git(&["commit", "--quiet", "--amend", "--message", "Give connections back (see the wiki)"]);
    yard.shipped(&["--title", &format!("Leak, token={secret}"), "--why", &format!("password={secret}")]);
    let sent = format!("{:?}", yard.forge.calls());
    assert!(!sent.contains(secret) && sent.contains("[REDACTED:"), "{sent}");
}

//! What a check proves, and of which code.

use std::fs;

use serde_json::Value;

use super::empty::{CONFIG, MANIFEST, with_cargo};
use super::lab::Lab;

const MAKEFILE: &str = "test:\n\t@cat result.txt\n";

fn fix_ready(lab: &Lab) -> Option<Value> {
    let incident = lab.world.json(&["incident", "status", "t"]);
    let reached = incident["reached"].as_array().expect("milestones").clone();
    reached.into_iter().find(|mark| mark["milestone"] == "fix_ready")
}

#[test]
fn the_evidence_is_of_the_commit_and_not_of_what_lies_around() {
    let lab = Lab::new(&[("Makefile", MAKEFILE), ("result.txt", "1 passed in 0.1s\n")]);
    let (commit, tree) = (lab.git(&["rev-parse", "HEAD"]), lab.git(&["rev-parse", "HEAD^{tree}"]));
    lab.write(&[("result.txt", "1 failed in 0.1s\n")]);
    let run = lab.comes_to("pass", &[]);
    let tested = &run["tested"];
    assert_eq!((tested["commit"].as_str(), tested["tree"].as_str()), (Some(&*commit), Some(&*tree)));
    assert_eq!((tested["branch"].as_str(), tested["dirty"].as_bool()), (Some("main"), Some(false)));
    let said = lab.check(&[]).success().stderr;
    assert!(said.contains("1 changes that are not committed are not tested"), "{said}");
    let dirty = lab.comes_to("fail", &["--worktree"]);
    assert_eq!(dirty["tested"]["dirty"], true);
    lab.wait_until_tidy();
    assert_eq!(
        fs::read_to_string(lab.repo().join("result.txt")).unwrap(),
        "1 failed in 0.1s\n",
        "nothing was touched"
    );
    // Another branch, which nobody has checked out.
    lab.git(&["checkout", "--quiet", "--", "."]);
    lab.git(&["checkout", "--quiet", "-b", "hotfix/x"]);
    let other = lab.commit(&[("result.txt", "2 passed in 0.1s\n")]);
    lab.git(&["checkout", "--quiet", "main"]);
    let run = lab.comes_to("pass", &["--branch", "hotfix/x"]);
    assert_eq!(
        (run["tested"]["commit"].as_str(), run["suites"][0]["counts"]["passed"].as_u64()),
        (Some(&*other), Some(2))
    );
    assert_eq!(run["tested"]["ahead"], 1);
}

#[test]
fn a_fix_is_ready_when_a_check_passes_on_the_head_of_its_branch() {
    let lab = Lab::new(&[("Makefile", MAKEFILE), ("result.txt", "1 passed in 0.1s\n")]);
    lab.comes_to("pass", &[]);
    assert_eq!(fix_ready(&lab), None, "without a change there is no fix");
    lab.git(&["checkout", "--quiet", "-b", "hotfix/x"]);
    lab.commit(&[("result.txt", "1 failed in 0.1s\n")]);
    lab.comes_to("fail", &["--fast"]);
    assert_eq!(fix_ready(&lab), None);
    lab.commit(&[("result.txt", "2 passed in 0.1s\n")]);
    let tree = lab.git(&["rev-parse", "HEAD^{tree}"]);
    lab.comes_to("pass", &["--worktree"]);
    assert_eq!(fix_ready(&lab), None, "a dirty directory is no evidence for a commit");
    let run = lab.comes_to("pass", &["--fast"]);
    let mark = fix_ready(&lab).expect("the fix is ready");
    let evidence = mark["evidence"].to_string();
    assert!(
        evidence.contains(&format!("tree:{tree}"))
            && evidence.contains(&format!("run:{}", run["check"].as_str().unwrap()))
    );
    let status = lab.world.orc(&["pm", "status", "t"]).success().stdout;
    assert!(status.contains("fix_ready") && status.contains("C4") && status.contains("hotfix/x"), "{status}");
    let kept = lab.world.json(&["pm", "status", "t"]);
    assert_eq!(kept["checks"].as_array().unwrap().last().unwrap(), &run, "what is kept is what was said");
    lab.commit(&[("result.txt", "3 passed in 0.1s\n")]);
    lab.comes_to("pass", &["--fast"]);
    assert_ne!(fix_ready(&lab).unwrap()["evidence"], mark["evidence"], "the branch has another head");
}

/// Step 6 of a hotfix, with cargo: what the change touches, what is critical, what is smoke.
#[test]
fn the_fast_tier_runs_what_the_change_touches_and_what_is_marked() {
    let lib =
        |name: &str, tests: &str| format!("pub fn {name}() {{}}\n#[cfg(test)]\nmod tests {{ {tests} }}\n");
    let member = |name: &str, more: &str| MANIFEST.replace("\"a\"", &format!("\"{name}\"")) + more;
    let files = [
        (".tmux-orc/checks.toml", CONFIG.to_owned()),
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"auth\", \"web\", \"other\"]\nresolver = \"2\"\n".to_owned(),
        ),
        (".gitignore", "target\nCargo.lock\n".to_owned()),
        ("auth/Cargo.toml", member("auth", "")),
        ("auth/src/lib.rs", lib("auth", "#[test] fn login() {}")),
        ("web/Cargo.toml", member("web", "[dependencies]\nauth = { path = \"../auth\" }\n")),
        ("web/src/lib.rs", lib("web", "#[test] fn page() {}")),
        ("other/Cargo.toml", member("other", "")),
        ("other/src/lib.rs", lib("other", "#[test] fn unrelated() {} #[test] fn smoke_starts() {}")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let lab = Lab::with(with_cargo(), &files);
    lab.git(&["checkout", "--quiet", "-b", "hotfix/auth"]);
    lab.commit(&[("auth/src/lib.rs", &lib("auth", "#[test] fn login() {} #[test] fn logout() {}"))]);
    let plan = lab.check(&["--fast", "--explain"]).success().stdout;
    for words in ["--package auth --package web", "critical and smoke tests", "1 files changed"] {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    assert!(!lab.events().contains("check_started"), "nothing has begun");
    let run = lab.comes_to("pass", &["--fast"]);
    let suite = &run["suites"][0];
    assert_eq!(suite["counts"]["passed"], 4, "login, logout, page and smoke_starts: {run:#}");
    assert_eq!((suite["discovered"].as_u64(), suite["selected"].as_u64()), (Some(5), Some(4)), "{run:#}");
    assert_eq!(suite["files"][0], "auth/src/lib.rs");
    let log = Lab::log(&run);
    assert!(log.contains("tests::login ... ok") && !log.contains("unrelated"), "{log}");
    lab.wait_until_tidy();
    assert!(!lab.repo().join("target").exists(), "the person's directory is left alone");
    // A file that leads to no test never narrows what runs.
    lab.commit(&[("deploy.yaml", "x: 1\n")]);
    let run = lab.comes_to("pass", &["--fast", "--since", "HEAD~1"]);
    assert!(run["widened"].to_string().contains("deploy.yaml"), "{run:#}");
    assert_eq!(run["suites"][0]["counts"]["passed"], 1, "the smoke test stands in: {run:#}");
    lab.commit(&[
        ("other/src/lib.rs", &lib("other", "#[test] fn unrelated() {}")),
        ("deploy.yaml", "x: 2\n"),
    ]);
    lab.commit(&[("deploy.yaml", "x: 3\n")]);
    let run = lab.comes_to("pass", &["--fast", "--since", "HEAD~1"]);
    assert_eq!(run["suites"][0]["counts"]["passed"], 4, "nothing stands in: all of it: {run:#}");
}

/// The person's git hooks are theirs, and so are their variables.
#[test]
fn a_check_runs_in_its_own_surroundings() {
    let script = "#!/bin/sh\nprintf '%s\\n' \"$CI|$GIT_DIR|$TMUX|$TMUX_ORC_STATE_DIR|$OWN|$(pwd)\" > \"$OWN\"\nread x && echo \"$x\"\necho '1 passed in 0.1s'\n";
    let mut world = crate::world::World::new();
    let seen = world.env.root().join("seen");
    world.env.set("OWN", &seen);
    world.env.set("TMUX", "/nowhere,1,0");
    let lab = Lab::with(world, &[("Makefile", "test:\n\t@./t.sh\n"), ("t.sh", script)]);
    lab.write(&[(".git/hooks/post-checkout.sh", "#!/bin/sh\ntouch hooked\n")]);
    fs::rename(lab.repo().join(".git/hooks/post-checkout.sh"), lab.repo().join(".git/hooks/post-checkout"))
        .unwrap();
    lab.comes_to("pass", &[]);
    let seen = fs::read_to_string(seen).unwrap();
    let fields: Vec<&str> = seen.trim().split('|').collect();
    assert_eq!(&fields[..4], ["true", "", "", ""], "{seen}");
    let state = lab.world.env.state_dir().to_string_lossy().into_owned();
    assert!(fields[5].starts_with(&state) && !lab.repo().join("hooked").exists(), "{seen}");
}

//! What cannot be checked: everything that is wrong in one go, and nothing is begun.

use super::lab::Lab;

#[test]
fn a_configuration_that_cannot_be_read_is_named_with_line_and_column() {
    let lab = Lab::new(&[(".tmux-orc/checks.toml", "[defaults]\nbase = \"main\"\nflakey = \"warn\"\n")]);
    for words in [&["--fast"][..], &["--fast", "--explain"], &["--worktree"]] {
        let said = lab.check(words).exits(78).stderr;
        assert!(said.contains("line 3, column 1") && said.contains("flakey"), "{said}");
    }
    assert!(!lab.events().contains("check_started"), "nothing was begun");
}

#[test]
fn a_directory_without_a_repository_or_a_commit_says_what_to_do() {
    let lab = Lab::new(&[]);
    std::fs::remove_dir_all(lab.repo().join(".git")).unwrap();
    let said = lab.check(&[]).exits(4).stderr;
    assert!(said.contains("not in a git repository") && said.contains("git init"), "{said}");
    lab.git(&["init", "--quiet"]);
    let said = lab.check(&[]).exits(4).stderr;
    assert!(said.contains("no commit yet"), "{said}");
    assert!(!lab.events().contains("check_started"), "nothing was begun");
}

#[test]
fn every_name_that_is_none_is_named_at_once() {
    let lab = Lab::new(&[]);
    let said = lab.check(&["--branch", "no/branch", "--base", "--upload-pack=x", "--since", "gone"]);
    assert_eq!(said.code, 2, "an option is no value: {said:?}");
    let said =
        lab.check(&["--branch", "no/branch", "--base=--all", "--since", "gone", "--fast"]).exits(4).stderr;
    for name in ["no/branch", "--all", "gone"] {
        assert!(said.contains(&format!("`{name}`")), "{name}: {said}");
    }
    lab.world.orc(&["pm", "quality-check", "nobody"]).exits(3);
    lab.world.orc(&["execute", "test", "nobody", "--smoke-only"]).exits(3);
    lab.world.orc(&["pm", "status", "nobody"]).exits(3);
}

#[test]
fn without_a_base_the_fast_tier_says_that_it_needs_one_and_the_others_do_not() {
    let lab = Lab::new(&[("Makefile", "test:\n\t@echo '1 passed in 0.1s'\n")]);
    lab.git(&["branch", "--move", "trunk"]);
    let said = lab.check(&["--fast"]).exits(4).stderr;
    assert!(said.contains("--base") && said.contains("--since"), "{said}");
    lab.comes_to("pass", &[]);
    lab.git(&["checkout", "--quiet", "--detach"]);
    let run = lab.comes_to("nothing_selected", &["--fast", "--base", "trunk"]);
    assert_eq!(
        run["tested"]["branch"],
        serde_json::Value::Null,
        "no branch has this head checked out: {run:#}"
    );
}

//! The empty selections of the runners that every machine with Rust has: never green, whatever the status says. Those of the
//! other runners are in `tests/runners`.

use super::lab::Lab;
use crate::world::World;

/// A world in which cargo finds its toolchain.
pub(crate) fn with_cargo() -> World {
    let mut world = World::new();
    let home = std::env::var("HOME").unwrap_or_default();
    let of = |name: &str, folder: &str| std::env::var(name).unwrap_or_else(|_| format!("{home}/{folder}"));
    world.env.set("RUSTUP_HOME", of("RUSTUP_HOME", ".rustup"));
    world.env.set("CARGO_HOME", of("CARGO_HOME", ".cargo"));
    world.env.set("CARGO_NET_OFFLINE", "true");
    world
}

/// A crate that cargo alone runs: `cargo-nextest` may be there or not.
pub(crate) const CONFIG: &str = "[[suite]]\nname = \"rust\"\nrunner = \"cargo\"\n";

pub(crate) const MANIFEST: &str = "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

fn crate_with(tests: &str) -> Lab {
    let code = format!("pub fn one() -> u32 {{ 1 }}\n#[cfg(test)]\nmod tests {{\n{tests}\n}}\n");
    let files = [
        (".tmux-orc/checks.toml", CONFIG),
        ("Cargo.toml", MANIFEST),
        ("Cargo.lock", "version = 3\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n"),
        ("src/lib.rs", &code),
        (".gitignore", "target\n"),
    ];
    Lab::with(with_cargo(), &files)
}

#[test]
fn cargo_without_a_match_or_with_ignored_tests_alone_is_never_green() {
    let lab = crate_with("#[test] fn one() {}\n#[test] #[ignore] fn critical_slow() {}");
    let run = lab.comes_to("nothing_selected", &["--critical-only"]);
    assert_eq!(run["suites"][0]["counts"]["skipped"], 1, "ignored, and it says success: {run:#}");
    assert_eq!(run["suites"][0]["exit"], 0, "{run:#}");
    let smoke = lab.world.orc(&["execute", "test", "t", "--smoke-only", "--json"]).exits(7).json();
    assert_eq!(
        (smoke["verdict"].as_str(), smoke["suites"][0]["discovered"].as_u64()),
        (Some("nothing_selected"), Some(2))
    );
    assert!(smoke["suites"][0]["argv"].as_array().expect("argv").is_empty(), "nothing was run: {smoke:#}");
    let full = lab.comes_to("pass", &[]);
    assert_eq!(full["suites"][0]["counts"]["passed"], 1);
}

#[test]
fn cargo_that_does_not_build_is_an_error() {
    let lab = crate_with("#[test] fn smoke_one() { nonsense }");
    let run = lab.comes_to("error", &["--fast"]);
    assert!(run["why"].as_str().expect("why").contains("E0425"), "{run:#}");
}

#[test]
fn a_target_whose_name_is_a_folder_is_never_green() {
    let lab = Lab::new(&[("Makefile", "smoke:\ncritical:\n\tfalse | true\n"), ("smoke/keep", "")]);
    let smoke = lab.world.orc(&["execute", "test", "t", "--smoke-only", "--json"]).exits(7).json();
    assert_eq!(smoke["verdict"], "nothing_selected", "{smoke:#}");
    assert_eq!(smoke["suites"][0]["exit"], 0, "make says success: {smoke:#}");
    let swallowed = lab.comes_to("inconclusive", &["--critical-only"]);
    assert_eq!(swallowed["suites"][0]["exit"], 0, "a swallowed status: {swallowed:#}");
}

#[test]
fn a_repository_without_tests_is_never_green() {
    let lab = Lab::new(&[]);
    for words in [&[][..], &["--fast"], &["--critical-only"]] {
        lab.comes_to("nothing_selected", words);
    }
}

#[test]
fn a_program_is_green_by_its_counts_its_file_or_what_is_written_down() {
    let suite = |name: &str, run: &str, result: &str| {
        format!(
            "[[suite]]\nname = \"{name}\"\nrunner = \"command\"\ntiers = [\"{name}\"]\ncommand = [\"sh\", \"-c\", '{run}']\n{result}\n"
        )
    };
    let junit = "result = \"junit:out.xml\"";
    let file = "echo \"<testsuite><testcase name=\\\"a\\\"/></testsuite>\" > out.xml";
    let cases = [
        ("echo 2 passed in 0.1s", "", "pass"),
        ("echo 2 passed in 0.1s; exit 3", "", "fail"),
        ("exit 0", "", "inconclusive"),
        ("exit 0", "result = \"exit-code\"", "pass"),
        ("exit 1", "result = \"exit-code\"", "fail"),
        (file, junit, "pass"),
        ("exit 0", junit, "inconclusive"),
        ("echo \"<testsuite></testsuite>\" > out.xml", junit, "nothing_selected"),
        ("echo \"<testsuite>\" > out.xml", junit, "inconclusive"),
        ("kill -9 $$", "", "inconclusive"),
        ("exec /nonexistent", "", "inconclusive"),
    ];
    let lab = Lab::new(&[]);
    for (run, result, verdict) in cases {
        lab.commit(&[(".tmux-orc/checks.toml", &suite("critical", run, result))]);
        let evidence = lab.comes_to(verdict, &["--critical-only"]);
        let by_status = result.contains("exit-code");
        assert_eq!(evidence["suites"][0]["exit_code_only"], by_status, "the evidence says so: {evidence:#}");
    }
    lab.commit(&[(
        ".tmux-orc/checks.toml",
        &suite("critical", "x", "").replace("\"sh\"", "\"no-such-program\""),
    )]);
    lab.comes_to("error", &["--critical-only"]);
}

#[test]
fn fewer_tests_than_there_must_be_are_never_green() {
    let config = "[tiers]\nfull = { min_tests = 3 }\n";
    let lab =
        Lab::new(&[(".tmux-orc/checks.toml", config), ("Makefile", "test:\n\t@echo '2 passed in 0.1s'\n")]);
    lab.comes_to("nothing_selected", &[]);
    lab.commit(&[("Makefile", "test:\n\t@echo '3 passed in 0.1s'\n")]);
    lab.comes_to("pass", &[]);
}

/// In a dirty directory a file of an earlier run may lie where this one should.
#[test]
fn a_file_of_an_earlier_run_proves_nothing() {
    let config = "[[suite]]\nname = \"c\"\nrunner = \"command\"\ntiers = [\"critical\"]\ncommand = [\"true\"]\nresult = \"junit:out.xml\"\n";
    let lab = Lab::new(&[(".tmux-orc/checks.toml", config)]);
    lab.write(&[("out.xml", "<testsuite><testcase name='a'/></testsuite>")]);
    let run = lab.comes_to("inconclusive", &["--critical-only", "--worktree"]);
    assert!(run["why"].as_str().expect("why").contains("not of this run"), "{run:#}");
}

use super::*;
use crate::config::Config;

struct Files(Vec<String>, Vec<String>);

impl Tree for Files {
    fn files(&self) -> &[String] {
        &self.0
    }

    fn read(&self, path: &str) -> Option<String> {
        self.0.iter().position(|file| file == path).map(|at| self.1[at].clone())
    }
}

fn tree(files: &[(&str, &str)]) -> Files {
    let mut files: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.sort();
    let (names, texts) = files.into_iter().unzip();
    Files(names, texts)
}

fn planned(tier: Tier, files: &Files, changed: &[&str], config: &str) -> Plan {
    let changed: Vec<String> = changed.iter().map(|file| (*file).to_owned()).collect();
    plan(tier, &Config::parse(config).unwrap(), files, &changed, false)
}

fn job<'a>(plan: &'a Plan, name: &str) -> &'a Job {
    plan.jobs.iter().find(|job| job.suite.name == name).unwrap_or_else(|| panic!("no {name} in {plan:?}"))
}

fn words(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const BOTH: [Tag; 2] = [Tag::Critical, Tag::Smoke];

fn workspace() -> Files {
    tree(&[
        ("Cargo.toml", "[workspace]\nmembers=['a','b','c']"),
        ("Cargo.lock", ""),
        ("a/Cargo.toml", "[package]\nname='a'"),
        ("a/src/lib.rs", ""),
        ("a/src/page.html", ""),
        ("b/Cargo.toml", "[package]\nname='b'\n[dependencies]\na={path='../a'}"),
        ("b/src/lib.rs", ""),
        (
            "c/Cargo.toml",
            "[package]\nname='c'\n[target.'cfg(unix)'.dev-dependencies]\nbee={path='../b',package='b'}",
        ),
        ("c/src/main.rs", ""),
        ("ops/deploy.yaml", ""),
    ])
}

#[test]
fn a_change_in_rust_leads_to_its_package_and_all_that_depend_on_it() {
    let files = workspace();
    for (changed, packages) in [("a/src/lib.rs", vec!["a", "b", "c"]), ("b/src/lib.rs", vec!["b", "c"])] {
        let plan = planned(Tier::Fast, &files, &[changed], "");
        let job = job(&plan, "cargo");
        let marked = (packages.len() < 3).then(|| Part::Tagged(BOTH.to_vec()));
        let parts: Vec<Part> = [Part::Packages(words(&packages))].into_iter().chain(marked).collect();
        assert_eq!(job.parts, parts, "where all packages run, no mark adds anything");
        assert!(job.required && !job.unmapped && plan.widened.is_empty(), "{plan:?}");
    }
    let plan = planned(Tier::Fast, &files, &["a/src/page.html"], "");
    assert_eq!(job(&plan, "cargo").parts[0], Part::Packages(words(&["a", "b", "c"])));
    assert_eq!(plan.widened.len(), 1, "that it is no code is said");
}

#[test]
fn a_file_without_a_test_widens_and_is_said() {
    for file in ["Cargo.lock", "ops/deploy.yaml"] {
        let plan = planned(Tier::Fast, &workspace(), &[file], "");
        assert!(job(&plan, "cargo").unmapped && job(&plan, "cargo").required, "{plan:?}");
        assert!(plan.widened[0].contains(file), "{plan:?}");
        let full = planned(Tier::Fast, &workspace(), &[file], "[impact]\nunmapped='full'");
        assert_eq!(job(&full, "cargo").parts, [Part::All]);
    }
}

#[test]
fn python_tests_are_found_by_who_imports_whom() {
    let files = tree(&[
        ("app/__init__.py", ""),
        ("app/pool.py", "import os"),
        ("app/auth.py", "from app import (\n    pool,\n)\n"),
        ("app/lonely.py", ""),
        ("app/login.html", ""),
        ("tests/conftest.py", ""),
        ("tests/test_auth.py", "from app.auth import login"),
        ("tests/test_other.py", "import json"),
    ]);
    for (changed, expected, unmapped) in [
        ("app/auth.py", vec!["tests/test_auth.py"], false),
        ("app/pool.py", vec!["tests/test_auth.py"], false),
        ("tests/test_other.py", vec!["tests/test_other.py"], false),
        ("tests/conftest.py", vec!["tests"], false),
        ("app/lonely.py", vec![], true),
        ("app/login.html", vec![], true),
        ("tests/test_deleted.py", vec![], true),
    ] {
        let plan = planned(Tier::Fast, &files, &[changed], "");
        let job = job(&plan, "pytest");
        let paths = match &job.parts[0] {
            Part::Paths(paths) => paths.clone(),
            _ => Vec::new(),
        };
        assert_eq!((paths, job.unmapped), (words(&expected), unmapped), "{changed}: {plan:?}");
        assert_eq!(plan.widened.is_empty(), !unmapped);
    }
}

#[test]
fn the_nearest_manifest_takes_a_file_that_it_knows() {
    let files = tree(&[
        ("pyproject.toml", "[tool.pytest.ini_options]"),
        ("root.py", ""),
        ("web/package.json", r#"{"devDependencies":{"jest":"1"}}"#),
        ("web/src/a.ts", ""),
        ("web/tools/gen.py", ""),
        ("svc/go.mod", "module svc"),
        ("svc/auth/auth.go", ""),
        ("svc/auth/page.tmpl", ""),
        ("svc/docs/read.md", ""),
    ]);
    let names = |changed: &str| {
        let plan = planned(Tier::Fast, &files, &[changed], "");
        plan.jobs.iter().filter(|job| job.required).map(|job| job.suite.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("web/src/a.ts"), ["jest:web"]);
    assert_eq!(names("web/tools/gen.py"), ["pytest"]);
    assert_eq!(names("web/style.css"), ["jest:web"]);
    assert_eq!(names("svc/auth/auth.go"), ["go:svc"]);
    let plan = planned(Tier::Fast, &files, &["svc/auth/page.tmpl", "web/src/a.ts"], "");
    assert_eq!(job(&plan, "go:svc").parts[0], Part::Dirs(words(&["auth"])));
    assert_eq!(job(&plan, "jest:web").parts[0], Part::Files(words(&["src/a.ts"])));
    assert!(job(&planned(Tier::Fast, &files, &["svc/docs/read.md"], ""), "go:svc").unmapped);
    assert!(job(&planned(Tier::Fast, &files, &["svc/go.mod"], ""), "go:svc").unmapped);
}

#[test]
fn without_a_change_the_marked_tests_are_left() {
    let plan = planned(Tier::Fast, &workspace(), &[], "");
    assert_eq!(job(&plan, "cargo").parts, [Part::Tagged(BOTH.to_vec())]);
    assert!(!job(&plan, "cargo").required);
}

#[test]
fn marked_tests_of_javascript_are_found_by_path_and_by_name() {
    let files = tree(&[
        ("package.json", r#"{"devDependencies":{"vitest":"1"}}"#),
        ("a.test.js", "test('x @critical', () => {})"),
        ("login.smoke.test.js", ""),
        ("smoke/one.spec.ts", ""),
        ("smoker.test.js", ""),
    ]);
    let smoke = planned(Tier::Smoke, &files, &[], "");
    assert_eq!(
        job(&smoke, "vitest").parts,
        [Part::Marked(words(&["login.smoke.test.js", "smoke/one.spec.ts"]))]
    );
    let critical = planned(Tier::Critical, &files, &[], "");
    assert_eq!(job(&critical, "vitest").parts, [Part::Tagged(vec![Tag::Critical])]);
    let none = planned(Tier::Smoke, &tree(&[("package.json", r#"{"jest":{}}"#)]), &[], "");
    assert_eq!(job(&none, "jest").parts, [Part::Tagged(Vec::new())], "there is nothing, and that is said");
}

#[test]
fn programs_run_in_their_tier_and_all_of_them_when_nothing_else_tests_a_change() {
    let files = tree(&[("Makefile", "smoke:\n\tx\ntest:\n\tx\n"), ("a.c", "")]);
    let names = |tier, changed: &[&str]| {
        let plan = planned(tier, &files, changed, "");
        plan.jobs.iter().map(|job| job.suite.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(Tier::Smoke, &[]), ["make:smoke"]);
    assert_eq!(names(Tier::Full, &[]), ["make:test"]);
    assert_eq!(names(Tier::Critical, &[]), Vec::<String>::new());
    assert_eq!(names(Tier::Fast, &["a.c"]), ["make:smoke", "make:test"]);
    assert_eq!(names(Tier::Fast, &[]), ["make:smoke"]);
}

#[test]
fn a_file_that_no_runner_knows_belongs_to_the_nearest_test_of_make() {
    let files = tree(&[
        ("Makefile", "test:\n\tx\n"),
        ("auth/Makefile", "test:\n\tx\n"),
        ("auth/login.py", ""),
        ("auth/keys/Makefile", "test:\n\tx\ntest-fast:\n\tx\n"),
        ("auth/keys/new.py", ""),
        ("tools/Cargo.toml", "[package]\nname='tools'"),
        ("web/package.json", r#"{"scripts":{"test":"x"}}"#),
    ]);
    let runs = |changed: &[&str]| {
        let plan = planned(Tier::Fast, &files, changed, "");
        let runs = |job: &&Job| job.suite.runner.is_one_program() || job.required;
        plan.jobs.iter().filter(runs).map(|job| job.suite.name.clone()).collect::<Vec<_>>()
    };
    let fast = "make:auth/keys:test-fast";
    assert_eq!(runs(&["auth/login.py"]), ["make:auth:test", fast]);
    assert_eq!(runs(&["auth/keys/new.py"]), [fast], "it stands in for all of them");
    assert_eq!(runs(&["web/page.js"]), ["make:test", fast]);
    assert_eq!(runs(&["tools/src/lib.rs"]), ["cargo:tools", fast]);
    let elsewhere = tree(&[("auth/Makefile", "test:\n\tx\n"), ("tools/go.mod", "module t")]);
    let plan = planned(Tier::Fast, &elsewhere, &["README.md"], "");
    assert!(job(&plan, "make:auth:test").required && job(&plan, "go:tools").unmapped, "{plan:?}");
}

#[test]
fn what_a_file_leads_to_in_a_runner_above_is_not_narrowed_by_make() {
    let files = tree(&[("pytest.ini", ""), ("auth/Makefile", "test:\n\tx\n"), ("auth/page.html", "")]);
    let plan = planned(Tier::Fast, &files, &["auth/page.html"], "");
    assert!(job(&plan, "pytest").unmapped && job(&plan, "make:auth:test").required, "{plan:?}");
}

#[test]
fn a_crate_below_another_is_tested_by_itself_and_what_needs_it_too() {
    let files = tree(&[
        ("tools/Cargo.toml", "[package]\nname='tools'\n[dependencies]\ninner={path='inner'}"),
        ("tools/src/lib.rs", ""),
        ("tools/inner/Cargo.toml", "[package]\nname='inner'"),
        ("tools/inner/src/lib.rs", ""),
        ("tools/tests/fixtures/broken/Cargo.toml", "[package]\nname='broken'"),
        ("tools/tests/fixtures/broken/src/lib.rs", ""),
        ("other/Cargo.toml", "[package]\nname='other'"),
    ]);
    let full = planned(Tier::Full, &files, &[], "");
    let names: Vec<&str> = full.jobs.iter().map(|job| job.suite.name.as_str()).collect();
    assert_eq!(names, ["cargo:other", "cargo:tools", "cargo:tools/inner"], "no material of tests");
    let packages = |changed: &str| {
        let plan = planned(Tier::Fast, &files, &[changed], "");
        let touched = |job: &Job| match &job.parts[0] {
            Part::Packages(names) => Some(names.join(" ")),
            _ => None,
        };
        plan.jobs.iter().filter_map(touched).collect::<Vec<_>>()
    };
    assert_eq!(packages("tools/inner/src/lib.rs"), ["tools", "inner"]);
    assert_eq!(packages("tools/src/lib.rs"), ["tools"]);
    assert_eq!(packages("tools/tests/fixtures/broken/src/lib.rs"), ["tools"]);
}

#[test]
fn what_a_workspace_leaves_out_is_one_of_its_own() {
    let files = tree(&[
        ("Cargo.toml", "[workspace]\nmembers=['a']\nexclude=['fuzz', './a/old/']"),
        ("a/Cargo.toml", "[package]\nname='a'"),
        ("a/old/Cargo.toml", "[package]\nname='old'"),
        ("b/Cargo.toml", "[package]\nname='b'"),
        ("fuzz/Cargo.toml", "[package]\nname='fuzz'"),
        ("fuzz/src/lib.rs", ""),
    ]);
    let full = planned(Tier::Full, &files, &[], "");
    let names: Vec<&str> = full.jobs.iter().map(|job| job.suite.name.as_str()).collect();
    assert_eq!(names, ["cargo", "cargo:fuzz"], "what it names stays its own, whatever is left out around it");
    let plan = planned(Tier::Fast, &files, &["fuzz/src/lib.rs"], "");
    assert_eq!(job(&plan, "cargo:fuzz").parts, [Part::Packages(words(&["fuzz"]))]);
    assert!(!job(&plan, "cargo").required);
}

#[test]
fn the_configuration_says_what_files_lead_to() {
    let config = "[impact]\nmap=[{files=['db/**'],run=['py:tests/db','critical']},{files=['**/*.tf'],run=['full']}]\n\
        [[suite]]\nname='py'\nrunner='pytest'\nsmoke=['-m','smoke']\n\
        [[suite]]\nname='e2e'\nrunner='command'\ntiers=['full']\ncommand=['x']\n";
    let files = tree(&[("db/1.sql", ""), ("Cargo.toml", "[package]")]);
    let plan = planned(Tier::Fast, &files, &["db/1.sql"], config);
    assert_eq!(plan.jobs.len(), 1, "only what is configured: {plan:?}");
    assert_eq!(job(&plan, "py").parts[0], Part::Paths(words(&["tests/db"])));
    assert!(job(&plan, "py").unmapped, "if no critical test runs, all of them do");
    let plan = planned(Tier::Fast, &files, &["net/main.tf"], config);
    assert_eq!(plan.jobs.iter().map(|job| job.parts.clone()).collect::<Vec<_>>(), [[Part::All], [Part::All]]);
    assert!(job(&planned(Tier::Smoke, &files, &[], config), "py").required, "it was asked for by name");
}

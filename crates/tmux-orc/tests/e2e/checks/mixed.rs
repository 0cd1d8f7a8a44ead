//! A repository of several languages: what changed chooses the nearest manifest, and what runs is what the tests themselves
//! leave behind.

use std::fs;

use super::empty::with_cargo;
use super::lab::Lab;

const PYTHON: &str = "import os, pathlib, unittest\nfrom login import login\nclass Login(unittest.TestCase):\n    \
    def test_login(self):\n        pathlib.Path(os.environ['RAN'], 'auth').touch()\n        self.assertTrue(login())\n";

fn manifest(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n")
}

/// A test of Rust that leaves a file of this name.
fn leaves(test: &str, file: &str) -> String {
    format!(
        "#[test] fn {test}() {{ std::fs::write(format!(\"{{}}/{file}\", env!(\"RAN\")), \"\").unwrap() }}\n"
    )
}

/// A service in Python with a crate in it, a page with a package.json, tools in Rust with a crate below them that is no member of
/// theirs, and the Makefiles that a person would write for them.
fn mixed() -> Lab {
    let mut world = with_cargo();
    let ran = world.env.root().join("ran");
    fs::create_dir(&ran).expect("a folder");
    world.env.set("RAN", &ran);
    let rust = |name: &str| (manifest(name), leaves("works", name));
    let [keys, tools, inner] = ["keys", "tools", "inner"].map(rust);
    let files = [
        (".gitignore", "target\nCargo.lock\n__pycache__\n"),
        ("Makefile", "test:\n\t@sh web/check.sh\n"),
        ("web/package.json", r#"{"name": "web", "scripts": {"test": "sh check.sh"}}"#),
        ("web/page.js", "1\n"),
        ("web/check.sh", "touch \"$RAN/web\"\necho 1 passed in 0.1s\n"),
        ("services/auth/Makefile", "test:\n\t@python3 -m unittest discover --pattern 'check_*.py'\n"),
        ("services/auth/login.py", "def login(): return True\n"),
        ("services/auth/check_login.py", PYTHON),
        ("services/auth/keys/Cargo.toml", &keys.0),
        ("services/auth/keys/src/lib.rs", &keys.1),
        ("tools/Cargo.toml", &tools.0),
        ("tools/src/lib.rs", &tools.1),
        ("tools/inner/Cargo.toml", &inner.0),
        ("tools/inner/src/lib.rs", &inner.1),
    ];
    let lab = Lab::with(world, &files);
    lab.git(&["checkout", "--quiet", "-b", "hotfix/x"]);
    lab
}

impl Lab {
    /// What has run since this was asked last: the files that tests have left.
    fn ran(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for entry in
            fs::read_dir(self.outside("ran")).expect("the folder").map(|entry| entry.expect("a file"))
        {
            names.push(entry.file_name().to_str().expect("UTF-8").to_owned());
            fs::remove_file(entry.path()).expect("ours");
        }
        names.sort();
        names
    }

    /// Commits a change of these files, and what runs for it in the fast tier.
    #[track_caller]
    fn runs_for(&self, verdict: &str, files: &[(&str, &str)]) -> Vec<String> {
        self.commit(files);
        self.comes_to(verdict, &["--fast", "--since", "HEAD~1"]);
        self.ran()
    }
}

#[test]
fn what_changed_chooses_the_nearest_manifest_and_the_rest_does_not_run() {
    let lab = mixed();
    lab.comes_to("pass", &[]);
    assert_eq!(lab.ran(), ["auth", "inner", "keys", "tools", "web"], "everything is everything");
    let more = |test: &str, file: &str| leaves(test, file) + "// more\n";
    for (file, text, expected) in [
        ("services/auth/login.py", "def login(): return 1 == 1\n".to_owned(), "auth"),
        ("services/auth/keys/src/lib.rs", more("works", "keys"), "keys"),
        ("tools/inner/src/lib.rs", more("works", "inner"), "inner"),
        ("tools/src/lib.rs", more("works", "tools"), "tools"),
        ("web/page.js", "2\n".to_owned(), "web"),
    ] {
        assert_eq!(lab.runs_for("pass", &[(file, &text)]), [expected], "{file}");
    }
    let both = [
        ("services/auth/login.py", "def login(): return 2 == 2\n"),
        ("tools/src/lib.rs", &*leaves("works", "tools")),
    ];
    assert_eq!(lab.runs_for("pass", &both), ["auth", "tools"]);
    // It fails where it changed, whatever is green elsewhere.
    assert_eq!(lab.runs_for("fail", &[("services/auth/login.py", "def login(): return False\n")]), ["auth"]);
    lab.wait_until_tidy();
}

#[test]
fn a_change_outside_of_all_manifests_runs_everything_and_a_smoke_test_stands_in() {
    let lab = mixed();
    assert_eq!(
        lab.runs_for("pass", &[("ops/deploy.yaml", "replicas: 2\n")]),
        ["web"],
        "the root's is the nearest"
    );
    lab.git(&["rm", "--quiet", "Makefile"]);
    lab.commit(&[]);
    let everything = lab.runs_for("pass", &[("ops/deploy.yaml", "replicas: 3\n")]);
    assert_eq!(everything, ["auth", "inner", "keys", "tools"]);
    let smoke = leaves("works", "tools") + &leaves("smoke_starts", "smoke");
    lab.commit(&[("tools/src/lib.rs", &smoke)]);
    lab.commit(&[("ops/deploy.yaml", "replicas: 4\n")]);
    let run = lab.comes_to("pass", &["--fast", "--since", "HEAD~1"]);
    assert_eq!(lab.ran(), ["auth", "inner", "keys", "smoke"], "{run:#}");
    assert!(run["widened"].to_string().contains("ops/deploy.yaml belongs to no suite"), "{run:#}");
}

#[test]
fn the_nearest_manifest_without_a_test_is_never_green() {
    let lab = mixed();
    let none = [("services/auth/keys/src/lib.rs", "pub fn new() {}\n")];
    assert!(lab.runs_for("nothing_selected", &none).is_empty());
    // What is green elsewhere makes it no greener.
    let also = [
        ("services/auth/keys/src/lib.rs", "pub fn other() {}\n"),
        ("tools/src/lib.rs", &*(leaves("works", "tools") + "// more\n")),
    ];
    assert_eq!(lab.runs_for("nothing_selected", &also), ["tools"]);
    // unittest of most versions says `OK` to no test, and succeeds.
    let none = [("services/auth/check_login.py", ""), ("services/auth/login.py", "")];
    assert!(lab.runs_for("nothing_selected", &none).is_empty());
}

//! The suites that a repository has, by the files that runners go by.

use orc_core::check::Tier;
use serde_json::Value;

use crate::rust_packages::workspaces;
use crate::suite::{Runner, Suite};
use crate::tree::{Tree, dir_of, ending_of, join, name_of};

/// Targets of `make` and recipes of `just` that are run because of their names, and for which tier.
const TARGETS: [(&str, Tier); 6] = [
    ("smoke", Tier::Smoke),
    ("test-smoke", Tier::Smoke),
    ("critical", Tier::Critical),
    ("test-critical", Tier::Critical),
    ("test-fast", Tier::Fast),
    ("test", Tier::Full),
];

/// Folders whose manifests are somebody else's.
const FOREIGN: [&str; 4] = ["node_modules", "vendor", "third_party", "testdata"];

/// Finds them. `nextest` says whether `cargo nextest` is there.
pub fn detect(tree: &dyn Tree, nextest: bool) -> Vec<Suite> {
    let mut suites = Vec::new();
    let rust = if nextest { Runner::Nextest } else { Runner::Cargo };
    suites.extend(workspaces(tree).iter().map(|dir| Suite::found(rust, dir, &join(dir, "Cargo.toml"))));
    python(tree, &mut suites);
    javascript(tree, &mut suites);
    go(tree, &mut suites);
    targets(tree, &mut suites);
    suites.retain(|suite| !suite.dir.split('/').any(|part| FOREIGN.contains(&part)));
    suites
}

/// A folder with a manifest that speaks of pytest; without one the folder with tests that pytest would find.
fn python(tree: &dyn Tree, suites: &mut Vec<Suite>) {
    let mut found: Vec<(String, String)> = Vec::new();
    for file in tree.files() {
        let says = match name_of(file) {
            "pytest.ini" | ".pytest.ini" => true,
            "pyproject.toml" => tree.read(file).is_some_and(|text| text.contains("pytest")),
            "tox.ini" | "setup.cfg" => tree.read(file).is_some_and(|text| text.contains("pytest]")),
            _ => false,
        };
        if says && !found.iter().any(|(dir, _)| dir == dir_of(file)) {
            found.push((dir_of(file).to_owned(), file.clone()));
        }
    }
    let below = |dir: &str, found: &[(String, String)]| {
        found.iter().any(|(known, _)| known.is_empty() || known == dir || crate::tree::is_in(dir, known))
    };
    // A lone conftest or test file: the folder above `tests`.
    for file in tree.files().iter().filter(|file| is_pytest(file) || name_of(file) == "conftest.py") {
        let dir = dir_of(file);
        let top = dir.split('/').position(|part| part == "tests" || part == "test");
        let dir = match top {
            Some(at) => dir.split('/').take(at).collect::<Vec<_>>().join("/"),
            None => dir.to_owned(),
        };
        if !below(&dir, &found) && !FOREIGN.iter().any(|name| file.split('/').any(|part| part == *name)) {
            found.push((dir, file.clone()));
        }
    }
    found.sort();
    // Of bare folders the one above is enough.
    let mut kept: Vec<(String, String)> = Vec::new();
    for (dir, why) in found {
        let manifest = ending_of(&why) != "py";
        if manifest || !below(&dir, &kept) {
            kept.push((dir, why));
        }
    }
    suites.extend(kept.iter().map(|(dir, why)| Suite::found(Runner::Pytest, dir, why)));
}

/// Whether pytest takes a file for tests by its name.
pub(crate) fn is_pytest(file: &str) -> bool {
    let name = name_of(file);
    let stem = name.strip_suffix(".py");
    stem.is_some_and(|stem| stem.starts_with("test_") || stem.ends_with("_test"))
}

/// Whether jest and vitest take a file for tests by its name.
pub(crate) fn is_javascript_test(file: &str) -> bool {
    let name = name_of(file);
    [".test.", ".spec."].iter().any(|sign| name.contains(sign))
        || file.split('/').any(|part| part == "__tests__")
}

fn javascript(tree: &dyn Tree, suites: &mut Vec<Suite>) {
    for file in tree.files().iter().filter(|file| name_of(file) == "package.json") {
        let Some(package) = tree.read(file).and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
            continue;
        };
        let has = |name: &str| {
            ["dependencies", "devDependencies"].iter().any(|kind| package[*kind].get(name).is_some())
        };
        let dir = dir_of(file);
        if has("vitest") {
            suites.push(Suite::found(Runner::Vitest, dir, file));
        } else if has("jest") || package.get("jest").is_some() {
            suites.push(Suite::found(Runner::Jest, dir, file));
        }
    }
}

fn go(tree: &dyn Tree, suites: &mut Vec<Suite>) {
    let modules = tree.files().iter().filter(|file| name_of(file) == "go.mod");
    suites.extend(modules.map(|file| Suite::found(Runner::Go, dir_of(file), file)));
}

/// Targets that carry the name of a tier; `test` only where no runner of tests was found in the folder.
fn targets(tree: &dyn Tree, suites: &mut Vec<Suite>) {
    for file in tree.files() {
        let runner = match name_of(file) {
            "justfile" | "Justfile" | ".justfile" => Runner::Just,
            "Makefile" | "makefile" | "GNUmakefile" => Runner::Make,
            _ => continue,
        };
        let Some(text) = tree.read(file) else { continue };
        let dir = dir_of(file);
        let known = |suite: &Suite| !suite.runner.is_one_program() && suite.dir == dir;
        let tested = suites.iter().any(known);
        for (target, tier) in TARGETS {
            let twice = suites.iter().any(|suite| {
                suite.runner.is_one_program()
                    && suite.dir == dir
                    && suite.command.last().is_some_and(|it| it == target)
            });
            if (target == "test" && tested) || twice || !text.lines().any(|line| defines(line, target)) {
                continue;
            }
            let mut suite = Suite::found(runner, dir, file);
            suite.name = format!("{}:{target}", suite.name);
            suite.tiers = vec![tier];
            suite.command = vec![runner.name().to_owned(), target.to_owned()];
            suites.push(suite);
        }
    }
}

/// Whether a line defines a target or recipe: its name, perhaps with others or parameters, and a colon.
fn defines(line: &str, target: &str) -> bool {
    let Some((names, rest)) = line.split_once(':') else { return false };
    let plain = !line.starts_with([' ', '\t', '#', '.']) && !rest.starts_with('=');
    plain && names.trim_start_matches('@').split_whitespace().any(|name| name == target)
}

#[cfg(test)]
mod tests;

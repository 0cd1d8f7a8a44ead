//! Which test files of Python a changed file leads to, by who imports whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::detect::is_pytest;
use crate::tree::{Tree, dir_of, ending_of, from_dir, is_in, name_of};

/// The test files and folders (from the suite's folder) that changed files lead to, and the files that lead to none.
pub(super) fn tests_of(tree: &dyn Tree, dir: &str, changed: &[String]) -> (Vec<String>, Vec<String>) {
    let files: Vec<&String> =
        tree.files().iter().filter(|file| is_in(file, dir) && ending_of(file) == "py").collect();
    let imports: BTreeMap<&String, BTreeSet<String>> =
        files.iter().map(|file| (*file, imported(&tree.read(file).unwrap_or_default()))).collect();
    let (mut paths, mut none) = (BTreeSet::new(), Vec::new());
    for file in changed {
        let found = of_one(tree, dir, file, &imports);
        if found.is_empty() {
            none.push(file.clone());
        }
        paths.extend(found);
    }
    (paths.into_iter().collect(), none)
}

fn of_one(
    tree: &dyn Tree,
    dir: &str,
    file: &str,
    imports: &BTreeMap<&String, BTreeSet<String>>,
) -> BTreeSet<String> {
    let here = |file: &str| from_dir(file, dir).to_owned();
    if ending_of(file) != "py" {
        return BTreeSet::new();
    }
    if is_pytest(file) {
        // One that was deleted has nothing left to run.
        return if tree.has(file) { BTreeSet::from([here(file)]) } else { BTreeSet::new() };
    }
    if name_of(file) == "conftest.py" {
        let below = dir_of(file);
        let any = imports.keys().any(|it| is_pytest(it) && is_in(it, below));
        let folder = if below == dir { ".".to_owned() } else { here(below) };
        return if any { BTreeSet::from([folder]) } else { BTreeSet::new() };
    }
    // From module to module by name: too many tests are better than too few.
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut left = vec![module(file).to_owned()];
    let mut found = BTreeSet::new();
    while let Some(name) = left.pop() {
        if !reached.insert(name.clone()) {
            continue;
        }
        let named = format!("test_{name}.py");
        for (other, names) in imports {
            if names.contains(&name) || name_of(other) == named {
                if is_pytest(other) {
                    found.insert(here(other));
                } else {
                    left.push(module(other).to_owned());
                }
            }
        }
    }
    found
}

/// The name by which a file is imported: its own, or that of its package.
fn module(file: &str) -> &str {
    let name = name_of(file);
    let name = if name == "__init__.py" { name_of(dir_of(file)) } else { name };
    name.strip_suffix(".py").unwrap_or(name)
}

/// Every name on the import lines of a text, and every quoted one that could be a module's: `import_module("a.b")`.
fn imported(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        let bare = line.trim_start();
        let begins =
            bare.starts_with("import ") || bare.starts_with("from ") || bare.contains("import_module(");
        if begins || inside {
            let words =
                bare.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            names.extend(words.map(str::to_owned));
            inside = (inside || bare.contains('(')) && !bare.contains(')');
        }
    }
    names
}

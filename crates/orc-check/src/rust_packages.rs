//! The packages of a Cargo workspace and who depends on whom, by their manifests alone.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::tree::{Tree, dir_of, is_in, join, name_of};

/// The folders that are the roots of workspaces, or of packages in none.
pub(crate) fn workspaces(tree: &dyn Tree) -> Vec<String> {
    let manifests = tree.files().iter().filter(|file| name_of(file) == "Cargo.toml");
    let mut roots: Vec<String> = Vec::new();
    let mut found: Vec<(&str, Option<Table>)> =
        manifests.map(|file| (dir_of(file), tree.read(file).and_then(|text| text.parse().ok()))).collect();
    found.sort_by_key(|(dir, _)| dir.len());
    for (dir, table) in found {
        let own = table.as_ref().is_some_and(|table| table.contains_key("workspace"));
        let inside = roots.iter().any(|root| is_in(dir, root) || root == dir);
        if own || !inside {
            roots.push(dir.to_owned());
        }
    }
    roots
}

/// A workspace's packages.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    /// Name by folder.
    by_dir: BTreeMap<String, String>,
    /// Names that each depends on.
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Packages {
    /// Those below a folder, but not in one of the other workspaces below it.
    pub(crate) fn read(tree: &dyn Tree, root: &str, others: &[String]) -> Self {
        let mut packages = Self::default();
        let inner: Vec<&String> =
            others.iter().filter(|other| *other != root && is_in(other, root)).collect();
        for file in tree.files().iter().filter(|file| name_of(file) == "Cargo.toml" && is_in(file, root)) {
            let dir = dir_of(file);
            if inner.iter().any(|other| *other == dir || is_in(dir, other)) {
                continue;
            }
            let Some(table) = tree.read(file).and_then(|text| text.parse::<Table>().ok()) else { continue };
            let Some(name) = table.get("package").and_then(|it| it.get("name")).and_then(Value::as_str)
            else {
                continue;
            };
            let mut needs = BTreeSet::new();
            dependencies(&table, &mut needs);
            packages.by_dir.insert(dir.to_owned(), name.to_owned());
            packages.needs.insert(name.to_owned(), needs);
        }
        packages
    }

    /// The package that a file belongs to.
    pub(crate) fn of(&self, file: &str) -> Option<&str> {
        let mut dir = dir_of(file);
        loop {
            if let Some(name) = self.by_dir.get(dir) {
                return Some(name);
            }
            if dir.is_empty() {
                return None;
            }
            dir = dir_of(dir);
        }
    }

    /// These packages and every one that depends on one of them.
    pub(crate) fn with_dependents(&self, names: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = names.clone();
        loop {
            let more: Vec<String> = self
                .needs
                .iter()
                .filter(|(name, needs)| !all.contains(*name) && needs.iter().any(|need| all.contains(need)))
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_dir.len()
    }

    /// Whether one of them is a library, which may have tests in its documentation.
    pub(crate) fn has_library(&self, tree: &dyn Tree) -> bool {
        self.by_dir.keys().any(|dir| tree.has(&join(dir, "src/lib.rs")))
    }
}

fn dependencies(table: &Table, needs: &mut BTreeSet<String>) {
    for (key, value) in table {
        match (key.as_str(), value) {
            ("dependencies" | "dev-dependencies" | "build-dependencies", Value::Table(of)) => {
                for (name, how) in of {
                    let renamed = how.get("package").and_then(Value::as_str);
                    needs.insert(renamed.unwrap_or(name).to_owned());
                }
            }
            ("target", Value::Table(targets)) => {
                targets.values().filter_map(Value::as_table).for_each(|target| dependencies(target, needs));
            }
            _ => {}
        }
    }
}

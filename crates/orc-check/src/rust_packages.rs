//! The packages of a Cargo workspace and who depends on whom, by their manifests alone.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::tree::{Tree, dir_of, from_dir, is_in, join, name_of};

/// Folders of a package in which another manifest is material of its tests, not a part of the repository.
const MATERIAL: [&str; 5] = ["tests", "test", "fixtures", "examples", "benches"];

/// The folders that are the roots of workspaces, or of packages in none.
pub(crate) fn workspaces(tree: &dyn Tree) -> Vec<String> {
    let manifests = tree.files().iter().filter(|file| name_of(file) == "Cargo.toml");
    let mut found: Vec<Root> = manifests.map(|file| Root::read(tree, dir_of(file))).collect();
    found.sort_by_key(|root| root.dir.len());
    let mut roots: Vec<Root> = Vec::new();
    for root in found {
        let around = |other: &&Root| is_in(&root.dir, &other.dir);
        // As Cargo looks for it: the nearest workspace above decides.
        let workspace = roots.iter().rfind(|other| around(other) && other.workspace);
        let member = workspace.is_some_and(|other| other.takes(&root.dir));
        let nearest = roots.iter().rfind(around);
        let material = nearest.is_some_and(|other| {
            from_dir(&root.dir, &other.dir).split('/').any(|part| MATERIAL.contains(&part))
        });
        if root.workspace || !(member || material) {
            roots.push(root);
        }
    }
    roots.into_iter().map(|root| root.dir).collect()
}

/// A folder with a manifest.
struct Root {
    dir: String,
    /// It has members beside itself.
    workspace: bool,
    /// Folders below it that it names as members, as far as they are no patterns.
    members: Vec<String>,
    /// Folders below it that it leaves out.
    excluded: Vec<String>,
}

impl Root {
    fn read(tree: &dyn Tree, dir: &str) -> Self {
        let table = tree.read(&join(dir, "Cargo.toml")).and_then(|text| text.parse::<Table>().ok());
        let workspace = table.as_ref().and_then(|table| table.get("workspace"));
        let folders = |key: &str| -> Vec<String> {
            let list = workspace.and_then(|it| it.get(key)).and_then(Value::as_array);
            let names = list.into_iter().flatten().filter_map(Value::as_str);
            names.map(|name| join(dir, name.trim_start_matches("./").trim_end_matches('/'))).collect()
        };
        Self {
            dir: dir.to_owned(),
            workspace: workspace.is_some(),
            members: folders("members"),
            excluded: folders("exclude"),
        }
    }

    /// Whether a package in a folder below it can be a member.
    fn takes(&self, dir: &str) -> bool {
        let named = |folders: &[String]| folders.iter().any(|it| it == dir || is_in(dir, it));
        self.workspace && (named(&self.members) || !named(&self.excluded))
    }
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
        let itself = Root::read(tree, root);
        let inner: Vec<&String> =
            others.iter().filter(|other| *other != root && is_in(other, root)).collect();
        for file in tree.files().iter().filter(|file| name_of(file) == "Cargo.toml" && is_in(file, root)) {
            let dir = dir_of(file);
            let elsewhere = inner.iter().any(|other| *other == dir || is_in(dir, other));
            if elsewhere || (dir != root && !itself.takes(dir)) {
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

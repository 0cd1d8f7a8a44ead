//! What of a repository's suites runs for a tier, and why. A changed file that leads to no test never narrows what runs.

mod programs;
mod python;
mod rules;
mod rust;

use std::collections::BTreeSet;

use orc_core::check::Tier;

use crate::config::{Config, Include, Unmapped};
use crate::detect::{detect, is_javascript_test};
use crate::rust_packages::{Packages, workspaces};
use crate::suite::{Runner, Suite, Tag};
use crate::tree::{Tree, dir_of, ending_of, from_dir, is_in};

/// Files that are shown of what a suite was chosen by.
const SHOWN: usize = 20;

/// A part of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of its tests.
    All,
    /// All of its tests but those of the packages that run already.
    Rest,
    /// The tests of these packages: what changed, and what depends on it.
    Packages(Vec<String>),
    /// The tests of these files or folders, from the suite's folder.
    Paths(Vec<String>),
    /// The tests that these changed files lead to by the runner's own knowledge, from the suite's folder.
    Files(Vec<String>),
    /// The tests of packages in these folders, and of those that depend on them, from the suite's folder.
    Dirs(Vec<String>),
    /// The tests with one of these marks.
    Tagged(Vec<Tag>),
    /// The tests of these files, whose paths carry such a mark, from the suite's folder.
    Marked(Vec<String>),
}

impl Part {
    /// Whether it was chosen by a mark.
    pub fn is_marked(&self) -> bool {
        matches!(self, Self::Tagged(_) | Self::Marked(_))
    }

    /// Whether it is all that a suite of so many packages has.
    fn is_whole(&self, packages: usize) -> bool {
        match self {
            Self::All | Self::Rest => true,
            Self::Packages(names) => names.len() == packages,
            _ => false,
        }
    }

    /// Whether it was chosen by what changed.
    pub fn is_impacted(&self) -> bool {
        matches!(self, Self::Packages(_) | Self::Paths(_) | Self::Files(_) | Self::Dirs(_))
    }
}

/// A suite and what of it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The suite.
    pub suite: Suite,
    /// What of it, in order.
    pub parts: Vec<Part>,
    /// The check means nothing without it.
    pub required: bool,
    /// Why these tests, in words.
    pub selection: String,
    /// The changed files that lead to it, the first few.
    pub files: Vec<String>,
    /// A changed file leads to none of its tests: if no critical or smoke test of it runs, all of it does.
    pub unmapped: bool,
    /// How many packages it has, if it is Rust.
    pub packages: usize,
    /// It is Rust with a library: its documentation may have tests.
    pub documented: bool,
}

impl Job {
    /// Whether its parts are all that it has: then nothing more can be run, whatever came of them.
    pub fn is_whole(&self) -> bool {
        self.parts.iter().any(|part| part.is_whole(self.packages))
    }
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The tier.
    pub tier: Tier,
    /// The suites that have a part in it.
    pub jobs: Vec<Job>,
    /// What made it more than the tier, a reason each.
    pub widened: Vec<String>,
}

/// The suites of a tree: those that are configured, else those that are found.
pub fn suites(config: &Config, tree: &dyn Tree, nextest: bool) -> Vec<Suite> {
    if config.suites.is_empty() { detect(tree, nextest) } else { config.suites.clone() }
}

/// Plans a check of a tree. `changed` are the files that differ from the base, by their paths.
pub fn plan(tier: Tier, config: &Config, tree: &dyn Tree, changed: &[String], nextest: bool) -> Plan {
    let suites = suites(config, tree, nextest);
    let rust = workspaces(tree);
    let job = |suite: Suite| {
        let packages = matches!(suite.runner, Runner::Cargo | Runner::Nextest)
            .then(|| Packages::read(tree, &suite.dir, &rust));
        let documented = packages.as_ref().is_some_and(|packages| packages.has_library(tree));
        let (parts, files, selection) = (Vec::new(), Vec::new(), String::new());
        let (required, unmapped, number) = (false, false, packages.as_ref().map_or(0, Packages::len));
        let job = Job { suite, parts, required, selection, files, unmapped, packages: number, documented };
        (job, packages.unwrap_or_default())
    };
    let mut planner =
        Planner { tier, config, tree, jobs: suites.into_iter().map(job).collect(), widened: Vec::new() };
    match tier {
        Tier::Full => planner.everything(),
        Tier::Critical => planner.tagged(&[Tag::Critical]),
        Tier::Smoke => planner.tagged(&[Tag::Smoke]),
        Tier::Fast => planner.fast(changed),
    }
    planner.finish()
}

struct Planner<'a> {
    tier: Tier,
    config: &'a Config,
    tree: &'a dyn Tree,
    jobs: Vec<(Job, Packages)>,
    widened: Vec<String>,
}

impl Planner<'_> {
    fn everything(&mut self) {
        for (job, _) in &mut self.jobs {
            let program = job.suite.runner.is_one_program();
            if !program || job.suite.tiers.contains(&Tier::Full) {
                job.parts.push(Part::All);
                job.required = program || job.suite.configured;
            }
        }
    }

    fn tagged(&mut self, tags: &[Tag]) {
        for (job, _) in &mut self.jobs {
            tag(self.tree, job, tags);
        }
    }

    fn fast(&mut self, changed: &[String]) {
        let include = self.config.fast();
        if include.contains(&Include::Impacted) {
            self.impacted(changed);
        }
        let tags: Vec<Tag> = include.iter().filter_map(|it| it.tag()).collect();
        self.tagged(&tags);
        programs::of_tier(self, changed);
    }

    fn impacted(&mut self, changed: &[String]) {
        let mut of_job: Vec<Vec<String>> = vec![Vec::new(); self.jobs.len()];
        for file in changed {
            if rules::apply(self, file) {
                continue;
            }
            let owners = self.owners(file);
            if owners.is_empty() {
                self.unmapped_everywhere(file, "belongs to no suite");
                programs::every_one(self);
            }
            for owner in owners {
                of_job[owner].push(file.clone());
            }
        }
        for (at, files) in of_job.into_iter().enumerate().filter(|(_, files)| !files.is_empty()) {
            if self.jobs[at].0.suite.runner.is_one_program() {
                programs::take(self, at, files);
            } else {
                self.map(at, files);
            }
        }
        rust::spread(self);
    }

    /// A file leads to no test of any suite in particular.
    fn unmapped_everywhere(&mut self, file: &str, why: &str) {
        self.widened.push(format!("{file} {why}"));
        let full = self.config.unmapped == Unmapped::Full;
        for (job, _) in self.jobs.iter_mut().filter(|(job, _)| !job.suite.runner.is_one_program()) {
            job.unmapped = true;
            job.required = true;
            if full && !job.parts.contains(&Part::All) {
                job.parts.insert(0, Part::All);
            }
        }
    }

    /// The suites that a file belongs to: the one with the nearest manifest whose runner knows such files, else all with
    /// the nearest manifest, and a `test` of `make` or `just` that is nearer still.
    fn owners(&self, file: &str) -> Vec<usize> {
        let nearest = |fits: &dyn Fn(&Suite) -> bool| -> (usize, Vec<usize>) {
            let fitting = || {
                let jobs = self.jobs.iter().map(|(job, _)| &job.suite).enumerate();
                jobs.filter(|(_, suite)| fits(suite) && is_in(file, &suite.dir))
            };
            let depth = fitting().map(|(_, suite)| suite.dir.len()).max().unwrap_or(0);
            (depth, fitting().filter(|(_, suite)| suite.dir.len() == depth).map(|(at, _)| at).collect())
        };
        let (_, knowing) = nearest(&|suite| suite.runner.knows(ending_of(file)));
        if !knowing.is_empty() {
            return knowing;
        }
        let (depth, mut owners) = nearest(&|suite| !suite.runner.is_one_program());
        let (nearer, programs) = nearest(&programs::is_of_its_folder);
        if owners.is_empty() || nearer > depth {
            owners.extend(programs);
        }
        owners
    }

    /// What a suite's own changed files lead to.
    fn map(&mut self, at: usize, files: Vec<String>) {
        let (job, packages) = &mut self.jobs[at];
        job.required = true;
        let (suite, tree) = (&job.suite, self.tree);
        let mut unmapped: Vec<String> = Vec::new();
        let part = match suite.runner {
            Runner::Cargo | Runner::Nextest => {
                let mut names = BTreeSet::new();
                for file in &files {
                    match packages.of(file) {
                        Some(name) => {
                            if !suite.runner.knows(ending_of(file)) && !file.ends_with("Cargo.toml") {
                                self.widened.push(format!(
                                    "{file} is no code: all tests of {name} and what depends on it"
                                ));
                            }
                            names.insert(name.to_owned());
                        }
                        None => unmapped.push(file.clone()),
                    }
                }
                let all = packages.with_dependents(&names);
                (!all.is_empty()).then(|| Part::Packages(all.into_iter().collect()))
            }
            Runner::Go => {
                let mut dirs = BTreeSet::new();
                for file in &files {
                    match go_package(tree, file, &suite.dir) {
                        Some(dir) => {
                            dirs.insert(dir);
                        }
                        None => unmapped.push(file.clone()),
                    }
                }
                (!dirs.is_empty()).then(|| Part::Dirs(dirs.into_iter().collect()))
            }
            Runner::Pytest => {
                let (paths, none) = python::tests_of(tree, &suite.dir, &files);
                unmapped = none;
                (!paths.is_empty()).then_some(Part::Paths(paths))
            }
            Runner::Jest | Runner::Vitest => {
                let (code, other): (Vec<String>, Vec<String>) = files
                    .iter()
                    .cloned()
                    .partition(|file| suite.runner.knows(ending_of(file)) && tree.has(file));
                unmapped = other;
                let code: Vec<String> =
                    code.iter().map(|file| from_dir(file, &suite.dir).to_owned()).collect();
                (!code.is_empty()).then_some(Part::Files(code))
            }
            Runner::Make | Runner::Just | Runner::Command => None,
        };
        if self.config.unmapped == Unmapped::Full && !unmapped.is_empty() {
            job.parts.push(Part::All);
        } else {
            job.parts.extend(part);
        }
        job.unmapped |= !unmapped.is_empty();
        for file in &unmapped {
            self.widened.push(format!("{file} leads to no test of {}", job.suite.name));
        }
        job.files.extend(files);
    }

    fn finish(self) -> Plan {
        let mut jobs: Vec<Job> = Vec::new();
        for (mut job, _) in self.jobs {
            // Where all packages run already, nothing is left that a mark or a doubt could add.
            let number = job.packages;
            if job.parts.iter().any(|part| part.is_whole(number)) {
                job.parts.retain(|part| part.is_whole(number));
                job.unmapped &= job.parts.contains(&Part::All);
            }
            if job.parts.contains(&Part::All) {
                job.parts = vec![Part::All];
            }
            if job.parts.is_empty() && job.unmapped {
                job.parts.push(Part::Rest);
            }
            if job.parts.is_empty() {
                continue;
            }
            job.selection = describe(&job);
            job.files.truncate(SHOWN);
            jobs.push(job);
        }
        Plan { tier: self.tier, jobs, widened: self.widened }
    }
}

/// Adds the marked tests of a suite.
fn tag(tree: &dyn Tree, job: &mut Job, tags: &[Tag]) {
    let suite = &job.suite;
    if suite.runner.is_one_program() {
        let tiers = tags.iter().map(|tag| match tag {
            Tag::Critical => Tier::Critical,
            Tag::Smoke => Tier::Smoke,
        });
        if tiers.into_iter().any(|tier| suite.tiers.contains(&tier)) {
            (job.parts, job.required) = (vec![Part::All], true);
        }
        return;
    }
    job.required |= tags.iter().any(|tag| suite.arguments(*tag).is_some());
    if matches!(suite.runner, Runner::Jest | Runner::Vitest) {
        let (custom, own): (Vec<Tag>, Vec<Tag>) =
            tags.iter().partition(|tag| suite.arguments(**tag).is_none());
        let tests = || tree.files().iter().filter(|file| is_in(file, &suite.dir) && is_javascript_test(file));
        let paths: Vec<String> = tests()
            .filter(|file| custom.iter().any(|tag| names_tag(file, *tag)))
            .map(|file| from_dir(file, &suite.dir).to_owned())
            .collect();
        let marked = |tag: &Tag| {
            let mark = format!("@{}", tag.name());
            tests().any(|file| tree.read(file).is_some_and(|text| text.contains(&mark)))
        };
        if !paths.is_empty() {
            job.parts.push(Part::Marked(paths));
        }
        let tags: Vec<Tag> = custom.into_iter().filter(marked).chain(own).collect();
        // Without a mark there is nothing to run, and that is what the suite says then.
        if !tags.is_empty() || job.parts.is_empty() {
            job.parts.push(Part::Tagged(tags));
        }
        return;
    }
    job.parts.push(Part::Tagged(tags.to_vec()));
}

/// Whether a part of a path is the mark, as in `smoke/login.test.js` and `login.smoke.test.js`.
fn names_tag(file: &str, tag: Tag) -> bool {
    file.split(['/', '.', '-', '_']).any(|part| part == tag.name())
}

/// The folder of the Go package that a file belongs to, from the module's.
fn go_package(tree: &dyn Tree, file: &str, module: &str) -> Option<String> {
    let has_code = |dir: &str| tree.files().iter().any(|it| dir_of(it) == dir && ending_of(it) == "go");
    let mut dir = dir_of(file);
    while is_in(dir, module) || dir == module {
        if has_code(dir) {
            let manifest = matches!(crate::tree::name_of(file), "go.mod" | "go.sum");
            return (!manifest).then(|| from_dir(dir, module).to_owned());
        }
        if dir == module {
            break;
        }
        dir = dir_of(dir);
    }
    None
}

fn describe(job: &Job) -> String {
    let words: Vec<String> = job
        .parts
        .iter()
        .map(|part| match part {
            Part::All | Part::Rest if job.suite.runner.is_one_program() => "it is for this tier".to_owned(),
            Part::All | Part::Rest => "all tests".to_owned(),
            Part::Packages(names) => format!("packages that the change touches: {}", some(names)),
            Part::Paths(paths) | Part::Marked(paths) => format!("tests in {}", some(paths)),
            Part::Files(files) => format!("tests that depend on {}", some(files)),
            Part::Dirs(dirs) => {
                let dirs: Vec<String> = dirs.iter().map(|dir| format!("./{dir}")).collect();
                format!("packages that depend on {}", some(&dirs))
            }
            Part::Tagged(tags) if tags.is_empty() => "no test is marked".to_owned(),
            Part::Tagged(tags) => {
                let names: Vec<&str> = tags.iter().map(|tag| tag.name()).collect();
                format!("{} tests", names.join(" and "))
            }
        })
        .collect();
    words.join("; ")
}

fn some(names: &[String]) -> String {
    const MOST: usize = 6;
    let more = names.len().saturating_sub(MOST);
    let first = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}

#[cfg(test)]
mod tests;

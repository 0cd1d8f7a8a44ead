//! `go test`.

use std::collections::BTreeSet;

use orc_core::check::Stops;

use super::{Listing, ReadList, Results, Step, Trouble, last_words, words};
use crate::machine::{End, Finished, Invocation, Machine, Shown};
use crate::plan::{Job, Part};
use crate::suite::Tag;
use crate::tree::join;

/// Each package with its folder and everything that it and its tests need.
const FORMAT: &str = "{{.ImportPath}}|{{.Dir}}|{{join .Deps \" \"}}";

pub(super) fn steps(
    job: &Job,
    parts: &[Part],
    stops: Stops,
    machine: &mut dyn Machine,
) -> Result<Vec<Step>, Trouble> {
    let mut steps = Vec::new();
    // The person's own flags may choose fewer than the list has.
    let flags = machine.variable("GOFLAGS").unwrap_or_default();
    let exact = !flags.split_whitespace().any(|flag| {
        let name = flag.trim_start_matches('-').split('=').next().unwrap_or_default();
        matches!(name.strip_prefix("test.").unwrap_or(name), "run" | "skip")
    });
    for part in parts {
        match part {
            Part::All
            | Part::Rest
            | Part::Packages(_)
            | Part::Paths(_)
            | Part::Files(_)
            | Part::Marked(_) => {
                steps.push(step(job, part, &words(&["./..."]), &[], &[], exact, stops));
            }
            Part::Dirs(dirs) => {
                let packages = dependents(job, dirs, machine)?;
                steps.push(step(job, part, &packages, &[], &[], exact, stops));
            }
            Part::Tagged(tags) => {
                let own = tags.iter().filter_map(|tag| job.suite.arguments(*tag));
                steps.extend(
                    own.map(|arguments| step(job, part, &words(&["./..."]), arguments, &[], false, stops)),
                );
                let custom: Vec<Tag> =
                    tags.iter().filter(|tag| job.suite.arguments(**tag).is_none()).copied().collect();
                if !custom.is_empty() {
                    let prefixes: Vec<String> = custom.iter().map(|tag| prefix(*tag)).collect();
                    let pattern = format!("^({})", prefixes.join("|"));
                    steps.push(step(
                        job,
                        part,
                        &words(&["./..."]),
                        &["-run".to_owned(), pattern],
                        &prefixes,
                        exact,
                        stops,
                    ));
                }
            }
        }
    }
    Ok(steps)
}

fn prefix(tag: Tag) -> String {
    match tag {
        Tag::Critical => "TestCritical".to_owned(),
        Tag::Smoke => "TestSmoke".to_owned(),
    }
}

fn step(
    job: &Job,
    part: &Part,
    packages: &[String],
    arguments: &[String],
    prefixes: &[String],
    exact: bool,
    stops: Stops,
) -> Step {
    let invocation =
        |argv, shown| Invocation { argv, dir: job.suite.dir.clone(), shown, ..Invocation::default() };
    // Without a count it takes the word of an earlier run for unchanged packages: that test was not executed.
    let mut run = words(&["go", "test", "-json", "-count=1"]);
    if stops != Stops::Never {
        run.push("-failfast".to_owned());
    }
    run.extend(arguments.iter().cloned());
    run.extend(packages.iter().cloned());
    let ask = [words(&["go", "test", "-list", "."]), packages.to_vec()].concat();
    Step {
        impacted: part.is_impacted(),
        list: Some((invocation(ask, Shown::OnFailure), listed(prefixes.to_vec(), exact))),
        run: invocation(run, Shown::GoJson),
        results: Results::Go,
        empty: &[],
        empty_lines: &[],
    }
}

/// `exact` is false where arguments choose among the listed ones.
fn listed(prefixes: Vec<String>, exact: bool) -> ReadList {
    Box::new(move |done: &Finished| {
        match &done.end {
            End::Exit(0) => {}
            End::NotStarted(why) => return Err(format!("go cannot be started: {why}")),
            _ => return Err(format!("it could not be built: {}", last_words(done))),
        }
        let kinds = ["Test", "Example", "Fuzz"];
        // What a package prints when its test program starts stands between the names.
        let is_name = |line: &&str| {
            let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind));
            rest.is_some_and(|rest| {
                !rest.starts_with(char::is_lowercase) && rest.chars().all(|c| c.is_alphanumeric() || c == '_')
            })
        };
        let names: Vec<&str> = done.stdout.lines().filter(is_name).collect();
        let chosen =
            names.iter().filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))).count();
        let selected = match (exact, prefixes.is_empty()) {
            (false, _) => None,
            (true, true) => Some(names.len() as u64),
            (true, false) => Some(chosen as u64),
        };
        Ok(Listing { discovered: Some(names.len() as u64), selected })
    })
}

/// The packages in these folders and those that need one of them.
fn dependents(job: &Job, dirs: &[String], machine: &mut dyn Machine) -> Result<Vec<String>, Trouble> {
    let argv = words(&["go", "list", "-e", "-test", "-f", FORMAT, "./..."]);
    let asked =
        Invocation { argv, dir: job.suite.dir.clone(), shown: Shown::OnFailure, ..Invocation::default() };
    let done = machine.run(&asked, &mut |_| None);
    match done.end {
        End::Exit(0) => {}
        // On paper.
        End::NotStarted(_) if machine.root().is_empty() => {
            return Ok(dirs.iter().map(|dir| format!("<what depends on ./{dir}>")).collect());
        }
        End::NotStarted(why) => return Err(Trouble(format!("go cannot be started: {why}"))),
        _ => return Err(Trouble(format!("its packages could not be listed: {}", last_words(&done)))),
    }
    let root = join(&machine.root(), &job.suite.dir);
    let wanted: Vec<String> = dirs.iter().map(|dir| join(root.trim_end_matches('/'), dir)).collect();
    Ok(needing(&done.stdout, &wanted))
}

/// Of the listed packages those in a wanted folder, and those that need one of these.
fn needing(list: &str, wanted: &[String]) -> Vec<String> {
    let rows: Vec<(&str, &str, &str)> = list
        .lines()
        .filter_map(|line| {
            let mut cells = line.splitn(3, '|');
            Some((cells.next()?, cells.next()?, cells.next()?))
        })
        .collect();
    // `m/auth [m/auth.test]` and `m/auth.test` are how it calls a package built for its test, and the test program.
    let plain = |name: &str| {
        let name = name.split(' ').next().unwrap_or_default();
        name.strip_suffix(".test").unwrap_or(name).trim_end_matches("_test").to_owned()
    };
    let here = |dir: &str| wanted.iter().any(|it| it.trim_end_matches('/') == dir);
    let changed: BTreeSet<String> =
        rows.iter().filter(|(_, dir, _)| here(dir)).map(|(name, ..)| plain(name)).collect();
    let needs = |deps: &str| deps.split(' ').any(|dep| changed.contains(&plain(dep)));
    let found = rows.iter().filter(|(_, dir, deps)| here(dir) || needs(deps)).map(|(name, ..)| plain(name));
    found.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_package_prints_is_no_name_of_a_test() {
        let stdout = "TestA\nTest_b\nTesting\nTestdata: loaded\nTest=1\nExampleC\nFuzzD\nok  \tm\t0.1s\n";
        let done = Finished { end: End::Exit(0), stdout: stdout.to_owned(), tail: String::new(), took_ms: 1 };
        let said = |exact| listed(Vec::new(), exact)(&done).unwrap().selected;
        assert_eq!((said(true), said(false)), (Some(4), None));
    }

    #[test]
    fn who_needs_a_changed_package_is_found_also_by_its_tests_alone() {
        let list = "m/auth|/r/auth|errors\nm/web|/r/web|m/auth fmt\nm/log|/r/log|fmt\n\
            m/log [m/log.test]|/r/log|fmt\nm/cli.test|/r/cli|m/auth [m/cli.test] testing\nm/cli|/r/cli|fmt\n";
        assert_eq!(needing(list, &["/r/auth".to_owned()]), ["m/auth", "m/cli", "m/web"]);
        assert_eq!(needing(list, &["/r/log".to_owned()]), ["m/log"]);
        assert_eq!(needing(list, &["/r/none".to_owned()]), Vec::<String>::new());
    }
}

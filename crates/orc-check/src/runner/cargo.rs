//! `cargo test` and `cargo nextest`.

use orc_core::check::Stops;
use serde_json::Value;

use super::{Listing, ReadList, Results, Step, last_words, words};
use crate::machine::{End, Finished, Invocation, Machine, Shown};
use crate::plan::{Job, Part};
use crate::suite::Tag;

/// The packages that a part is about, as arguments; nothing when it has none.
fn scope(part: &Part, job: &Job) -> Vec<String> {
    let all = || words(&["--workspace"]);
    let impacted = job.parts.iter().find_map(|part| match part {
        Part::Packages(names) => Some(names),
        _ => None,
    });
    let but = |flag: &str, names: &[String]| {
        names.iter().flat_map(|name| [flag.to_owned(), name.clone()]).collect::<Vec<_>>()
    };
    match part {
        Part::Packages(names) => but("--package", names),
        // What runs already with its packages is not run twice.
        Part::Rest | Part::Tagged(_) | Part::Marked(_) => {
            [all(), but("--exclude", impacted.map(Vec::as_slice).unwrap_or_default())].concat()
        }
        Part::All | Part::Paths(_) | Part::Files(_) | Part::Dirs(_) => all(),
    }
}

/// The marks that need no argument of the configuration, and the arguments of the others.
fn tags<'a>(job: &'a Job, part: &Part) -> (Vec<Tag>, Vec<&'a Vec<String>>) {
    let Part::Tagged(tags) = part else { return Default::default() };
    let custom = tags.iter().filter(|tag| job.suite.arguments(**tag).is_none()).copied().collect();
    (custom, tags.iter().filter_map(|tag| job.suite.arguments(*tag)).collect())
}

/// `smoke_` and `smoke::`: a test or a module of that name.
fn signs(tag: Tag) -> [String; 2] {
    [format!("{}_", tag.name()), format!("{}::", tag.name())]
}

pub(super) fn cargo(job: &Job, parts: &[Part], stops: Stops) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in parts {
        let scope = scope(part, job);
        let (custom, own) = tags(job, part);
        // With arguments of its own the runner says what it chooses; else the names say it.
        let by_name: Vec<String> = custom.iter().flat_map(|tag| signs(*tag)).collect();
        let mut choices: Vec<(Vec<String>, Vec<String>)> =
            own.into_iter().map(|arguments| (arguments.clone(), Vec::new())).collect();
        if !by_name.is_empty() || choices.is_empty() {
            choices.push((by_name.clone(), by_name));
        }
        for (choice, filters) in choices {
            let ask =
                [words(&["cargo", "test"]), scope.clone(), words(&["--", "--list", "--format", "terse"])]
                    .concat();
            let ask = if filters.is_empty() { [ask, choice.clone()].concat() } else { ask };
            let mut run = words(&["cargo", "test"]);
            run.extend(scope.clone());
            if stops == Stops::Never {
                run.push("--no-fail-fast".to_owned());
            }
            if !choice.is_empty() {
                run.push("--".to_owned());
                run.extend(choice);
            }
            steps.push(step(job, part, Some((ask, listed(filters))), run, Results::Cargo));
        }
    }
    steps
}

fn listed(filters: Vec<String>) -> ReadList {
    Box::new(move |done: &Finished| {
        built(done)?;
        let tests = || done.stdout.lines().filter_map(|line| line.strip_suffix(": test"));
        let chosen =
            tests().filter(|name| filters.is_empty() || filters.iter().any(|it| name.contains(it))).count();
        Ok(Listing { discovered: Some(tests().count() as u64), selected: Some(chosen as u64) })
    })
}

fn built(done: &Finished) -> Result<(), String> {
    match &done.end {
        End::Exit(0) => Ok(()),
        End::NotStarted(why) => Err(format!("cargo cannot be started: {why}")),
        _ => Err(format!("it could not be built: {}", last_words(done))),
    }
}

pub(super) fn nextest(job: &Job, parts: &[Part], stops: Stops, machine: &mut dyn Machine) -> Vec<Step> {
    let mut steps = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let scope = scope(part, job);
        let (custom, own) = tags(job, part);
        let mut choices: Vec<Vec<String>> = own.into_iter().cloned().collect();
        if !custom.is_empty() {
            let filter: Vec<String> =
                custom.iter().flat_map(|tag| signs(*tag)).map(|sign| format!("test({sign})")).collect();
            choices.push(vec!["-E".to_owned(), filter.join(" + ")]);
        }
        if choices.is_empty() {
            choices.push(Vec::new());
        }
        for (nth, choice) in choices.into_iter().enumerate() {
            let results =
                machine.scratch(&format!("{}-{index}-{nth}.xml", job.suite.name.replace(['/', ':'], "-")));
            // Of lower rank than the repository's own configuration, which stays as it is.
            let tool = format!("[profile.default.junit]\npath = {results:?}\n");
            let tool = machine.write(&format!("nextest-{index}-{nth}.toml"), &tool);
            let ask = [
                words(&["cargo", "nextest", "list", "--message-format", "json"]),
                scope.clone(),
                choice.clone(),
            ]
            .concat();
            let stop = match stops {
                Stops::Never => "--no-fail-fast",
                Stops::AfterWhatRuns => "--fail-fast",
                Stops::AtFirstFailure => "--max-fail=1:immediate",
            };
            let run = [
                words(&["cargo", "nextest", "run", "--profile", "default", stop, "--tool-config-file"]),
                vec![format!("tmux-orc:{tool}")],
                scope.clone(),
                choice,
            ]
            .concat();
            steps.push(step(job, part, Some((ask, Box::new(nextest_listed))), run, Results::Junit(results)));
        }
        if *part == Part::All && job.documented {
            // It runs no tests in documentation: cargo does.
            let doc = words(&["cargo", "test", "--doc", "--workspace"]);
            let ask = [doc.clone(), words(&["--", "--list", "--format", "terse"])].concat();
            let run = [doc, words(&["--no-fail-fast"])].concat();
            steps.push(step(job, part, Some((ask, listed(Vec::new()))), run, Results::Cargo));
        }
    }
    steps
}

fn nextest_listed(done: &Finished) -> Result<Listing, String> {
    built(done)?;
    let list: Value =
        serde_json::from_str(&done.stdout).map_err(|e| format!("its list cannot be read: {e}"))?;
    let suites = list["rust-suites"].as_object().into_iter().flat_map(|suites| suites.values());
    let tests = suites.filter_map(|suite| suite["testcases"].as_object()).flat_map(|tests| tests.values());
    let (mut discovered, mut selected) = (0, 0);
    for test in tests {
        discovered += 1;
        selected += u64::from(test["filter-match"]["status"] == "matches");
    }
    Ok(Listing { discovered: Some(discovered), selected: Some(selected) })
}

fn step(
    job: &Job,
    part: &Part,
    list: Option<(Vec<String>, ReadList)>,
    run: Vec<String>,
    results: Results,
) -> Step {
    let dir = job.suite.dir.clone();
    let invocation = |argv, shown| Invocation { argv, dir: dir.clone(), shown, ..Invocation::default() };
    Step {
        impacted: part.is_impacted(),
        list: list.map(|(argv, read)| (invocation(argv, Shown::OnFailure), read)),
        run: invocation(run, Shown::All),
        results,
        empty: &[4],
        empty_lines: &[],
    }
}

//! jest and vitest, as the project has installed them.

use orc_core::check::Stops;

use super::{Listing, ReadList, Results, Step, last_words, words};
use crate::machine::{End, Finished, Invocation, Machine, Shown};
use crate::plan::{Job, Part};
use crate::suite::{Runner, Suite, Tag};

/// The program: what the project has installed. A folder below that of a workspace sees the same ones.
pub(super) fn program(suite: &Suite) -> String {
    format!("node_modules/.bin/{}", suite.runner.name())
}

pub(super) fn steps(job: &Job, parts: &[Part], stops: Stops, machine: &mut dyn Machine) -> Vec<Step> {
    let mut choices: Vec<(bool, Chosen)> = Vec::new();
    for part in parts {
        match part {
            Part::All | Part::Rest | Part::Packages(_) | Part::Dirs(_) => choices.push((false, Chosen::All)),
            Part::Paths(paths) | Part::Marked(paths) => {
                choices.push((part.is_impacted(), Chosen::Paths(paths.clone())));
            }
            Part::Files(files) => choices.push((true, Chosen::Related(files.clone()))),
            Part::Tagged(tags) => {
                let own = tags.iter().filter_map(|tag| job.suite.arguments(*tag));
                choices.extend(own.map(|arguments| (false, Chosen::By(arguments.clone()))));
                let custom: Vec<Tag> =
                    tags.iter().filter(|tag| job.suite.arguments(**tag).is_none()).copied().collect();
                if !custom.is_empty() {
                    let names: Vec<String> = custom.iter().map(|tag| format!("@{}", tag.name())).collect();
                    choices.push((false, Chosen::By(vec!["-t".to_owned(), names.join("|")])));
                }
            }
        }
    }
    let jest = job.suite.runner == Runner::Jest;
    let mut steps = Vec::new();
    for (index, (impacted, chosen)) in choices.into_iter().enumerate() {
        let name = format!("{}-{index}.json", job.suite.name.replace(['/', ':'], "-"));
        let results = machine.scratch(&name);
        let mut step =
            if jest { jest_step(job, &chosen, &results) } else { vitest_step(job, &chosen, &results, stops) };
        step.impacted = impacted;
        steps.push(step);
    }
    steps
}

enum Chosen {
    All,
    Paths(Vec<String>),
    Related(Vec<String>),
    By(Vec<String>),
}

fn jest_step(job: &Job, chosen: &Chosen, results: &str) -> Step {
    let choice = match chosen {
        Chosen::All => Vec::new(),
        Chosen::Paths(paths) => [words(&["--runTestsByPath"]), paths.clone()].concat(),
        Chosen::Related(files) => [words(&["--findRelatedTests"]), files.clone()].concat(),
        Chosen::By(arguments) => arguments.clone(),
    };
    let program = program(&job.suite);
    // Not `--bail`: with it jest ends before it has written its results.
    let run = [
        vec![program.clone()],
        words(&["--ci", "--json"]),
        vec![format!("--outputFile={results}")],
        choice.clone(),
    ]
    .concat();
    let ask = [vec![program], words(&["--ci", "--listTests"]), choice].concat();
    let by_name = matches!(chosen, Chosen::By(_));
    let list: Option<(_, ReadList)> = (!by_name).then(|| (ask, Box::new(jest_listed) as _));
    step(job, list, run, results, &["No tests found", "No related tests found"])
}

/// It lists files: none is no test, some are not known yet.
fn jest_listed(done: &Finished) -> Result<Listing, String> {
    let files = done.stdout.lines().filter(|line| line.starts_with('/')).count();
    match &done.end {
        End::Exit(0) => {}
        End::Exit(1) if files == 0 && done.tail.contains("No tests found") => {}
        End::NotStarted(why) => return Err(format!("jest cannot be started: {why}")),
        _ => return Err(format!("its tests could not be listed: {}", last_words(done))),
    }
    Ok(Listing { discovered: None, selected: if files == 0 { Some(0) } else { None } })
}

fn vitest_step(job: &Job, chosen: &Chosen, results: &str, stops: Stops) -> Step {
    let program = program(&job.suite);
    let (verb, choice) = match chosen {
        Chosen::All => (words(&["run"]), Vec::new()),
        Chosen::Paths(paths) => (words(&["run"]), paths.clone()),
        Chosen::Related(files) => (words(&["related", "--run"]), files.clone()),
        Chosen::By(arguments) => (words(&["run"]), arguments.clone()),
    };
    let mut run = [vec![program.clone()], verb, words(&["--reporter=default", "--reporter=json"])].concat();
    run.push(format!("--outputFile.json={results}"));
    if stops != Stops::Never {
        run.push("--bail=1".to_owned());
    }
    run.extend(choice.clone());
    let ask = [vec![program], words(&["list", "--json"]), choice].concat();
    let related = matches!(chosen, Chosen::Related(_));
    let list: Option<(_, ReadList)> = (!related).then(|| (ask, Box::new(vitest_listed) as _));
    step(job, list, run, results, &["No test files found", "No test suite found"])
}

fn vitest_listed(done: &Finished) -> Result<Listing, String> {
    match &done.end {
        End::Exit(0) => {}
        End::Exit(1) if done.tail.contains("No test files found") => {
            return Ok(Listing { discovered: None, selected: Some(0) });
        }
        End::NotStarted(why) => return Err(format!("vitest cannot be started: {why}")),
        _ => return Err(format!("its tests could not be listed: {}", last_words(done))),
    }
    let start = done.stdout.find('[').unwrap_or(done.stdout.len());
    let tests: Vec<serde_json::Value> =
        serde_json::from_str(&done.stdout[start..]).map_err(|e| format!("its list cannot be read: {e}"))?;
    Ok(Listing { discovered: None, selected: Some(tests.len() as u64) })
}

/// Both write their results in the form of jest, and end with 1 when they had nothing to run.
fn step(
    job: &Job,
    list: Option<(Vec<String>, ReadList)>,
    run: Vec<String>,
    results: &str,
    empty_lines: &'static [&'static str],
) -> Step {
    let invocation =
        |argv, shown| Invocation { argv, dir: job.suite.dir.clone(), shown, ..Invocation::default() };
    Step {
        impacted: false,
        list: list.map(|(ask, read)| (invocation(ask, Shown::OnFailure), read)),
        run: invocation(run, Shown::All),
        results: Results::Jest(results.to_owned()),
        empty: &[1],
        empty_lines,
    }
}

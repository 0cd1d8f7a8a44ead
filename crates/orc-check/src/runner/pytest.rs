//! pytest, in the person's own interpreter, on the code under test and no other.

use orc_core::check::Stops;

use super::{Listing, Results, Step, last_words, words};
use crate::machine::{End, Finished, Invocation, Machine, Shown, ask};
use crate::plan::{Job, Part};
use crate::suite::Suite;
use crate::tree::join;

/// The interpreter: that of the project's own environment, of the active one, or the first on the path.
pub(super) fn python(suite: &Suite, machine: &dyn Machine) -> String {
    for folder in [".venv", "venv"] {
        for dir in [suite.dir.as_str(), ""] {
            if let Some(found) = machine.local(&join(dir, &format!("{folder}/bin/python"))) {
                return found;
            }
        }
    }
    match machine.variable("VIRTUAL_ENV") {
        Some(active) => format!("{active}/bin/python"),
        None => "python3".to_owned(),
    }
}

/// What Python, pytest and its plugins are, without starting pytest.
const QUESTION: &str = "import importlib.metadata as m, platform\n\
def v(n):\n  try: return m.version(n)\n  except Exception: return ''\n\
print(platform.python_version(), v('pytest') or '-', v('pytest-testmon') or '-')";

/// What an interpreter has: its own version, pytest's and testmon's.
pub(super) struct Installed {
    pub(super) python: String,
    pub(super) pytest: Option<String>,
    pub(super) testmon: Option<String>,
}

pub(super) fn installed(suite: &Suite, machine: &mut dyn Machine) -> Option<Installed> {
    let python = python(suite, machine);
    let said = ask(machine, &suite.dir, &[&python, "-c", QUESTION])?;
    let mut words = said.split_whitespace().map(str::to_owned);
    let python = words.next()?;
    let mut version = || words.next().map(|word| Some(word).filter(|word| word != "-"));
    Some(Installed { python, pytest: version()?, testmon: version()? })
}

pub(super) fn version(suite: &Suite, machine: &mut dyn Machine) -> String {
    installed(suite, machine).map_or_else(String::new, |it| {
        format!("pytest {}, Python {}", it.pytest.as_deref().unwrap_or("-"), it.python)
    })
}

pub(super) fn steps(job: &Job, parts: &[Part], stops: Stops, machine: &mut dyn Machine) -> Vec<Step> {
    let mut choices: Vec<(Vec<String>, bool, bool)> = Vec::new();
    for part in parts {
        match part {
            Part::All | Part::Rest | Part::Packages(_) | Part::Files(_) | Part::Dirs(_) => {
                choices.push((Vec::new(), false, true));
            }
            Part::Paths(paths) | Part::Marked(paths) => {
                choices.push((paths.clone(), part.is_impacted(), true));
            }
            Part::Tagged(tags) => {
                let own = tags.iter().filter_map(|tag| job.suite.arguments(*tag));
                choices.extend(own.map(|arguments| (arguments.clone(), false, true)));
                let custom = tags.iter().filter(|tag| job.suite.arguments(**tag).is_none());
                let custom: Vec<&str> = custom.map(|tag| tag.name()).collect();
                if !custom.is_empty() {
                    choices.push((vec!["-m".to_owned(), custom.join(" or ")], false, true));
                }
            }
        }
    }
    // What testmon recorded beside the code knows more than who imports whom.
    if parts.iter().any(Part::is_impacted)
        && let Some(data) = machine.local(&join(&job.suite.dir, ".testmondata"))
        && installed(&job.suite, machine).is_some_and(|it| it.testmon.is_some())
    {
        choices.push((vec!["--testmon".to_owned(), data], true, false));
    }
    choices.into_iter().enumerate().map(|(index, choice)| step(job, index, choice, stops, machine)).collect()
}

fn step(
    job: &Job,
    index: usize,
    (mut arguments, impacted, listed): (Vec<String>, bool, bool),
    stops: Stops,
    machine: &mut dyn Machine,
) -> Step {
    let python = python(&job.suite, machine);
    let results = machine.scratch(&format!("pytest-{}-{index}.xml", job.suite.dir.replace('/', "-")));
    let mut copies = Vec::new();
    let mut environment = vec![("PYTHONPATH".to_owned(), path(job, machine))];
    if !listed {
        // A copy: the person's own is theirs.
        let data = arguments.pop().unwrap_or_default();
        let copy = machine.scratch(&format!("testmon-{}-{index}", job.suite.dir.replace('/', "-")));
        environment.push(("TESTMON_DATAFILE".to_owned(), copy.clone()));
        copies.push((data, copy));
    }
    let dir = job.suite.dir.clone();
    let base = [vec![python], words(&["-m", "pytest"])].concat();
    let invocation = |argv, shown| Invocation {
        argv,
        dir: dir.clone(),
        environment: environment.clone(),
        shown,
        limit_ms: None,
        copies: copies.clone(),
    };
    let ask = [base.clone(), words(&["--collect-only", "-q"]), arguments.clone()].concat();
    let mut run =
        [base, words(&["-v", "-o", "junit_family=xunit2"]), vec![format!("--junitxml={results}")]].concat();
    if stops != Stops::Never {
        run.push("-x".to_owned());
    }
    run.extend(arguments);
    Step {
        impacted,
        list: listed.then(|| {
            let read: super::ReadList = Box::new(collected);
            (invocation(ask, Shown::OnFailure), read)
        }),
        run: invocation(run, Shown::All),
        results: Results::Junit(results),
        empty: &[5],
        empty_lines: &[],
    }
}

/// The code under test comes before an installed copy of it.
fn path(job: &Job, machine: &dyn Machine) -> String {
    let tree = join(&machine.root(), &job.suite.dir);
    let tree = tree.trim_end_matches('/');
    let mut path = format!("{tree}:{tree}/src");
    if let Some(more) = machine.variable("PYTHONPATH").filter(|more| !more.is_empty()) {
        path = format!("{path}:{more}");
    }
    path
}

/// `3 tests collected in 0.01s`, `1/3 tests collected (2 deselected) in 0.01s`, `no tests collected in 0.01s`.
fn collected(done: &Finished) -> Result<Listing, String> {
    match &done.end {
        End::Exit(0 | 5) => {}
        End::NotStarted(why) => return Err(format!("pytest cannot be started: {why}")),
        _ => return Err(format!("its tests could not be collected: {}", last_words(done))),
    }
    for line in done.stdout.lines().rev() {
        let bare = line.trim_matches('=').trim();
        let Some((counts, _)) = bare.split_once(" collected").filter(|(counts, _)| counts.contains("test"))
        else {
            continue;
        };
        let numbers = counts.split(' ').next().unwrap_or_default();
        let deselected =
            bare.split_once('(').and_then(|(_, rest)| rest.split(' ').next()?.parse::<u64>().ok());
        let (selected, discovered) = match numbers.split_once('/') {
            Some((selected, all)) => (selected.parse().ok(), all.parse().ok()),
            None if numbers == "no" => (Some(0), Some(deselected.unwrap_or(0))),
            None => (numbers.parse().ok(), numbers.parse().ok()),
        };
        if selected.is_some() {
            return Ok(Listing { discovered, selected });
        }
    }
    // A project can make it say less: then it is counted when it has run.
    Ok(Listing { discovered: None, selected: if done.end == End::Exit(5) { Some(0) } else { None } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, status: i32) -> Result<Listing, String> {
        let (stdout, tail) = (text.to_owned(), text.to_owned());
        collected(&Finished { end: End::Exit(status), stdout, tail, took_ms: 0 })
    }

    #[test]
    fn what_was_collected_is_counted() {
        for (text, status, discovered, selected) in [
            ("tests/a.py::x\n\n3 tests collected in 0.01s", 0, Some(3), Some(3)),
            ("1 test collected in 0.01s", 0, Some(1), Some(1)),
            ("1/3 tests collected (2 deselected) in 0.01s", 0, Some(3), Some(1)),
            ("===== no tests collected (3 deselected) in 0.01s =====", 5, Some(3), Some(0)),
            ("no tests collected in 0.00s", 5, Some(0), Some(0)),
            ("", 5, None, Some(0)),
            ("", 0, None, None),
        ] {
            assert_eq!(said(text, status), Ok(Listing { discovered, selected }), "{text}");
        }
        let error = said("E   SyntaxError: invalid syntax\n1 error in 0.05s", 2).unwrap_err();
        assert!(error.contains("SyntaxError"), "{error}");
    }
}

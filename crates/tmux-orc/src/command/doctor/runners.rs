//! What tests are run with: in a repository what its checks need, elsewhere what this machine has.

use std::ffi::OsString;

use orc_daemon::Suite;

use super::{Finding, Group, Verdict};

pub(super) fn findings() -> Vec<Finding> {
    let here = std::env::current_dir().map_err(|e| e.to_string());
    match here.and_then(|here| orc_daemon::repository_suites(&here, environment())) {
        Ok(Some((_, suites))) if suites.is_empty() => {
            let remedy = "name them in .tmux-orc/checks.toml";
            vec![finding(Verdict::Warning, "tests", "none are found in this repository".to_owned(), remedy)]
        }
        Ok(Some((_, suites))) => needed(suites),
        Ok(None) => here_and_absent(),
        Err(why) => vec![finding(
            Verdict::Problem,
            "tests",
            why,
            "mend it: the checks of this repository refuse it too",
        )],
    }
}

/// What is not Unicode no runner is found by.
fn environment() -> Vec<(String, String)> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text).collect()
}

fn finding(verdict: Verdict, what: &str, found: String, remedy: &str) -> Finding {
    Finding::new(Group::Checks, verdict, what, found, remedy)
}

/// Suites of one runner that say the same are one finding: a repository may have hundreds.
fn needed(suites: Vec<Suite>) -> Vec<Finding> {
    let runner = |suite: &Suite| suite.name.split(':').next().unwrap_or_default().to_owned();
    let mut alike: Vec<(Suite, usize)> = Vec::new();
    for suite in suites {
        let same =
            |(known, _): &&mut (Suite, usize)| runner(known) == runner(&suite) && known.found == suite.found;
        match alike.iter_mut().find(same) {
            Some((_, more)) => *more += 1,
            None => alike.push((suite, 0)),
        }
    }
    let one = |(suite, more): (Suite, usize)| {
        let name = if more == 0 { suite.name.clone() } else { runner(&suite) };
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        let why = format!("for {}{others}", suite.why);
        match suite.found {
            Ok(version) => finding(Verdict::Ok, &name, format!("{version}; {why}"), ""),
            Err(absent) => {
                finding(Verdict::Problem, &name, format!("{}; {why}", absent.what), &absent.remedy)
            }
        }
    };
    alike.into_iter().map(one).collect()
}

fn here_and_absent() -> Vec<Finding> {
    let suites = orc_daemon::runners(environment()).unwrap_or_default().into_iter();
    let one = |suite: Suite| match suite.found {
        Ok(version) => finding(Verdict::Ok, &suite.name, version, ""),
        Err(absent) => finding(Verdict::Notice, &suite.name, absent.what, &absent.remedy),
    };
    suites.map(one).collect()
}

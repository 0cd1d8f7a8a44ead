//! Whether what a suite runs with is there, without running any of its tests.

use super::{javascript, pytest, says};
use crate::machine::{Machine, ask};
use crate::suite::{Runner, Suite};

/// What is missing, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// What is missing.
    pub what: String,
    /// What a person should do.
    pub remedy: String,
}

/// The version of what a suite runs with, or what of it is missing.
pub fn ready(suite: &Suite, machine: &mut dyn Machine) -> Result<String, Absent> {
    match suite.runner {
        Runner::Pytest => python(suite, machine),
        Runner::Command => program(suite, machine),
        _ => says(suite, machine).ok_or_else(|| absent(suite)),
    }
}

fn absent(suite: &Suite) -> Absent {
    let (what, remedy) = match suite.runner {
        Runner::Jest | Runner::Vitest => {
            let place = if suite.dir.is_empty() { "the repository's folder" } else { &suite.dir };
            (
                javascript::program(suite),
                format!("in {place}: `npm install`, or what the project installs with"),
            )
        }
        Runner::Nextest => ("cargo nextest".to_owned(), "`cargo install --locked cargo-nextest`".to_owned()),
        Runner::Cargo => ("cargo".to_owned(), "install Rust: https://rustup.rs".to_owned()),
        Runner::Go => ("go".to_owned(), "install Go: https://go.dev/dl".to_owned()),
        Runner::Make | Runner::Just | Runner::Pytest | Runner::Command => {
            (suite.runner.name().to_owned(), format!("install `{}`", suite.runner.name()))
        }
    };
    Absent { what: format!("{what} is not there, or it does not run"), remedy }
}

fn python(suite: &Suite, machine: &mut dyn Machine) -> Result<String, Absent> {
    let python = pytest::python(suite, machine);
    let Some(found) = pytest::installed(suite, machine) else {
        let what = format!("{python} is not there, or it does not run");
        return Err(Absent { what, remedy: "install Python 3, or make the project's `.venv`".to_owned() });
    };
    let Some(pytest) = found.pytest else {
        let what = format!("pytest is not installed for Python {} ({python})", found.python);
        return Err(Absent { what, remedy: format!("`{python} -m pip install pytest`") });
    };
    let testmon = found.testmon.map_or_else(String::new, |version| format!(", testmon {version}"));
    Ok(format!("pytest {pytest}{testmon}, Python {}", found.python))
}

/// A configured program is only looked for: nobody knows what it does when it is run.
fn program(suite: &Suite, machine: &mut dyn Machine) -> Result<String, Absent> {
    let name = suite.command.first().map(String::as_str).unwrap_or_default();
    let found = ask(machine, &suite.dir, &["sh", "-c", r#"command -v -- "$1""#, "sh", name]);
    found.map(|place| place.trim().to_owned()).ok_or_else(|| Absent {
        what: format!("`{name}` is not there"),
        remedy: "install it, or mend the suite in .tmux-orc/checks.toml".to_owned(),
    })
}

//! Real shims around real programs. This binary is also the shim and the view.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "shim/ends.rs"]
mod ends;
#[path = "shim/input.rs"]
mod input;
#[path = "shim/measure.rs"]
mod measure;
#[path = "shim/rig.rs"]
mod rig;
#[path = "shim/views.rs"]
mod views;

use std::io::Write;
use std::process::ExitCode;

type Test = (&'static str, fn());

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next().as_deref().and_then(|arg| arg.to_str()) {
        Some("shim") => {
            exit(orc_shim::Launch::read(std::io::stdin()).and_then(orc_shim::run_shim).unwrap_or(70))
        }
        Some("view") => exit(orc_shim::run_view(args.next().unwrap().as_ref()).map_or(70, |()| 0)),
        Some("measure") => {
            measure::all();
            ExitCode::SUCCESS
        }
        _ => run(&[input::TESTS, views::TESTS, ends::TESTS].concat()),
    }
}

fn exit(status: i32) -> ExitCode {
    ExitCode::from(u8::try_from(status).unwrap_or(1))
}

/// A harness as small as it can be: `--list`, `--exact` and filters by part of a name.
fn run(tests: &[Test]) -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let filters: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-') && *arg != "terse").collect();
    let wanted = |name: &str| {
        filters.is_empty()
            || filters
                .iter()
                .any(|part| if has("--exact") { name == part.as_str() } else { name.contains(part.as_str()) })
    };
    let mut out = std::io::stdout();
    let mut failed = 0;
    for (name, test) in tests.iter().filter(|(name, _)| wanted(name)) {
        if has("--list") {
            writeln!(out, "{name}: test").unwrap();
            continue;
        }
        let verdict = if std::panic::catch_unwind(test).is_ok() { "ok" } else { "FAILED" };
        failed += i32::from(verdict != "ok");
        writeln!(out, "test {name} ... {verdict}").unwrap();
    }
    exit(failed.min(1) * 101)
}

//! `doctor`

use std::process::{Command, ExitCode, Stdio};

use orc_api::{Request, Response};
use orc_core::profile::Profile;
use serde::Serialize;

use super::unexpected;
use crate::connect::{self, ask};
use crate::error::CliError;
use crate::output;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warning,
    Problem,
}

/// One thing that was checked.
#[derive(Debug, Serialize)]
struct Finding {
    verdict: Verdict,
    what: String,
    found: String,
    remedy: String,
}

impl Finding {
    fn new(verdict: Verdict, what: &str, found: impl Into<String>, remedy: &str) -> Self {
        Self { verdict, what: what.to_owned(), found: found.into(), remedy: remedy.to_owned() }
    }
}

pub(super) fn run(json: bool) -> Result<ExitCode, CliError> {
    let mut findings = vec![tmux(), git()];
    findings.extend(supervisor());
    findings.extend(trust());
    findings.extend(agents()?);
    let bad = findings.iter().any(|finding| finding.verdict == Verdict::Problem);
    if json {
        output::json(&findings)?;
    } else {
        for finding in &findings {
            let mark = match finding.verdict {
                Verdict::Ok => "ok      ",
                Verdict::Warning => "warning ",
                Verdict::Problem => "PROBLEM ",
            };
            output::line(&output::plain(&format!("{mark} {}: {}", finding.what, finding.found)))?;
            if !finding.remedy.is_empty() {
                output::line(&format!("          {}", finding.remedy))?;
            }
        }
    }
    Ok(if bad { ExitCode::from(4) } else { ExitCode::SUCCESS })
}

/// The first line that a program prints of its version.
fn version(program: &str, args: &[&str]) -> Option<String> {
    let done = Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&done.stdout).lines().next().unwrap_or_default().trim().to_owned();
    done.status.success().then_some(text)
}

fn tmux() -> Finding {
    let remedy = "install tmux 3.2 or newer (Debian: apt-get install tmux)";
    let Some(text) = version("tmux", &["-V"]) else {
        return Finding::new(Verdict::Problem, "tmux", "not found", remedy);
    };
    match orc_tmux::Version::parse(&text).and_then(orc_tmux::Version::supported) {
        Ok(_) => Finding::new(Verdict::Ok, "tmux", text, ""),
        Err(error) => Finding::new(Verdict::Problem, "tmux", format!("{text}: {error}"), remedy),
    }
}

fn git() -> Finding {
    match version("git", &["--version"]) {
        Some(text) => Finding::new(Verdict::Ok, "git", text, ""),
        None => Finding::new(Verdict::Problem, "git", "not found", "install git"),
    }
}

fn supervisor() -> Vec<Finding> {
    let Ok(paths) = connect::paths() else {
        return vec![Finding::new(Verdict::Problem, "directories", "HOME is not set", "set HOME")];
    };
    match ask(&Request::DaemonStatus {}) {
        Ok(Response::Daemon(view)) => {
            vec![Finding::new(
                Verdict::Ok,
                "supervisor",
                format!("runs (process {}), state in {}", view.pid, view.state_dir),
                "",
            )]
        }
        Ok(_) => vec![Finding::new(
            Verdict::Problem,
            "supervisor",
            "it speaks another contract",
            "tmux-orc daemon stop",
        )],
        Err(error) => {
            let found = match error {
                CliError::Unreachable(why) | CliError::Config(why) | CliError::Failed(why) => why,
                other => format!("{other:?}"),
            };
            let remedy =
                format!("`tmux-orc daemon run` shows why; its state is in {}", paths.state.display());
            vec![Finding::new(Verdict::Problem, "supervisor", found, &remedy)]
        }
    }
}

/// The policy of trust, if there is one: a person who wrote it must see that it is read, and as what.
fn trust() -> Option<Finding> {
    let paths = connect::paths().ok()?;
    let file = paths.config.join("trust.toml").display().to_string();
    match orc_daemon::trusted_dirs(&paths.config) {
        Ok(dirs) if dirs.is_empty() => None,
        Ok(dirs) => Some(Finding::new(Verdict::Ok, "trust", format!("{} ({file})", dirs.join(", ")), "")),
        Err(error) => {
            let remedy = "mend the file; until then the person is asked";
            Some(Finding::new(Verdict::Problem, "trust", error, remedy))
        }
    }
}

fn agents() -> Result<Vec<Finding>, CliError> {
    let Response::Catalog(view) = ask(&Request::Catalog {})? else {
        return Err(unexpected());
    };
    let mut findings = Vec::new();
    for row in view.profiles {
        let Ok((profile, _)) = Profile::parse(&row.text) else {
            continue;
        };
        if profile.version_args.is_empty() || profile.binary == "{self}" {
            continue;
        }
        let args: Vec<&str> = profile.version_args.iter().map(String::as_str).collect();
        findings.push(match version(&profile.binary, &args) {
            Some(text) => {
                let measured = if profile.measured_with.is_empty() || text.contains(&profile.measured_with) {
                    String::new()
                } else {
                    format!(" (profile measured with {})", profile.measured_with)
                };
                Finding::new(Verdict::Ok, &profile.name, format!("{text}{measured}"), "")
            }
            None => Finding::new(
                Verdict::Warning,
                &profile.name,
                "not found, or it does not run",
                &profile.install_hint,
            ),
        });
    }
    if findings.iter().all(|finding| finding.verdict != Verdict::Ok) {
        findings.push(Finding::new(
            Verdict::Warning,
            "agents",
            "no agent CLI is installed",
            "install one, or rehearse with the built-in one: --agent scripted",
        ));
    }
    Ok(findings)
}

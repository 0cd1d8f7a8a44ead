//! What nothing works without: tmux, git, the supervisor, and the person's policy of trust.

use orc_api::{Request, Response};

use super::program::version;
use super::{Finding, Group, Verdict};
use crate::connect::{self, ask};
use crate::error::CliError;

pub(super) fn findings() -> Vec<Finding> {
    let mut findings = vec![tmux(), git(), supervisor()];
    findings.extend(trust());
    findings
}

fn finding(verdict: Verdict, what: &str, found: impl Into<String>, remedy: &str) -> Finding {
    Finding::new(Group::Host, verdict, what, found, remedy)
}

fn tmux() -> Finding {
    let remedy = "install tmux 3.2 or newer (Debian: apt-get install tmux)";
    let Some(text) = version("tmux", &["-V"]) else {
        return finding(Verdict::Problem, "tmux", "not found", remedy);
    };
    match orc_tmux::Version::parse(&text).and_then(orc_tmux::Version::supported) {
        Ok(_) => finding(Verdict::Ok, "tmux", text, ""),
        Err(error) => finding(Verdict::Problem, "tmux", format!("{text}: {error}"), remedy),
    }
}

fn git() -> Finding {
    match version("git", &["--version"]) {
        Some(text) => finding(Verdict::Ok, "git", text, ""),
        None => finding(Verdict::Problem, "git", "not found", "install git"),
    }
}

fn supervisor() -> Finding {
    let Ok(paths) = connect::paths() else {
        return finding(Verdict::Problem, "directories", "HOME is not set", "set HOME");
    };
    match ask(&Request::DaemonStatus {}) {
        Ok(Response::Daemon(view)) => {
            let runs = format!("runs (process {}), state in {}", view.pid, view.state_dir);
            finding(Verdict::Ok, "supervisor", runs, "")
        }
        Ok(_) => {
            let found = "it speaks another contract";
            finding(Verdict::Problem, "supervisor", found, "tmux-orc daemon stop")
        }
        Err(error) => {
            let found = match error {
                CliError::Unreachable(why) | CliError::Config(why) | CliError::Failed(why) => why,
                other => format!("{other:?}"),
            };
            let remedy =
                format!("`tmux-orc daemon run` shows why; its state is in {}", paths.state.display());
            finding(Verdict::Problem, "supervisor", found, &remedy)
        }
    }
}

/// The policy of trust, if there is one: a person who wrote it must see that it is read, and as what.
fn trust() -> Option<Finding> {
    let paths = connect::paths().ok()?;
    let file = paths.config.join("trust.toml").display().to_string();
    match orc_daemon::trusted_dirs(&paths.config) {
        Ok(dirs) if dirs.is_empty() => None,
        Ok(dirs) => Some(finding(Verdict::Ok, "trust", format!("{} ({file})", dirs.join(", ")), "")),
        Err(error) => {
            let remedy = "mend the file; until then the person is asked";
            Some(finding(Verdict::Problem, "trust", error, remedy))
        }
    }
}

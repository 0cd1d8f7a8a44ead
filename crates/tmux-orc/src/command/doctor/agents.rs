//! The agent CLIs, by their profiles.

use orc_api::{Request, Response};
use orc_core::profile::Profile;

use super::program::version;
use super::{Finding, Group, Verdict, login};
use crate::connect::ask;

pub(super) fn findings() -> Vec<Finding> {
    // That the supervisor does not answer is a finding of its own.
    let Ok(Response::Catalog(view)) = ask(&Request::Catalog {}) else {
        return vec![nothing("not looked at: the supervisor knows them, and it does not answer", "")];
    };
    let profiles = view.profiles.iter().filter_map(|row| Some(Profile::parse(&row.text).ok()?.0));
    let profiles: Vec<Profile> =
        profiles.filter(|it| !it.version_args.is_empty() && it.binary != "{self}").collect();
    let mut findings: Vec<Finding> = std::thread::scope(|scope| {
        let asked: Vec<_> = profiles.iter().map(|profile| scope.spawn(|| finding(profile))).collect();
        asked.into_iter().filter_map(|asked| asked.join().ok()).collect()
    });
    if findings.iter().all(|finding| finding.verdict == Verdict::Notice) {
        let remedy = "install one, or rehearse with the built-in one: --agent scripted";
        findings.push(nothing("no agent CLI is installed", remedy));
    }
    findings
}

fn nothing(found: &str, remedy: &str) -> Finding {
    Finding::new(Group::Agents, Verdict::Warning, "agents", found, remedy)
}

fn finding(profile: &Profile) -> Finding {
    let found = |verdict, found: &str, remedy: &str| {
        Finding::new(Group::Agents, verdict, &profile.name, found, remedy)
    };
    let Some(version) = version(&profile.binary, &profile.version_args) else {
        return found(Verdict::Notice, "not found, or it does not run", &profile.install_hint);
    };
    let mut remedies: Vec<String> = Vec::new();
    let measured = profile.measured_with.is_empty() || version.contains(&profile.measured_with);
    let since =
        if measured { String::new() } else { format!(" (profile measured with {})", profile.measured_with) };
    let mut words = vec![version + &since];
    if let Some(login) = &profile.login {
        match login::seen(login) {
            Some(place) => words.push(format!("login: {place}")),
            None if login.optional => words.push("no login found, and it works without".to_owned()),
            None => {
                words.push("no login found".to_owned());
                remedies.push(login.hint.clone());
            }
        }
    }
    match login::place(&profile.hooks_off) {
        Some(file) => {
            words.push(format!("hooks are off in {file}"));
            let remedy = "Let it run hooks: without them its state is read from the screen, and no message is acknowledged.";
            remedies.push(remedy.to_owned());
        }
        None if profile.hook_states.is_empty() => words.push("no hooks, its screen is read".to_owned()),
        None => words.push("hooks".to_owned()),
    }
    let verdict = if remedies.is_empty() { Verdict::Ok } else { Verdict::Warning };
    found(verdict, &words.join("; "), &remedies.join(" "))
}

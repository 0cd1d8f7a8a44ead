//! The proof: what the agents wrote down themselves, what git has, and what still runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use orc_api::{Request, Response};
use orc_core::ids::MessageId;
use orc_core::restart::Comeback;
use orc_core::transcript::Entry;
use serde::Serialize;

use super::skills;
use super::story::{Facts, TEAM};
use super::truth::Truth;
use super::world::{World, wait};
use crate::command::private::interrupted;
use crate::command::unexpected;
use crate::error::CliError;

/// One claim and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Claim {
    pub(super) what: String,
    pub(super) found: String,
    pub(super) holds: bool,
}

impl Claim {
    fn new(what: &str, found: impl ToString, holds: bool) -> Self {
        Self { what: what.to_owned(), found: found.to_string(), holds }
    }
}

/// What the record says was sent, as long as there is a supervisor to ask.
pub(super) fn record(world: &World) -> Result<Vec<Entry>, CliError> {
    match world.ask(&Request::Messages { of: TEAM.to_owned(), after: 0, wait_ms: 0 })? {
        Response::Transcript { entries, .. } => Ok(entries),
        _ => Err(unexpected()),
    }
}

/// What holds whoever plays: the change is on the remote, and the fault is gone there.
pub(super) fn of_the_change(world: &World, facts: &Facts) -> Result<Vec<Claim>, CliError> {
    let main = world.git(&["ls-remote", "origin", "refs/heads/main"])?;
    let commit = world.git(&["rev-parse", &facts.commit])?;
    let merged = main.starts_with(&commit);
    let copy = world.path("merged");
    let remote = world.path("remote.git").to_string_lossy().into_owned();
    world.git(&["clone", "-q", &remote, &copy.to_string_lossy()])?;
    let python = |arguments: &[&str]| {
        let mut command = world.program("python3");
        command.args(arguments).current_dir(&copy).output().map(|output| {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let last =
                said.lines().rfind(|line| line.starts_with("Ran ")).unwrap_or("no test ran").to_owned();
            (output.status.success(), last)
        })
    };
    let (pass, ran) = python(&["-m", "tests"])?;
    skills::write(&world.path("skills"))?;
    let skill = world.path("skills").join("try_logins.py");
    let (stable, _) = python(&[&skill.to_string_lossy(), ".", "10"])?;
    Ok(vec![
        Claim::new("the fix is on main of the remote", &facts.commit, merged),
        Claim::new("every test passes there", ran, pass),
        Claim::new(
            "failed logins keep no connection there",
            if stable { "none of 100" } else { "some" },
            stable,
        ),
    ])
}

/// What the scripted agents' own logs say.
pub(super) fn of_the_talk(truth: &Truth, record: &[Entry], facts: &Facts) -> Vec<Claim> {
    let mut times: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for entry in record {
        if let Entry::Sent { message, to, .. } = entry {
            for agent in to {
                let whole = |prompt: &&str| {
                    prompt.starts_with(&format!("Message {message} from "))
                        && prompt.ends_with(&format!("\n(end of message {message})"))
                };
                let prompts = truth.prompts(agent);
                times.insert((message.to_string(), agent), prompts.into_iter().filter(whole).count());
            }
        }
    }
    let once = times.values().filter(|count| **count == 1).count();
    let odd: Vec<String> = times
        .iter()
        .filter(|(_, count)| **count != 1)
        .map(|((id, to), n)| format!("{id} at {to}: {n}"))
        .collect();
    let mut claims = vec![Claim::new(
        "each message reached each recipient exactly once, whole",
        if odd.is_empty() { format!("{once} of {}", times.len()) } else { odd.join(", ") },
        odd.is_empty() && once > 0,
    )];
    for (text, to) in &facts.sent {
        let arrived = |agent: &&&str| {
            let prompts = truth.prompts(&format!("{TEAM}:{agent}"));
            prompts.iter().filter(|prompt| prompt.contains(&format!(":\n{text}\n(end of message "))).count()
                == 1
        };
        let count = to.iter().filter(arrived).count();
        let what = format!("{} lines arrived unchanged at {}", text.lines().count(), to.join(", "));
        claims.push(Claim::new(&what, format!("{count} of {}", to.len()), count == to.len()));
    }
    let starts = truth.starts(&format!("{TEAM}:backend"));
    claims.push(Claim::new("the killed agent was started twice, the others once", starts, {
        starts == 2 && ["devops", "pm"].iter().all(|name| truth.starts(&format!("{TEAM}:{name}")) == 1)
    }));
    let calls: Vec<String> = ["backend", "devops", "pm"]
        .iter()
        .map(|name| format!("{name} {}", truth.calls(&format!("{TEAM}:{name}")).len()))
        .collect();
    let all_called = !calls.iter().any(|text| text.ends_with(" 0"));
    claims.push(Claim::new("each agent reported through its tools (MCP)", calls.join(", "), all_called));
    let failed = truth.failed_turns();
    let found = if failed.is_empty() { "none".to_owned() } else { failed.join(", ") };
    claims.push(Claim::new("turns that failed", found, failed.is_empty()));
    claims
}

/// What is on record of agents that are not scripted: what became of the operator's messages, how the killed one came back.
pub(super) fn of_the_record(record: &[Entry], comeback: Option<Comeback>) -> Vec<Claim> {
    let mut fates: BTreeMap<(MessageId, &str), Vec<&str>> = BTreeMap::new();
    for entry in record {
        match entry {
            Entry::Sent { message, from, to, .. } if from == "operator" => {
                fates.extend(to.iter().map(|to| ((*message, to.as_str()), Vec::new())));
            }
            Entry::Settled { message, to, outcome, .. } => {
                if let Some(fate) = fates.get_mut(&(*message, to.as_str())) {
                    fate.push(outcome);
                }
            }
            _ => {}
        }
    }
    let with =
        |word: &str| fates.values().filter(|fate| fate.iter().filter(|it| **it == word).count() == 1).count();
    // An agent that has no receipts is only seen to take what is typed.
    let (acknowledged, submitted, all) = (with("acknowledged"), with("submitted"), fates.len());
    let found = match submitted {
        0 => format!("{acknowledged} of {all} acknowledged"),
        _ => format!("{acknowledged} of {all} acknowledged, {submitted} seen to be taken"),
    };
    let back = comeback.map_or("it did not come back", Comeback::describe);
    vec![
        Claim::new(
            "your messages at their agents, once each",
            found,
            acknowledged + submitted == all && all > 0,
        ),
        Claim::new(
            "how the killed agent came back",
            back,
            matches!(comeback, Some(Comeback::Resume | Comeback::Brief)),
        ),
    ]
}

/// What the two commands that end everything have left running. Processes end in their own time.
pub(super) fn of_the_end(world: &World) -> Result<Claim, CliError> {
    let none = || Ok(still_there(world.folder()).is_empty());
    let gone = wait("the end of all processes", Duration::from_secs(20), none);
    if interrupted() {
        gone?;
    }
    let left = still_there(world.folder());
    Ok(Claim::new("processes left behind", left.len(), left.is_empty()))
}

/// The processes that have this directory in their environment or among their words.
fn still_there(folder: &Path) -> Vec<u32> {
    let own = std::process::id();
    let needle = folder.as_os_str().as_encoded_bytes();
    let names = |path: PathBuf| {
        std::fs::read(path).is_ok_and(|bytes| bytes.windows(needle.len()).any(|part| part == needle))
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let ours =
        |pid: &u32| ["environ", "cmdline"].iter().any(|file| names(format!("/proc/{pid}/{file}").into()));
    pids.filter(|pid| *pid != own).filter(ours).collect()
}

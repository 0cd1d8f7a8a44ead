//! The team `auth-hotfix`: deployed, briefed, watched, crashed, brought back, reported.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use orc_testkit::wait_until;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use super::set::Set;
use crate::world::{SOON, kill};

const TEAM: &str = "auth-hotfix";
const FIX: &str = "hotfix/auth-connection-leak";

/// The text between the first double quote of a command and the last.
fn quoted(command: &str) -> &str {
    let (_, rest) = command.split_once('"').expect("a quote");
    rest.rsplit_once('"').expect("its end").0
}

pub(super) fn deploy(set: &mut Set, command: &str) {
    set.run(command);
    set.assert_deployed(TEAM, &["Senior Backend Developer", "DevOps Engineer", "Project Manager"]);
}

/// Everybody has the briefing as it was written; the manager is asked to coordinate, and does: two tasks reach two agents.
pub(super) fn brief(set: &mut Set, command: &str) {
    set.run(command);
    let text = quoted(command);
    set.assert_each_has(TEAM, "operator", text);
    let agents = set.agents(TEAM);
    let manager = agents[2].truth.wait_for_prompt(text);
    assert!(
        manager.contains("(to the whole team; you coordinate: split it into tasks and assign them)"),
        "{manager}"
    );
    agents[0].truth.wait_for_prompt("is yours: Check auth service code for connection leaks");
    agents[1].truth.wait_for_prompt("is yours: Monitor database connections and system resources");
    set.world.wait_until_idle(TEAM);
    set.sent.push(text.to_owned());
}

pub(super) fn share_the_log(set: &mut Set, command: &str) {
    set.run(command);
    let log = fs::read_to_string(set.error_log()).expect("the log");
    let lines: Vec<&str> = log.lines().collect();
    let last = lines[lines.len() - 100..].join("\n");
    let agents = set.agents(TEAM);
    agents[0].truth.wait_for_prompt(&last);
    assert_eq!(agents[0].truth.bodies("operator").iter().filter(|body| **body == last).count(), 1);
    set.world.wait_until_idle(TEAM);
    for other in &agents[1..] {
        assert!(!other.truth.prompts().iter().any(|prompt| prompt.contains(lines[149])), "{}", other.target);
    }
    set.sent.push(last);
}

/// Without a terminal one frame is printed: it shows who is there and what their own logs say that they do.
pub(super) fn watch(set: &mut Set, command: &str) {
    let agents = set.agents(TEAM);
    set.world.post("auth-hotfix:1", "DO: ask cat /proc/meminfo");
    wait_until("the agent asks", SOON, || {
        let asked = agents[1].truth.of("permission");
        if asked.is_empty() { Err(format!("{:?}", agents[1].truth.events().last())) } else { Ok(()) }
    });
    // What an agent's terminal shows is seen a moment later.
    wait_until("the frame shows it", SOON, || {
        let frame = set.run(command).stdout;
        let all = ["backend", "devops", "pm", "cat /proc/meminfo"].iter().all(|part| frame.contains(part));
        if all && frame.contains(TEAM) { Ok(()) } else { Err(frame) }
    });
    set.world.orc(&["agent", "answer", "auth-hotfix:1", "--cancel"]).success();
    set.world.wait_until_idle(TEAM);
}

/// It prints what was said before, and what is said while it runs.
pub(super) fn follow(set: &mut Set, command: &str) {
    let out = set.world.env.root().join("followed");
    let file = fs::File::create(&out).expect("a file");
    let mut following = set.shell(command);
    following.stdin(Stdio::null()).stdout(file).process_group(0);
    let mut child = following.spawn().expect("it starts");
    let shows = |part: &str| {
        wait_until(&format!("{part:?} is shown"), SOON, || {
            let text = fs::read_to_string(&out).unwrap_or_default();
            if text.contains(part) { Ok(()) } else { Err(text.chars().rev().take(500).collect()) }
        });
    };
    shows("Users cannot log in. Started 10 minutes ago.");
    shows("Critical issue identified. Assigning investigation tasks.");
    let later = "said while somebody follows";
    set.world.send("auth-hotfix:2", later);
    shows(later);
    set.sent.push(later.to_owned());
    assert!(matches!(child.try_wait(), Ok(None)), "it goes on until it is ended");
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process_group(group, Signal::INT).expect("it runs");
    child.wait().expect("it ends");
    set.world.wait_until_idle(TEAM);
}

/// The developer is told, makes the branch, and commits a fix there.
pub(super) fn branch(set: &mut Set, command: &str) {
    set.run(command);
    let text = quoted(command);
    let agents = set.agents(TEAM);
    agents[0].truth.wait_for_prompt(text);
    wait_until("the branch has a commit", SOON, || {
        let branches = set.git(&["branch", "--list", FIX, "--format", "%(refname:short)"]);
        let ahead = if branches == FIX {
            set.git(&["rev-list", "--count", &format!("main..{FIX}")])
        } else {
            branches
        };
        if ahead == "1" { Ok(()) } else { Err(format!("{ahead}: {:?}", agents[0].truth.events().last())) }
    });
    set.world.wait_until_idle(TEAM);
    assert_eq!(set.git(&["branch", "--show-current"]), FIX);
    let change = set.git(&["show", "--format=", FIX]);
    assert!(
        change.contains("+        pool.release(connection)\n         raise Unauthorized(name)"),
        "{change}"
    );
    set.fix = Some(set.git(&["rev-parse", FIX]));
    set.sent.push(text.to_owned());
}

/// From now on an agent that falls comes back by itself.
pub(super) fn recover(set: &mut Set, command: &str) {
    set.run(command);
    let before = set.agents(TEAM);
    kill(&before[1].process);
    wait_until("the agent is back", SOON, || {
        let status = set.world.status("auth-hotfix:1");
        let back = status["generation"] == 2 && status["was_ready"] == true;
        if back { Ok(()) } else { Err(status.to_string()) }
    });
    set.world.wait_until_idle(TEAM);
    let after = set.agents(TEAM);
    assert_ne!(after[1].process.pid, before[1].process.pid);
    assert_eq!(after[1].truth.of("start").len(), 1);
    for other in [0, 2] {
        assert_eq!(after[other].process, before[other].process, "the others did not notice");
    }
}

/// It is another process with the same session: its conversation is there, and it is told what it missed.
pub(super) fn restart(set: &mut Set, command: &str) {
    let before = set.agents(TEAM)[0].clone();
    let session = before.truth.of("start")[0]["session"].clone();
    set.run(command);
    wait_until("another process is ready", SOON, || {
        let status = set.world.status("auth-hotfix:0");
        let back = status["generation"] == 2 && status["was_ready"] == true;
        if back { Ok(()) } else { Err(status.to_string()) }
    });
    set.world.wait_until_idle(TEAM);
    let after = set.agents(TEAM)[0].clone();
    assert!(!before.process.is_alive() && after.process.is_alive());
    let start = after.truth.of("start")[0].clone();
    assert_eq!(start["session"], session, "the same conversation");
    assert!(start["resumed"].as_u64() >= Some(8), "with all that was said in it: {start}");
    let prompts = after.truth.prompts();
    assert_eq!(prompts.len(), 1, "nothing that it has is sent again: {prompts:?}");
    assert!(prompts[0].contains("(you were started again)"), "{prompts:?}");
}

/// The report holds what really happened: who was there, the cause's fix, what was tested, who came back, in words and
/// figures that this test knows from the other side.
pub(super) fn report(set: &mut Set, command: &str) {
    let report = set.run(command).stdout;
    let fix = set.fix.clone().expect("the fix is there");
    let runs = super::checks::runs(set);
    assert!(!runs.is_empty());
    for part in [TEAM, "Senior Backend Developer", "DevOps Engineer", "Project Manager", &fix[..7], FIX] {
        assert!(report.contains(part), "{part} is not in the report:\n{report}");
    }
    for heading in ["Success metrics", "Timeline", "Change", "Agents", "Follow-ups"] {
        let there = report.lines().any(|line| line.starts_with('#') && line.contains(heading));
        assert!(there, "no section {heading}:\n{report}");
    }
}

/// The file has everything that was said: each text of the operator, what the agents said and got, in order.
pub(super) fn archive(set: &mut Set, command: &str) {
    set.run(command);
    let archive = fs::read_to_string(set.world.repo.join("incident-log.txt")).expect("the file");
    fs::remove_file(set.world.repo.join("incident-log.txt")).expect("it was there");
    let mut rest = archive.as_str();
    for text in &set.sent {
        let whole: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
        let whole = whole.join("\n");
        let (_, after) =
            rest.split_once(&whole).unwrap_or_else(|| panic!("missing or not in order: {text}\n{archive}"));
        rest = after;
    }
    // What reached the agents by their own logs, all launches of them.
    let ids = |launches: &[(&str, u64)]| -> Vec<String> {
        let prompts = launches.iter().flat_map(|(id, launch)| set.world.truth_of(id, *launch).prompts());
        prompts
            .filter_map(|prompt| Some(prompt.strip_prefix("Message ")?.split(' ').next()?.to_owned()))
            .collect()
    };
    let got = ids(&[("a1", 1), ("a1", 2), ("a2", 1), ("a2", 2), ("a3", 1)]);
    assert!(got.len() > 12, "{got:?}");
    for id in got {
        assert!(
            archive.contains(&format!(" {id} ")),
            "{id} reached an agent and is not in the archive:\n{archive}"
        );
    }
    for said in [
        "Critical issue identified. Assigning investigation tasks.",
        "The fix is on hotfix/auth-connection-leak",
    ] {
        assert!(archive.contains(said), "{said}: {archive}");
    }
}

pub(super) fn schedule(set: &mut Set, command: &str) {
    set.run(command);
    set.assert_each_has(TEAM, "operator", quoted(command));
    let agents: Vec<Value> =
        set.world.json(&["team", "status", TEAM])["agents"].as_array().expect("agents").clone();
    assert!(agents.iter().all(|agent| agent["state"]["is"] == "idle"));
}

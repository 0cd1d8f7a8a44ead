//! The other teams of the document: an emergency, a database outage, a security breach, a performance crisis.

use orc_testkit::wait_until;

use super::set::Set;
use crate::world::SOON;

fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}

fn quoted(command: &str) -> &str {
    command.split('"').nth(1).expect("a quote")
}

/// `tmux-orc quick-deploy backend SIZE --project-name TEAM`
pub(super) fn deploy(set: &mut Set, command: &str) {
    let words = words(command);
    let (size, team) = (words[3], words[5]);
    let (backend, devops, manager) = ("Senior Backend Developer", "DevOps Engineer", "Project Manager");
    set.run(command);
    match size {
        "2" => set.assert_deployed(team, &[backend, manager]),
        "3" => set.assert_deployed(team, &[backend, devops, manager]),
        "4" => set.assert_deployed(team, &[backend, devops, "Database Engineer", manager]),
        other => panic!("nobody said who is in a team of {other}"),
    }
}

/// One agent more, with its role's brief; the manager is told.
fn add(set: &mut Set, command: &str, team: &str, role: &str) {
    let title = quoted(command);
    let before = set.agents(team);
    set.run(command);
    set.world.wait_until_idle(team);
    let after = set.agents(team);
    assert_eq!(after.len(), before.len() + 1);
    for (old, now) in before.iter().zip(&after) {
        assert_eq!(old.process, now.process, "the others stay");
    }
    let newcomer = &after[before.len()];
    let brief = newcomer.truth.wait_for_prompt("(your brief):");
    assert!(brief.contains(title), "{brief}");
    let view = set.world.status(&newcomer.target);
    assert_eq!((view["title"].as_str(), view["role"].as_str()), (Some(title), Some(role)));
    before[before.len() - 1].truth.wait_for_prompt(title);
}

pub(super) fn add_security(set: &mut Set, command: &str) {
    add(set, command, "emergency", "security");
}

pub(super) fn add_database(set: &mut Set, command: &str) {
    add(set, command, "db-recovery", "dba");
}

/// The whole team has it, the newcomer too; only the manager is asked to coordinate.
pub(super) fn update(set: &mut Set, command: &str) {
    set.run(command);
    set.assert_each_has("emergency", "operator", quoted(command));
    for agent in set.agents("emergency") {
        let prompt = agent.truth.wait_for_prompt(quoted(command));
        let is_manager = agent.name.ends_with(":pm");
        assert_eq!(prompt.contains("you coordinate"), is_manager, "{prompt}");
    }
}

/// Each has it by itself, and nobody is asked to coordinate.
pub(super) fn inform(set: &mut Set, command: &str) {
    set.run(command);
    set.assert_each_has("emergency", "operator", quoted(command));
    for agent in set.agents("emergency") {
        let prompt = agent.truth.wait_for_prompt(quoted(command));
        assert!(!prompt.contains("coordinate"), "{prompt}");
    }
}

/// The first agent has it, and nobody else.
pub(super) fn order(set: &mut Set, command: &str) {
    set.run(command);
    let agents = set.agents("security-incident");
    agents[0].truth.wait_for_prompt(quoted(command));
    set.world.wait_until_idle("security-incident");
    assert_eq!(agents[0].truth.bodies("operator"), [quoted(command)]);
    for other in &agents[1..] {
        assert_eq!(other.truth.bodies("operator"), [""; 0]);
    }
}

/// A healthy team has no finding; an agent that waits for a permission, by its own log, is named first.
pub(super) fn analyze(set: &mut Set, command: &str) {
    let healthy = set.run(command).stdout;
    for agent in set.agents("perf-crisis") {
        assert!(healthy.contains(&agent.target), "{}: {healthy}", agent.target);
    }
    let agents = set.agents("perf-crisis");
    assert!(!healthy.contains("agent answer"), "nothing waits: {healthy}");
    set.world.post("perf-crisis:1", "DO: ask vacuum full");
    wait_until("the agent asks", SOON, || {
        let asked = agents[1].truth.of("permission");
        if asked.is_empty() { Err(format!("{:?}", agents[1].truth.events().last())) } else { Ok(()) }
    });
    wait_until("the finding names it, with a command", SOON, || {
        let said = set.run(command).stdout;
        let finding = said.lines().any(|line| line.contains("perf-crisis:1") && line.contains("permission"));
        if finding && said.contains("tmux-orc agent ") { Ok(()) } else { Err(said) }
    });
    set.world.orc(&["agent", "answer", "perf-crisis:1", "--cancel"]).success();
    set.world.wait_until_idle("perf-crisis");
    let mended = set.run(command).stdout;
    assert!(!mended.contains("agent answer"), "{mended}");
}

//! A team is made whole or not at all.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use orc_testkit::wait_until;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::world::{SOON, World, scripted};

fn titles(view: &Value, list: &str) -> Vec<String> {
    let members = view[list].as_array().unwrap_or_else(|| panic!("no {list} in {view}"));
    members.iter().map(|member| member["title"].as_str().expect("a title").to_owned()).collect()
}

/// Nothing of a team runs, and the product knows of none.
#[track_caller]
fn assert_nothing_runs(world: &World) {
    // tmux ends the process of a closed pane in its own time.
    wait_until("no part of a team runs", SOON, || {
        let parts: Vec<_> =
            world.env.processes().into_iter().filter(|process| is_part(&process.command)).collect();
        if parts.is_empty() { Ok(()) } else { Err(format!("{parts:?}")) }
    });
    assert_eq!(world.json(&["team", "list"]), Value::Array(vec![]));
    let panes = world.env.tmux(&["list-panes", "-a", "-F", "#{@orc_agent}"]).stdout;
    assert_eq!(panes.trim(), "", "no view is left");
}

fn is_part(command: &str) -> bool {
    command.ends_with(" shim") || command.contains(" scripted-agent") || command.contains(" view ")
}

#[test]
fn the_roster_of_each_size() {
    let world = World::new();
    let (backend, devops, dba) = ("Senior Backend Developer", "DevOps Engineer", "Database Engineer");
    let manager = "Project Manager";
    let eight = [
        backend,
        devops,
        dba,
        "QA Engineer",
        "Security Engineer",
        "Site Reliability Engineer",
        "Backend Developer",
        manager,
    ];
    let rosters: [(&str, &[&str]); 4] = [
        ("2", &[backend, manager]),
        ("3", &[backend, devops, manager]),
        ("4", &[backend, devops, dba, manager]),
        ("8", &eight),
    ];
    for (size, roster) in rosters {
        let args =
            ["quick-deploy", "backend", size, "--project-name", "t", "--agent", "scripted", "--dry-run"];
        assert_eq!(titles(&world.json(&args), "members"), roster);
    }
    assert_nothing_runs(&world);
}

#[test]
fn agents_work_in_the_directory_with_the_environment_of_who_deployed() {
    let mut world = World::new();
    world.env.set("TMUX", "/tmp/somebody-elses,1,0");
    world.env.set("TMUX_PANE", "%7");
    world.env.set("OWN_VARIABLE", "kept as it is: $HOME");
    let agents = world.deploy(3);
    let view = world.json(&["team", "status", "t"]);
    assert_eq!(titles(&view, "agents"), ["Senior Backend Developer", "DevOps Engineer", "Project Manager"]);
    for agent in &agents {
        let proc = std::path::PathBuf::from(format!("/proc/{}", agent.process.pid));
        assert_eq!(fs::read_link(proc.join("cwd")).unwrap(), world.repo.canonicalize().unwrap());
        let environment = fs::read(proc.join("environ")).unwrap();
        let names: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
        assert!(names.contains(&b"OWN_VARIABLE=kept as it is: $HOME".as_slice()));
        assert!(!names.iter().any(|name| name.starts_with(b"TMUX=") || name.starts_with(b"TMUX_PANE=")));
        assert_eq!(agent.truth.prompts().len(), 1, "the brief, once");
        assert!(agent.truth.prompts()[0].contains("(your brief):"), "{:?}", agent.truth.prompts());
    }
    let windows = world.tmux(&["list-windows", "-a", "-F", "#{window_index} #{window_name} #{@orc_team}"]);
    let windows: Vec<&str> = windows.lines().filter_map(|line| line.strip_suffix(" t")).collect();
    assert_eq!(windows, ["0 backend", "1 devops", "2 pm"]);
}

#[test]
fn preflight_says_every_problem_at_once_and_makes_nothing() {
    let world = World::new();
    let args =
        ["quick-deploy", "bakend", "3", "--project-name", "no good name", "--agent", "scripted", "--agent"];
    let args = [&args[..], &["pm=scriptd", "--project-dir", "/nonexistent"]].concat();
    let out = world.orc(&args).exits(4);
    for part in
        ["3 problems", "`bakend`", "did you mean `backend`?", "`no good name`", "/nonexistent does not exist"]
    {
        assert!(out.stderr.contains(part), "{part:?} is not in {}", out.stderr);
    }
    let out = world
        .orc(&["quick-deploy", "backend", "99", "--agent", "scriptd", "--project-name", "t", "--json"])
        .exits(4);
    assert_eq!(out.json()["error"]["code"], "preflight");
    assert!(out.stdout.contains("2 to 50 agents, not 99"), "{out:?}");
    let out =
        world.orc(&["quick-deploy", "backend", "2", "--agent", "scriptd", "--project-name", "t"]).exits(4);
    assert!(out.stderr.contains("did you mean `scripted`?"), "{out:?}");
    assert_nothing_runs(&world);
}

#[test]
fn a_profile_whose_program_is_missing_makes_nothing() {
    let world = World::new();
    let missing = scripted("missing", &[]).replace("\"{self}\"", "\"no-such-agent\"");
    world.profile("missing", &missing);
    let args = [
        "quick-deploy",
        "backend",
        "3",
        "--project-name",
        "t",
        "--agent",
        "scripted",
        "--agent",
        "pm=missing",
    ];
    let out = world.orc(&args).exits(4);
    assert!(out.stderr.contains("`no-such-agent` is not on the PATH"), "{out:?}");
    assert_nothing_runs(&world);
}

#[test]
fn a_team_whose_second_agent_cannot_start_leaves_nothing() {
    let world = World::new();
    world.orc(&["daemon", "start"]).success();
    let obstacle = world.env.runtime_dir().join("s/a2.sock");
    fs::create_dir_all(obstacle.join("in the way")).unwrap();
    let args = ["quick-deploy", "backend", "3", "--project-name", "t", "--agent", "scripted"];
    let out = world.orc(&args).exits(4);
    assert!(
        out.stderr.contains("team `t` could not be started") && out.stderr.contains("a2.sock"),
        "{out:?}"
    );
    assert_nothing_runs(&world);
    assert!(world.orc(&["events"]).stdout.contains("team_aborted"), "the log tells of it");
    fs::remove_dir_all(obstacle).unwrap();
    world.deploy(3);
}

#[test]
fn a_name_that_is_taken_is_refused_and_the_team_goes_on() {
    let world = World::new();
    let agents = world.deploy(2);
    let out =
        world.orc(&["quick-deploy", "backend", "2", "--project-name", "t", "--agent", "scripted"]).exits(4);
    assert!(out.stderr.contains("already a team `t`"), "{out:?}");
    assert!(agents.iter().all(|agent| agent.process.is_alive()));
    assert_eq!(world.json(&["team", "list"]).as_array().unwrap().len(), 1);
}

/// Ctrl-C reaches everything in the terminal's foreground: the command, and what it has just started.
#[test]
fn an_interrupt_while_waiting_leaves_the_team_running() {
    let world = World::new();
    world.profile("scripted", &scripted("scripted", &["--start-delay-ms", "8000"]));
    let args = ["quick-deploy", "backend", "2", "--project-name", "t", "--agent", "scripted", "--wait=60s"];
    let mut command = world.command(&args);
    command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn().unwrap();
    wait_until("the agents start", SOON, || {
        let teams = world.json(&["team", "list"]);
        let agents = teams[0]["agents"].as_array().cloned().unwrap_or_default();
        let running = agents.iter().filter(|agent| agent["process"]["pid"].is_number()).count();
        if running == 2 { Ok(()) } else { Err(teams.to_string()) }
    });
    let group = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process_group(group, Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert!(!status.success(), "an interrupted command has not succeeded");
    world.wait_until_idle("t");
    let view = world.json(&["team", "status", "t"]);
    for agent in view["agents"].as_array().unwrap() {
        world.agent_of(agent).truth.wait_for_turns(1);
    }
}

/// Exit 8 says that not everybody is ready, and who.
#[test]
fn an_agent_that_dies_at_its_start_is_named() {
    let world = World::new();
    let broken = scripted("broken", &["--script", "/nonexistent.toml"]);
    world.profile("broken", &broken);
    let args = [
        "quick-deploy",
        "backend",
        "2",
        "--project-name",
        "t",
        "--agent",
        "scripted",
        "--agent",
        "pm=broken",
        "--wait=30s",
    ];
    let out = world.orc(&args).exits(8);
    assert!(out.stderr.contains("1 of 2 not ready"), "{out:?}");
    assert!(out.stderr.contains("t:1 Project Manager: ended (status 78)"), "{out:?}");
}

#[test]
fn the_users_own_files_win() {
    let world = World::new();
    let config = world.env.config_dir();
    fs::create_dir_all(config.join("teams")).unwrap();
    fs::create_dir_all(config.join("roles")).unwrap();
    let team = r#"
        id = "backend"
        about = "Ours."
        members = [{ role = "gopher", title = "Gopher" }]
        more = [{ role = "gopher", title = "Another Gopher" }]
        manager = { role = "pm", title = "Boss" }
    "#;
    fs::write(config.join("teams/backend.toml"), team).unwrap();
    fs::write(config.join("roles/gopher.md"), "# Gopher\n\nYou dig: that is all.\n").unwrap();
    let agents = world.deploy(3);
    let view = world.json(&["team", "status", "t"]);
    assert_eq!(titles(&view, "agents"), ["Gopher", "Another Gopher", "Boss"]);
    assert!(
        agents[0].truth.prompts()[0].contains("You dig: that is all."),
        "{:?}",
        agents[0].truth.prompts()
    );
    for (list, id) in [
        (["team", "types"].as_slice(), "backend"),
        (&["roles"], "gopher"),
        (&["agent", "profiles"], "scripted"),
    ] {
        let row = world.json(&[list, &[id]].concat());
        let origin = row["origin"].as_str().unwrap();
        assert!(origin.starts_with(config.to_str().unwrap()), "{list:?} {id} is from {origin}");
    }
}

#[test]
fn a_file_of_the_user_that_cannot_be_read_is_named() {
    let world = World::new();
    world.orc(&["daemon", "start"]).success();
    world.profile("broken", "id = \"broken\"\nbinary = ");
    let out =
        world.orc(&["quick-deploy", "backend", "2", "--project-name", "t", "--agent", "scripted"]).exits(78);
    assert!(out.stderr.contains("agents/broken.toml"), "{out:?}");
    assert_nothing_runs_but_files(&world);
}

/// As [`assert_nothing_runs`], for a world whose files cannot be read.
#[track_caller]
fn assert_nothing_runs_but_files(world: &World) {
    assert!(!world.env.processes().iter().any(|process| is_part(&process.command)));
}

#[test]
fn one_more_agent_is_told_what_was_said_and_the_manager_is_told_of_it() {
    let world = World::new();
    let agents = world.deploy(3);
    world.json(&["team", "broadcast", "t", "tokens leak since noon", "--wait=60s"]);
    let added =
        world.json(&["team", "add", "t", "Security Expert", "--role", "security", "--agent", "scripted"]);
    assert_eq!((added["target"].as_str(), added["title"].as_str()), (Some("t:3"), Some("Security Expert")));
    let newcomer = world.agent_of(&added);
    newcomer.truth.wait_for_turns(2);
    let prompts = newcomer.truth.prompts();
    assert!(prompts[0].contains("Security Expert") && prompts[0].contains("(your brief)"), "{prompts:?}");
    assert!(prompts[1].contains("tokens leak since noon"), "{prompts:?}");
    agents[2].truth.wait_for_prompt("Security Expert");
    world.open_pane(&newcomer);
    let all = world.json(&["team", "broadcast", "t", "welcome", "--wait=60s"]);
    assert_eq!(all["recipients"].as_array().unwrap().len(), 4);
}

/// A supervisor that is killed at any instant leaves no newcomer that runs without its brief.
#[test]
fn one_more_agent_runs_from_the_instant_at_which_its_messages_are_durable() {
    let world = World::new();
    world.deploy(2);
    world.json(&["team", "broadcast", "t", "tokens leak since noon", "--wait=60s"]);
    let added =
        world.json(&["team", "add", "t", "Security Expert", "--role", "security", "--agent", "scripted"]);
    let (newcomer, manager) = (added["id"].clone(), "a2");
    let text = world.orc(&["events", "--json"]).success().stdout;
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let launched = events
        .iter()
        .position(|entry| entry["event"]["event"] == "agent_launched" && entry["event"]["agent"] == newcomer)
        .unwrap_or_else(|| panic!("no launch of {newcomer} in {text}"));
    let expected = [("brief", &newcomer), ("direct", &newcomer), ("direct", &Value::from(manager))];
    for (entry, (kind, to)) in events[launched + 1..].iter().zip(expected) {
        let event = &entry["event"];
        assert_eq!(event["event"], "message_accepted", "{entry}");
        assert_eq!((&event["kind"], &event["to"][0]), (&Value::from(kind), to), "{entry}");
        assert_eq!(entry["at"], events[launched]["at"], "one commit: {entry}");
    }
}

#[test]
fn one_more_agent_that_cannot_start_changes_nothing() {
    let world = World::new();
    let agents = world.deploy(2);
    let out =
        world.orc(&["team", "add", "t", "Expert", "--role", "secruity", "--agent", "scripted"]).exits(3);
    assert!(out.stderr.contains("did you mean `security`?"), "{out:?}");
    let obstacle = world.env.runtime_dir().join("s/a3.sock");
    fs::create_dir_all(obstacle.join("in the way")).unwrap();
    let args = ["team", "add", "t", "Expert", "--role", "security", "--agent", "scripted"];
    let out = world.orc(&args).exits(4);
    assert!(out.stderr.contains("a3.sock"), "{out:?}");
    assert_eq!(world.json(&["team", "status", "t"])["agents"].as_array().unwrap().len(), 2);
    let shims = world.env.processes().into_iter().filter(|process| process.command.ends_with(" shim"));
    assert_eq!(shims.count(), 2);
    assert_eq!(agents[1].truth.prompts().len(), 1, "the manager was told of nobody");
    fs::remove_dir_all(obstacle).unwrap();
    let added = world.json(&args);
    world.agent_of(&added).truth.wait_for_turns(1);
}

//! A command that cannot be done says why and what to do, and its exit status says it too.

use crate::world::World;

#[test]
fn unknown_names_have_near_misses() {
    let world = World::new();
    world.deploy_with(&["backend", "3", "--project-name", "auth-hotfix", "--agent", "scripted"]);
    for (arguments, hint) in [
        (&["team", "status", "auth-hotfx"][..], "did you mean `auth-hotfix`?"),
        (&["team", "broadcast", "auth-hotfx", "text"], "did you mean `auth-hotfix`?"),
        (&["team", "stop", "auth-hotfx", "--yes"], "did you mean `auth-hotfix`?"),
        (&["agent", "send", "auth-hotfx:0", "text"], "did you mean `auth-hotfix`?"),
        (&["agent", "send", "auth-hotfix:devop", "text"], "did you mean `devops`?"),
        (&["agent", "send", "auth-hotfix:7", "text"], "auth-hotfix:0 backend"),
        (&["agent", "explain", "auth-hotfix:nobody"], "auth-hotfix:2 pm"),
        (&["agent", "messages", "auth-hotfx"], "did you mean `auth-hotfix`?"),
        (&["agent", "profiles", "scriptd"], "did you mean `scripted`?"),
        (&["team", "types", "bakend"], "did you mean `backend`?"),
        (&["roles", "devop"], "did you mean `devops`?"),
    ] {
        let out = world.orc(arguments).exits(3);
        assert_eq!(out.stdout, "", "nothing on stdout: {out:?}");
        assert!(out.stderr.contains("error: ") && out.stderr.contains(hint), "{hint:?} is not in {out:?}");
        let error = world.orc(&[arguments, &["--json"]].concat()).exits(3).json();
        assert_eq!(error["error"]["code"], "not_found", "{error}");
    }
}

#[test]
fn arguments_that_make_no_sense() {
    let world = World::new();
    world.deploy(2);
    for arguments in [
        &["agent", "send", "t"][..],
        &["agent", "send", "t", "not an agent"],
        &["agent", "send", "t:0", ""],
        &["agent", "send", "t:0", " \n\t "],
        &["agent", "send", "t:0", "--file", "/nonexistent"],
        &["agent", "send", "t:0", "text", "--wait=soon"],
        &["quick-deploy", "backend"],
        &["no-such-command"],
    ] {
        let out = world.orc(arguments).exits(2);
        assert!(out.stderr.contains("error: "), "{out:?}");
    }
}

#[test]
fn without_a_supervisor_the_commands_that_only_look_at_it_say_so() {
    let world = World::new();
    world.orc(&["daemon", "status"]).exits(5);
    assert!(world.orc(&["daemon", "stop"]).success().stderr.contains("no supervisor runs"));
    assert!(world.env.processes().is_empty(), "looking starts nothing");
}

#[test]
fn what_prints_can_print_json() {
    let world = World::new();
    world.deploy(2);
    world.send("t:0", "something to show");
    for arguments in [
        &["team", "list"][..],
        &["team", "status", "t"],
        &["team", "types"],
        &["team", "types", "backend"],
        &["agent", "status"],
        &["agent", "status", "t"],
        &["agent", "status", "t:0"],
        &["agent", "explain", "t:0"],
        &["agent", "screen", "t:0"],
        &["agent", "messages", "t"],
        &["agent", "profiles"],
        &["agent", "send", "t:0", "more"],
        &["agent", "send-all", "t", "more", "--wait=60s"],
        &["team", "broadcast", "t", "more"],
        &["team", "add", "t", "Expert", "--role", "security", "--agent", "scripted"],
        &["roles"],
        &["roles", "pm"],
        &["doctor"],
        &["daemon", "status"],
        &["daemon", "paths"],
        &["log", "verify"],
        &["team", "stop", "t", "--yes"],
    ] {
        let out = world.orc(&[arguments, &["--json"]].concat()).success();
        let value = out.json();
        assert!(value.is_object() || value.is_array(), "{arguments:?}: {value}");
    }
    let events = world.orc(&["events", "--json"]).success().stdout;
    assert!(events.lines().count() > 10);
    for line in events.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        assert!(event["seq"].is_number() && event["event"]["event"].is_string(), "{event}");
    }
}

#[test]
fn completions_and_manual_pages() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = world.orc(&["completions", shell]).success().stdout;
        assert!(script.contains("tmux-orc"), "{shell}: {script:.300}");
    }
    let folder = world.env.root().join("man");
    world.orc(&["man", folder.to_str().unwrap()]).success();
    for page in ["tmux-orc.1", "tmux-orc-quick-deploy.1", "tmux-orc-agent-send.1"] {
        assert!(folder.join(page).exists(), "{page}");
    }
}

#[test]
fn what_is_configured_is_shown_with_where_it_is_from_and_is_what_happens() {
    let world = World::new();
    let file = world.env.config_dir().join("config.toml");
    std::fs::write(&file, "agent = \"scripted\"\n").expect("a file");
    let shown = world.orc(&["--json", "config", "show", "--origin"]).success().json();
    assert_eq!((&shown[0]["key"], &shown[0]["value"]), (&"agent".into(), &"scripted".into()), "{shown}");
    assert_eq!(shown[0]["origin"], file.to_str().expect("a path"), "{shown}");
    let preview = world.orc(&["--json", "quick-deploy", "backend", "2", "--dry-run"]).success().json();
    assert_eq!(preview["members"][0]["profile"], "scripted", "{preview}");

    std::fs::write(&file, "agnet = \"scripted\"\n").expect("a file");
    let out = world.orc(&["config", "show"]).exits(78);
    assert!(out.stderr.contains("config.toml") && out.stderr.contains("agnet"), "{out:?}");
}

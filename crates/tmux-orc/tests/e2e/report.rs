//! A scripted team lives an incident; what the report says of it is held against the log, git and the agents' own record.

use std::fs;

use serde_json::Value;

use crate::world::{World, kill};

/// Runs a command as an agent does: by the environment that it was started with.
fn as_agent(world: &World, id: &str, arguments: &[&str]) {
    let output = world.command(arguments).env("TMUX_ORC_AGENT_ID", id).output().expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn git(world: &World, arguments: &[&str]) -> String {
    let mut git = world.env.command("git");
    git.arg("-C").arg(&world.repo).args(arguments);
    world.env.run(git, crate::world::SOON).success().stdout.trim().to_owned()
}

fn report(world: &World) -> Value {
    world.orc(&["pm", "report", "t", "--type", "incident", "--format", "json"]).success().json()
}

#[test]
fn the_report_of_a_lived_incident_is_what_the_log_and_git_say() {
    let world = World::new();
    let agents = world.deploy(3);
    let (backend, manager) = (&agents[0].id, &agents[2].id);
    world.orc(&["recovery", "start", "--emergency", "--session", "t"]).success();
    let declared = ["incident", "declare", "t", "Logins fail", "--severity", "sev1", "--started", "10m ago"];
    world.orc(&[&declared[..], &["--source", "alert"]].concat()).success();
    world.orc(&["team", "broadcast", "t", "CRITICAL: logins fail\nsince 10 minutes", "--wait=60s"]).success();
    fs::write(world.repo.join("error.log"), "pool exhausted\npassword=hunter2xyz\n").expect("a file");
    let log = world.repo.join("error.log");
    let kept = ["incident", "evidence", "t", "the pool is empty", "--file", log.to_str().expect("UTF-8")];
    as_agent(&world, backend, &kept);
    as_agent(&world, backend, &["incident", "hypothesis", "t", "the pool is too small"]);
    as_agent(&world, backend, &["incident", "hypothesis", "t", "a leak on the error path"]);
    let ruled_out = ["incident", "hypothesis", "t", "it fills up at any size", "--of", "H1", "--verdict"];
    as_agent(&world, backend, &[&ruled_out[..], &["ruled-out", "--evidence", "E1"]].concat());
    as_agent(&world, manager, &["task", "add", "t", "look for leaks", "--to", "backend"]);
    git(&world, &["checkout", "-q", "-b", "hotfix/leak"]);
    fs::write(world.repo.join("fix.txt"), "released\n").expect("a file");
    git(&world, &["add", "fix.txt"]);
    git(&world, &["commit", "-q", "-m", "release the connection"]);
    let commit = git(&world, &["rev-parse", "HEAD"]);
    let proof = format!("commit:{commit}");
    let cause =
        ["incident", "mark", "t", "root_cause", "not released on the error path", "--hypothesis", "H2"];
    as_agent(&world, backend, &[&cause[..], &["--evidence", &proof]].concat());
    kill(&agents[1].process);
    world.wait_until_idle("t");
    world.kill_supervisor();
    world.orc(&["incident", "mark", "t", "mitigated", "rolled out"]).success();
    world.orc(&["incident", "mark", "t", "resolved", "over", "--by-hand", "no error for a minute"]).success();
    as_agent(&world, manager, &["incident", "narrative", "t", "summary", "Connections leaked [E1]."]);
    world.wait_until_idle("t");

    let report = report(&world);
    assert_eq!(report["header"]["severity"], "SEV1");
    assert_eq!(report["header"]["status"], "resolved");
    assert_eq!(report["header"]["noticed_by"], "monitoring");
    assert_eq!(report["hypotheses"][0]["verdict"], "ruled out");
    assert_eq!(report["hypotheses"][1]["verdict"], "confirmed");
    let listed = report["timeline"].as_array().expect("lines");
    let marked = listed.iter().find(|line| line["milestone"] == "root cause").expect("the cause");
    assert_eq!((marked["who"].as_str(), marked["standing"].as_str()), (Some("backend"), Some("counts")));
    assert!(
        marked["evidence"].as_array().expect("evidence").contains(&proof.into()),
        "git's own word: {marked}"
    );

    // Each line is an event of the log, at the time that the log has for it.
    let events = world.orc(&["events", "--team", "t", "--json"]).success().stdout;
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let event = |seq: &Value| events.iter().find(|event| event["seq"] == *seq);
    for line in listed.iter().filter(|line| line["backdated"] == false && line["kind"] != "system") {
        let event = event(&line["seq"]).unwrap_or_else(|| panic!("{line} is no event of the team"));
        let (said, logged) = (line["at"].as_str().expect("a time"), event["at"].as_str().expect("a time"));
        assert_eq!(said[..19], logged[..19], "{line} and {event}");
    }
    let count = |kind: &str| events.iter().filter(|event| event["event"]["event"] == kind).count() as u64;
    assert_eq!(report["appendix"]["events"], events.len() as u64);
    let messages = &report["messages"];
    let sent: u64 =
        ["of_people", "of_agents", "of_system"].iter().filter_map(|it| messages[it].as_u64()).sum();
    assert_eq!(sent, count("message_accepted"));
    let fallen = &report["agents"][1];
    assert_eq!((fallen["falls"].as_u64(), fallen["launches"].as_u64()), (Some(1), Some(2)), "{fallen}");
    assert!(fallen["downtime"].as_f64().is_some_and(|down| down > 0.0), "{fallen}");
    let answers: u64 =
        report["agents"].as_array().expect("agents").iter().filter_map(|it| it["answers"].as_u64()).sum();
    assert_eq!(answers, count("agent_said"));
    let verified = world.json(&["log", "verify"]);
    assert_eq!(report["appendix"]["log"]["intact"], true);
    assert_eq!(report["appendix"]["log"]["head"], verified["head"], "nothing was said since");
    assert_eq!(report["appendix"]["redactions"]["named-secret"], 1, "{}", report["appendix"]);
    let notes = report["data_quality"].to_string();
    for words in ["Nobody said when it was detected", "Impact started was entered afterwards", "started anew"]
    {
        assert!(notes.contains(words), "{words} is not in {notes}");
    }

    // The schema is what is printed, and the same facts are on paper.
    let schema = world.orc(&["schema", "report"]).success().json();
    assert_eq!(schema["$id"], report["schema"]);
    for key in report.as_object().expect("an object").keys() {
        assert!(schema["properties"].get(key).is_some(), "{key} is not in the schema");
    }
    let text = world.orc(&["pm", "report", "t", "--type", "incident"]).success().stdout;
    let id = report["header"]["incident"].as_str().expect("an id");
    assert!(text.starts_with(&format!("# {id} – Logins fail\n")), "{text}");
    assert!(text.contains("**DRAFT by pm: draft, not reviewed**") && !text.contains("hunter2xyz"), "{text}");
    as_agent_cannot_accept(&world, manager);
    world.orc(&["incident", "accept", "t", "summary"]).success();
    let text = world.orc(&["pm", "report", "t"]).success().stdout;
    assert!(text.contains("*Drafted by pm, accepted by operator*"), "{text}");
}

fn as_agent_cannot_accept(world: &World, id: &str) {
    let accept = world.command(&["incident", "accept", "t", "summary"]).env("TMUX_ORC_AGENT_ID", id).output();
    assert_eq!(accept.expect("it runs").status.code(), Some(9), "an agent accepts nothing");
}

#[test]
fn a_report_goes_into_a_file_by_ones_own_template_and_warns_of_blame() {
    let world = World::new();
    world.deploy(2);
    let out = world.env.root().join("report.html");
    let path = out.to_str().expect("UTF-8");
    let said = world.orc(&["pm", "report", "t", "--format", "html", "--out", path]).success();
    assert_eq!(said.stdout, "", "it is in the file");
    let page = fs::read_to_string(&out).expect("the file");
    assert!(page.contains("retroactive record") && page.trim_end().ends_with("</html>"), "{page}");
    for kind in ["daily", "status"] {
        let text = world.orc(&["pm", "report", "t", "--type", kind]).success().stdout;
        assert!(text.contains(&format!("{kind} report of")), "{text}");
    }

    world.orc(&["incident", "note", "t", "backend should have seen it"]).success();
    let warned = world.orc(&["pm", "report", "t"]).success();
    assert!(warned.stderr.contains("\"should have\" (blame)"), "{}", warned.stderr);
    let strict = world.orc(&["pm", "report", "t", "--strict"]);
    assert_eq!(strict.code, 1, "{strict:?}");

    let folder = world.env.config_dir().join("reports");
    fs::create_dir_all(&folder).expect("a folder");
    let own = folder.join("incident.md");
    fs::write(&own, "{{ report.header.team }} has {{ report.agents|length }} agents\n").expect("a file");
    assert_eq!(world.orc(&["pm", "report", "t"]).success().stdout, "t has 2 agents\n");
    fs::write(&own, "first\n{{ report.no_such_thing }}\n").expect("a file");
    let broken = world.orc(&["pm", "report", "t"]);
    assert_eq!(broken.code, 78, "{broken:?}");
    assert!(broken.stderr.contains("reports/incident.md:2:"), "{}", broken.stderr);
    world.orc(&["pm", "report", "nobody"]).exits(3);
}

/// The report of an earlier incident is what it was when it was made, whatever the team did since.
#[test]
fn an_earlier_incident_of_a_team_keeps_its_report() {
    let world = World::new();
    let agents = world.deploy(2);
    let declare = |title: &str| {
        let words = ["incident", "declare", "t", title, "--severity", "sev2", "--started", "10m ago"];
        world.json(&words)["id"].as_str().expect("an id").to_owned()
    };
    let first = declare("Logins fail");
    world.send("t:0", "look at the pool");
    as_agent(&world, &agents[0].id, &["incident", "hypothesis", "t", "a leak on the error path"]);
    world.orc(&["incident", "mark", "t", "mitigated", "rolled back"]).success();
    world.orc(&["incident", "mark", "t", "resolved", "over", "--by-hand", "no error for a minute"]).success();
    world.orc(&["incident", "close", "t", "the review is written"]).success();
    world.wait_until_idle("t");
    let made = |format: &str, more: &[&str]| {
        let words = ["pm", "report", "t", "--type", "incident", "--format", format];
        world.orc(&[&words[..], more].concat()).success().stdout
    };
    let formats = ["json", "md", "html"];
    let before = formats.map(|format| made(format, &[]));
    let newest = formats.map(|format| made(format, &["--incident", &first.to_lowercase()]));
    for (plain, named) in before.iter().zip(&newest) {
        assert_same(plain, named);
    }

    let second = declare("Mails are late");
    assert_ne!(first, second);
    world.send("t:0", "look at the queue");
    as_agent(&world, &agents[0].id, &["incident", "hypothesis", "t", "the queue is full"]);
    world.orc(&["incident", "cancel", "t", "nothing was late"]).success();
    kill(&agents[0].process);
    world.kill_supervisor();
    for (format, before) in formats.iter().zip(&before) {
        assert_same(before, &made(format, &["--incident", &first]));
        let last = made(format, &[]);
        assert!(last.contains("Mails are late") && !last.contains("a leak on the error path"), "{last}");
        assert!(made(format, &["--incident", &second]).contains("Mails are late"));
    }
    let unknown = world.orc(&["pm", "report", "t", "--incident", "INC-1"]).exits(3);
    assert!(unknown.stderr.contains(&format!("there are: {first}, {second}")), "{unknown:?}");
    world.orc(&["pm", "report", "t", "--type", "daily", "--incident", &first]).exits(2);
}

/// Two reports are the same, apart from the lines that say when they were made.
#[track_caller]
fn assert_same(one: &str, other: &str) {
    assert_eq!(one.lines().count(), other.lines().count());
    let differ: Vec<(&str, &str)> =
        one.lines().zip(other.lines()).filter(|(one, other)| one != other).collect();
    let signs = ["\"to\": ", "\"generated_at\": ", " report of ", "· made ", "Derived from the event log"];
    let of_time = |line: &str| signs.iter().any(|sign| line.contains(sign));
    assert!(
        differ.len() <= 2 && differ.iter().all(|(one, other)| of_time(one) && of_time(other)),
        "{differ:#?}"
    );
}

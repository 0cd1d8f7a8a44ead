//! Teams that are slow on purpose: what slows each down is named first, with its figure and a command that acts on it. And a
//! team that is well, of which nothing is named and whose figures are those of the agents' own logs.

mod stopped;

use std::fs;
use std::path::Path;
use std::time::Duration;

use orc_testkit::wait_until;
use serde_json::Value;

use crate::dashboard::Watched;
use crate::world::{BINARY, SOON, World, scripted};

/// Thresholds of half a minute, on a machine that may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

impl World {
    fn performance(&self, team: &str) -> Value {
        self.json(&["monitor", "performance", "--session", team, "--analyze"])
    }

    /// What is named of a team, worst first. What the host is short of is no matter of the test: others use it, too.
    fn findings(&self, team: &str) -> Vec<Value> {
        let named = self.performance(team)["findings"].as_array().expect("findings").clone();
        named.into_iter().filter(|finding| !finding["team"].is_null()).collect()
    }

    /// Waits until something is named, which must be of this kind and about this agent.
    #[track_caller]
    fn first_finding(&self, kind: &str, agent: &str) -> Value {
        let first = wait_until(&format!("{kind} is named"), PATIENCE, || {
            let first = self.findings("t").into_iter().next();
            first.ok_or_else(|| format!("nothing is named: {}", self.performance("t")))
        });
        assert_eq!((&first["kind"], &first["agent"]), (&kind.into(), &agent.into()), "{first}");
        first
    }

    /// Waits until these are the kinds of all that is named, in this order; the first one.
    #[track_caller]
    fn named(&self, expected: &[&str]) -> Value {
        wait_until(&format!("{expected:?} are named"), PATIENCE, || {
            let findings = self.findings("t");
            let kinds: Vec<&Value> = findings.iter().map(|finding| &finding["kind"]).collect();
            if kinds == expected {
                Ok(findings.first().cloned().unwrap_or_default())
            } else {
                Err(format!("{findings:?}\n{}", self.last_events()))
            }
        })
    }

    /// Runs the command of a finding exactly as it is printed, as a shell does; what it prints.
    #[track_caller]
    fn does(&self, finding: &Value) -> String {
        let command = finding["command"].as_str().expect("a command");
        let mut shell = self.env.command("sh");
        shell.args(["-c", &format!("PATH='{}':\"$PATH\"; {command}", folder())]);
        self.env.run(shell, SOON).success().stdout
    }

    /// Types the command of a finding at the prompt of a shell in a terminal of 80 columns, and waits for the words.
    #[track_caller]
    fn does_in_a_terminal(&self, finding: &Value, words: &str) {
        let shell = format!("unset TMUX ENV; PATH='{}':\"$PATH\" PS1='> ' exec sh", folder());
        let terminal = Watched::open(self, (80, 24), &shell);
        terminal.shows(">");
        terminal.types(finding["command"].as_str().expect("a command"));
        terminal.press(&["Enter"]);
        terminal.shows(words);
    }
}

/// The folder in which a shell finds `tmux-orc`, as after an installation.
fn folder() -> &'static str {
    Path::new(BINARY).parent().and_then(Path::to_str).expect("a folder")
}

/// The words of the seed, on a team that is well.
#[test]
fn of_a_healthy_team_nothing_is_named_and_its_figures_are_those_of_the_agents() {
    let world = World::new();
    let agents = world.deploy_with(&["backend", "3", "--project-name", "perf-crisis", "--agent", "scripted"]);
    for agent in &agents {
        world.send(&agent.target, "DO: work 0.4\nDO: reply done");
    }
    world.wait_until_idle("perf-crisis");
    let turns = |figures: &Value| -> Vec<u64> {
        let agents = figures["teams"][0]["agents"].as_array().expect("agents");
        agents.iter().map(|agent| agent["turns"]["count"].as_u64().expect("a number")).collect()
    };
    let ended: Vec<u64> = agents.iter().map(|agent| agent.truth.of("turn_end").len() as u64).collect();
    let figures = world.performance("perf-crisis");
    assert_eq!(turns(&figures), ended, "{figures}");
    for (agent, figures) in agents.iter().zip(figures["teams"][0]["agents"].as_array().expect("agents")) {
        let taken = agent.truth.of("prompt").len() as u64;
        assert_eq!(figures["delivered"]["count"], taken, "{figures}");
        let longest =
            agent.truth.of("turn_end").iter().filter_map(|end| end["ms"].as_f64()).fold(0.0, f64::max);
        assert!(
            figures["turns"]["p95_seconds"].as_f64().expect("measured") * 1000.0 >= longest * 0.9,
            "{figures}"
        );
        let spent = figures["states"].as_array().expect("states").iter();
        let total: f64 = spent.map(|time| time["spent_seconds"].as_f64().expect("a time")).sum();
        let age = figures["age_seconds"].as_f64().expect("a time");
        assert!((total - age).abs() < 0.001, "{figures}");
        assert!(figures["usage"]["processes"].as_u64() >= Some(1), "{figures}");
        assert!(figures["usage"]["memory_bytes"].as_u64() > Some(0), "{figures}");
    }
    assert!(figures["host"]["memory_bytes"].as_u64() > Some(0), "{figures}");
    assert_eq!(world.findings("perf-crisis"), [] as [Value; 0]);
    // The log knows it, not the supervisor.
    world.kill_supervisor();
    assert_eq!(turns(&world.performance("perf-crisis")), ended);

    let shown = world.orc(&["monitor", "performance", "--session", "perf-crisis"]).success().stdout;
    for part in ["perf-crisis: 3 agents", "DELIVERED", "perf-crisis:2 pm", "host: "] {
        assert!(shown.contains(part), "no {part:?} in\n{shown}");
    }
    assert!(!shown.contains("findings"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let plain = world.json(&["monitor", "performance"]);
    assert!(plain.get("findings").is_none() && plain["teams"][0]["team"] == "perf-crisis", "{plain}");
    world.orc(&["monitor", "performance", "--session", "perf-crisi", "--analyze"]).exits(3);
}

#[test]
fn a_permission_that_nobody_gives_is_named_first_and_the_command_shows_it() {
    let world = World::new();
    world.deploy(3);
    world.send("t:1", "DO: ask make deploy");
    let first = world.first_finding("blocked", "t:1");
    let text = first["text"].as_str().expect("a text");
    assert!(text.starts_with("DevOps Engineer (t:1) blocked on a permission for "), "{first}");
    assert!(first["figure"]["for_seconds"].as_f64() >= Some(5.0), "{first}");
    let prompts = world.does(&first);
    assert!(prompts.contains("make deploy"), "{prompts}");
    let out = world.orc(&["monitor", "performance", "--session", "t", "--analyze"]).success().stdout;
    let command = out.lines().skip_while(|line| !line.contains("blocked on a permission")).nth(1);
    assert_eq!(command, Some("   tmux-orc agent prompts t:1"), "the command is a line of its own: {out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    world.orc(&["agent", "answer", "t:1", "--cancel"]).success();
    world.wait_until_idle("t");
    assert_eq!(world.findings("t"), [] as [Value; 0], "answered, it is no trouble any more");
}

#[test]
fn agents_that_rest_while_a_task_is_open_are_named_first() {
    let world = World::new();
    let agents = world.deploy(3);
    world.orc(&["task", "add", "t", "find the leak"]).success();
    world.send("t:1", "look at the load");
    let first = world.first_finding("starved", "t:0");
    assert!(first["text"].as_str().expect("a text").contains("T1 is open and nobody has it"), "{first}");
    // The command does what it says.
    world.does(&first);
    agents[0].truth.wait_for_prompt("Task T1 is yours");
}

#[test]
fn a_provider_that_lets_an_agent_wait_is_named_first() {
    let world = World::new();
    world.deploy(3);
    world.send("t:0", "DO: throttle 600");
    let first = world.first_finding("rate_limited", "t:0");
    let text = first["text"].as_str().expect("a text");
    assert!(text.contains("has waited for its provider for") && text.ends_with("(rate limit)"), "{first}");
    let status = world.status("t:0");
    assert_eq!(status["state"]["is"], "waiting_on_provider", "{status}");
    assert!(status["state"]["retry_at"].is_string(), "the agent says when it tries again: {status}");
    world.does_in_a_terminal(&first, "scripted agent");
}

/// Each order is the rest of the chain: eight messages of agents, of which each answers the one before.
#[test]
fn agents_that_answer_each_other_are_named_first() {
    let world = World::new();
    let agents = world.deploy(3);
    let chain: Vec<String> = (0..8).map(|n| format!("DO: send t:{} ", 1 - n % 2)).collect();
    world.send("t:0", &format!("{}enough", chain.concat()));
    wait_until("the chain has ended", SOON, || {
        let last = agents[0].truth.bodies("t:devops");
        if last.iter().any(|body| body == "enough") { Ok(()) } else { Err(format!("{last:?}")) }
    });
    let first = world.first_finding("looping", "t:backend");
    assert!(
        first["text"].as_str().expect("a text").contains("backend and devops of t answer each other"),
        "{first}"
    );
    assert_eq!(first["figure"]["count"], 8, "{first}");
    world.does(&first);
    agents[0].truth.wait_for_prompt("Stop answering each other");
}

#[test]
fn processes_that_take_the_memory_are_named_first() {
    let world = World::new();
    world.deploy(3);
    let end = world.env.root().join("enough");
    let hold = "head -c 700000000 /dev/zero; until [ -e";
    world.send(
        "t:1",
        &format!(
            "DO: run ({hold} '{}' ]; do sleep 0.05; done) | tail -c 700000000 > /dev/null",
            end.display()
        ),
    );
    let first = world.first_finding("memory_hungry", "t:1");
    assert!(first["figure"]["bytes"].as_u64() >= Some(512 << 20), "{first}");
    assert!(first["text"].as_str().expect("a text").contains("most in `tail`"), "{first}");
    world.does(&first);
    world.named(&[]);
    assert_eq!(world.status("t:1")["generation"], 2, "what ended holds nothing");
}

#[test]
fn a_queue_that_only_grows_is_named_first() {
    let world = World::new();
    // As an agent that takes nothing while it works.
    world.profile("scripted", &scripted("scripted", &[]).replace("busy = \"queue\"", "busy = \"wait\""));
    world.deploy(3);
    let end = world.env.root().join("enough");
    world.send("t:0", &format!("DO: run until [ -e '{}' ]; do sleep 0.05; done", end.display()));
    for n in 0..4 {
        world.post("t:0", &format!("message {n}"));
    }
    let first = world.first_finding("queue_growing", "t:0");
    assert_eq!(first["figure"]["count"], 4, "{first}");
    assert!(first["text"].as_str().expect("a text").contains("(the agent is working)"), "{first}");
    world.does_in_a_terminal(&first, "scripted agent");
    fs::write(&end, "").expect("a file");
    world.wait_until_idle("t");
    assert_eq!(world.findings("t"), [] as [Value; 0]);
}

/// What is down is said before everything else, and what it costs nobody is not.
#[test]
fn an_agent_that_nothing_brings_back_is_named_first() {
    let world = World::new();
    world.deploy(3);
    world.send("t:1", "DO: ask make deploy");
    world.first_finding("blocked", "t:1");
    world.post("t:0", "DO: crash exit 3");
    let down = world.named(&["down", "blocked"]);
    assert!(down["text"].as_str().expect("a text").contains("(status 3)"), "{down}");
    world.does(&down);
    wait_until("it is back", SOON, || {
        let status = world.status("t:0");
        if status["generation"] == 2 && status["was_ready"] == true {
            Ok(())
        } else {
            Err(status.to_string())
        }
    });
}

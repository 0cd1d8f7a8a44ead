//! The dashboard in a real terminal: tmux shows what a person would see, and presses their keys.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use orc_testkit::{Process, wait_until};
use serde_json::Value;

use crate::world::{BINARY, SOON, World, process};

/// A person's own terminal, most often with a dashboard in it.
pub(crate) struct Watched<'a> {
    world: &'a World,
    socket: PathBuf,
}

impl<'a> Watched<'a> {
    /// `monitor dashboard` with these arguments, in so many columns and rows.
    #[track_caller]
    fn start(world: &'a World, size: (u16, u16), environment: &str, arguments: &str) -> Self {
        let command = format!(
            "{environment} '{BINARY}' monitor dashboard {arguments}; echo \"it ended with $?\"; stty -a; exec cat"
        );
        Self::open(world, size, &command)
    }

    /// A terminal of so many columns and rows in which this runs.
    #[track_caller]
    pub(crate) fn open(world: &'a World, size: (u16, u16), command: &str) -> Self {
        static TERMINALS: AtomicU32 = AtomicU32::new(0);
        let name = format!("person-{}.sock", TERMINALS.fetch_add(1, Ordering::Relaxed));
        let watched = Self { world, socket: world.env.runtime_dir().join(name) };
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        watched.tmux(&["new-session", "-d", "-s", "person", "-x", &columns, "-y", &rows, command]);
        watched.tmux(&["set-option", "-g", "status", "off"]);
        watched.resize(size);
        watched
    }

    #[track_caller]
    fn tmux(&self, arguments: &[&str]) -> String {
        let mut command = self.world.env.command("tmux");
        command.args(["-u", "-f", "/dev/null", "-S"]).arg(&self.socket).args(arguments);
        self.world.env.run(command, Duration::from_secs(30)).success().stdout
    }

    #[track_caller]
    fn resize(&self, size: (u16, u16)) {
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        self.tmux(&["resize-window", "-t", "person", "-x", &columns, "-y", &rows]);
    }

    #[track_caller]
    pub(crate) fn shown(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-t", "person"])
    }

    /// Waits until the words are on the screen.
    #[track_caller]
    pub(crate) fn shows(&self, words: &str) -> String {
        wait_until(&format!("the dashboard shows {words:?}"), SOON, || {
            let shown = self.shown();
            if shown.contains(words) { Ok(shown) } else { Err(shown) }
        })
    }

    /// Waits until the words are gone.
    #[track_caller]
    fn shows_no_more(&self, words: &str) {
        wait_until(&format!("the dashboard no more shows {words:?}"), SOON, || {
            let shown = self.shown();
            if shown.contains(words) { Err(shown) } else { Ok(()) }
        });
    }

    #[track_caller]
    pub(crate) fn press(&self, keys: &[&str]) {
        for key in keys {
            self.tmux(&["send-keys", "-t", "person", key]);
        }
    }

    #[track_caller]
    pub(crate) fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-t", "person", "-l", text]);
    }

    /// The dashboard's own process: a child of the shell in the terminal.
    #[track_caller]
    fn process(&self) -> Process {
        let pid = self.tmux(&["display-message", "-p", "-t", "person", "#{pane_pid}"]);
        let shell: i32 = pid.trim().parse().expect("a pid");
        let of_shell = |it: &Process| it.parent == shell && it.command.contains("monitor dashboard");
        wait_until("the dashboard runs", SOON, || {
            self.world.env.processes().into_iter().find(of_shell).ok_or_else(|| self.shown())
        })
    }

    /// What the terminal is left with.
    #[track_caller]
    fn is_given_back(&self, status: &str) {
        self.shows(&format!("it ended with {status}"));
        let shown = self.shows("extproc");
        assert!(shown.contains(" icanon") && shown.contains(" echo"), "keys are lines again: {shown}");
        let flags = self.tmux(&[
            "display-message",
            "-p",
            "-t",
            "person",
            "#{alternate_on} #{mouse_any_flag} #{cursor_flag}",
        ]);
        assert_eq!(flags.trim(), "0 0 1", "screen, mouse and cursor are the person's again");
    }
}

#[test]
fn it_shows_the_team_in_every_size() {
    let world = World::new();
    world.deploy(3);
    let watched = Watched::start(&world, (120, 40), "", "--session t");
    let shown = watched.shows("● live");
    for words in ["backend", "devops", "pm", "idle", "✓ nothing waits for you", "a answer"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for size in [(60, 30), (200, 50), (80, 24), (30, 8), (120, 40)] {
        watched.resize(size);
        wait_until("the frame fits", SOON, || {
            let shown = watched.shown();
            let last = shown.lines().nth(usize::from(size.1) - 1).unwrap_or_default().to_owned();
            let ends = last.trim_end().ends_with("● live") && last.contains("quit");
            let fills = orc_width(last.trim_end()) == usize::from(size.0);
            if ends && fills || size.0 < 40 && last.contains("live") { Ok(()) } else { Err(shown) }
        });
    }
}

/// Columns of a text without wide characters.
fn orc_width(text: &str) -> usize {
    text.chars().count()
}

#[test]
fn a_dialog_is_answered_from_it_and_the_agent_gets_just_that() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    let watched = Watched::start(&world, (120, 40), "", "");
    watched.shows("nothing waits for you");
    let file = world.env.root().join("made-by-the-tool");
    world.send(&agent.target, &format!("DO: ask touch '{}'", file.display()));
    watched.shows("▶ WAITS FOR YOU  backend asks: permission");
    assert!(!file.exists(), "nothing was answered yet");
    watched.press(&["a"]);
    watched.shows("1 Yes");
    watched.press(&["1"]);
    wait_until("the tool ran", SOON, || if file.exists() { Ok(()) } else { Err(watched.shown()) });
    watched.shows("✓ nothing waits for you");
    let answers: Vec<Value> =
        agent.truth.of("permission").iter().map(|event| event["answer"].clone()).collect();
    assert_eq!(answers, ["asked", "approved"]);
    let prompts = agent.truth.prompts();
    assert_eq!(prompts.len(), 2, "the brief and the order, and no key became a prompt: {prompts:?}");
}

#[test]
fn what_is_typed_in_it_arrives_as_it_was_typed() {
    let world = World::new();
    let agents = world.deploy(3);
    let watched = Watched::start(&world, (100, 30), "", "--session t");
    watched.shows("● live");
    let text = "All hands: `$HOME` \"pool\" q?1 ünï 日本 !";
    watched.press(&["b"]);
    watched.shows("Message to the whole team");
    watched.types(text);
    watched.shows("日本 !");
    watched.press(&["Enter"]);
    for agent in &agents {
        agent.truth.wait_for_prompt(text);
    }
    watched.shows("✓ All hands");
    watched.press(&["Down", "s"]);
    watched.shows("Message to devops (t:1)");
    watched.types("only for you");
    watched.press(&["Enter"]);
    agents[1].truth.wait_for_prompt("only for you");
    world.wait_until_idle("t");
    for other in [&agents[0], &agents[2]] {
        assert!(
            !other.truth.prompts().iter().any(|prompt| prompt.contains("only for you")),
            "it went to one"
        );
    }
}

#[test]
fn it_outlives_the_supervisor_and_says_so() {
    let world = World::new();
    let agents = world.deploy(2);
    let watched = Watched::start(&world, (120, 30), "", "--session t");
    watched.shows("● live");
    let dashboard = watched.process();
    let killed = world.supervisor();
    world.kill_supervisor();
    // The last row of a frame is drawn last.
    let lost = watched.shows("✗ lost");
    assert!(lost.contains("supervisor LOST") && lost.contains("backend"), "what was known stays: {lost}");
    watched.press(&["?"]);
    watched.shows(" Keys ");
    watched.press(&["Escape"]);
    watched.shows("● live");
    watched.shows_no_more("supervisor LOST");
    assert_eq!(watched.process().pid, dashboard.pid, "it is the same dashboard");
    assert_ne!(world.supervisor().pid, killed.pid, "and another supervisor");
    let id = world.send(&agents[0].target, "after the fall");
    watched.shows("after the fall");
    agents[0].truth.wait_for_message(&id);
}

#[test]
fn a_supervisor_that_was_stopped_on_purpose_is_not_started_by_it() {
    let world = World::new();
    world.deploy(2);
    let watched = Watched::start(&world, (120, 30), "", "--session t");
    watched.shows("● live");
    world.orc(&["daemon", "stop"]).success();
    watched.shows("`tmux-orc daemon start`");
    // It has asked again several times by now, and the words are still those.
    watched.shows("LOST for 3.");
    world.wait_until_unreachable();
    world.orc(&["daemon", "start"]).success();
    watched.shows("● live");
}

#[test]
fn the_terminal_of_an_agent_and_back() {
    let world = World::new();
    let agents = world.deploy(2);
    let watched = Watched::start(&world, (120, 40), "", "--session t");
    watched.shows("● live");
    watched.press(&["t"]);
    watched.shows("Type a message");
    watched.types("by hand");
    watched.press(&["Enter"]);
    agents[0].truth.wait_for_prompt("by hand");
    watched.press(&["C-b", "d"]);
    let shown = watched.shows("back from t:0");
    assert!(
        shown.contains("AGENTS 2") && !shown.contains("Type a message"),
        "the dashboard is whole again: {shown}"
    );
    watched.shows("a person typed: by hand");
    watched.press(&["q"]);
    watched.is_given_back("0");
}

#[test]
fn a_restart_and_a_milestone_from_it() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    world.orc(&["incident", "declare", "t", "Logins fail", "--severity", "sev1"]).success();
    let watched = Watched::start(&world, (120, 40), "", "--session t");
    watched.shows("SEV1");
    watched.press(&["m"]);
    watched.shows("Which milestone was reached?");
    let number = wait_until("root cause has a number", SOON, || {
        let shown = watched.shown();
        let numbered = shown.lines().find_map(|line| line.split_once('│')?.1.split_once(" root cause"));
        numbered.map(|(number, _)| number.trim().to_owned()).ok_or_else(|| shown.clone())
    });
    watched.press(&[&number]);
    watched.shows("in what words?");
    watched.types("the error path leaks file:auth_handler.py#L234");
    watched.press(&["Enter"]);
    watched.shows("✓ root cause in");
    let incident = world.json(&["incident", "status", "t"]);
    let claims =
        incident["marks"].as_array().expect("marks").iter().filter(|it| it["milestone"] == "root_cause");
    assert_eq!(
        claims.map(|it| it["text"].clone()).collect::<Vec<_>>(),
        ["the error path leaks file:auth_handler.py#L234"]
    );

    watched.press(&["r"]);
    watched.shows("Start it again?");
    assert!(agent.process.is_alive(), "it is only asked");
    watched.press(&["f"]);
    wait_until("another process", SOON, || {
        let now = world.status("t:0");
        let pid = process_of(&now);
        if pid.is_some() && pid != Some(agent.process.pid) { Ok(()) } else { Err(now.to_string()) }
    });
    assert!(!agent.process.is_alive(), "the first one has ended");
    watched.shows("↻1");
}

fn process_of(status: &Value) -> Option<i32> {
    status["process"]["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok())
}

#[test]
fn no_color_means_none() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    world.send(&agent.target, "DO: ask true");
    let colours = |watched: &Watched<'_>| {
        watched.shows("WAITS FOR YOU");
        let cells = watched.tmux(&["capture-pane", "-e", "-p", "-t", "person"]);
        let sequences = cells.split("\u{1b}[").skip(1).filter_map(|rest| rest.split_once('m'));
        let codes = sequences.flat_map(|(codes, _)| codes.split(';').map(str::to_owned).collect::<Vec<_>>());
        codes
            .filter(|code| code.parse().is_ok_and(|code: u16| matches!(code, 30..=38 | 40..=48 | 90..=107)))
            .count()
    };
    let plain = Watched::start(&world, (120, 30), "NO_COLOR=1", "--session t");
    assert_eq!(colours(&plain), 0, "{}", plain.tmux(&["capture-pane", "-e", "-p", "-t", "person"]));
    plain.press(&["q"]);
    plain.is_given_back("0");
    plain.tmux(&["kill-server"]);
    let coloured = Watched::start(&world, (120, 30), "", "--session t");
    assert!(colours(&coloured) > 0, "the same frame has colours without it");
}

#[test]
fn the_terminal_is_given_back_to_whoever_ends_it() {
    let world = World::new();
    world.deploy(2);
    for end in ["key", "interrupt", "terminate"] {
        let watched = Watched::start(&world, (100, 50), "", "--session t");
        watched.shows("● live");
        match end {
            "key" => watched.press(&["q"]),
            "interrupt" => watched.press(&["C-c"]),
            _ => crate::stopped::signal(&watched.process(), rustix::process::Signal::TERM),
        }
        watched.is_given_back(if end == "key" { "0" } else { "130" });
        watched.tmux(&["kill-server"]);
    }
}

#[test]
fn a_team_is_chosen_when_there_are_several() {
    let world = World::new();
    world.deploy(2);
    world.deploy_with(&["backend", "2", "--project-name", "other", "--agent", "scripted"]);
    let watched = Watched::start(&world, (100, 24), "", "");
    watched.shows("TEAMS 2");
    watched.shows("▸ other");
    watched.press(&["Enter"]);
    watched.shows("AGENTS 2");
    watched.press(&["w"]);
    watched.shows("TEAMS 2");
    world.orc(&["team", "stop", "other", "--yes"]).success();
    watched.shows("stopped; the record stays");
}

#[test]
fn without_a_terminal_one_plain_frame_is_printed() {
    let world = World::new();
    let agent = world.deploy(2).swap_remove(0);
    world.send(&agent.target, "DO: reply the pool is full");
    wait_until("what the agent says is known", SOON, || {
        let said = world.orc(&["agent", "messages", "t"]).success().stdout;
        if said.contains("backend said") && said.contains("    the pool is full") {
            Ok(())
        } else {
            Err(said)
        }
    });
    let once = world.orc(&["monitor", "dashboard", "--session", "t"]).success();
    for words in ["backend", "pm", "the pool is full", "nothing waits for you"] {
        assert!(once.stdout.contains(words), "{words}: {}", once.stdout);
    }
    assert!(!once.stdout.contains('\u{1b}') && !once.stdout.contains("broadcast"), "{}", once.stdout);
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(widest(&once.stdout) <= 100 && widest(&once.stdout) > 60, "{}", once.stdout);
    let mut narrow = world.command(&["monitor", "dashboard", "--session", "t", "--once"]);
    narrow.env("COLUMNS", "60");
    let narrow = world.env.run(narrow, SOON).success();
    assert!(widest(&narrow.stdout) <= 60, "{}", narrow.stdout);

    let data = world.json(&["monitor", "dashboard", "--session", "t", "--once"]);
    assert_eq!(data["team"]["agents"][0]["name"], "backend");
    assert_eq!(data["prompts"], serde_json::json!([]));
    assert!(data["messages"].to_string().contains("the pool is full"), "{data}");
    let wrong = world.orc(&["monitor", "dashboard", "--session", "tt"]);
    assert_eq!(wrong.code, 3, "{wrong:?}");
}

#[test]
fn a_supervisor_that_stands_still_holds_no_key_up() {
    let world = World::new();
    world.deploy(2);
    let watched = Watched::start(&world, (120, 30), "", "--session t");
    watched.shows("● live");
    let supervisor = world.supervisor();
    crate::stopped::signal(&supervisor, rustix::process::Signal::STOP);
    watched.press(&["?"]);
    watched.shows(" Keys ");
    watched.press(&["Escape"]);
    watched.shows("supervisor LOST");
    crate::stopped::signal(&supervisor, rustix::process::Signal::CONT);
    watched.shows("● live");
    assert_eq!(process(&world.json(&["daemon", "status"])["pid"]).pid, supervisor.pid, "it was not replaced");
}

use super::*;
use crate::script::Rule;

struct Bench {
    agent: Agent,
    now: Instant,
    effects: Vec<Effect>,
}

impl Bench {
    fn new(busy: Busy) -> Self {
        let script = Script { busy, rules: Vec::new() };
        Self { agent: Agent::new("a".into(), script, false), now: Instant::now(), effects: Vec::new() }
    }

    fn key(&mut self, input: Input) {
        self.agent.input(input, self.now);
        self.effects.extend(self.agent.take_effects());
    }

    fn submit(&mut self, text: &str) {
        self.key(Input::Paste(text.as_bytes().to_vec()));
        self.key(Input::Enter);
    }

    fn after(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.agent.tick(self.now);
        self.effects.extend(self.agent.take_effects());
    }

    /// The log so far as short words.
    fn log(&self) -> Vec<String> {
        let word = |effect: &Effect| match effect {
            Effect::Log(Event::Prompt { n, busy, .. }) => {
                Some(format!("prompt {n}{}", if *busy { " busy" } else { "" }))
            }
            Effect::Log(Event::TurnStart { n }) => Some(format!("start {n}")),
            Effect::Log(Event::TurnEnd { n, outcome, .. }) => Some(format!("{outcome} {n}")),
            Effect::Log(Event::Permission { command, answer, .. }) => Some(format!("{answer} {command}")),
            Effect::Log(Event::Interrupt { key, .. }) => Some(format!("{key}!")),
            Effect::Run(run) => Some(format!("run {}", run.command)),
            Effect::Leave => Some("leave".to_owned()),
            _ => None,
        };
        self.effects.iter().filter_map(word).collect()
    }
}

#[test]
fn a_prompt_without_script_works_and_echoes() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("hello\nyou");
    assert_eq!(bench.agent.wake_at(bench.now), Some(bench.now + Duration::from_millis(50)));
    bench.after(50);
    assert_eq!(bench.log(), ["prompt 1", "start 1", "done 1"]);
    assert!(bench.effects.contains(&Effect::Hook(Hook::Stop { message: "ok: hello you".into() })));
    assert_eq!(bench.agent.wake_at(bench.now), None, "idle costs nothing");
}

#[test]
fn prompts_while_busy_run_in_order() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("DO: work 1");
    bench.submit("second");
    bench.submit("DO: work 1");
    assert_eq!(bench.agent.queued(), 2);
    bench.after(1000);
    bench.after(50);
    bench.after(1000);
    let expected = [
        "prompt 1",
        "start 1",
        "prompt 2 busy",
        "prompt 3 busy",
        "done 1",
        "start 2",
        "done 2",
        "start 3",
        "done 3",
    ];
    assert_eq!(bench.log(), expected);
}

#[test]
fn steering_aborts_the_turn() {
    let mut bench = Bench::new(Busy::Steer);
    bench.submit("DO: work 100");
    bench.submit("now this");
    bench.after(50);
    assert_eq!(bench.log(), ["prompt 1", "start 1", "prompt 2 busy", "steered 1", "start 2", "done 2"]);
}

#[test]
fn a_message_at_a_dialog_is_lost_and_its_enter_approves() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("DO: ask rm x");
    bench.submit("please\nlook at this");
    assert_eq!(bench.log(), ["prompt 1", "start 1", "asked rm x", "approved rm x", "run rm x"]);
    assert!(bench.agent.composer.is_empty());
    bench.agent.child_ended("gone", Some(0), bench.now);
    bench.after(0);
    assert_eq!(bench.log().last().unwrap(), "done 1");
}

#[test]
fn a_dialog_is_denied_by_2_escape_and_ctrl_c() {
    for (key, by) in
        [(Input::Char('2'), "denied rm x"), (Input::Escape, "denied rm x"), (Input::Ctrl('c'), "ctrl-c!")]
    {
        let mut bench = Bench::new(Busy::Queue);
        bench.submit("DO: ask rm x\nDO: reply never");
        bench.key(Input::Char('y'));
        bench.key(key);
        assert!(bench.log().contains(&by.to_owned()), "{:?}", bench.log());
        assert!(bench.agent.turn.is_none());
    }
}

#[test]
fn escape_interrupts_and_what_waits_goes_on() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("DO: run sleep 100");
    bench.submit("next");
    bench.key(Input::Escape);
    assert!(bench.effects.contains(&Effect::StopChild));
    bench.after(50);
    let log = bench.log();
    assert_eq!(log[log.len() - 4..], ["esc!", "interrupted 1", "start 2", "done 2"]);
    bench.key(Input::Escape);
    assert_eq!(bench.log(), log, "Escape means nothing when idle");
}

#[test]
fn ctrl_c_clears_then_leaves() {
    let mut bench = Bench::new(Busy::Queue);
    bench.key(Input::Char('x'));
    bench.key(Input::Ctrl('c'));
    assert!(bench.agent.composer.is_empty() && bench.agent.may_leave());
    bench.after(1000);
    assert!(!bench.agent.may_leave());
    bench.key(Input::Ctrl('c'));
    assert!(bench.log().is_empty());
    bench.after(900);
    bench.key(Input::Ctrl('c'));
    assert_eq!(bench.log(), ["leave"]);
    bench.submit("too late");
    assert_eq!(bench.log(), ["leave"]);
}

#[test]
fn a_turn_waits_for_its_prompt_hook() {
    let mut bench = Bench::new(Busy::Queue);
    bench.agent = Agent::new("a".into(), Script::default(), true);
    bench.submit("DO: crash");
    bench.after(500);
    assert!(!bench.effects.contains(&Effect::Crash(Crash::Signal(rustix::process::Signal::KILL))));
    assert!(bench.agent.hooks_ended(bench.now) && !bench.agent.hooks_ended(bench.now));
    bench.after(0);
    assert_eq!(bench.effects.last(), Some(&Effect::Crash(Crash::Signal(rustix::process::Signal::KILL))));
}

#[test]
fn a_script_rule_decides() {
    let rules = vec![Rule { pattern: "*boom*".into(), steps: vec!["fail 529 overloaded".parse().unwrap()] }];
    let mut bench = Bench::new(Busy::Queue);
    bench.agent = Agent::new("a".into(), Script { busy: Busy::Queue, rules }, false);
    bench.submit("make boom!");
    assert_eq!(bench.log(), ["prompt 1", "start 1", "failed 1"]);
    assert!(bench.effects.contains(&Effect::Status(Status::Error("529 overloaded".into()))));
}

#[test]
fn a_flood_is_written_in_pieces() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("DO: flood 20000");
    bench.after(0);
    bench.after(0);
    bench.after(0);
    let sizes: Vec<_> = bench.effects.iter().filter(|effect| matches!(effect, Effect::Flood(_))).collect();
    assert_eq!(sizes, [&Effect::Flood(8192), &Effect::Flood(8192), &Effect::Flood(3616)]);
    assert_eq!(bench.log().last().unwrap(), "done 1");
}

#[test]
fn what_a_command_found_out_is_said_and_told_to_the_next() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("look\nDO: set LINE grep\nDO: run edit\nDO: reply line ${LINE}");
    bench.agent.child_ended("234\n", Some(0), bench.now);
    bench.after(0);
    let Some(Effect::Run(edit)) = bench.effects.iter().rfind(|effect| matches!(effect, Effect::Run(_)))
    else {
        panic!("nothing runs: {:?}", bench.effects)
    };
    assert_eq!((edit.command.as_str(), edit.known["LINE"].as_str()), ("edit", "234"));
    assert!(edit.prompt.starts_with("look\n"), "{edit:?}");
    bench.agent.child_ended("", Some(0), bench.now);
    bench.after(0);
    assert!(bench.effects.contains(&Effect::Hook(Hook::Stop { message: "line 234".into() })));
}

#[test]
fn what_a_tool_answered_is_known_afterwards() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("DO: call note {}\nDO: reply it said ${ANSWER}");
    bench.agent.child_ended("{\"event\":\"#7\"}\n", Some(0), bench.now);
    bench.after(0);
    assert!(
        bench.effects.contains(&Effect::Hook(Hook::Stop { message: "it said {\"event\":\"#7\"}".into() }))
    );
}

#[test]
fn a_command_that_finds_nothing_out_fails_the_turn_and_an_unknown_name_too() {
    for (prompt, code, outcome) in [
        ("DO: set LINE grep\nDO: reply never", Some(2), "failed 1"),
        ("DO: when test\nDO: reply never", Some(2), "failed 1"),
        ("DO: when test\nDO: reply never", None, "failed 1"),
        ("DO: when test\nDO: reply never", Some(1), "done 1"),
        ("DO: run test\nDO: reply ${LINE}", Some(0), "failed 1"),
    ] {
        let mut bench = Bench::new(Busy::Queue);
        bench.submit(prompt);
        bench.agent.child_ended("no such file", code, bench.now);
        bench.after(0);
        assert_eq!(bench.log().last().unwrap(), outcome, "{prompt}");
        let never = |effect: &Effect| matches!(effect, Effect::Remember(Role::Assistant, _));
        assert!(!bench.effects.iter().any(never), "{prompt}");
    }
}

#[test]
fn a_faster_agent_works_shorter() {
    let mut bench = Bench::new(Busy::Queue);
    bench.agent = Agent::new("a".into(), Script::default(), false).at_pace(10.0);
    bench.submit("DO: work 20");
    bench.after(1999);
    assert_eq!(bench.log(), ["prompt 1", "start 1"]);
    bench.after(1);
    assert_eq!(bench.log(), ["prompt 1", "start 1", "done 1"]);
}

#[test]
fn a_call_of_a_tool_and_its_answer_are_in_the_log_and_the_turn_goes_on() {
    let mut bench = Bench::new(Busy::Queue);
    bench.submit("DO: call note {\"text\": \"x\"}\nDO: reply done");
    let arguments = "{\"text\":\"x\"}".to_owned();
    assert!(bench.effects.contains(&Effect::Call { tool: "note".into(), arguments }), "{:?}", bench.effects);
    bench.agent.child_ended("denied: not you\n", Some(1), bench.now);
    bench.after(0);
    let called = Event::Called { n: 1, tool: "note".into(), ok: false, text: "denied: not you".into() };
    assert!(bench.effects.contains(&Effect::Log(called)), "{:?}", bench.effects);
    assert_eq!(bench.log().last().map(String::as_str), Some("done 1"));
    bench.submit("DO: call note");
    bench.key(Input::Escape);
    assert!(bench.effects.contains(&Effect::StopChild), "an interrupt ends a call");
}

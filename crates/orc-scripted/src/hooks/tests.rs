use super::*;
use rustix::event::{PollFd, PollFlags, poll};

/// Runs everything in the queue; the end of each hook is the end of the pipe it got from its parent.
fn drain(hooks: &mut Hooks) -> Vec<Ended> {
    let mut ended = hooks.step(Instant::now());
    while !hooks.is_idle() {
        match hooks.wants_write() {
            Some(fd) => {
                poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], None).unwrap();
            }
            None => {
                hooks.running.as_mut().unwrap().child.wait().unwrap();
            }
        }
        ended.extend(hooks.step(Instant::now()));
    }
    ended
}

fn hooks(script: &str) -> Hooks {
    let command = ["sh", "-c", script, "hook"].map(str::to_owned).to_vec();
    Hooks::new(command, "s-1".into(), None)
}

#[test]
fn hooks_run_in_order_with_their_input() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut hooks = hooks(&format!("printf '%s ' \"$1\" >> {0}; cat >> {0}; echo >> {0}", out.display()));
    hooks.push(Hook::SessionStart { resumed: false });
    hooks.push(Hook::UserPromptSubmit { prompt: "x".repeat(300_000) });
    hooks.push(Hook::Stop { message: "bye".into() });
    let ended = drain(&mut hooks);
    let events: Vec<_> = ended.iter().map(|ended| (ended.event, ended.code)).collect();
    assert_eq!(events, [("SessionStart", Some(0)), ("UserPromptSubmit", Some(0)), ("Stop", Some(0))]);
    let text = std::fs::read_to_string(&out).unwrap();
    let inputs: Vec<(String, Value)> = text
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(event, input)| (event.to_owned(), serde_json::from_str(input).unwrap()))
        .collect();
    assert!(inputs.iter().all(|(event, input)| input["hook_event_name"] == event.as_str()));
    assert_eq!(inputs[0].1["source"], "startup");
    assert_eq!(inputs[1].1["prompt"].as_str().unwrap().len(), 300_000);
    assert_eq!(inputs[2].1["last_assistant_message"], "bye");
}

#[test]
fn a_hook_that_does_not_read_or_fails_stops_nothing() {
    let mut hooks = hooks("exec <&-; exit 2");
    hooks.push(Hook::UserPromptSubmit { prompt: "x".repeat(300_000) });
    hooks.push(Hook::Stop { message: String::new() });
    let codes: Vec<_> = drain(&mut hooks).into_iter().map(|ended| ended.code).collect();
    assert_eq!(codes, [Some(2), Some(2)]);
}

#[test]
fn a_hook_over_its_time_is_killed() {
    let mut hooks = hooks("sleep 1000");
    hooks.push(Hook::Stop { message: String::new() });
    let now = Instant::now();
    assert_eq!(hooks.step(now), []);
    assert_eq!(hooks.wake_at(), Some(now + CAP));
    assert_eq!(hooks.step(now + CAP), [Ended { event: "Stop", code: None }]);
}

#[test]
fn no_command_means_no_hooks() {
    let mut hooks = Hooks::new(Vec::new(), "s".into(), None);
    hooks.push(Hook::SessionStart { resumed: true });
    assert!(hooks.is_idle());
}

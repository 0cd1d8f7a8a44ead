//! What really reached a scripted agent: its own log.

use std::path::PathBuf;

use orc_testkit::wait_until;
use serde_json::Value;

use crate::world::SOON;

/// The log of one launch.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    path: PathBuf,
}

impl Truth {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Every line so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        // The last line may be half written when it is read.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// The lines of one kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["ev"] == kind).collect()
    }

    /// Every prompt so far, exactly as it was submitted.
    pub(crate) fn prompts(&self) -> Vec<String> {
        let text = |event: Value| event["text"].as_str().expect("a text").to_owned();
        self.of("prompt").into_iter().map(text).collect()
    }

    /// The bodies of the messages from a sender, in the order of arrival. A prompt that holds anything but exactly one
    /// whole message fails the test.
    pub(crate) fn bodies(&self, from: &str) -> Vec<String> {
        let own = |prompt: &String| body(prompt, from);
        self.prompts().iter().filter_map(own).collect()
    }

    /// Waits until so many turns have ended.
    #[track_caller]
    pub(crate) fn wait_for_turns(&self, count: usize) {
        wait_until(&format!("{count} turns have ended"), SOON, || {
            let ended = self.of("turn_end").len();
            if ended >= count { Ok(()) } else { Err(format!("{ended}: {:?}", self.tail())) }
        });
    }

    /// Waits until a prompt that contains `part` is there, and gives it.
    #[track_caller]
    pub(crate) fn wait_for_prompt(&self, part: &str) -> String {
        wait_until(&format!("a prompt with {part:?} is there"), SOON, || {
            let found = self.prompts().into_iter().find(|prompt| prompt.contains(part));
            found.ok_or_else(|| format!("{:?}", self.tail()))
        })
    }

    /// Waits until the prompt with this message is there, and gives it.
    #[track_caller]
    pub(crate) fn wait_for_message(&self, id: &str) -> String {
        let head = format!("Message {id} ");
        wait_until(&format!("message {id} is there"), SOON, || {
            let found = self.prompts().into_iter().find(|prompt| prompt.starts_with(&head));
            found.ok_or_else(|| format!("{:?}", self.tail()))
        })
    }

    /// The last lines, for messages.
    fn tail(&self) -> Vec<String> {
        let events = self.events();
        let clip = |event: &Value| event.to_string().chars().take(300).collect();
        events[events.len().saturating_sub(6)..].iter().map(clip).collect()
    }
}

/// The body of a prompt that is one whole message from this sender; `None` when it is from somebody else.
fn body(prompt: &str, from: &str) -> Option<String> {
    let (head, rest) = prompt.split_once('\n').expect("a prompt has several lines");
    let id = head
        .strip_prefix("Message ")
        .and_then(|rest| rest.split(' ').next())
        .expect("a message begins with its id");
    let end = format!("\n(end of message {id})");
    let body =
        rest.strip_suffix(&end).unwrap_or_else(|| panic!("prompt does not end with {end:?}: {prompt:.300}"));
    assert!(!body.contains("(end of message "), "two messages in one prompt: {prompt:.500}");
    head.strip_prefix(&format!("Message {id} from {from}")).map(|_| body.to_owned())
}

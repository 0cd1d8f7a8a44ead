//! The scripted agents' own logs: what really reached them, and when they were at work.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::share::Span;

/// The steps of a turn in which the agent thinks or uses tools of its own; in the others it speaks to the orchestration.
const OWN_STEPS: [&str; 5] = ["work", "run", "set", "when", "reply"];

/// The log of each agent, over all its launches, by `team:name`.
#[derive(Debug)]
pub(super) struct Truth(BTreeMap<String, Vec<Value>>);

impl Truth {
    /// Reads the logs in a directory.
    pub(super) fn read(folder: &Path) -> std::io::Result<Self> {
        let mut logs = BTreeMap::new();
        for file in std::fs::read_dir(folder)? {
            let path = file?.path();
            let text = std::fs::read_to_string(&path)?;
            let events = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            logs.insert(name, events);
        }
        Ok(Self(logs))
    }

    /// The prompts of an agent, exactly as they were submitted.
    pub(super) fn prompts(&self, agent: &str) -> Vec<&str> {
        self.of(agent, "prompt").filter_map(|event| event["text"].as_str()).collect()
    }

    /// How often an agent was started.
    pub(super) fn starts(&self, agent: &str) -> usize {
        self.of(agent, "start").count()
    }

    /// The tools that an agent called with success, by name.
    pub(super) fn calls(&self, agent: &str) -> Vec<&str> {
        let called = self.of(agent, "called").filter(|event| event["ok"] == true);
        called.filter_map(|event| event["tool"].as_str()).collect()
    }

    /// Turns that failed, each with its agent.
    pub(super) fn failed_turns(&self) -> Vec<String> {
        let failed = |event: &&Value| event["ev"] == "turn_end" && event["outcome"] == "failed";
        let of = |(name, events): (&String, &Vec<Value>)| {
            events.iter().filter(failed).map(|event| format!("{name}: {}", event["n"])).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }

    fn of<'a>(&'a self, agent: &str, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.get(agent).into_iter().flatten().filter(move |event| event["ev"] == kind)
    }

    /// When agents were at work. An agent that was killed in a step worked until `killed_at`.
    pub(super) fn work(&self, killed_at: Option<u64>) -> Vec<Span> {
        self.0.values().flat_map(|events| work(events, killed_at)).collect()
    }
}

fn work(events: &[Value], killed_at: Option<u64>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut since = None;
    for event in events {
        let at = event["ts_ms"].as_u64().unwrap_or(0);
        let kind = event["ev"].as_str().unwrap_or_default();
        if !matches!(kind, "step" | "turn_end" | "exit" | "start") {
            continue;
        }
        if let Some(from) = since.take() {
            let end = if kind == "start" {
                killed_at.filter(|killed| (from..at).contains(killed)).unwrap_or(from)
            } else {
                at
            };
            spans.push(Span { from, to: end });
        }
        let own = kind == "step" && event["verb"].as_str().is_some_and(|verb| OWN_STEPS.contains(&verb));
        since = own.then_some(at);
    }
    spans
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_agent_works_in_its_own_steps_and_until_it_is_killed() {
        let step = |ts_ms: u64, verb: &str| json!({"ts_ms": ts_ms, "ev": "step", "n": 1, "verb": verb});
        let events = [
            json!({"ts_ms": 1, "ev": "turn_start", "n": 1}),
            step(10, "work"),
            step(20, "call"),
            step(50, "set"),
            json!({"ts_ms": 55, "ev": "key", "text": "x"}),
            json!({"ts_ms": 60, "ev": "turn_end", "n": 1}),
            step(70, "work"),
            json!({"ts_ms": 100, "ev": "start"}),
        ];
        let spans = [(10, 20), (50, 60), (70, 80)].map(|(from, to)| Span { from, to });
        assert_eq!(work(&events, Some(80)), spans);
    }
}

//! Which messages were accepted, and what the agents themselves say reached them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// What became of the messages of a round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    pub(crate) sent: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
}

impl Accounts {
    pub(crate) fn add(&mut self, other: &Accounts) {
        self.sent += other.sent;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }
}

/// A prompt as an agent's own log holds it.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    pub(crate) text: String,
    /// When, in milliseconds of the wall clock.
    pub(crate) at: i64,
}

/// Every prompt of all launches of an agent, in order.
pub(crate) fn prompts(agents: &Path, id: &str) -> Vec<Prompt> {
    let mut prompts = Vec::new();
    // Numbers may be missing: a launch that failed leaves none.
    let entries = std::fs::read_dir(agents.join(id)).into_iter().flatten().flatten();
    let number = |name: &str| name.strip_prefix("launch-")?.parse::<u32>().ok();
    let mut launches: Vec<u32> = entries.filter_map(|entry| number(entry.file_name().to_str()?)).collect();
    launches.sort_unstable();
    for launch in launches {
        let folder = agents.join(id).join(format!("launch-{launch}"));
        let text = std::fs::read_to_string(folder.join("truth.jsonl")).unwrap_or_default();
        // The last line may be half written.
        let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let values = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        prompts.extend(values.filter(|value| value["ev"] == "prompt").map(|value| Prompt {
            text: value["text"].as_str().unwrap_or_default().to_owned(),
            at: value["ts_ms"].as_i64().unwrap_or_default(),
        }));
    }
    prompts
}

/// The messages that a round sent, by id, with the agent that each is for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    sent: BTreeMap<String, String>,
}

impl Ledger {
    pub(crate) fn note(&mut self, message: &str, agent: &str) {
        self.sent.insert(message.to_owned(), agent.to_owned());
    }

    /// Those of which the agents do not know yet.
    pub(crate) fn missing(&self, agents: &Path) -> Vec<String> {
        let known = |(message, agent): &(&String, &String)| times(&prompts(agents, agent), message) == 0;
        self.sent.iter().filter(known).map(|(message, agent)| format!("{message} to {agent}")).collect()
    }

    pub(crate) fn accounts(&self, agents: &Path) -> Accounts {
        let times: Vec<usize> =
            self.sent.iter().map(|(message, agent)| times(&prompts(agents, agent), message)).collect();
        Accounts {
            sent: times.len(),
            lost: times.iter().filter(|times| **times == 0).count(),
            doubled: times.iter().filter(|times| **times > 1).count(),
        }
    }
}

/// How often a message was submitted to an agent.
fn times(prompts: &[Prompt], message: &str) -> usize {
    let head = format!("Message {message} ");
    prompts.iter().filter(|prompt| prompt.text.starts_with(&head)).count()
}

//! Many messages through few agents: nothing lost, nothing doubled, each sender's in order, by the agents' own logs.

use std::collections::BTreeMap;

use orc_api::request::{Recipients, Request, Send};
use orc_api::{Client, ClientError};

use super::Measured;
use super::figure::{Figure, Must};
use super::times::timed;
use super::world::{Effort, World, failed, until};
use crate::connect::runtime;
use crate::error::CliError;

const AGENTS: usize = 10;
const SENDERS: usize = 5;

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    world.keep_truth()?;
    world.team("ten", AGENTS)?;
    let each = effort.pick(10_000, 1000) / SENDERS;
    let (took, done) = timed(|| {
        let (sending, sent) = timed(|| runtime()?.block_on(senders(&world.client(), each)));
        sent?;
        drained(&world)?;
        Ok::<_, CliError>(sending)
    });
    let sending = done?;
    let total = each * SENDERS;
    let mut tally = Tally::default();
    for (agent, _) in world.launches()? {
        tally.read(&std::fs::read_to_string(world.truth(&agent))?);
    }
    let lost = total - tally.times.len();
    let doubled = tally.times.values().filter(|times| **times > 1).count();
    let wrong = lost + doubled + tally.misplaced;
    Ok(vec![
        Figure::new(
            format!("{total} messages through {AGENTS} agents: lost, doubled or out of order"),
            wrong as f64,
            "messages",
            Must::AtMost(0.0),
        )
        .note(format!("{lost} lost, {doubled} doubled, {} out of order", tally.misplaced)),
        Figure::new(
            "the same, handed over and acknowledged",
            total as f64 / took * 1000.0,
            "messages/s",
            Must::Anything,
        )
        .note(format!(
            "all accepted within {:.1} s, all read after {:.1} s",
            sending / 1000.0,
            took / 1000.0
        )),
    ])
}

/// Several senders at once, each to all agents in turn, each waiting for its own message to be accepted.
async fn senders(client: &Client, each: usize) -> Result<(), CliError> {
    let mut tasks = Vec::new();
    for sender in 0..SENDERS {
        let client = client.clone();
        tasks.push(tokio::spawn(async move {
            for number in 0..each {
                let to = Recipients::Agent(format!("ten:{}", number % AGENTS));
                let text = format!("sender {sender} number {number} of {each}");
                client.ask(&Request::Send(Send { to, text, repaired: 0, sender: None, key: None })).await?;
            }
            Ok::<_, ClientError>(())
        }));
    }
    for task in tasks {
        task.await.map_err(failed)??;
    }
    Ok(())
}

/// Waits for the end of the mail, as long as it goes on.
fn drained(world: &World) -> Result<(), CliError> {
    let mut left = queued(world)?;
    while left > 0 {
        let before = left;
        until("any progress", || {
            left = queued(world)?;
            std::thread::sleep(std::time::Duration::from_millis(100));
            Ok(left < before)
        })?;
    }
    world.settled("ten")
}

fn queued(world: &World) -> Result<usize, CliError> {
    let orc_api::Response::Team(team) = world.ask(&Request::TeamStatus { team: "ten".to_owned() })? else {
        return Err(super::super::unexpected());
    };
    Ok(team.agents.iter().map(|agent| agent.queued).sum())
}

/// What the agents say they were given.
#[derive(Default)]
struct Tally {
    times: BTreeMap<(usize, usize), usize>,
    misplaced: usize,
}

impl Tally {
    /// Takes in one agent's log.
    fn read(&mut self, log: &str) {
        let mut last: BTreeMap<usize, usize> = BTreeMap::new();
        for line in log.lines() {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            if value["ev"] != "prompt" {
                continue;
            }
            for (sender, number) in value["text"].as_str().unwrap_or_default().lines().filter_map(numbers) {
                *self.times.entry((sender, number)).or_default() += 1;
                let before = last.insert(sender, number);
                self.misplaced += usize::from(before.is_some_and(|before| before >= number));
            }
        }
    }
}

/// `sender 3 number 17 of 2000`
fn numbers(line: &str) -> Option<(usize, usize)> {
    let mut words = line.strip_prefix("sender ")?.split(' ');
    let sender = words.next()?.parse().ok()?;
    let number = words.nth(1)?.parse().ok()?;
    Some((sender, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_sees_doubles_and_disorder() {
        let prompt = |sender, number| {
            format!("{{\"ev\":\"prompt\",\"text\":\"head\\nsender {sender} number {number} of 9\\nend\"}}\n")
        };
        let log: String = [(0, 0), (1, 0), (0, 2), (0, 1), (0, 2)].map(|(s, n)| prompt(s, n)).concat();
        let mut tally = Tally::default();
        tally.read(&log);
        assert_eq!(tally.times.len(), 4);
        assert_eq!(tally.times[&(0, 2)], 2);
        assert_eq!(tally.misplaced, 1);
    }
}

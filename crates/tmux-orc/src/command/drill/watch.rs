//! While the person's own agents work: what they need the person for is told at once, with how to answer it; and now and then
//! what is waited for, and what each of them does.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use orc_api::{Request, Response};
use orc_core::team::AgentState;
use orc_core::view::{AgentView, PromptView};

use super::story::{TEAM, idle};
use super::world::World;
use crate::command::private::until_within;
use crate::command::unexpected;
use crate::duration::short;
use crate::error::CliError;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// Between two lines that say what is waited for.
const EVERY: Duration = Duration::from_secs(60);
/// What is over so soon nobody is told of: a question of trust is answered by itself.
const GRACE: Duration = Duration::from_secs(2);
/// Lines of a dialog that are shown.
const LINES: usize = 16;

/// Who looks after it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// What waits for the person, since when, and whether they have been told: a dialog by its id, else the agent.
    seen: BTreeMap<String, (Instant, bool)>,
}

impl Watch {
    /// Waits for something that the agents do.
    pub(super) fn wait(
        &mut self,
        world: &World,
        what: &str,
        patience: Duration,
        mut so: impl FnMut() -> Result<bool, CliError>,
    ) -> Result<(), CliError> {
        let begun = Instant::now();
        let mut next = begun + EVERY.min(patience / 3);
        let mut advised = false;
        until_within(what, patience, PAUSE, || {
            let agents = self.look(world)?;
            if Instant::now() >= next {
                next += EVERY;
                tell(world, what, patience.saturating_sub(begun.elapsed()), &agents);
                if !advised && agents.iter().all(idle) {
                    advised = true;
                    advise(world);
                }
            }
            so()
        })
    }

    /// Tells of what newly waits for the person.
    fn look(&mut self, world: &World) -> Result<Vec<AgentView>, CliError> {
        let Response::Team(team) = world.ask(&Request::TeamStatus { team: TEAM.to_owned() })? else {
            return Err(unexpected());
        };
        let Response::Prompts { prompts } = world.ask(&Request::Prompts { of: Some(TEAM.to_owned()) })?
        else {
            return Err(unexpected());
        };
        for prompt in prompts.iter().filter(|prompt| prompt.answering.is_none()) {
            if self.is_news(&prompt.prompt.to_string()) {
                ask(world, prompt);
            }
        }
        for AgentView { target, name, state, prompt, .. } in &team.agents {
            let AgentState::NeedsPerson { need } = state else {
                self.seen.remove(target);
                continue;
            };
            // A dialog that is listed is told above.
            if prompt.is_none() && self.is_news(target) {
                let orc = world.command().display().to_string();
                world.stage().fact(&format!("{name} needs you ({}), in its terminal:", need.name()));
                world.stage().hint(&format!("{orc} agent attach {target}"));
            }
        }
        Ok(team.agents)
    }

    /// Whether the person is to be told of it now: once, when it has waited long enough.
    fn is_news(&mut self, what: &str) -> bool {
        let (since, told) = self.seen.entry(what.to_owned()).or_insert_with(|| (Instant::now(), false));
        !*told && since.elapsed() >= GRACE && !std::mem::replace(told, true)
    }
}

fn ask(world: &World, prompt: &PromptView) {
    let PromptView { prompt: id, target, name, kind, text, asked, options, .. } = prompt;
    let (stage, orc) = (world.stage(), world.command().display().to_string());
    stage.fact(&format!("{name} waits for your answer ({}):", kind.name()));
    let wants = asked.as_ref().and_then(|asked| Some((&asked.tool, asked.longest()?)));
    let text = wants.map_or_else(|| text.clone(), |(tool, input)| format!("{tool}: {input}"));
    stage.printed(&text, LINES);
    for (at, option) in options.iter().enumerate() {
        stage.printed(&format!("  {}. {option}", at + 1), 1);
    }
    if !options.is_empty() {
        stage.hint(&format!("{orc} agent answer {target} 1 --prompt {id}    # or another of its numbers"));
    }
    stage.hint(&format!("{orc} agent attach {target}    # to look, and to answer there"));
}

/// A line that says what is waited for.
fn tell(world: &World, what: &str, left: Duration, agents: &[AgentView]) {
    let stage = world.stage();
    let does = |agent: &AgentView| format!("{} is {}", agent.name, agent.state.describe());
    let states = agents.iter().map(does).collect::<Vec<_>>().join(", ");
    let left = short(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
    stage.fact(&format!("still waiting for {what}, for {left} more: {states}"));
}

/// When nobody works on it any more.
fn advise(world: &World) {
    world.stage().line("           Nobody works on it any more. You can say what is missing:");
    world.stage().hint(&format!("{} agent send {TEAM}:pm \"...\"", world.command().display()));
}

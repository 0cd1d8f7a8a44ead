//! What still has to happen, derived from state and the observed world alone.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::digest::{Pace, due};
use crate::ids::{AgentId, Generation, MessageId, PromptId, TeamName};
use crate::profile::Busy;
use crate::recovery::schedule::{self, Next};
use crate::state::State;
use crate::team::{Agent, AgentState, TeamPhase};
use crate::time::{Moment, Timestamp};

/// What is seen but not recorded: it is observed anew after a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct World {
    /// By agent.
    pub live: BTreeMap<AgentId, Live>,
    /// The kernel's id of this boot; empty where it cannot be read.
    pub boot: String,
    /// The wall clock, for instants that people gave by it.
    pub wall: Timestamp,
    /// How soon managers are told what happens in their teams; nothing when they are not.
    pub pace: Option<Pace>,
    /// Since when there is something to tell, by team, in milliseconds of the boot clock.
    pub noticed: BTreeMap<TeamName, u64>,
}

impl World {
    /// Notes for which teams there is something to tell since when.
    pub fn notice(&mut self, state: &State, boot_millis: u64) {
        let full = |team: &TeamName| state.digests.get(team).is_some_and(|ledger| !ledger.is_empty());
        self.noticed.retain(|team, _| full(team));
        for team in state.digests.keys().filter(|team| full(team)) {
            if !self.noticed.contains_key(team) {
                self.noticed.insert(team.clone(), boot_millis);
            }
        }
    }
}

/// What is seen of one agent.
#[expect(clippy::struct_excessive_bools, reason = "each is seen by itself, in any combination")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Live {
    /// Its shim answers us.
    pub connected: bool,
    /// A person has an unfinished draft in its composer.
    pub draft: bool,
    /// A person has just typed into it.
    pub typing: bool,
    /// Its own status says that its turn has ended, which is about to be believed; or it may say so in a moment.
    pub ending: bool,
    /// The message that a door through its composer has refused: it goes by the keyboard.
    pub refused_by_door: Option<MessageId>,
    /// The prompt whose answer was accepted by this supervisor and not begun yet.
    pub answer: Option<PromptId>,
    /// No attempt before this instant, in milliseconds of the boot clock.
    pub not_before: u64,
    /// Why the last attempt did not begin.
    pub obstacle: Option<Hold>,
    /// Attempts in a row that typed nothing.
    pub in_vain: u32,
    /// Its composer was shown empty when the screen was last read.
    pub composer_free: bool,
}

/// After one attempt that typed nothing, in milliseconds; doubled after each further one.
const FIRST_PAUSE_MS: u64 = 400;
/// The longest pause.
const LONGEST_PAUSE_MS: u64 = 10_000;

impl Live {
    /// An attempt typed nothing: the next one follows ever later, so that what lasts fills neither the log nor a core.
    pub fn attempted_in_vain(&mut self, why: Hold, boot_millis: u64) {
        let pause = (FIRST_PAUSE_MS << self.in_vain.min(8)).min(LONGEST_PAUSE_MS);
        self.in_vain = self.in_vain.saturating_add(1);
        self.not_before = boot_millis + pause;
        self.obstacle = Some(why);
    }

    /// What was in the way may be gone: the next attempt follows at once.
    pub fn try_again(&mut self) {
        self.in_vain = 0;
        self.not_before = 0;
        self.obstacle = None;
    }

    /// The screen shows an empty composer, or does not: one that has become free is worth an attempt.
    pub fn see_composer(&mut self, free: bool) {
        if free && !self.composer_free {
            self.try_again();
        }
        self.composer_free = free;
    }
}

/// Something to do. The same effect planned twice is done once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Keep a connection to the shim and report what it sees.
    Watch {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
    },
    /// Hand over the first message of the agent's queue.
    Deliver {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The message.
        message: MessageId,
        /// The attempt that a killed supervisor or a dead agent left unfinished: it is verified, not repeated.
        unfinished: Option<u32>,
    },
    /// Type the answer to a prompt.
    Answer {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The prompt.
        prompt: PromptId,
    },
    /// Find out what became of an answer that a killed supervisor left unfinished; nothing is typed.
    SettleAnswer {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The prompt.
        prompt: PromptId,
    },
    /// End the agent's process.
    Stop {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
    },
    /// Make the new launch of an agent that is started again; what is left of the last one is ended first. A
    /// supervisor that was killed may have made it already.
    Launch {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
    },
    /// The new launch is ready: gather what it is to be told.
    Restore {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
    },
    /// Do what recovery has to do by now: [`crate::input::Input::Recover`].
    Recover,
    /// Tell a manager what gathered for it: [`crate::input::Input::Digest`].
    Digest {
        /// The manager.
        agent: AgentId,
    },
}

/// What to do now and when to look again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What to do, by agent.
    pub effects: Vec<Effect>,
    /// The instant at which the plan changes by itself, in milliseconds of the boot clock.
    pub wake_at: Option<u64>,
}

impl Plan {
    /// The plan changes by itself at this instant at the latest.
    fn look_again(&mut self, at: u64) {
        self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
    }
}

/// Why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The agent is being started again.
    Restarting,
    /// The agent is not running.
    NotRunning,
    /// It is still starting.
    Starting,
    /// Its shim does not answer at the moment.
    NotConnected,
    /// A turn is running and the agent has no queue of its own.
    Working,
    /// A turn is running that waits for the model provider, and the agent has no queue of its own.
    Provider,
    /// A turn is running that does not go on.
    Hung,
    /// Another program runs in its place.
    Replaced,
    /// A dialog waits for a person: whatever is typed there would answer it.
    Dialog,
    /// Nothing says that it can take a message.
    Unknown,
    /// A person is typing.
    PersonTyping,
    /// A person's unfinished draft is in the composer.
    Draft,
    /// No composer is shown.
    NoComposer,
    /// A text that nobody has sent yet stands in the composer.
    ComposerFull,
    /// A message that could not be entered, and was given up, stands in the composer. It is never cleared by us: who
    /// looks decides.
    LeftBehind,
    /// The text is so long that it goes by a file, and the file cannot be written.
    NotKept,
    /// The last attempt typed nothing; the next follows soon.
    Pause,
}

impl Hold {
    /// What a person can do, where nothing else will end it.
    pub fn hint(self, target: &str) -> Option<String> {
        let text = match self {
            Self::LeftBehind => "send the message that stands there with Enter, or clear it",
            Self::ComposerFull | Self::Draft => "send the text that stands there, or clear it",
            // Dialogs have a list of their own.
            Self::Dialog
            | Self::Restarting
            | Self::NotRunning
            | Self::Starting
            | Self::NotConnected
            | Self::Working
            | Self::Provider
            | Self::Hung
            | Self::Replaced
            | Self::Unknown
            | Self::PersonTyping
            | Self::NoComposer
            | Self::NotKept
            | Self::Pause => return None,
        };
        Some(format!("`tmux-orc agent attach {target}`: {text}; what waits for {target} follows"))
    }

    /// In words, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Restarting => "the agent is being started again",
            Self::NotRunning => "the agent is not running",
            Self::Starting => "the agent is starting",
            Self::NotConnected => "the agent's shim is being reconnected",
            Self::Working => "the agent is working",
            Self::Provider => "the agent waits for its model provider",
            Self::Hung => "the agent hangs",
            Self::Replaced => "a shell runs in the agent's place",
            Self::Dialog => "a dialog waits for a person",
            Self::Unknown => "nothing says that the agent can take it",
            Self::PersonTyping => "a person is typing",
            Self::Draft => "a person's draft is in the composer",
            Self::NoComposer => "no composer is shown",
            Self::ComposerFull => "an unsent text stands in the composer",
            Self::LeftBehind => "an earlier message stands unsent in the composer",
            Self::NotKept => "its file cannot be written",
            Self::Pause => "the last attempt typed nothing, trying again",
        }
    }
}

/// Why the agent cannot take a message now, if it cannot.
pub fn hold(agent: &Agent, live: Live, catalog: &Catalog, boot_millis: u64) -> Option<Hold> {
    let profile = catalog.profile(&agent.profile).map(|entry| &entry.profile);
    let busy_queue = profile.is_some_and(|p| p.busy == Busy::Queue);
    let busy_door = profile.is_some_and(|p| {
        let session = agent.native_session.is_some();
        p.doors.iter().any(|door| door.takes(&AgentState::Working, session, agent.doors))
    });
    if agent.restart.is_some() {
        return Some(Hold::Restarting);
    }
    if agent.launch.is_none() || agent.stopping {
        return Some(Hold::NotRunning);
    }
    if !live.connected {
        return Some(Hold::NotConnected);
    }
    let by_state = match &agent.state {
        AgentState::Idle | AgentState::FailedTurn { .. } => None,
        // In a moment it is idle, and what is typed is quicker than a door for busy agents.
        AgentState::Working if live.ending => Some(Hold::Working),
        AgentState::Working | AgentState::WaitingOnProvider { .. } if busy_queue || busy_door => None,
        AgentState::Working => Some(Hold::Working),
        AgentState::WaitingOnProvider { .. } => Some(Hold::Provider),
        AgentState::Hung { .. } => Some(Hold::Hung),
        AgentState::Replaced { .. } => Some(Hold::Replaced),
        AgentState::Starting => Some(Hold::Starting),
        AgentState::NeedsPerson { .. } => Some(Hold::Dialog),
        AgentState::Exited { .. } => Some(Hold::NotRunning),
        AgentState::Unknown => Some(Hold::Unknown),
    };
    by_state.or({
        if !agent.was_ready {
            Some(Hold::Starting)
        } else if agent.prompt.is_some() {
            Some(Hold::Dialog)
        } else if live.typing {
            Some(Hold::PersonTyping)
        } else if live.draft {
            Some(Hold::Draft)
        } else if boot_millis < live.not_before {
            Some(live.obstacle.unwrap_or(Hold::Pause))
        } else {
            None
        }
    })
}

/// Everything that is left to do.
pub fn plan(state: &State, world: &World, catalog: &Catalog, boot_millis: u64) -> Plan {
    let mut plan = Plan::default();
    for agent in state.agents.values() {
        let Some(team) = state.teams.get(&agent.team) else {
            continue;
        };
        let (id, generation) = (agent.id, agent.generation);
        let live = world.live.get(&id).copied().unwrap_or_default();
        if let Some(active) = agent.active
            && (live.connected || agent.launch.is_none() || active.generation != generation)
        {
            plan.effects.push(Effect::Deliver {
                agent: id,
                generation: active.generation,
                message: active.message,
                unfinished: Some(active.attempt),
            });
        }
        let runs = !agent.stopping && team.phase == TeamPhase::Running;
        if agent.launch.is_none() {
            // An attempt at the last launch is judged before there is another.
            if let Some(restart) = agent.restart.as_ref().filter(|_| runs && agent.active.is_none()) {
                plan.effects.push(Effect::Launch { agent: id, generation: restart.generation });
            }
            continue;
        }
        plan.effects.push(Effect::Watch { agent: id, generation });
        let replaced = agent.restart.as_ref().is_some_and(|restart| restart.generation != generation);
        if !runs || replaced {
            plan.effects.push(Effect::Stop { agent: id, generation });
            continue;
        }
        if agent.restart.is_some() && agent.was_ready {
            plan.effects.push(Effect::Restore { agent: id, generation });
        }
        if let Some(prompt) = agent.prompt.as_ref().filter(|p| p.answering.is_some() && live.connected) {
            let prompt = prompt.id;
            plan.effects.push(if live.answer == Some(prompt) {
                Effect::Answer { agent: id, generation, prompt }
            } else {
                Effect::SettleAnswer { agent: id, generation, prompt }
            });
        }
        let Some(message) = agent.queue.front().copied().filter(|_| agent.active.is_none()) else {
            continue;
        };
        match hold(agent, live, catalog, boot_millis) {
            None => plan.effects.push(Effect::Deliver { agent: id, generation, message, unfinished: None }),
            Some(_) if boot_millis < live.not_before => {
                plan.look_again(live.not_before);
            }
            Some(_) => {}
        }
    }
    match schedule::next(state, &Moment { boot: world.boot.clone(), millis: boot_millis }) {
        Next::Now => plan.effects.push(Effect::Recover),
        Next::At(at) => plan.look_again(at),
        Next::Open => {}
    }
    for team in state.teams.values() {
        match due::next(state, world, team, boot_millis) {
            due::Next::Now(agent) => plan.effects.push(Effect::Digest { agent }),
            due::Next::At(at) => plan.look_again(at),
            due::Next::Open => {}
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(live: &mut Live, count: usize) -> Vec<u64> {
        let mut one = |_| {
            live.attempted_in_vain(Hold::ComposerFull, 1000);
            live.not_before - 1000
        };
        (0..count).map(&mut one).collect()
    }

    #[test]
    fn attempts_in_vain_follow_ever_later_until_one_succeeds() {
        let mut live = Live::default();
        assert_eq!(pauses(&mut live, 7), [400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        live.in_vain = u32::MAX;
        assert_eq!(pauses(&mut live, 1), [10_000]);
        live.try_again();
        assert_eq!((live.not_before, live.obstacle), (0, None));
        assert_eq!(pauses(&mut live, 2), [400, 800]);
    }

    #[test]
    fn a_composer_that_becomes_free_ends_the_pause_and_one_that_is_free_does_not() {
        let mut live = Live::default();
        pauses(&mut live, 5);
        live.see_composer(false);
        assert!(live.not_before > 0);
        live.see_composer(true);
        assert_eq!(live.not_before, 0);
        assert_eq!(pauses(&mut live, 1), [400]);
        live.see_composer(true);
        assert!(live.not_before > 0, "a screen that says nothing new is no reason to try again");
    }
}

//! What an input means: the events that become facts, and the answer. No effects, no clock, no I/O.

use crate::check::Begun;
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::{AgentId, Generation, MessageId, PromptId, Seq, TeamName};
use crate::input::Input;
use crate::sent::fingerprint;
use crate::state::State;
use crate::team::{Agent, Doors, Source, Team, TeamPhase};
use crate::time::Timestamp;

mod checks;
mod deliveries;
mod digests;
mod launches;
mod prompts;
mod record;
mod recovery;
mod restarts;
mod ship;
mod sightings;
mod talk;
mod teams;

pub use checks::Beginning;
pub use teams::free_name;

/// What an input led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Decision {
    /// The new facts, in order; none when nothing changed.
    pub events: Vec<Event>,
    /// The answer to who asked.
    pub reply: Reply,
}

/// The answer to an input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reply {
    /// Done, or nothing to do.
    #[default]
    Ok,
    /// The input was about a launch or an attempt that is over; it changed nothing.
    Stale,
    /// It is refused.
    Refused(Refusal),
    /// These agents now belong to the team, in order.
    Added(Vec<AgentId>),
    /// The statement is on record once the events are durable.
    Recorded {
        /// The event: the last one, or the earlier one that said the same.
        seq: Seq,
        /// The number that what it is about was given, for example `H2`.
        id: Option<String>,
        /// It was said before and is not recorded twice.
        again: bool,
    },
    /// The check may run once the events are durable.
    Checking(Box<Begun>),
    /// The message is accepted once the events are durable.
    Accepted(MessageId),
    /// It was accepted before, under the same key: nothing is sent again.
    Repeated(MessageId),
    /// The answer to this prompt is about to be typed.
    Answering {
        /// The agent.
        agent: AgentId,
        /// The prompt.
        prompt: PromptId,
    },
    /// The attempt may begin, under this number.
    Begin {
        /// The attempt.
        attempt: u32,
    },
    /// The agent will be started again, as this launch.
    Restarting(Generation),
}

impl Decision {
    fn ok(events: Vec<Event>) -> Self {
        Self { events, reply: Reply::Ok }
    }

    fn nothing() -> Self {
        Self::default()
    }

    fn stale() -> Self {
        Self { events: Vec::new(), reply: Reply::Stale }
    }

    fn refused(refusal: Refusal) -> Self {
        Self { events: Vec::new(), reply: Reply::Refused(refusal) }
    }
}

/// Decides what an input means at `now`. Pure: the same arguments give the same answer.
pub fn decide(state: &State, input: Input, now: Timestamp) -> Decision {
    match input {
        Input::SupervisorStarted { pid, version } => {
            Decision::ok(vec![Event::SupervisorStarted { pid, version }])
        }
        Input::Record { team, by, live, at, entry } => {
            record::record(state, record::Saying { team, by, live, at }, *entry, now)
        }
        Input::SupervisorStopping { pid } => Decision::ok(vec![Event::SupervisorStopped { pid }]),
        Input::TmuxGone => Decision::ok(vec![Event::TmuxServerGone {}]),
        Input::ViewsRestored { count } => Decision::ok(vec![Event::ViewsRestored { count }]),
        Input::CreateTeam { team, kind, dir, members } => teams::create(state, team, kind, dir, members),
        Input::TeamDeployed { team, briefs, broadcast, incident } => {
            let incident = incident.map(|opening| record::opened(state, &team, opening, now));
            teams::deployed(state, &team, briefs, broadcast, incident.unwrap_or_default())
        }
        Input::AddAgent { team, member } => teams::add(state, &team, member),
        Input::AbortTeam { team, reason } => teams::abort(state, &team, reason, now),
        Input::RemoveAgent { agent, reason } => teams::remove(state, agent, reason, now),
        Input::ShipBegin { team, by, proposal } => ship::begin(state, team, by, proposal),
        Input::ShipStep { team, step, progress } => ship::step(state, team, step, progress),
        Input::ShipDone { team, published, author, live } => {
            ship::done(state, team, published, author, &live)
        }
        Input::ShipFailed { team, reason } => ship::failed(state, team, reason),
        Input::StopTeam { team } => teams::stop(state, &team, now),
        Input::Launched { agent, generation, launch } => launches::launched(state, agent, generation, launch),
        Input::Restart { agent, how, cause, why } => restarts::wanted(state, agent, how, cause, why),
        Input::RestartFailed { agent, generation, reason } => {
            restarts::failed(state, agent, generation, reason)
        }
        Input::Restored { agent, generation, detail, words } => {
            restarts::restored(state, agent, generation, detail, words, now)
        }
        Input::Ended { agent, generation, exit, last_words } => {
            launches::ended(state, agent, generation, exit, last_words, now)
        }
        Input::ProgramKnown { agent, generation, program } => {
            launches::program(state, agent, generation, program)
        }
        Input::SessionKnown { agent, generation, session } => {
            launches::session(state, agent, generation, session)
        }
        Input::Seen { agent, generation, state: seen, source, detail } => {
            sightings::seen(state, agent, generation, seen, source, detail, now)
        }
        Input::HookTaken { agent, generation, id, doors } => hook(state, agent, generation, id, doors),
        Input::Said { agent, source: Source::Screen, text, .. }
            if state.agent(agent).and_then(|found| found.overheard) == Some(fingerprint(&text)) =>
        {
            Decision::nothing()
        }
        Input::Said { agent, generation, text, source } => {
            words(state, agent, generation, Event::AgentSaid { agent, generation, text, source })
        }
        Input::Typed { agent, generation, text, source } => {
            words(state, agent, generation, Event::PersonPrompted { agent, generation, text, source })
        }
        Input::DialogSeen { agent, generation, shown, gone } => {
            prompts::seen(state, agent, generation, shown, gone, now)
        }
        Input::Asked { agent, generation, asked } => {
            words(state, agent, generation, Event::PermissionAsked { agent, generation, asked })
        }
        Input::Answer { agent, prompt, wanted, by } => prompts::answer(state, agent, prompt, wanted, by),
        Input::AnswerEnded { agent, prompt, typed } => prompts::ended(state, agent, prompt, typed),
        Input::Send { team, from, kind, to, text, key } => {
            deliveries::send(state, &team, from, kind, to, text, key, now)
        }
        Input::BeginDelivery { message, agent, generation, door } => {
            deliveries::begin(state, message, agent, generation, door)
        }
        Input::DeliveryRefused { message, agent, attempt, reason } => {
            deliveries::refused(state, message, agent, attempt, reason)
        }
        Input::DeliveryEnded { message, agent, attempt, outcome, door, source, detail } => {
            deliveries::ended(state, message, agent, attempt, outcome, door, source, detail, now)
        }
        Input::Taken { agent, generation, messages, source, detail } => {
            deliveries::taken(state, agent, generation, &messages, source, &detail, now)
        }
        Input::BeginCheck { team, by, beginning } => checks::begin(state, team, by, *beginning),
        Input::CheckEnded { team, run } => checks::ended(state, team, run),
        Input::StartRecovery { team, mode, hang_after_ms, by } => {
            recovery::start(state, team, mode, hang_after_ms, by)
        }
        Input::StopRecovery { team, by } => recovery::stop(state, team, by),
        Input::Digest { agent, live } => digests::make(state, agent, &live),
        Input::Recover { now } => Decision::ok(crate::recovery::schedule::due(state, &now)),
    }
}

/// A hook that was taken before is stale, and with it what it says. It may speak of the end of its launch.
fn hook(state: &State, agent: AgentId, generation: Generation, id: String, doors: Option<Doors>) -> Decision {
    match state.agent(agent) {
        Some(found) if !found.hooks.contains(&id) => {
            let of_now = found.generation == generation;
            let doors = doors.filter(|doors| of_now && *doors != found.doors);
            let unnamed = id.is_empty() && doors.is_none();
            let taken = Event::HookTaken { agent, generation, id, doors };
            Decision::ok(if unnamed { Vec::new() } else { vec![taken] })
        }
        _ => Decision::stale(),
    }
}

/// Words that were said are recorded as they are, if the launch still runs.
fn words(state: &State, agent: AgentId, generation: Generation, event: Event) -> Decision {
    match current(state, agent, generation) {
        Some(_) => Decision::ok(vec![event]),
        None => Decision::stale(),
    }
}

/// The agent in its current launch; anything older is stale.
fn current(state: &State, agent: AgentId, generation: Generation) -> Option<&Agent> {
    state.agent(agent).filter(|a| a.generation == generation && a.launch.is_some())
}

fn running<'a>(state: &'a State, team: &TeamName) -> Result<&'a Team, Refusal> {
    let missing = || {
        let known: Vec<&str> = state.teams.keys().map(TeamName::as_str).collect();
        let hint = if known.is_empty() {
            "there is no team yet: `tmux-orc quick-deploy backend 3`".to_owned()
        } else {
            format!("teams: {}", known.join(", "))
        };
        Refusal::new(Code::NotFound, format!("there is no team `{team}`"), hint)
    };
    let found = state.teams.get(team).ok_or_else(missing)?;
    match found.phase {
        TeamPhase::Running => Ok(found),
        TeamPhase::Stopping => Err(Refusal::new(
            Code::Conflict,
            format!("team `{team}` is being stopped"),
            "wait until it has stopped, then deploy it again",
        )),
        TeamPhase::Stopped => Err(Refusal::new(
            Code::Conflict,
            format!("team `{team}` has been stopped"),
            "its record is still there: `tmux-orc agent messages` and `tmux-orc events` show it",
        )),
    }
}

//! Agents that answer each other too often are stopped.

use super::Decision;
use crate::delivery::Sender;
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::AgentId;
use crate::state::State;
use crate::talk::{Limit, Limited, WINDOW_MS};
use crate::team::Team;
use crate::time::Timestamp;

/// The refusal of one more message of an agent where a limit is reached; the first time that is a fact.
pub(super) fn refusal(
    state: &State,
    team: &Team,
    from: &Sender,
    to: &[AgentId],
    now: Timestamp,
) -> Option<Decision> {
    let Sender::Agent { id, .. } = from else { return None };
    let limit = state.talk.get(&team.name)?.limit(team, *id, to, now)?;
    let Limit { between, count, known } = limit;
    let minutes = WINDOW_MS / 60_000;
    let whose = between.describe(state);
    let why = Refusal::new(
        Code::Limited,
        format!("{whose} have exchanged {count} messages within {minutes} minutes and are stopped"),
        "go on with your own task and put what you found on record (`tmux-orc task done`, `tmux-orc incident note`); the \
         operator and the manager have been told, and any message of a person lets you go on",
    );
    let limited = Limited { team: team.name.clone(), between, count, within_ms: WINDOW_MS };
    let mut decision = Decision::refused(why);
    decision.events.extend((!known).then_some(Event::TalkLimited(limited)));
    Some(decision)
}

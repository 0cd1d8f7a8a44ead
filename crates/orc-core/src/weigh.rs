//! What counts of all that sources say of an agent: the newest evidence, with exceptions. And the chain of evidence, as
//! `agent explain` shows it.

use serde::{Deserialize, Serialize};

use crate::team::{Agent, AgentState, Need, Said, Source};
use crate::time::Timestamp;

/// The frames that are drawn this long after the end of a turn, or after its question (milliseconds), may still show it.
const AFTERGLOW_MS: u64 = 1000;

/// Why a statement does not overrule what is known, if it does not.
pub fn objection(agent: &Agent, seen: &AgentState, source: Source, now: Timestamp) -> Option<&'static str> {
    let drawn = matches!(source, Source::Screen | Source::Title);
    let by = agent.evidence.source;
    let fresh = now.millis_since(agent.evidence.at) <= AFTERGLOW_MS;
    let failed = matches!(agent.state, AgentState::FailedTurn { .. });
    let login = *seen == AgentState::NeedsPerson { need: Need::Login };
    let when = |object: bool, why: &'static str| object.then_some(why);
    if drawn && agent.was_ready && *seen == AgentState::Starting {
        // Some agents blank their screen between two views.
        return Some("a start-up that is over does not come back");
    }
    if failed && *seen == AgentState::Idle {
        let shown = drawn && matches!(by, Source::Screen | Source::Title);
        return when(!shown, "that it rests does not undo that its last turn failed");
    }
    if matches!(agent.state, AgentState::Hung { .. }) && seen.is_turn() {
        return when(drawn, "a screen that shows a turn does not refute the proof that it hangs");
    }
    let replaced = |state: &AgentState| matches!(state, AgentState::Replaced { .. });
    if replaced(&agent.state) || replaced(seen) {
        // Where another program runs, all else speaks of the agent that was.
        let process = source == Source::Process;
        return when(!process, "whether another program runs there is known from the process alone");
    }
    if matches!(seen, AgentState::Hung { .. }) {
        let dialog_is_open = matches!(agent.state, AgentState::NeedsPerson { .. });
        return when(dialog_is_open, "it stands still because a person must act");
    }
    if drawn && by == Source::Hook && agent.state.takes_prompt() && seen.is_turn() {
        return when(fresh, "the screen shows a turn for a moment after the hook of its end");
    }
    let asks = matches!(agent.state, AgentState::NeedsPerson { .. }) && agent.dialog_drawn.is_none();
    if drawn && by == Source::Hook && asks && seen.is_turn() {
        return when(fresh, "the dialog of which the hook speaks is not drawn yet");
    }
    if drawn && by == Source::Hook && agent.state.is_turn() && login {
        return when(fresh, "the screen shows the last error for a moment after the hook of the next turn");
    }
    let ended_well = by > Source::Process && agent.state == AgentState::Idle;
    if drawn && ended_well && matches!(seen, AgentState::FailedTurn { .. }) {
        return Some("the agent itself says that the turn ended well");
    }
    against_status(agent, seen, source)
}

/// How long the agent's own status must say something that [`must_last`] before it is believed (milliseconds). Codex
/// 0.169.0 says for some 15 ms after the hook of a turn's end that it works.
pub const CONFIRM_MS: u64 = 150;

/// The same for an agent that says in a turn that it rests, and not that the turn is done, which is believed at once.
/// Codex 0.169.0 says so between its prompt and its turn, for 4 to 61 ms, on a busy machine for 250 ms.
pub const CONFIRM_REST_MS: u64 = 600;

/// Whether what the agent's own status says may be a blink: that a turn is over, or that one runs just after the hook of
/// its end.
pub fn must_last(agent: &Agent, seen: &AgentState, now: Timestamp) -> bool {
    let fresh = now.millis_since(agent.evidence.at) <= AFTERGLOW_MS;
    let ended = agent.state == AgentState::Idle && agent.evidence.source == Source::Hook && fresh;
    (agent.state.is_turn() && *seen == AgentState::Idle) || (ended && seen.is_turn())
}

/// What is drawn does not overrule the agent's own status, because some agents look idle while they stream; it may
/// still say that the start-up is over, that a dialog is open, or what a turn waits for. A hook does not end a turn of
/// which the status speaks: it fires a moment before the end.
fn against_status(agent: &Agent, seen: &AgentState, source: Source) -> Option<&'static str> {
    let own = agent.said.get(&Source::Status).map(|said| &said.state);
    let starting = matches!(agent.state, AgentState::Starting | AgentState::Unknown);
    let dialog = matches!(seen, AgentState::NeedsPerson { .. });
    let (object, why) = match source {
        Source::Screen | Source::Title | Source::Process => match own {
            Some(own) if own.is_turn() => {
                let told = starting || dialog || (seen.is_turn() && agent.state != AgentState::Idle);
                (!told, "the agent's own status speaks of a turn, which some agents do not show")
            }
            _ => {
                let by_status = agent.evidence.source == Source::Status;
                (by_status && !starting && !dialog, "the agent's own status outweighs its screen")
            }
        },
        Source::File if own.is_some() => (true, "what the agent tells its terminal is quicker than its file"),
        Source::Hook | Source::File => {
            let ends = agent.state.is_turn() && *seen == AgentState::Idle;
            (ends && own == Some(&AgentState::Working), "the agent's own status still speaks of a turn")
        }
        Source::Status | Source::None => (false, ""),
    };
    object.then_some(why)
}

/// How what a source said last stands to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The state follows it.
    Counts,
    /// It says the same.
    Agrees,
    /// It says something else, and something newer counts.
    Older,
    /// It says something else, is newer, and does not count.
    Contradicts,
}

/// One link of the chain of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// What the source said last.
    #[serde(flatten)]
    pub said: Said,
    /// How that stands to the state.
    pub standing: Standing,
    /// Why, in words.
    pub why: String,
}

/// The last word of each source of this launch: first what counts, then the others, the strongest source first.
pub fn chain(agent: &Agent) -> Vec<Heard> {
    let counts = Said { state: agent.state.clone(), evidence: agent.evidence.clone() };
    let others = agent.said.iter().rev().filter(|(source, _)| **source != agent.evidence.source);
    let mut chain: Vec<Heard> = others.map(|(_, said)| heard(agent, said)).collect();
    let newer = chain.iter().any(|heard| heard.standing == Standing::Contradicts);
    let why = if newer { "what is newer does not overrule it" } else { "it is the newest" };
    chain.insert(0, Heard { said: counts, standing: Standing::Counts, why: why.to_owned() });
    chain
}

/// How a statement stands to the state of an agent.
pub fn heard(agent: &Agent, said: &Said) -> Heard {
    let (standing, why) = if agent.state.agrees_with(&said.state) {
        (Standing::Agrees, "it says the same")
    } else if said.evidence.at < agent.evidence.at {
        (Standing::Older, "something newer counts")
    } else {
        let why = objection(agent, &said.state, said.evidence.source, said.evidence.at);
        (Standing::Contradicts, why.unwrap_or("it was just seen and is being weighed"))
    };
    Heard { said: said.clone(), standing, why: why.to_owned() }
}

//! What a tired person must find in one second: what waits for them, and what is broken. Worst first, longest first.

use orc_core::delivery::Sender;
use orc_core::ids::{AgentId, PromptId};
use orc_core::incident::Fact;
use orc_core::recovery::view::{AgentRecovery, Standing};
use orc_core::team::AgentState;
use orc_core::view::{AgentView, PromptView};

use super::model::{Board, Link, Model};
use super::work;

/// What kind of attention it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// What is shown may be old.
    Blind,
    /// Nothing goes on there until the person acts.
    Waits,
    /// It does not work.
    Broken,
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// How urgent.
    pub(super) urgency: Urgency,
    /// The agent, if it is one's.
    pub(super) agent: Option<AgentId>,
    /// The dialog, if it is one.
    pub(super) prompt: Option<PromptId>,
    /// Who.
    pub(super) who: String,
    /// What, in a few words.
    pub(super) what: String,
    /// Since when, in milliseconds since the epoch.
    pub(super) since: i64,
    /// What more there is to know.
    pub(super) more: String,
    /// What the person can do.
    pub(super) act: &'static str,
}

/// Everything that wants attention.
pub(super) fn items(model: &Model) -> Vec<Item> {
    let mut items: Vec<Item> = lost(model).into_iter().collect();
    let Some(board) = model.board.as_ref().filter(|board| !board.is_stopped()) else { return items };
    items.extend(board.prompts.iter().map(asks));
    items.extend(proposed(board));
    items.extend(paused(board));
    items.extend(work::broken(board).map(|(who, more, since)| Item {
        urgency: Urgency::Broken,
        agent: None,
        prompt: None,
        who: who.to_owned(),
        what: "failed".to_owned(),
        since,
        more,
        act: "",
    }));
    items.extend(board.team.agents.iter().filter_map(|agent| {
        let recovery = board.team.recovery.as_ref();
        let own = recovery.and_then(|it| it.agents.iter().find(|one| one.id == agent.id));
        of_agent(agent, own)
    }));
    items.sort_by_key(|item| (item.urgency, item.since));
    items
}

fn lost(model: &Model) -> Option<Item> {
    let Link::Lost { since, why } = &model.link else { return None };
    let since = model.clock.wall - i64::try_from(model.clock.run.saturating_sub(*since)).unwrap_or(0);
    Some(Item {
        urgency: Urgency::Blind,
        agent: None,
        prompt: None,
        who: "supervisor".to_owned(),
        what: "LOST".to_owned(),
        since,
        more: format!("{why}; what is shown is old, agents go on"),
        act: "",
    })
}

fn asks(prompt: &PromptView) -> Item {
    let tool = prompt.asked.as_ref().map(|asked| (asked.tool.clone(), asked.longest().unwrap_or_default()));
    let more = match (&prompt.answering, tool) {
        (Some(answer), _) => format!("being answered: {}", answer.choice.describe()),
        (None, Some((tool, whole))) if !whole.is_empty() => format!("{tool}: {whole}"),
        _ => prompt.text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" · "),
    };
    Item {
        urgency: Urgency::Waits,
        agent: Some(prompt.agent),
        prompt: Some(prompt.prompt),
        who: prompt.name.to_string(),
        what: format!("asks: {}", prompt.kind.name()),
        since: prompt.since.0,
        more,
        act: if prompt.options.is_empty() { "t terminal" } else { "a answer" },
    }
}

/// Actions that agents propose and nobody has decided on.
fn proposed(board: &Board) -> Vec<Item> {
    let said = board.incident.as_ref().map(|it| it.statements.as_slice()).unwrap_or_default();
    let open = said.iter().enumerate().filter(|(_, it)| it.retracted.is_none());
    open.filter_map(|(at, it)| {
        let Fact::ActionProposed { id, action, why, reach, .. } = &it.fact else { return None };
        let decided = said[at..].iter().any(|later| match &later.fact {
            Fact::Decided { text, .. } => {
                text.split(|c: char| !c.is_alphanumeric()).any(|word| word == id.to_string())
            }
            Fact::Confirmed { of } => *of == it.seq,
            _ => false,
        });
        let by = it.by.label();
        (!decided).then(|| Item {
            urgency: Urgency::Waits,
            agent: match &it.by {
                Sender::Agent { id, .. } => Some(*id),
                Sender::Operator | Sender::System => None,
            },
            prompt: None,
            who: by.rsplit_once(':').map_or(by, |(_, name)| name).to_owned(),
            what: format!("proposes {id} ({})", reach.name()),
            since: it.at.at.0,
            more: format!("{action} – {why}"),
            act: "s send",
        })
    })
    .collect()
}

fn paused(board: &Board) -> Option<Item> {
    let still = board.team.recovery.as_ref()?.paused.as_ref()?;
    Some(Item {
        urgency: Urgency::Waits,
        agent: None,
        prompt: None,
        who: "recovery".to_owned(),
        what: "is paused".to_owned(),
        since: still.since.0,
        more: still.reason.clone(),
        act: "recovery start",
    })
}

fn of_agent(agent: &AgentView, recovery: Option<&AgentRecovery>) -> Option<Item> {
    let item = |urgency, what: String, more: String, act| Item {
        urgency,
        agent: Some(agent.id),
        prompt: None,
        who: agent.name.to_string(),
        what,
        since: agent.since.0,
        more,
        act,
    };
    let standing = recovery.map(|it| &it.standing);
    let plan = standing.map(Standing::describe).unwrap_or_default();
    let by_itself = matches!(standing, Some(Standing::Planned { .. }));
    let fallen = |what: String| {
        let (act, more) = if by_itself {
            ("", plan.clone())
        } else {
            ("r restart", if plan.is_empty() { agent.evidence.detail.clone() } else { plan.clone() })
        };
        Some(item(Urgency::Broken, what, more, act))
    };
    match &agent.state {
        AgentState::Exited { exit } => fallen(format!("{}: {exit}", agent.state.word())),
        AgentState::Hung { proof, .. } => {
            Some(item(Urgency::Broken, "hangs".to_owned(), proof.clone(), "r restart"))
        }
        AgentState::Replaced { by } => fallen(format!("became {by}")),
        AgentState::FailedTurn { error } => {
            Some(item(Urgency::Broken, "turn failed".to_owned(), error.clone(), "s send"))
        }
        AgentState::NeedsPerson { need } if agent.prompt.is_none() => Some(item(
            Urgency::Waits,
            format!("needs you: {}", need.name()),
            agent.evidence.detail.clone(),
            "t terminal",
        )),
        _ if matches!(standing, Some(Standing::Broken(_))) => fallen("fell too often".to_owned()),
        _ => agent.hint.as_ref().map(|hint| {
            let what = agent.hold.clone().unwrap_or_default();
            item(Urgency::Waits, what, hint.clone(), "t terminal")
        }),
    }
}

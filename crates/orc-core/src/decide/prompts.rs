//! Dialogs open, are answered and close.

use super::{Decision, Reply, current};
use crate::dialog::{Shown, same};
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::{AgentId, Generation, PromptId};
use crate::prompt::{Answerer, Choice, Closed, NoSuchOption, Prompt, Wanted, option_named};
use crate::state::State;
use crate::team::{Agent, Evidence, Source};
use crate::time::Timestamp;

/// The way that answers take.
const KEYS: &str = "keys";

pub(super) fn seen(
    state: &State,
    agent: AgentId,
    generation: Generation,
    shown: Option<Shown>,
    gone: Closed,
    now: Timestamp,
) -> Decision {
    let Some(found) = current(state, agent, generation) else {
        return Decision::stale();
    };
    let open = found.prompt.as_ref();
    // Who types an answer looks itself, and says what it saw.
    if open.is_some_and(|open| open.answering.is_some()) {
        return Decision::nothing();
    }
    let is = |open: &Prompt, shown: &Shown| same((&open.text, &open.options), (&shown.text, &shown.options));
    if let (Some(open), Some(shown)) = (open, &shown)
        && is(open, shown)
    {
        return Decision::nothing();
    }
    let mut events: Vec<Event> =
        open.map(|open| Event::PromptClosed { agent, prompt: open.id, how: gone }).into_iter().collect();
    events.extend(shown.map(|shown| Event::PromptOpened {
        agent,
        generation,
        prompt: PromptId(state.last_prompt + 1),
        need: shown.kind,
        text: shown.text,
        options: shown.options,
        evidence: Evidence::new(Source::Screen, shown.evidence, now),
    }));
    Decision::ok(events)
}

pub(super) fn answer(
    state: &State,
    agent: AgentId,
    prompt: Option<PromptId>,
    wanted: Wanted,
    by: Answerer,
) -> Decision {
    let Some(found) = state.agent(agent) else {
        return Decision::stale();
    };
    if found.by_policy && matches!(by, Answerer::Policy { .. }) {
        return Decision::stale();
    }
    match answerable(found, prompt).and_then(|open| Ok((open.id, choice(found, open, wanted)?))) {
        Ok((prompt, answer)) => {
            let generation = found.generation;
            Decision {
                events: vec![Event::AnswerStarted { agent, generation, prompt, answer, by }],
                reply: Reply::Answering { agent, prompt },
            }
        }
        Err(refusal) => Decision::refused(refusal),
    }
}

/// The prompt that can be answered now.
fn answerable(agent: &Agent, meant: Option<PromptId>) -> Result<&Prompt, Refusal> {
    let conflict = |message: String, hint: String| Err(Refusal::new(Code::Conflict, message, hint));
    let target = format!("{}:{}", agent.team, agent.index);
    let list = format!("`tmux-orc agent prompts {}` lists what is open", agent.team);
    if agent.launch.is_none() {
        return conflict(format!("{target} has ended: it asks nothing any more"), list);
    }
    match (&agent.prompt, meant) {
        (None, Some(meant)) => conflict(format!("{meant} is not open any more"), list),
        (None, None) => conflict(format!("{target} asks nothing at the moment"), list),
        (Some(open), Some(meant)) if open.id != meant => {
            conflict(format!("{meant} is not open any more; {target} now asks {}", open.id), list)
        }
        (Some(open), _) => match &open.answering {
            Some(answering) => conflict(
                format!(
                    "{} is being answered already: {} by {}",
                    open.id,
                    answering.choice.describe(),
                    answering.by.describe()
                ),
                list,
            ),
            None => Ok(open),
        },
    }
}

fn choice(agent: &Agent, open: &Prompt, wanted: Wanted) -> Result<Choice, Refusal> {
    let name = match wanted {
        Wanted::Cancel => return Ok(Choice::Cancel {}),
        Wanted::Option(name) => name,
    };
    if open.options.is_empty() {
        return Err(Refusal::new(
            Code::Conflict,
            format!("the options of {} cannot be read from the screen", open.id),
            format!(
                "answer it in the agent's terminal: `tmux-orc agent attach {}:{}`",
                agent.team, agent.index
            ),
        ));
    }
    let listed = || {
        let numbered = open.options.iter().enumerate().map(|(at, label)| format!("{}. {label}", at + 1));
        numbered.collect::<Vec<_>>().join(" · ")
    };
    match option_named(&open.options, &name) {
        Ok(index) => Ok(Choice::Option { number: index + 1, label: open.options[index].clone() }),
        Err(NoSuchOption::None) => {
            Err(Refusal::new(Code::NotFound, format!("{} has no option `{name}`", open.id), listed()))
        }
        Err(NoSuchOption::Several) => Err(Refusal::new(
            Code::BadRequest,
            format!("several options of {} begin with `{name}`", open.id),
            listed(),
        )),
    }
}

pub(super) fn ended(state: &State, agent: AgentId, prompt: PromptId, typed: Result<u32, String>) -> Decision {
    let open = state.agent(agent).and_then(|found| found.prompt.as_ref()).filter(|open| open.id == prompt);
    let Some(answering) = open.and_then(|open| open.answering.clone()) else {
        return Decision::stale();
    };
    Decision::ok(match typed {
        Ok(presses) => {
            let (answer, by, door) = (answering.choice, answering.by, KEYS.to_owned());
            vec![
                Event::PromptAnswered { agent, prompt, answer, by, door, presses },
                Event::PromptClosed { agent, prompt, how: Closed::AnsweredHere },
            ]
        }
        Err(reason) => vec![Event::AnswerFailed { agent, prompt, reason }],
    })
}

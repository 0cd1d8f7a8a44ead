//! What the person does to a team.

use crossterm::event::KeyCode;
use orc_api::Request;
use orc_api::request::{AnswerPrompt, Answered, Recipients, Record, Send};
use orc_core::ids::{AgentId, EvidenceId, PromptId};
use orc_core::incident::entry::{Claim, Entry};
use orc_core::incident::{Milestone, When};
use orc_core::restart::Comeback;

use super::super::attention::items;
use super::super::edit::Edit;
use super::super::message::Command;
use super::super::model::{Ask, Look, Model, Mood, Overlay, Scope};
use super::say;

fn request(request: Request) -> Vec<Command> {
    vec![Command::Act(Box::new(request))]
}

/// The team on which something is done; says so when there is none that runs.
fn team(model: &mut Model) -> Option<String> {
    let board = model.board.as_ref()?;
    if board.is_stopped() {
        let team = &board.team.team;
        let text = format!("team {team} has stopped: its record can be read, nothing can be done to it");
        say(model, Mood::Bad, text);
        return None;
    }
    Some(board.team.team.to_string())
}

/// Enter: into the chosen team, or all of the chosen agent.
pub(super) fn open(model: &mut Model) -> Vec<Command> {
    if model.scope == Scope::Teams {
        let Some(team) = model.teams.get(model.team_row) else { return Vec::new() };
        return show(model, Scope::Team(team.team.to_string()));
    }
    model.overlay = model.selected.map(Overlay::Agent);
    Vec::new()
}

/// Back to the list of teams.
pub(super) fn show_teams(model: &mut Model) -> Vec<Command> {
    if model.scope == Scope::Teams { Vec::new() } else { show(model, Scope::Teams) }
}

fn show(model: &mut Model, scope: Scope) -> Vec<Command> {
    *model = Model {
        teams: std::mem::take(&mut model.teams),
        team_row: model.team_row,
        link: model.link.clone(),
        zone: model.zone.clone(),
        look: Look { stale: true, under_way: false },
        ..Model::new(scope.clone(), model.palette, model.clock, model.size)
    };
    vec![Command::Follow(scope)]
}

/// Opens the dialog of the selected agent, else the one that has waited longest.
pub(super) fn answer(model: &mut Model) {
    let own = model.selected().and_then(|agent| agent.prompt);
    let own = own.filter(|id| model.prompt(*id).is_some());
    let longest = || items(model).into_iter().find_map(|item| item.prompt);
    match own.or_else(longest) {
        Some(id) => model.overlay = Some(Overlay::Prompt(id)),
        None => say(model, Mood::Good, "no dialog waits for you".to_owned()),
    }
}

/// A key while a dialog is shown.
pub(super) fn in_prompt(model: &mut Model, id: PromptId, code: KeyCode) -> Vec<Command> {
    let Some(prompt) = model.prompt(id) else { return Vec::new() };
    let (agent, options, target) = (prompt.agent, prompt.options.len(), prompt.target.clone());
    let give = |answer| {
        let sender = None;
        request(Request::Answer(AnswerPrompt {
            agent: target.clone(),
            prompt: Some(id.to_string()),
            answer,
            sender,
        }))
    };
    match code {
        KeyCode::Char(digit @ '1'..='9') => {
            let number = digit.to_digit(10).unwrap_or(0) as usize;
            if number <= options {
                say(model, Mood::Good, format!("answering {id} with {number} …"));
                return give(Answered::Option(number.to_string()));
            }
            model.overlay = Some(Overlay::Prompt(id));
            say(model, Mood::Bad, format!("{id} has no option {number}"));
        }
        KeyCode::Char('x') if options > 0 => return give(Answered::Cancel),
        KeyCode::Char('t') => {
            model.selected = Some(agent);
            return terminal(model);
        }
        KeyCode::Char('n') | KeyCode::Tab => {
            let all: Vec<PromptId> = items(model).into_iter().filter_map(|item| item.prompt).collect();
            let next = all.iter().position(|it| *it == id).map_or(0, |at| (at + 1) % all.len());
            model.overlay = all.get(next).map(|id| Overlay::Prompt(*id));
        }
        KeyCode::Esc | KeyCode::Char('q') => {}
        _ => model.overlay = Some(Overlay::Prompt(id)),
    }
    Vec::new()
}

/// Asks for a message to the selected agent.
pub(super) fn send(model: &mut Model) {
    if team(model).is_none() {
        return;
    }
    let to = model.selected().map(|agent| (agent.target.clone(), agent.name.to_string()));
    if let Some((target, name)) = to {
        model.overlay = Some(Overlay::Input { ask: Ask::Send { target, name }, edit: Edit::default() });
    }
}

/// Asks for a message to everybody.
pub(super) fn broadcast(model: &mut Model) {
    if team(model).is_some() {
        model.overlay = Some(Overlay::Input { ask: Ask::Broadcast, edit: Edit::default() });
    }
}

/// Into the terminal of the selected agent.
pub(super) fn terminal(model: &mut Model) -> Vec<Command> {
    if team(model).is_none() {
        return Vec::new();
    }
    model.selected().map(|agent| vec![Command::Attach(agent.target.clone())]).unwrap_or_default()
}

/// Asks whether the selected agent is to be started again.
pub(super) fn restart(model: &mut Model) {
    if team(model).is_some() {
        model.overlay = model.selected().map(|agent| Overlay::Restart(agent.id));
    }
}

/// A key while that is asked.
pub(super) fn in_restart(model: &mut Model, id: AgentId, code: KeyCode) -> Vec<Command> {
    let Some(agent) = model.agent(id).map(|agent| agent.target.clone()) else { return Vec::new() };
    let how = match code {
        KeyCode::Char('c') => Comeback::Resume,
        KeyCode::Char('b') => Comeback::Brief,
        KeyCode::Char('f') => Comeback::Fresh,
        KeyCode::Esc | KeyCode::Char('q' | 'n') => return Vec::new(),
        _ => {
            model.overlay = Some(Overlay::Restart(id));
            return Vec::new();
        }
    };
    say(model, Mood::Good, format!("{agent} is being started again …"));
    request(Request::RestartAgent { agent, how })
}

/// Asks which milestone was reached.
pub(super) fn mark(model: &mut Model) {
    if team(model).is_some() {
        model.overlay = Some(Overlay::Mark { selected: 0 });
    }
}

/// What the words claim: names of evidence in them support it, and a reason takes the place of a check.
fn claim(milestone: Milestone, text: String) -> Claim {
    let names = text.split_whitespace().map(|word| word.trim_matches([',', ';', '.', '(', ')', '[', ']']));
    let evidence = names.filter(|name| is_evidence(name)).map(str::to_owned).collect();
    let by_hand = text.strip_prefix(BY_HAND).map(|why| why.trim().to_owned()).filter(|why| !why.is_empty());
    Claim { milestone, text, evidence, hypothesis: None, by_hand }
}

/// How words begin that give a reason in place of a check.
const BY_HAND: &str = "by hand:";

fn is_evidence(name: &str) -> bool {
    let kinds = ["commit:", "file:", "run:", "http://", "https://"];
    name.parse::<EvidenceId>().is_ok() || kinds.iter().any(|kind| name.starts_with(kind))
}

/// A text was entered.
pub(super) fn entered(model: &mut Model, ask: Ask, text: String) -> Vec<Command> {
    if ask == Ask::Filter {
        text.trim().clone_into(&mut model.filter);
        return Vec::new();
    }
    if text.trim().is_empty() {
        say(model, Mood::Bad, "nothing was sent: there were no words".to_owned());
        return Vec::new();
    }
    let Some(team) = team(model) else { return Vec::new() };
    let message = |to| Request::Send(Send { to, text: text.clone(), repaired: 0, sender: None, key: None });
    request(match ask {
        Ask::Filter => return Vec::new(),
        Ask::Send { target, .. } => message(Recipients::Agent(target)),
        Ask::Broadcast => message(Recipients::Broadcast(team)),
        Ask::Mark(milestone) => {
            let entry = Entry::Mark(claim(milestone, text));
            Request::Record(Record { team, sender: None, at: When::Now, entry })
        }
    })
}

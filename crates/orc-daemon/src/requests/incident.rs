//! The record of an incident: stating something, and how it stands.

use std::collections::BTreeMap;

use orc_api::request::Record;
use orc_api::response::Response;
use orc_core::decide::Reply;
use orc_core::delivery::Sender;
use orc_core::envelope::make_safe;
use orc_core::error::{Code, Refusal};
use orc_core::ids::TeamName;
use orc_core::incident::Occurred;
use orc_core::incident::entry::Entry;
use orc_core::incident::view::IncidentView;
use orc_core::input::Input;
use orc_core::redact;

use super::talk::agent_sender;
use super::{cli, gone, team_named};
use crate::clock;
use crate::journal::Origin;
use crate::run::Shell;

/// States something. `door` is the one that an agent comes through.
pub(super) async fn record(shell: &Shell, request: Record, door: &'static str) -> Result<Response, Refusal> {
    let Record { team, sender, at, mut entry } = request;
    let team = team_named(shell, team).await?;
    let (by, origin) = match sender {
        None => (Sender::Operator, cli()),
        Some(id) => {
            let by = shell.handle.look(move |look| agent_sender(look, &id)).await??;
            of_team(&by, &team)?;
            let actor = by.label().to_owned();
            (by, Origin { actor, door })
        }
    };
    let mut notes = made_safe(&mut entry)?;
    let mut found = BTreeMap::new();
    entry.each_text(&mut |text| shell.redactor.clean(text, &mut found));
    notes.extend(redact::note(&found));
    let live = Occurred::live(clock::now(), &clock::boot_id());
    let input = Input::Record { team: team.clone(), by, live, at, entry: Box::new(entry) };
    match shell.handle.input(input, origin).await? {
        Reply::Recorded { seq, id, again } => {
            let incident = Box::new(view(shell, team).await?);
            Ok(Response::Recorded { seq, id, again, notes, incident })
        }
        _ => Err(Refusal::new(Code::Internal, "the statement was not recorded", "")),
    }
}

/// An agent speaks of its own team only.
pub(crate) fn of_team(by: &Sender, team: &TeamName) -> Result<(), Refusal> {
    let own = by.label().split(':').next() == Some(team.as_str());
    let denied = || Refusal::new(Code::Denied, format!("{} is not of team {team}", by.label()), "");
    if own { Ok(()) } else { Err(denied()) }
}

/// Makes every text of it safe, and says what was changed. An empty statement says nothing.
fn made_safe(entry: &mut Entry) -> Result<Vec<String>, Refusal> {
    let mut notes = Vec::new();
    let mut first = None;
    entry.each_text(&mut |text| {
        let safe = make_safe(text);
        safe.text.trim().clone_into(text);
        notes.extend(safe.notes);
        first.get_or_insert(text.is_empty());
    });
    notes.dedup();
    let empty = first == Some(true) && !matches!(entry, Entry::Mark(_) | Entry::MoveTask { .. });
    if empty {
        Err(Refusal::new(Code::BadRequest, "the text is empty", "say it in a few words"))
    } else {
        Ok(notes)
    }
}

/// How it stands.
pub(super) async fn view(shell: &Shell, team: TeamName) -> Result<IncidentView, Refusal> {
    let live = Occurred::live(clock::now(), &clock::boot_id());
    let look = shell.handle.look(move |at| {
        let found = at.state.teams.get(&team)?;
        let record = at.state.records.get(&team).cloned().unwrap_or_default();
        let manager = at.state.agents_of(found).last().map(|agent| agent.name.to_string());
        Some(IncidentView::new(team, &record, &manager.unwrap_or_default(), &live))
    });
    look.await?.ok_or_else(gone)
}

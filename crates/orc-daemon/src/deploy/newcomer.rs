//! `team add`: one more agent for a team that runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use orc_api::request::{AddAgent, AgentChoice};
use orc_api::response::Response;
use orc_core::catalog::Catalog;
use orc_core::decide::Reply;
use orc_core::delivery::{MessageKind, Sender};
use orc_core::envelope::{SafeText, make_safe};
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, Generation, TeamName};
use orc_core::input::{Input, NewAgent};
use orc_core::profile::Profile;
use orc_core::role::Role;
use orc_core::target;

use super::preflight::{not_runnable, profile_for, refuse};
use super::start::{self, Starting, start, take_back};
use crate::kept::Kept;
use crate::requests::cli;
use crate::run::Shell;

/// `team add`.
pub(crate) async fn add(shell: &Shell, request: AddAgent) -> Result<Response, Refusal> {
    let catalog = super::fresh_catalog(shell).await?;
    let AddAgent { team, title, role, profile, brief, environment } = request;
    let own_brief = brief.is_some();
    let wanted = role_of(&catalog, &role, own_brief, &title)?;
    let name_of = team.clone();
    let found = shell
        .handle
        .look(move |at| {
            let team = target::team(at.state, &name_of)?;
            // Who joins a team is played as its first agent is, unless somebody says otherwise.
            let usual = at.state.agents_of(team).next().map(|agent| agent.profile.to_string());
            Ok((team.name.clone(), team.dir.clone(), usual))
        })
        .await?;
    let (team, dir, usual): (TeamName, String, _) = found?;
    let choices: Vec<AgentChoice> =
        profile.or(usual).into_iter().map(|profile| AgentChoice { role: None, profile }).collect();
    let mut problems = Vec::new();
    let played = profile_for(shell, &catalog, &choices, &role, &environment.0, &mut problems);
    if let Some(profile) = &played {
        problems.extend(not_runnable(profile, &dir, &environment.0).await);
    }
    let (Some(profile), true) = (played, problems.is_empty()) else {
        return Err(refuse(problems));
    };
    let member = NewAgent {
        name: role
            .parse()
            .map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?,
        title: title.clone(),
        role: wanted.id.clone(),
        profile: profile.id.clone(),
        dir,
    };
    let added = shell.handle.input(Input::AddAgent { team: team.clone(), member }, cli()).await?;
    let id = match added {
        Reply::Added(ids) => ids.first().copied(),
        _ => None,
    };
    let Some(id) = id else {
        return Err(Refusal::new(Code::Internal, "the agent was not added", ""));
    };
    // It may go by an argument of the agent, past the supervisor's own look at what is sent.
    let brief = brief.map(|mut brief| {
        shell.redactor.clean(&mut brief, &mut BTreeMap::new());
        brief
    });
    let own = Role { brief: brief.unwrap_or_else(|| wanted.brief.clone()), ..wanted };
    let started = async {
        let kept = Kept { environment: environment.0, role: Some(own.clone()) };
        kept.write_for_agent(shell, id).map_err(|e| e.to_string())?;
        let words =
            welcome(shell, &team, id, &profile, own, &title).await.map_err(|refusal| refusal.message)?;
        start(shell, vec![Starting { agent: id, profile, kept, words }], None).await?;
        shell.views.restore().await
    };
    if let Err(reason) = started.await {
        take_back(shell, id, Generation(1)).await;
        shell.handle.report(Input::RemoveAgent { agent: id, reason: reason.clone() }).await;
        return Err(Refusal::new(
            Code::Conflict,
            format!("the agent could not be started: {reason}"),
            "`tmux-orc doctor` looks for the cause",
        ));
    }
    crate::requests::agent_view(shell, id).await
}

/// What is said when the agent has come: its brief, unless it gets that at launch, what was broadcast so far, and to the
/// manager who came.
async fn welcome(
    shell: &Shell,
    team: &TeamName,
    id: AgentId,
    profile: &Arc<Profile>,
    own: Role,
    title: &str,
) -> Result<Vec<Input>, Refusal> {
    let tell = |kind: MessageKind, agent: AgentId, text: SafeText| Input::Send {
        team: team.clone(),
        from: Sender::System,
        kind,
        to: vec![agent],
        text,
        key: None,
    };
    let own = BTreeMap::from([(id, own)]);
    let briefs = start::briefs(shell, &[id], std::slice::from_ref(profile), &own, None).await;
    let mut words: Vec<Input> =
        briefs.into_iter().map(|(agent, text)| tell(MessageKind::Brief, agent, text)).collect();
    let so_far = crate::requests::broadcasts(shell, team).await?;
    if !so_far.is_empty() {
        let text = format!("What was said to the whole team before you came:\n\n{}", so_far.join("\n\n"));
        words.push(tell(MessageKind::Direct, id, make_safe(&text)));
    }
    let name = team.clone();
    let manager = shell.handle.look(move |at| {
        let found = at.state.teams.get(&name)?;
        at.state.manager_of(found, Some(id)).map(|agent| agent.id)
    });
    if let Some(manager) = manager.await? {
        let text = format!("{title} has joined the team. Give them a task when there is one.");
        words.push(tell(MessageKind::Direct, manager, make_safe(&text)));
    }
    Ok(words)
}

fn role_of(catalog: &Catalog, given: &str, own_brief: bool, title: &str) -> Result<Role, Refusal> {
    let parsed = given
        .parse()
        .map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?;
    if let Some(entry) = catalog.role(&parsed) {
        return Ok(entry.value.clone());
    }
    if own_brief {
        return Ok(Role { id: parsed, title: title.to_owned(), brief: String::new() });
    }
    let known: Vec<&str> = catalog.roles().map(|entry| entry.value.id.as_str()).collect();
    let hint = target::near_misses(given, &known).unwrap_or_else(|| {
        format!("known: {}; or give it a brief of its own with --brief-file", known.join(", "))
    });
    Err(Refusal::new(Code::NotFound, format!("there is no role `{given}`"), hint))
}

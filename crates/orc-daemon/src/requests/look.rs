//! Looking at teams and agents.

use std::collections::BTreeMap;
use std::time::Duration;

use orc_api::response::{DaemonView, Explanation, Response};
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, TeamName};
use orc_core::team::{AgentState, Evidence, Said};
use orc_core::weigh::{Standing, chain, heard};
use orc_core::{target, view};

use super::{LONGEST_WAIT, agent_named, gone, team_named};
use crate::run::Shell;
use crate::{clock, observe};

/// A team as shown.
pub(crate) async fn team_view(shell: &Shell, team: &TeamName) -> Result<Response, Refusal> {
    let name = team.clone();
    let look = shell.handle.look(move |at| {
        let team = target::team(at.state, name.as_str())?;
        Ok(Response::Team(view::team(at.state, at.world, at.catalog, team, at.boot_millis)))
    });
    look.await?
}

/// An agent as shown.
pub(crate) async fn agent_view(shell: &Shell, id: AgentId) -> Result<Response, Refusal> {
    let look = shell.handle.look(move |at| {
        let agent = at.state.agent(id)?;
        Some(Response::Agent(view::agent(at.world, at.catalog, agent, at.boot_millis)))
    });
    look.await?.ok_or_else(gone)
}

pub(super) async fn await_ready(shell: &Shell, team: String, timeout_ms: u64) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    let name = team.clone();
    // Over when every agent has been ready, or one cannot become it by itself.
    let look = move |at: &crate::handle::Look<'_>| {
        let team = at.state.teams.get(&name)?;
        let over = |agent: &orc_core::team::Agent| {
            agent.was_ready
                || matches!(agent.state, AgentState::NeedsPerson { .. } | AgentState::Exited { .. })
        };
        at.state.agents_of(team).all(over).then_some(())
    };
    let timeout = Duration::from_millis(timeout_ms).min(LONGEST_WAIT);
    shell.handle.wait_for(timeout, look).await?;
    team_view(shell, &team).await
}

/// What an agent's terminal shows, without its secrets.
pub(super) async fn screen_of(shell: &Shell, agent: AgentId) -> Result<orc_core::screen::Screen, Refusal> {
    let mut screen = raw_screen(shell, agent).await?;
    shell.redactor.rows(&mut screen.rows);
    shell.redactor.clean(&mut screen.title, &mut BTreeMap::new());
    Ok(screen)
}

/// The same as the rules read it.
async fn raw_screen(shell: &Shell, agent: AgentId) -> Result<orc_core::screen::Screen, Refusal> {
    let unreadable = |why: String| {
        Refusal::new(
            Code::Conflict,
            format!("the agent's screen cannot be read: {why}"),
            "`tmux-orc agent status` says whether it runs",
        )
    };
    let link = shell.handle.look(move |at| at.links.get(&agent).cloned()).await?;
    let link = link.ok_or_else(|| unreadable("it is not running".to_owned()))?;
    link.screen().await.map(observe::to_core).map_err(|e| unreadable(e.to_string()))
}

pub(super) async fn explain(shell: &Shell, agent: String) -> Result<Response, Refusal> {
    let id = agent_named(shell, agent).await?;
    let Response::Agent(agent) = agent_view(shell, id).await? else {
        return Err(gone());
    };
    let (profile, detector) = observe::profile_of(&shell.handle, id).await.ok_or_else(gone)?;
    let now = clock::now().wall;
    let mut sources = shell.handle.look(move |at| at.state.agent(id).map(chain)).await?.ok_or_else(gone)?;
    let (mut rules, mut composer, mut title) = (Vec::new(), None, String::new());
    let clean = |text: &mut String| shell.redactor.clean(text, &mut BTreeMap::new());
    if let Ok(screen) = raw_screen(shell, id).await {
        rules = detector.trace(&screen);
        composer = detector.composer(&screen).map(|view| view.text);
        title.clone_from(&screen.title);
        rules.iter_mut().filter_map(|(_, row)| row.as_mut()).chain(&mut composer).for_each(clean);
        clean(&mut title);
        if let Some((state, source, mut detail)) = observe::of_screen(&profile, &detector, &screen) {
            clean(&mut detail);
            let said = Said { state, evidence: Evidence::new(source, detail, now) };
            let heard =
                shell.handle.look(move |at| at.state.agent(id).map(|agent| heard(agent, &said))).await?;
            sources
                .retain(|heard| heard.standing == Standing::Counts || heard.said.evidence.source != source);
            sources.extend(heard);
        }
    }
    Ok(Response::Explanation(Box::new(Explanation { agent, sources, rules, composer, title })))
}

pub(super) async fn attach(shell: &Shell, to: &str) -> Result<Response, Refusal> {
    let (team, agent) = if to.contains(':') {
        let id = agent_named(shell, to.to_owned()).await?;
        let team = shell.handle.look(move |at| at.state.agent(id).map(|agent| agent.team.clone())).await?;
        (team.ok_or_else(gone)?, Some(id))
    } else {
        (team_named(shell, to.to_owned()).await?, None)
    };
    let argv = shell.views.attach(&team, agent).await;
    let argv = argv.map_err(|why| {
        Refusal::new(Code::Conflict, why, "`tmux-orc team status` shows whether the team runs")
    })?;
    Ok(Response::Attach { argv })
}

pub(super) async fn daemon_status(shell: &Shell) -> Result<Response, Refusal> {
    let (seq, agents, connected) = shell
        .handle
        .look(|at| {
            (at.state.seq, at.state.agents.values().filter(|a| a.launch.is_some()).count(), at.links.len())
        })
        .await?;
    Ok(Response::Daemon(DaemonView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        started_at: shell.started_at,
        seq,
        state_dir: shell.paths.state.display().to_string(),
        runtime_dir: shell.paths.runtime.display().to_string(),
        agents,
        connected,
        tmux_pid: shell.views.server_pid().await,
    }))
}

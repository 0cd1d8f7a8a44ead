//! Making a team, or adding to one: check everything first, then start everything, or leave nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use orc_api::request::Deploy;
use orc_api::response::{Preview, PreviewMember, Response};
use orc_core::catalog::Catalog;
use orc_core::decide::Reply;
use orc_core::envelope::make_safe;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, Generation, TeamName};
use orc_core::incident::Occurred;
use orc_core::incident::entry::{Declare, Opening};
use orc_core::input::{Input, NewAgent};
use orc_core::profile::Profile;
use orc_core::state::State;
use orc_core::team::{Agent, Team, TeamPhase};

use crate::kept::Kept;
use crate::requests::{cli, team_view};
use crate::run::Shell;
use crate::worktree::Worktree;
use crate::{catalog_files, clock, handle::Command};

mod newcomer;
mod preflight;
pub(crate) mod start;

pub(crate) use newcomer::add;
use preflight::{Checked, Seat};
use start::{Starting, briefs, start, take_back, words_of};

/// `quick-deploy`.
pub(crate) async fn deploy(shell: &Shell, request: Deploy) -> Result<Response, Refusal> {
    let live = Occurred::live(clock::now(), &clock::boot_id());
    let catalog = fresh_catalog(shell).await?;
    let checked = preflight::check(shell, &catalog, &request, &live).await?;
    if request.dry_run {
        return Ok(Response::Preview(preview(shell, checked)));
    }
    let Checked { team, kind, dir, members, .. } = checked;
    let newcomers = members.iter().map(|seat| newcomer(seat, &dir)).collect();
    let create = Input::CreateTeam { team: team.clone(), kind, dir: dir.clone(), members: newcomers };
    let Reply::Added(ids) = shell.handle.input(create, cli()).await? else {
        return Err(Refusal::new(Code::Internal, "the team was not made", ""));
    };
    let profiles: Vec<Arc<Profile>> = members.iter().map(|seat| seat.profile.clone()).collect();
    let worktrees: Vec<Worktree> = members.into_iter().filter_map(|seat| seat.worktree).collect();
    let incident = request.incident.map(|declaration| safe(shell, declaration));
    let declared = incident.as_ref().map(|it| words_of(&it.title, it.severity, &team));
    let mut made = Vec::new();
    let started = async {
        for worktree in worktrees {
            // Once more, directly before: what stands there now is somebody else's and must not be taken back.
            if let Some(obstacle) = worktree.obstacle(&dir).await {
                return Err(obstacle);
            }
            // One whose making breaks off in the middle has to be taken back too.
            made.push(worktree.clone());
            worktree.make(&dir).await?;
        }
        let kept = Kept { environment: request.environment.0, role: None };
        kept.write_for_team(shell, &team).map_err(|e| e.to_string())?;
        let starting = |(id, profile): (&AgentId, &Arc<Profile>)| {
            let (agent, profile, kept) = (*id, profile.clone(), kept.clone());
            Starting { agent, profile, kept, words: Vec::new() }
        };
        start(shell, ids.iter().zip(&profiles).map(starting).collect(), declared.as_deref()).await
    };
    let mut failed = started.await.err();
    if failed.is_none() {
        let briefs = briefs(shell, &ids, &profiles, &BTreeMap::new(), declared.as_deref()).await;
        let broadcast = request.brief.as_deref().map(make_safe);
        // From here on the team runs, with its brief in the log, whatever happens to this supervisor.
        let incident = incident.map(|declaration| Opening { declaration, live });
        let deployed = Input::TeamDeployed { team: team.clone(), briefs, broadcast, incident };
        failed = match shell.handle.report(deployed).await {
            Reply::Stale => Some("it was stopped while it was made".to_owned()),
            _ => {
                shell.views.restore().await.err().map(|e| format!("the tmux windows could not be made: {e}"))
            }
        };
    }
    if let Some(reason) = failed {
        abort(shell, Half { team: team.clone(), dir, agents: ids, worktrees: made }, &reason).await;
        return Err(Refusal::new(
            Code::Conflict,
            format!("team `{team}` could not be started: {reason}"),
            "nothing of it was left running; `tmux-orc doctor` looks for the cause",
        ));
    }
    team_view(shell, &team).await
}

/// It goes into briefs too, past the supervisor's own look at what is sent.
fn safe(shell: &Shell, declaration: Declare) -> Declare {
    let mut title = make_safe(&declaration.title).text.trim().to_owned();
    shell.redactor.clean(&mut title, &mut BTreeMap::new());
    Declare { title, ..declaration }
}

/// A team that is not made to the end.
struct Half {
    team: TeamName,
    dir: String,
    agents: Vec<AgentId>,
    worktrees: Vec<Worktree>,
}

/// Ends whatever of the team was started and takes it back. The log says so last: whoever finds this cut off does it again.
async fn abort(shell: &Shell, half: Half, reason: &str) {
    let Half { team, dir, agents, worktrees } = half;
    for agent in agents {
        take_back(shell, agent, Generation(1)).await;
    }
    for worktree in &worktrees {
        worktree.take_back(&dir).await;
    }
    shell.handle.report(Input::AbortTeam { team, reason: reason.to_owned() }).await;
    crate::kept::sweep(shell).await;
    drop(shell.views.restore().await);
}

/// Takes back what a supervisor that was killed in the middle of a deployment left half-made.
pub(crate) async fn take_back_cut_off(shell: &Shell) {
    let of_shell = shell.clone();
    let look = shell.handle.look(move |at| {
        let running = at.state.teams.values().filter(|team| team.phase == TeamPhase::Running);
        let (whole, half): (Vec<_>, Vec<_>) = running.partition(|team| team.deployed);
        let half = half.into_iter().map(|team| half_of(&of_shell, at.state, team)).collect::<Vec<_>>();
        let unlaunched =
            |team: &Team| at.state.agents_of(team).filter(|a| a.generation.0 == 0).map(|a| a.id).collect();
        let added: Vec<Vec<AgentId>> = whole.into_iter().map(unlaunched).collect();
        (half, added.concat())
    });
    let Ok((half, added)) = look.await else { return };
    let reason = "the supervisor was killed in the middle of it";
    for half in half {
        tracing::warn!(team = %half.team, "taking back a team that was cut off while it was made");
        abort(shell, half, reason).await;
    }
    for agent in added {
        take_back(shell, agent, Generation(1)).await;
        shell.handle.report(Input::RemoveAgent { agent, reason: reason.to_owned() }).await;
    }
}

/// A team that was cut off, with the worktrees that were made for it or were about to be.
fn half_of(shell: &Shell, state: &State, team: &Team) -> Half {
    let worktree = |agent: &Agent| {
        let own = Worktree::of(shell, &team.name, &agent.name);
        (own.path == Path::new(&agent.dir)).then_some(own)
    };
    let worktrees = state.agents_of(team).filter_map(worktree).collect();
    Half { team: team.name.clone(), dir: team.dir.clone(), agents: team.agents.clone(), worktrees }
}

/// The user's data files as they are now.
pub(crate) async fn fresh_catalog(shell: &Shell) -> Result<Catalog, Refusal> {
    let catalog = catalog_files::load(&shell.paths.config).map_err(|e| {
        Refusal::new(Code::Config, e.to_string(), "mend the file, or move it away to use the built-in one")
    })?;
    shell.handle.send(Command::Catalog(Box::new(catalog.clone()))).await;
    Ok(catalog)
}

fn newcomer(seat: &Seat, team_dir: &str) -> NewAgent {
    let own = seat.worktree.as_ref().map(|worktree| worktree.path.to_string_lossy().into_owned());
    NewAgent {
        name: seat.place.name.clone(),
        title: seat.place.title.clone(),
        role: seat.place.role.clone(),
        profile: seat.profile.id.clone(),
        dir: own.unwrap_or_else(|| team_dir.to_owned()),
    }
}

fn preview(shell: &Shell, checked: Checked) -> Preview {
    let own = shell.exe.display().to_string();
    let member = |(index, Seat { place, profile, .. }): (usize, Seat)| PreviewMember {
        target: format!("{}:{index}", checked.team),
        title: place.title,
        role: place.role.to_string(),
        profile: profile.id.to_string(),
        program: if profile.binary == "{self}" { own.clone() } else { profile.binary.clone() },
    };
    Preview {
        team: checked.team.clone(),
        dir: checked.dir,
        members: checked.members.into_iter().enumerate().map(member).collect(),
        warnings: checked.warnings,
    }
}

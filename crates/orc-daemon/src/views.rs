//! The tmux side: for every running agent one window with a view of it, made again whenever it is missing.
//! Nothing here matters to an agent: it notices neither a closed window nor a killed tmux server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use orc_core::ids::{AgentId, TeamName};
use orc_core::input::Input;
use orc_core::team::TeamPhase;
use orc_tmux::{Event, Observation, OpenView, PaneView, Server, SessionId, TmuxError, WindowId};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::handle::Handle;
use crate::journal::Origin;
use crate::run::Shell;

/// Between looks when nothing hints at a change.
const SLOW: Duration = Duration::from_secs(30);
/// After a failure.
const RETRY: Duration = Duration::from_millis(500);
/// A view that is gone this soon did not fall to a person who closed a window now and then.
const SHORT_LIFE: Duration = Duration::from_secs(10);
/// Longest wait before a view that never lasts is opened again.
const LONGEST: Duration = Duration::from_secs(60);

/// Ask the task that keeps the views to look now, and wait for what it found.
#[derive(Clone)]
pub(crate) struct Views {
    ask: mpsc::Sender<oneshot::Sender<Result<(), String>>>,
    server: Server,
}

impl Views {
    /// The handle, and the queue that [`keep`] serves.
    pub(crate) fn new(server: Server) -> (Self, mpsc::Receiver<oneshot::Sender<Result<(), String>>>) {
        let (ask, queue) = mpsc::channel(16);
        (Self { ask, server }, queue)
    }

    /// Makes what is missing, now.
    pub(crate) async fn restore(&self) -> Result<(), String> {
        let (reply, answer) = oneshot::channel();
        if self.ask.send(reply).await.is_err() {
            return Err("the supervisor is stopping".to_owned());
        }
        answer.await.unwrap_or_else(|_| Err("the supervisor is stopping".to_owned()))
    }

    /// How to attach to a team, with one agent's window in front if one is wanted.
    pub(crate) async fn attach(
        &self,
        team: &TeamName,
        agent: Option<AgentId>,
    ) -> Result<Vec<String>, String> {
        self.restore().await?;
        let words = |e: TmuxError| e.to_string();
        let Observation::Present { panes, .. } = self.server.observe().await.map_err(words)? else {
            return Err("the tmux server of the views is not there".to_owned());
        };
        let session =
            panes.iter().find(|pane| pane.team.as_deref() == Some(team.as_str())).map(|pane| pane.session);
        let session = session.ok_or_else(|| format!("team {team} has no window"))?;
        let window: Option<WindowId> = agent.and_then(|id| {
            let mark = id.to_string();
            panes.iter().find(|pane| pane.agent.as_deref() == Some(mark.as_str())).map(|pane| pane.window)
        });
        let argv = self.server.attach_argv(session, window);
        Ok(argv.into_iter().map(|word| word.to_string_lossy().into_owned()).collect())
    }

    /// The process id of the tmux server, if it runs.
    pub(crate) async fn server_pid(&self) -> Option<u32> {
        match self.server.observe().await {
            Ok(Observation::Present { server, .. }) => Some(server.pid),
            Ok(Observation::Absent) | Err(_) => None,
        }
    }
}

#[derive(Clone)]
struct Wanted {
    agent: AgentId,
    /// It runs. The window of an agent that has ended stays while it is open: its last screen is wanted.
    runs: bool,
    team: TeamName,
    window_name: String,
    index: u32,
    cwd: PathBuf,
}

/// A view that was opened, and when it may be opened again should it be gone.
#[derive(Clone, Copy)]
struct Opened {
    at: Instant,
    short_lives: u32,
    due: Option<Instant>,
}

impl Opened {
    /// Opened now, after so many short lives in a row.
    fn new(at: Instant, short_lives: u32) -> Self {
        Self { at, short_lives, due: None }
    }

    /// The view has been found gone: when to open it again. At once, unless it keeps dying young.
    fn gone(&mut self, now: Instant) -> Instant {
        if let Some(due) = self.due {
            return due;
        }
        let young = now.duration_since(self.at) < SHORT_LIFE;
        self.short_lives = if young { self.short_lives + 1 } else { 0 };
        let pause = match self.short_lives {
            0 | 1 => Duration::ZERO,
            lives => Duration::from_secs(1 << (lives - 2).min(6)).min(LONGEST),
        };
        *self.due.insert(now + pause)
    }
}

/// Keeps the views until the supervisor stops.
pub(crate) async fn keep(
    shell: Shell,
    server: Server,
    mut asked: mpsc::Receiver<oneshot::Sender<Result<(), String>>>,
) {
    let mut events = server.events();
    let mut seq = shell.handle.seq.clone();
    let mut made: BTreeMap<AgentId, Opened> = BTreeMap::new();
    let mut known = Vec::new();
    loop {
        let mut waiting = Vec::new();
        let mut forced = true;
        tokio::select! {
            () = shell.stop.cancelled() => return,
            ask = asked.recv() => match ask {
                Some(reply) => waiting.push(reply),
                None => return,
            },
            event = events.recv() => match event {
                Ok(Event::ServerGone { .. }) => {
                    note(&shell, Input::TmuxGone).await;
                }
                Ok(Event::WindowClosed { .. } | Event::SessionClosed { .. } | Event::Reconnected { .. })
                | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Ok(Event::SessionRenamed { .. } | Event::ServerUnreachable { .. }) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            changed = seq.changed() => {
                if changed.is_err() {
                    return;
                }
                forced = false;
            }
            () = tokio::time::sleep(next_look(&made)) => {}
        }
        let Some(wanted) = wanted(&shell.handle).await else {
            return;
        };
        let now: Vec<(AgentId, bool)> = wanted.iter().map(|want| (want.agent, want.runs)).collect();
        if !forced && now == known {
            continue;
        }
        let asked_for = !waiting.is_empty();
        let result = reconcile(&shell, &server, wanted, &mut made, asked_for).await;
        match &result {
            Ok(()) => known = now,
            Err(error) => {
                tracing::warn!(%error, "views could not be made");
                known.clear();
                tokio::time::sleep(RETRY).await;
            }
        }
        for reply in waiting {
            drop(reply.send(result.as_ref().copied().map_err(ToString::to_string)));
        }
    }
}

fn next_look(made: &BTreeMap<AgentId, Opened>) -> Duration {
    let due = made.values().filter_map(|view| view.due).min();
    due.map_or(SLOW, |due| due.saturating_duration_since(Instant::now()).min(SLOW))
}

async fn wanted(handle: &Handle) -> Option<Vec<Wanted>> {
    let look = handle.look(|at| {
        let of_team = |team: &orc_core::team::Team| -> Vec<Wanted> {
            at.state
                .agents_of(team)
                .filter(|agent| agent.generation.0 > 0)
                .map(|agent| Wanted {
                    agent: agent.id,
                    runs: agent.launch.is_some(),
                    team: team.name.clone(),
                    window_name: agent.name.to_string(),
                    index: u32::try_from(agent.index).unwrap_or(0),
                    cwd: PathBuf::from(&team.dir),
                })
                .collect()
        };
        at.state.teams.values().filter(|team| team.phase == TeamPhase::Running).flat_map(of_team).collect()
    });
    look.await.ok()
}

/// Opens what is missing; what keeps dying young waits, unless somebody `asked` for it.
async fn reconcile(
    shell: &Shell,
    server: &Server,
    wanted: Vec<Wanted>,
    made: &mut BTreeMap<AgentId, Opened>,
    asked: bool,
) -> Result<(), TmuxError> {
    let panes = match server.observe().await? {
        Observation::Present { panes, .. } => panes,
        Observation::Absent => Vec::new(),
    };
    let shown = |agent: AgentId| {
        panes.iter().any(|pane| !pane.dead && pane.agent.as_deref() == Some(&agent.to_string()))
    };
    made.retain(|agent, _| wanted.iter().any(|want| want.agent == *agent && want.runs));
    let now = Instant::now();
    let mut missing: Vec<&Wanted> = Vec::new();
    for want in wanted.iter().filter(|want| want.runs) {
        let view = made.get_mut(&want.agent);
        if shown(want.agent) {
            if let Some(view) = view {
                view.due = None;
            }
        } else if view.is_none_or(|view| view.gone(now) <= now) || asked {
            missing.push(want);
        }
    }
    let restored = missing.iter().filter(|want| made.contains_key(&want.agent)).count();
    if !missing.is_empty() {
        let views = missing.iter().map(|want| open(shell, (*want).clone())).collect();
        for opened in server.open_views(views).await? {
            opened?;
        }
    }
    for want in missing {
        let short_lives = made.get(&want.agent).map_or(0, |view| view.short_lives);
        made.insert(want.agent, Opened::new(now, short_lives));
    }
    if restored > 0 {
        note(shell, Input::ViewsRestored { count: restored }).await;
    }
    for session in orphaned(&panes, &wanted) {
        server.close_team(session).await?;
    }
    for pane in panes.iter().filter(|pane| forgotten(pane, &wanted)) {
        server.close_view(pane.pane).await?;
    }
    Ok(())
}

/// Tells the log, once: whoever waits for the views does not wait for the space that it lacks.
async fn note(shell: &Shell, input: Input) {
    drop(shell.handle.input(input, Origin::system()).await);
}

fn open(shell: &Shell, want: Wanted) -> OpenView {
    let id = want.agent.to_string();
    let socket = shell.paths.shim_socket(&id).to_string_lossy().into_owned();
    OpenView {
        team: want.team.to_string(),
        agent: id,
        window_name: want.window_name,
        argv: vec![shell.exe.to_string_lossy().into_owned(), "view".to_owned(), socket],
        cwd: want.cwd,
        index: Some(want.index),
    }
}

/// Sessions of teams that no longer run.
fn orphaned(panes: &[PaneView], wanted: &[Wanted]) -> Vec<SessionId> {
    let mut sessions = Vec::new();
    for pane in panes {
        let Some(team) = &pane.team else { continue };
        if !wanted.iter().any(|want| want.team.as_str() == team) && !sessions.contains(&pane.session) {
            sessions.push(pane.session);
        }
    }
    sessions
}

/// A view of ours in a running team whose agent is no more.
fn forgotten(pane: &PaneView, wanted: &[Wanted]) -> bool {
    let team_runs =
        pane.team.as_ref().is_some_and(|team| wanted.iter().any(|want| want.team.as_str() == team));
    let agent_gone =
        pane.agent.as_ref().is_some_and(|agent| !wanted.iter().any(|want| want.agent.to_string() == *agent));
    team_runs && agent_gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_that_never_lasts_is_opened_ever_more_seldom() {
        let mut now = Instant::now();
        let mut view = Opened::new(now, 0);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            now += Duration::from_secs(1);
            let due = view.gone(now);
            assert_eq!(view.gone(now + Duration::from_millis(1)), due, "looking again changes nothing");
            pauses.push((due - now).as_secs());
            now = due;
            view = Opened::new(now, view.short_lives);
        }
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        now += SHORT_LIFE;
        assert_eq!(view.gone(now), now, "one that lasted is opened at once");
    }
}

//! Putting the supervisor together, running it, and ending it in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use orc_api::Paths;
use orc_core::digest::Pace;
use orc_core::incident::Occurred;
use orc_core::input::Input;
use orc_core::plan::Effect;
use orc_core::redact::Redactor;
use orc_core::time::Timestamp;
use orc_tmux::{Server, ServerConfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::DaemonError;
use crate::handle::{Command, Handle};
use crate::journal::{Journal, Origin};
use crate::supervisor::{Gate, Job, Start, Supervisor};
use crate::views::Views;
use crate::{
    answer, catalog_files, check, clock, deliver, deploy, hooks, http, kept, litter, lock, observe, probe,
    restart, secrets, ship, stop, views,
};

/// What the binary decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where things are.
    pub paths: Paths,
    /// This program's own file: shims, views and hooks run it.
    pub exe: PathBuf,
    /// The profile that plays when nobody says which.
    pub default_agent: Option<String>,
    /// A file that says by how many milliseconds the wall clock is off, for tests.
    pub wall_offset: Option<PathBuf>,
    /// The person's home: what `~` means in their files.
    pub home: Option<PathBuf>,
    /// What this life of the host is called, in place of the kernel's name for it: in a container the kernel goes on
    /// when every process has ended.
    pub boot_id: Option<String>,
    /// How soon the managers of teams are told what happens in them; nothing when they are not.
    pub pace: Option<Pace>,
}

/// What executors and request handlers share.
#[derive(Clone)]
pub(crate) struct Shell {
    pub(crate) handle: Handle,
    pub(crate) paths: Paths,
    pub(crate) exe: PathBuf,
    pub(crate) default_agent: Option<String>,
    pub(crate) home: Option<PathBuf>,
    /// This life of the host: process numbers of another one mean nothing.
    pub(crate) boot_id: String,
    /// Replaces secrets.
    pub(crate) redactor: Arc<Redactor>,
    pub(crate) tasks: TaskTracker,
    /// Everything ends.
    pub(crate) stop: CancellationToken,
    /// Somebody asked for the end; the last words can still be written.
    pub(crate) asked_to_stop: CancellationToken,
    pub(crate) views: Views,
    /// The checks that run.
    pub(crate) checks: check::Checks,
    /// The hooks that were taken in.
    pub(crate) inbox: hooks::Inbox,
    /// Who publishes in which repository.
    pub(crate) turns: ship::Turns,
    pub(crate) log: PathBuf,
    pub(crate) started_at: Timestamp,
}

/// Longest wait for the end of checks: their processes have a moment to end in order.
const LAST_CHECKS: Duration = Duration::from_secs(4);
/// Longest wait for executors when the supervisor ends: what they leave behind is finished by the next one.
const DRAIN: Duration = Duration::from_secs(2);

/// Runs a supervisor until it is asked to stop. Agents go on without it.
pub async fn run(settings: Settings) -> Result<(), DaemonError> {
    let Settings { paths, exe, default_agent, wall_offset, home, boot_id, pace } = settings;
    if let Some(id) = boot_id {
        clock::boot_is(id);
    }
    if let Some(file) = wall_offset {
        clock::offset_by(file);
    }
    let _lock = lock::take(&paths)?;
    let (journal, state) = Journal::open(&paths.log())?;
    let catalog = catalog_files::load(&paths.config)?;
    let redactor = secrets::redactor(&paths.state)?;
    let (server, tmux) = Server::open(ServerConfig::new(paths.tmux_socket()))?;
    let (views, asked) = Views::new(server.clone());
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let agents: Vec<String> = state.agents.keys().map(ToString::to_string).collect();
    let journal = Arc::new(journal);

    let shell_cell: Arc<std::sync::OnceLock<Shell>> = Arc::default();
    let start = start_with(shell_cell.clone());
    let (supervisor, handle) = Supervisor::new(
        journal.clone(),
        state,
        catalog,
        redactor.clone(),
        tasks.clone(),
        stop.clone(),
        start,
    );
    let shell = Shell {
        handle: handle.clone(),
        log: paths.log(),
        paths,
        exe,
        default_agent,
        home,
        boot_id: clock::boot_id(),
        redactor,
        tasks: tasks.clone(),
        stop: stop.clone(),
        asked_to_stop: CancellationToken::new(),
        views,
        checks: check::Checks::default(),
        inbox: hooks::Inbox::default(),
        turns: ship::Turns::default(),
        started_at: clock::now().wall,
    };
    shell_cell.set(shell.clone()).unwrap_or_else(|_| unreachable!("set once, here"));

    let listener = http::listen(&shell.paths.api_socket())?;
    let tmux = tokio::spawn(tmux);
    let mut owner = tokio::spawn(supervisor.telling(pace).run());
    let pid = std::process::id();
    tracing::info!(pid, version = env!("CARGO_PKG_VERSION"), "the supervisor has started");
    // Tried until the log takes it, which on a full disk is later; nobody waits for it.
    let hello = handle.clone();
    tasks.spawn(async move {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        hello.report(Input::SupervisorStarted { pid, version }).await;
    });
    kept::sweep(&shell).await;
    for agent in agents {
        hooks::take_spooled(&shell, &shell.paths.agent_dir(&agent)).await;
    }
    litter::end_unknown(&shell).await;
    handle.send(Command::Gate(Gate::Open)).await;
    tasks.spawn(litter::keep_tidy(shell.clone()));
    let keeper = tokio::spawn(views::keep(shell.clone(), server.clone(), asked));
    let prober = tokio::spawn(probe::keep(shell.clone()));
    let cut_off = shell.clone();
    let taking_back = tasks.spawn(async move { deploy::take_back_cut_off(&cut_off).await });
    // It has looked what is cut off before anybody can make anything new; a full disk must not keep the door shut.
    drop(tokio::time::timeout(DRAIN, taking_back).await);
    let settling = shell.clone();
    tasks.spawn(async move { check::settle_cut_off(&settling).await });
    let door = tokio::spawn(http::serve(shell.clone(), listener));
    tokio::select! {
        () = until_told(&shell) => {}
        _ended = &mut owner => {
            stop.cancel();
            drop(std::fs::remove_file(shell.paths.api_socket()));
            return Err(DaemonError::OwnerEnded);
        }
    }

    drained(&handle).await;
    // Their ends are written while the log still takes words.
    drop(tokio::time::timeout(LAST_CHECKS, check::stop_all(&shell)).await);
    let idle = handle.look(|at| at.state.agents.values().all(|agent| agent.launch.is_none()));
    let idle = tokio::time::timeout(DRAIN, idle).await.is_ok_and(|idle| idle.unwrap_or(false));
    // Requests in progress get their answers while the owner of the state still runs.
    let bye = handle.input(Input::SupervisorStopping { pid }, Origin::system());
    drop(tokio::time::timeout(DRAIN, bye).await);
    stop.cancel();
    prober.abort();
    tasks.close();
    drop(tokio::time::timeout(DRAIN, async { tokio::join!(door, keeper, owner) }).await);
    if idle && let Err(error) = server.kill_server().await {
        // Without an agent there is nothing to show: a tmux server left behind would be litter.
        tracing::warn!(%error, "the tmux server of the views could not be ended");
    }
    tmux.abort();
    drop(std::fs::remove_file(shell.paths.api_socket()));
    Ok(())
}

/// Starts no further delivery and waits for those under way: each half-typed one would hold a person's keys.
async fn drained(handle: &Handle) {
    handle.send(Command::Gate(Gate::Draining)).await;
    let idle = async {
        while !matches!(handle.look(|at| at.delivering == 0).await, Ok(true) | Err(_)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    drop(tokio::time::timeout(DRAIN, idle).await);
}

/// A supervisor needs executors, executors need the handle to the supervisor: the cell closes the circle.
fn start_with(shell: Arc<std::sync::OnceLock<Shell>>) -> Start {
    Box::new(move |effect, supervisor| {
        let Some(shell) = shell.get().cloned() else { return };
        let handle = supervisor.handle.clone();
        let stop = supervisor.stop.clone();
        supervisor.tasks.spawn(async move {
            let job = Job::of(&effect);
            tokio::select! {
                () = stop.cancelled() => {}
                () = execute(shell, effect) => {}
            }
            handle.send(Command::Done(job)).await;
        });
    })
}

async fn execute(shell: Shell, effect: Effect) {
    match effect {
        Effect::Watch { agent, generation } => observe::watch(shell, agent, generation).await,
        Effect::Deliver { agent, generation, message, unfinished } => {
            deliver::deliver(shell, agent, generation, message, unfinished).await;
        }
        Effect::Answer { agent, generation, prompt } => {
            answer::answer(shell, agent, generation, prompt).await;
        }
        Effect::SettleAnswer { agent, generation, prompt } => {
            answer::settle(shell, agent, generation, prompt).await;
        }
        Effect::Stop { agent, generation } => stop::stop(shell, agent, generation).await,
        Effect::Launch { agent, generation } => restart::launch(shell, agent, generation).await,
        Effect::Restore { agent, generation } => restart::restore(shell, agent, generation).await,
        Effect::Digest { agent } => {
            let live = Occurred::live(clock::now(), &shell.boot_id);
            // As with recovery: what the log does not take is due again a moment later.
            drop(shell.handle.input(Input::Digest { agent, live }, Origin::system()).await);
        }
        Effect::Recover => {
            // A log that takes nothing keeps everything as it is: it is due again a moment later.
            drop(shell.handle.input(Input::Recover { now: clock::moment() }, Origin::system()).await);
        }
    }
}

async fn until_told(shell: &Shell) {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return shell.asked_to_stop.cancelled().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        () = shell.asked_to_stop.cancelled() => {}
    }
}

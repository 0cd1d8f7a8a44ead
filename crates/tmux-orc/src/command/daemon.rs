//! `daemon start|stop|status|run|logs|paths`

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use orc_api::{Request, Response};
use orc_daemon::{DaemonError, Settings};

use super::status::age;
use super::unexpected;
use crate::cli::Daemon;
use crate::config::{self, Config};
use crate::connect::{self, ask_running, runtime};
use crate::error::CliError;
use crate::output;
use crate::words::{self, Words};

/// How long what still looks at a disk may take when everything else has ended.
const LAST_LOOKS: Duration = Duration::from_secs(2);

/// Longest wait for a supervisor to end.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn run(verb: Daemon, json: bool) -> Result<ExitCode, CliError> {
    match verb {
        Daemon::Start => start(),
        Daemon::Stop => stop(),
        Daemon::Status => status(json),
        Daemon::Run { detached } => serve(detached),
        Daemon::Logs { lines } => logs(lines),
        Daemon::Paths => paths(json),
    }
}

fn start() -> Result<ExitCode, CliError> {
    let paths = connect::paths()?;
    if let Ok(Response::Pong { pid, .. }) = ask_running(&Request::Ping {}) {
        output::talk(&format!("a supervisor runs already (process {pid})"));
        return Ok(ExitCode::SUCCESS);
    }
    runtime()?.block_on(connect::start(&paths))?;
    let Response::Pong { pid, .. } = ask_running(&Request::Ping {})? else {
        return Err(unexpected());
    };
    output::talk(&format!("started (process {pid})"));
    Ok(ExitCode::SUCCESS)
}

fn stop() -> Result<ExitCode, CliError> {
    // Asked first, because afterwards there is nobody to ask.
    let before = match ask_running(&Request::DaemonStatus {}) {
        Ok(Response::Daemon(view)) => Some((view.pid, view.agents)),
        Ok(_) | Err(_) => None,
    };
    match ask_running(&Request::Shutdown {}) {
        Ok(_) | Err(CliError::Broken(_)) => {}
        Err(CliError::Unreachable(_)) => {
            output::talk("no supervisor runs");
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(error),
    }
    let deadline = Instant::now() + STOP_PATIENCE;
    while ask_running(&Request::Ping {}).is_ok() || before.is_some_and(|(pid, _)| is_alive(pid)) {
        if Instant::now() >= deadline {
            let seconds = STOP_PATIENCE.as_secs();
            return Err(CliError::Failed(format!("the supervisor has not ended within {seconds} s")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    output::talk(&match before {
        Some((_, 0)) => "supervisor stopped; no agent was running".to_owned(),
        Some((_, 1)) => "supervisor stopped; 1 agent goes on, and the next command finds it again".to_owned(),
        Some((_, n)) => {
            format!("supervisor stopped; {n} agents go on, and the next command finds them again")
        }
        None => "supervisor stopped; agents go on, and the next command finds them again".to_owned(),
    });
    Ok(ExitCode::SUCCESS)
}

/// Whether the process runs. One that has ended but whose parent has not asked for its status yet (a client that
/// started it and still follows) does not.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

fn status(json: bool) -> Result<ExitCode, CliError> {
    let Response::Daemon(view) = ask_running(&Request::DaemonStatus {})? else {
        return Err(unexpected());
    };
    if json {
        output::json(&view)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(&format!("version {} (process {}, up {})", view.version, view.pid, age(view.started_at.0)))?;
    output::line(&format!("agents: {} running, {} connected", view.agents, view.connected))?;
    let tmux = view.tmux_pid.map_or_else(|| "not running".to_owned(), |pid| format!("process {pid}"));
    output::line(&format!("tmux server of the views: {tmux}"))?;
    output::line(&format!("log: {} events", view.seq))?;
    output::line(&format!("state: {}\nsockets: {}", view.state_dir, view.runtime_dir))?;
    Ok(ExitCode::SUCCESS)
}

fn serve(detached: bool) -> Result<ExitCode, CliError> {
    if detached {
        // Out of the terminal's session: closing it must not reach us. It fails only where we lead one already.
        let _already_leader = rustix::process::setsid();
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("TMUX_ORC_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let paths = connect::paths()?;
    let words = paths.clone();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Words::new(&words))
        // Its own complaint would be a print to the same place, which panics.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let config = Config::read(&paths.config)?;
    let exe = std::env::current_exe()?;
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from);
    let boot_id = std::env::var("TMUX_ORC_BOOT_ID").ok().filter(|id| !id.is_empty());
    let wall_offset = std::env::var_os("TMUX_ORC_WALL_OFFSET_FILE").map(std::path::PathBuf::from);
    let pace = config.pace(std::env::var(config::DIGESTS).ok().filter(|text| !text.is_empty()))?;
    let settings = Settings { paths, exe, default_agent: config.agent, wall_offset, home, boot_id, pace };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(orc_daemon::run(settings));
    // A look at a disk that never answers must not keep it from ending.
    runtime.shutdown_timeout(LAST_LOOKS);
    match served {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // Several were started at once; the one that won answers for all.
        Err(DaemonError::AlreadyRunning { .. }) if detached => Ok(ExitCode::SUCCESS),
        Err(error @ DaemonError::DataFile(_)) => Err(CliError::Config(error.to_string())),
        Err(error) => Err(CliError::Failed(error.to_string())),
    }
}

fn logs(lines: usize) -> Result<ExitCode, CliError> {
    let path = connect::paths()?.daemon_log();
    let text =
        [words::old(&path), path].map(|path| std::fs::read_to_string(path).unwrap_or_default()).concat();
    let all: Vec<&str> = text.lines().collect();
    for line in &all[all.len().saturating_sub(lines)..] {
        output::line(&output::plain(line))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn paths(json: bool) -> Result<ExitCode, CliError> {
    let paths = connect::paths()?;
    let named = [
        ("state", paths.state.clone()),
        ("runtime", paths.runtime.clone()),
        ("config", paths.config.clone()),
        ("log", paths.log()),
        ("supervisor log", paths.daemon_log()),
        ("socket", paths.api_socket()),
        ("tmux socket", paths.tmux_socket()),
    ];
    if json {
        let map: serde_json::Map<String, serde_json::Value> = named
            .iter()
            .map(|(name, path)| (name.replace(' ', "_"), path.display().to_string().into()))
            .collect();
        output::json(&map)?;
    } else {
        for (name, path) in named {
            output::line(&format!("{name:<15} {}", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

//! Starting one agent: its launch folder, its environment, its shim.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use orc_core::ids::{AgentId, Generation, TeamName};
use orc_core::profile::Profile;
use orc_core::restart::Comeback;
use orc_core::team::{Launch, Process};
use orc_shim::StartReport;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::link::Link;
use crate::observe::exit_file;
use crate::run::Shell;
use crate::template::{Values, json, shell_word};
use crate::{clock, leftovers};

/// A shim that has not reported by then will not.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is needed to start an agent.
pub(crate) struct Order {
    pub(crate) agent: AgentId,
    pub(crate) generation: Generation,
    pub(crate) team: TeamName,
    pub(crate) name: String,
    pub(crate) dir: String,
    pub(crate) profile: Arc<Profile>,
    pub(crate) brief: String,
    pub(crate) environment: BTreeMap<String, String>,
    /// How it comes back; nothing for a first launch.
    pub(crate) comeback: Option<Return>,
}

/// How an agent that ran before comes back.
pub(crate) struct Return {
    pub(crate) how: Comeback,
    /// Its own session, if that is gone on with.
    pub(crate) session: Option<String>,
    /// What was found out about its context.
    pub(crate) note: String,
}

/// What is chosen for a launch. The shim keeps it for a supervisor that finds the shim and did not start it.
#[derive(Debug, Serialize, Deserialize)]
struct Chosen {
    session: String,
    port: u16,
    how: Option<Comeback>,
    note: String,
}

/// Why an agent could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaunchError {
    #[error("{doing} {path}: {source}")]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the shim did not start: {0}")]
    Shim(String),
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LaunchError {
    let path = path.to_owned();
    move |source| LaunchError::Io { doing, path, source }
}

/// The kernel's start time of a process in clock ticks since boot, if it runs.
pub(crate) fn start_time(pid: u32) -> Option<u64> {
    stat(pid).and_then(|(start, ended)| (!ended).then_some(start))
}

/// The process that started a process, if that runs.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The same, and whether it has ended and only its entry is left.
pub(crate) fn stat(pid: u32) -> Option<(u64, bool)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may hold anything; the fields follow its last parenthesis.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ended = matches!(fields.first(), Some(&"Z" | &"X"));
    Some((fields.get(19)?.parse().ok()?, ended))
}

/// Starts the shim and with it the agent.
pub(crate) async fn launch(shell: &Shell, order: Order) -> Result<Launch, LaunchError> {
    let id = order.agent.to_string();
    let own = shell.paths.agent_dir(&id);
    let folder = own.join(format!("launch-{}", order.generation));
    let chosen = choose(&order)?;
    let secret = clock::fresh_uuid().map_err(io("reading", Path::new("/proc/sys/kernel/random/uuid")))?;
    let values = values(shell, &order, &folder, &chosen, secret);
    let spec = orc_shim::Launch {
        agent: id.clone(),
        generation: order.generation.0,
        socket: shell.paths.shim_socket(&id),
        argv: argv(&order, &values),
        env: environment(shell, &order, &values),
        cwd: PathBuf::from(&order.dir),
        cols: 200,
        rows: 50,
        exit_record: own.join(exit_file(order.generation)),
        opaque: serde_json::to_string(&chosen).map_err(|e| LaunchError::Shim(e.to_string()))?,
    };
    if speaks_of(&spec, &folder) {
        std::fs::create_dir_all(&folder).map_err(io("making", &folder))?;
    }
    for file in &order.profile.files {
        write_private(&folder.join(&file.path), values.fill(&file.content).as_bytes())?;
    }
    let report = start_shim(shell, &spec).await?;
    let child = Process { pid: report.child_pid, start: report.child_start };
    running(shell, report.shim_pid, child, chosen)
        .ok_or_else(|| LaunchError::Shim("it ended as soon as it had started".to_owned()))
}

/// Whether the agent is told of its launch folder.
fn speaks_of(spec: &orc_shim::Launch, folder: &Path) -> bool {
    let folder = folder.to_string_lossy();
    let environment = spec.env.iter().map(|(_, value)| value);
    spec.argv.iter().chain(environment).any(|word| word.contains(&*folder))
}

fn running(shell: &Shell, shim: u32, child: Process, chosen: Chosen) -> Option<Launch> {
    let Chosen { session, port, how, note } = chosen;
    Some(Launch {
        shim: Process { pid: shim, start: start_time(shim)? },
        child,
        session,
        port,
        at: clock::now().wall,
        boot: shell.boot_id.clone(),
        how,
        note,
    })
}

fn choose(order: &Order) -> Result<Chosen, LaunchError> {
    let fresh = || clock::fresh_uuid().map_err(io("reading", Path::new("/proc/sys/kernel/random/uuid")));
    let port = free_port().map_err(io("binding", Path::new("127.0.0.1")))?;
    let comeback = order.comeback.as_ref();
    let session = match comeback.and_then(|comeback| comeback.session.clone()) {
        Some(session) => session,
        None => fresh()?,
    };
    let note = comeback.map(|comeback| comeback.note.clone()).unwrap_or_default();
    Ok(Chosen { session, port, how: comeback.map(|comeback| comeback.how), note })
}

/// The launch of this number, if it was made already by a supervisor that was killed before it could say so.
pub(crate) async fn adopt(shell: &Shell, agent: AgentId, generation: Generation) -> Option<Launch> {
    let id = agent.to_string();
    let (_, hello) = Link::connect(&shell.paths.shim_socket(&id)).await.ok()?;
    let meant = hello.generation == generation.0 && hello.agent == id;
    if !meant || !leftovers::is_of_this_state(shell, hello.child_pid) {
        return None;
    }
    let chosen = serde_json::from_str(&hello.opaque).ok()?;
    running(shell, hello.shim_pid, Process { pid: hello.child_pid, start: hello.child_start }, chosen)
}

#[expect(clippy::disallowed_methods, reason = "our own program, which outlives this one")]
async fn start_shim(shell: &Shell, spec: &orc_shim::Launch) -> Result<StartReport, LaunchError> {
    let mut child = tokio::process::Command::new(&shell.exe)
        .arg("shim")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(io("starting", &shell.exe))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(mut stdout), Some(mut stderr)) = pipes else {
        return Err(LaunchError::Shim("it has no pipes".to_owned()));
    };
    let words = serde_json::to_vec(spec).map_err(|e| LaunchError::Shim(e.to_string()))?;
    let (mut answer, mut complaint) = (Vec::new(), Vec::new());
    let talk = async {
        stdin.write_all(&words).await?;
        drop(stdin);
        // It lets go of both once it has reported.
        tokio::try_join!(stdout.read_to_end(&mut answer), stderr.read_to_end(&mut complaint))
    };
    match tokio::time::timeout(PATIENCE, talk).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(LaunchError::Shim(error.to_string())),
        Err(_) => {
            drop(child.start_kill());
            return Err(LaunchError::Shim(format!("no report within {PATIENCE:?}")));
        }
    }
    let report: StartReport = serde_json::from_slice(&answer).map_err(|_| {
        let [answer, complaint] = [answer, complaint].map(|said| String::from_utf8_lossy(&said).into_owned());
        LaunchError::Shim(format!("it said {:?} {:?}", answer.trim(), complaint.trim()))
    })?;
    if report.ok { Ok(report) } else { Err(LaunchError::Shim(report.error.unwrap_or_default())) }
}

fn values(shell: &Shell, order: &Order, folder: &Path, chosen: &Chosen, secret: String) -> Values {
    let hook = [shell.exe.to_string_lossy().into_owned(), "hook".to_owned()];
    let hook_shell = hook.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
    Values::new(vec![
        ("launch_dir", folder.to_string_lossy().into_owned()),
        ("session", chosen.session.clone()),
        ("native_session", chosen.session.clone()),
        ("secret", secret),
        ("port", chosen.port.to_string()),
        ("cwd", order.dir.clone()),
        ("name", format!("{}:{}", order.team, order.name)),
        ("self", shell.exe.to_string_lossy().into_owned()),
        ("self_json", json(&shell.exe.to_string_lossy())),
        ("brief", order.brief.clone()),
        ("brief_json", json(&order.brief)),
        ("hook_shell_json", json(&hook_shell)),
        ("hook_shell", hook_shell),
        ("hook_argv_json", serde_json::Value::from(hook.to_vec()).to_string()),
    ])
}

fn argv(order: &Order, values: &Values) -> Vec<String> {
    let mut argv = vec![values.fill(&order.profile.binary)];
    let resumes = order.comeback.as_ref().is_some_and(|comeback| comeback.session.is_some());
    let resume = order.profile.resume.as_ref().filter(|_| resumes);
    let session = resume.map_or(&order.profile.fresh_args, |resume| &resume.args);
    let words = order.profile.args.iter().chain(session).chain(&order.profile.brief_args);
    argv.extend(words.map(|word| values.fill(word)));
    argv
}

/// The environment of the person who deployed, without what belongs to the terminal it was typed in, and with
/// what lets the agent talk to us.
fn environment(shell: &Shell, order: &Order, values: &Values) -> Vec<(String, String)> {
    let mut env = order.environment.clone();
    env.retain(|name, _| {
        !matches!(name.as_str(), "TMUX" | "TMUX_PANE" | "COLUMNS" | "LINES" | "TERM_PROGRAM" | "WINDOWID")
    });
    env.insert("TERM".into(), "tmux-256color".into());
    env.insert("COLORTERM".into(), "truecolor".into());
    env.insert("PWD".into(), order.dir.clone());
    let own = [
        ("TMUX_ORC_AGENT_ID", order.agent.to_string()),
        ("TMUX_ORC_GENERATION", order.generation.to_string()),
        ("TMUX_ORC_TEAM", order.team.to_string()),
        ("TMUX_ORC_STATE_DIR", shell.paths.state.to_string_lossy().into_owned()),
        ("TMUX_ORC_RUNTIME_DIR", shell.paths.runtime.to_string_lossy().into_owned()),
        ("TMUX_ORC_CONFIG_DIR", shell.paths.config.to_string_lossy().into_owned()),
        ("TMUX_ORC_BIN", shell.exe.to_string_lossy().into_owned()),
    ];
    env.extend(own.map(|(name, value)| (name.to_owned(), value)));
    if let Some(folder) = shell.exe.parent() {
        // Agents call `tmux-orc` by name; what the person has on the path stays first.
        let path = env.entry("PATH".into()).or_insert_with(|| "/usr/local/bin:/usr/bin:/bin".into());
        *path = format!("{path}:{}", folder.display());
    }
    env.extend(order.profile.env.iter().map(|(name, value)| (name.clone(), values.fill(value))));
    env.into_iter().collect()
}

/// A loopback port that is free now. The agent binds it some seconds later, and may not start when somebody else was
/// faster: so it is none of those that the kernel gives to every outgoing connection.
fn free_port() -> std::io::Result<u16> {
    const LOWEST: u16 = 10_000;
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let given = range.split_whitespace().next().and_then(|low| low.parse().ok()).unwrap_or(32_768);
    for _ in 0..20 {
        let random = u16::from_str_radix(&clock::fresh_uuid()?[..4], 16).unwrap_or_default();
        let port = LOWEST + random % u16::max(given, LOWEST + 1).abs_diff(LOWEST);
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    // An odd range: any free one is better than none.
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Writes a file that only we can read. It outlives us; a host that falls within seconds may lose it, and every launch
/// writes its own anew.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<std::fs::File, LaunchError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io("making", folder))?;
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(io("writing", path))?;
    file.write_all(content).map_err(io("writing", path))?;
    Ok(file)
}

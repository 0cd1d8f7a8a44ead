//! Looking at the processes of agents: one that is stopped, one in which nothing moves, one that has become a shell.
//! What is seen is judged by the core ([`hang`]); what `/proc` cannot show is left open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use orc_core::ids::{AgentId, Generation};
use orc_core::input::Input;
use orc_core::recovery::Mode;
use orc_core::recovery::hang::{Facts, Finding, Patience, Tree, Watch};
use orc_core::team::{Agent, AgentState, Process, Source};

use crate::handle::{Handle, Look};
use crate::procfs;
use crate::run::Shell;
use crate::{clock, launch};

/// Between two looks in an emergency.
const QUICK: Duration = Duration::from_secs(1);
/// So many quick looks are left out otherwise.
const SLOW: u32 = 5;

/// One running agent, as far as a look at its process needs it.
struct Watched {
    agent: AgentId,
    generation: Generation,
    child: Process,
    state: AgentState,
    ready: bool,
    program: Option<String>,
    outputs: u64,
    drawing: bool,
    patience: Patience,
    wants_tree: bool,
}

/// What is remembered of a launch.
struct Memory {
    generation: Generation,
    watch: Watch,
    /// What was said before the agent was found hung or replaced.
    before: Option<AgentState>,
}

/// What the kernel says of one agent.
struct Seen {
    facts: Facts,
    program: Option<String>,
}

/// Looks until the supervisor ends.
pub(crate) async fn keep(shell: Shell) {
    let shells = shells();
    let mut memory: BTreeMap<AgentId, Memory> = BTreeMap::new();
    let mut last = Instant::now();
    let mut skipped = 0;
    loop {
        tokio::time::sleep(QUICK).await;
        let Ok(emergency) = shell.handle.look(emergency).await else { return };
        skipped += 1;
        if !emergency && skipped < SLOW {
            continue;
        }
        let longest = QUICK * 2 * skipped;
        skipped = 0;
        let Some(mut watched) = watched(&shell.handle).await else { return };
        memory.retain(|agent, known| {
            watched.iter().any(|one| one.agent == *agent && one.generation == known.generation)
        });
        for one in &mut watched {
            let known = memory.entry(one.agent).or_insert_with(|| Memory {
                generation: one.generation,
                watch: Watch::default(),
                before: None,
            });
            one.wants_tree = known.watch.wants_tree(&one.state, one.outputs, one.drawing);
        }
        let looked = tokio::task::spawn_blocking(move || {
            watched.into_iter().filter_map(|one| Some((read(&one)?, one))).collect::<Vec<_>>()
        });
        let Ok(looked) = looked.await else { return };
        // A supervisor that stood still itself was not looking.
        let passed = last.elapsed().min(longest);
        last = Instant::now();
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        for (seen, one) in looked {
            if let Some(known) = memory.get_mut(&one.agent) {
                judge(&shell, &shells, one, seen, known, passed_ms).await;
            }
        }
    }
}

fn emergency(at: &Look<'_>) -> bool {
    let recovery = &at.state.recovery;
    let mut policies = recovery.teams.values().chain([&recovery.everywhere]);
    policies.any(|policy| policy.as_ref().is_some_and(|policy| policy.mode == Mode::Emergency))
}

async fn watched(handle: &Handle) -> Option<Vec<Watched>> {
    let look = handle.look(|at| {
        let of_agent = |agent: &Agent| {
            let policy = at.state.recovery.policy(&agent.team);
            let limits = policy.map_or(Mode::Normal, |policy| policy.mode).limits();
            let news = at.links.get(&agent.id)?.news.borrow();
            Some(Watched {
                agent: agent.id,
                generation: agent.generation,
                child: agent.launch.as_ref()?.child,
                state: agent.state.clone(),
                ready: agent.was_ready,
                program: agent.program.clone(),
                outputs: news.screens,
                drawing: news.flowing,
                patience: Patience {
                    hang_after_ms: policy
                        .map_or(limits.hang_after_ms, orc_core::recovery::Policy::hang_after_ms),
                    stopped_after_ms: limits.stopped_after_ms,
                },
                wants_tree: false,
            })
        };
        at.state.agents.values().filter(|agent| !agent.stopping).filter_map(of_agent).collect()
    });
    look.await.ok()
}

/// What the kernel says of the agent; nothing when exactly this process does not run any more.
fn read(one: &Watched) -> Option<Seen> {
    let program = std::fs::read_link(format!("/proc/{}/exe", one.child.pid)).ok();
    let tree = one.wants_tree.then(|| procfs::tree(one.child.pid));
    let stopped = procfs::is_stopped(one.child.pid)?;
    // Read last: all of it was of this process.
    (launch::start_time(one.child.pid) == Some(one.child.start)).then(|| Seen {
        facts: Facts { stopped, outputs: one.outputs, drawing: one.drawing, tree: tree.map(counted) },
        program: program.map(|path| path.to_string_lossy().into_owned()),
    })
}

fn counted(tree: procfs::Counted) -> Tree {
    Tree { processes: tree.processes, cpu_ms: tree.cpu_ms, bytes: tree.bytes }
}

async fn judge(
    shell: &Shell,
    shells: &BTreeSet<String>,
    one: Watched,
    seen: Seen,
    known: &mut Memory,
    passed_ms: u64,
) {
    let (agent, generation) = (one.agent, one.generation);
    let now_runs = seen.program.as_deref();
    if one.ready
        && one.program.is_none()
        && let Some(program) = now_runs
    {
        let program = program.to_owned();
        shell.handle.report(Input::ProgramKnown { agent, generation, program }).await;
    }
    let is_shell = |program: &str| {
        Path::new(program).file_name().is_some_and(|name| shells.contains(&*name.to_string_lossy()))
    };
    let became = now_runs
        .filter(|program| is_shell(program))
        .filter(|program| one.program.as_deref().is_some_and(|own| own != *program && !is_shell(own)));
    let replaced = matches!(one.state, AgentState::Replaced { .. });
    let said = match (became, replaced) {
        (Some(_), true) => None,
        (Some(program), false) => {
            known.before = Some(one.state.clone());
            let own = one.program.as_deref().unwrap_or_default();
            Some((
                AgentState::Replaced { by: program.to_owned() },
                format!("/proc: it runs {program}, not {own}"),
            ))
        }
        (None, true) => Some((back(known), "/proc: it runs its own program again".to_owned())),
        (None, false) => match known.watch.look(&one.state, seen.facts, passed_ms, one.patience) {
            None => None,
            Some(Finding::Moves) => Some((back(known), "/proc: it moves again".to_owned())),
            Some(Finding::Hung { still_ms, proof }) => {
                known.before = Some(one.state.clone());
                let since = clock::now().wall.minus_millis(still_ms);
                let detail = format!("/proc: {proof}");
                Some((AgentState::Hung { since, proof }, detail))
            }
        },
    };
    if let Some((state, detail)) = said {
        let source = Source::Process;
        shell.handle.report(Input::Seen { agent, generation, state, source, detail }).await;
    }
}

/// What was said before; of what an earlier supervisor said only that a turn was running.
fn back(known: &mut Memory) -> AgentState {
    known.before.take().unwrap_or(AgentState::Working)
}

/// The names of the shells of this machine.
fn shells() -> BTreeSet<String> {
    let listed = std::fs::read_to_string("/etc/shells").unwrap_or_default();
    let listed =
        listed.lines().filter(|line| line.starts_with('/')).filter_map(|line| line.rsplit('/').next());
    let usual = ["sh", "bash", "dash", "zsh", "fish", "ksh", "mksh", "tcsh", "csh", "ash", "busybox"];
    listed.chain(usual).map(str::to_owned).collect()
}

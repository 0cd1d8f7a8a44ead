//! Making a team, or adding to one: check everything first, then start everything, or leave nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use orc_api::request::{AddAgent, AgentChoice, Deploy};
use orc_api::response::{Preview, PreviewMember, Response};
use orc_core::catalog::{Catalog, KNOWN_ORDER};
use orc_core::composition::Place;
use orc_core::decide::Reply;
use orc_core::delivery::{MessageKind, Sender};
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, CompositionId, Generation, ProfileId, TeamName};
use orc_core::input::{Input, NewAgent};
use orc_core::profile::Profile;
use orc_core::role::{Role, brief};
use orc_core::target;
use orc_core::team::Exit;
use orc_shim::protocol::{ShimSignal, ToShim};

use crate::journal::Origin;
use crate::launch::{self, Order};
use crate::link::Link;
use crate::requests::{cli, team_view};
use crate::run::Shell;
use crate::{catalog_files, handle::Command};

/// Longest wait for an agent CLI to print its version.
const VERSION_PATIENCE: Duration = Duration::from_secs(20);

/// Everything that is known before the first process starts.
struct Checked {
    team: TeamName,
    kind: CompositionId,
    dir: String,
    members: Vec<(Place, Profile)>,
    warnings: Vec<String>,
}

/// `quick-deploy`.
pub(crate) async fn deploy(shell: &Shell, request: Deploy) -> Result<Response, Refusal> {
    let catalog = fresh_catalog(shell).await?;
    let checked = check(shell, &catalog, &request).await?;
    if request.dry_run {
        return Ok(Response::Preview(preview(shell, checked)));
    }
    let Checked { team, kind, dir, members, .. } = checked;
    let newcomers = members.iter().map(|(place, profile)| newcomer(place, profile)).collect();
    let create = Input::CreateTeam { team: team.clone(), kind, dir, members: newcomers };
    let Reply::Added(ids) = shell.handle.input(create, cli()).await? else {
        return Err(Refusal::new(Code::Internal, "the team was not made", ""));
    };
    let profiles: Vec<Profile> = members.into_iter().map(|(_, profile)| profile).collect();
    let started = start(shell, &ids, profiles.clone(), &request.environment.0, None).await;
    let shown = match started {
        Ok(()) => shell.views.restore().await.map_err(|e| format!("the tmux windows could not be made: {e}")),
        Err(reason) => Err(reason),
    };
    if let Err(reason) = shown {
        take_back(shell, &ids).await;
        shell.handle.report(Input::AbortTeam { team: team.clone(), reason: reason.clone() }).await;
        drop(shell.views.restore().await);
        return Err(Refusal::new(
            Code::Conflict,
            format!("team `{team}` could not be started: {reason}"),
            "nothing of it was left running; `tmux-orc doctor` looks for the cause",
        ));
    }
    brief_newcomers(shell, &team, &ids, &profiles, &BTreeMap::new()).await?;
    if let Some(text) = request.brief {
        let safe = orc_core::envelope::make_safe(&text);
        let (from, kind, notes) = (Sender::Operator, MessageKind::Broadcast, safe.notes);
        shell
            .handle
            .input(Input::Send { team: team.clone(), from, kind, to: ids, text: safe.text, notes }, cli())
            .await?;
    }
    team_view(shell, &team).await
}

/// `team add`.
pub(crate) async fn add(shell: &Shell, request: AddAgent) -> Result<Response, Refusal> {
    let catalog = fresh_catalog(shell).await?;
    let AddAgent { team, title, role, profile, brief, environment } = request;
    let own_brief = brief.is_some();
    let wanted = role_of(&catalog, &role, own_brief, &title)?;
    let name_of = team.clone();
    let found = shell
        .handle
        .look(move |at| {
            target::team(at.state, &name_of)
                .map(|team| (team.name.clone(), team.dir.clone(), team.agents.clone()))
        })
        .await?;
    let (team, _, colleagues) = found?;
    let choices: Vec<AgentChoice> =
        profile.into_iter().map(|profile| AgentChoice { role: None, profile }).collect();
    let mut problems = Vec::new();
    let played = profile_for(shell, &catalog, &choices, &role, &environment.0, &mut problems);
    if let Some(profile) = &played {
        problems.extend(not_runnable(shell, profile, &environment.0).await);
    }
    let (Some(profile), true) = (played, problems.is_empty()) else {
        return Err(preflight(problems));
    };
    let member = NewAgent {
        name: role
            .parse()
            .map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?,
        title: title.clone(),
        role: wanted.id.clone(),
        profile: profile.id.clone(),
    };
    let Reply::Added(ids) = shell.handle.input(Input::AddAgent { team: team.clone(), member }, cli()).await?
    else {
        return Err(Refusal::new(Code::Internal, "the agent was not added", ""));
    };
    let briefs: BTreeMap<AgentId, Role> = ids
        .iter()
        .map(|id| {
            (*id, Role { brief: brief.clone().unwrap_or_else(|| wanted.brief.clone()), ..wanted.clone() })
        })
        .collect();
    let started = start(shell, &ids, vec![profile.clone()], &environment.0, Some(&briefs)).await;
    let shown = match started {
        Ok(()) => shell.views.restore().await,
        Err(reason) => Err(reason),
    };
    if let Err(reason) = shown {
        take_back(shell, &ids).await;
        for agent in &ids {
            shell.handle.report(Input::RemoveAgent { agent: *agent, reason: reason.clone() }).await;
        }
        return Err(Refusal::new(
            Code::Conflict,
            format!("the agent could not be started: {reason}"),
            "`tmux-orc doctor` looks for the cause",
        ));
    }
    brief_newcomers(shell, &team, &ids, &[profile], &briefs).await?;
    tell_of_newcomer(shell, &team, &ids, &colleagues, &title).await?;
    let id = ids.first().copied().unwrap_or(AgentId(0));
    crate::requests::agent_view(shell, id).await
}

/// The newcomer gets what was broadcast so far; the manager is told who came.
async fn tell_of_newcomer(
    shell: &Shell,
    team: &TeamName,
    ids: &[AgentId],
    colleagues: &[AgentId],
    title: &str,
) -> Result<(), Refusal> {
    let (from, kind, notes) = (Sender::System, MessageKind::Direct, Vec::new());
    let so_far = crate::requests::broadcasts(shell, team).await?;
    if !so_far.is_empty() {
        let text = format!("What was said to the whole team before you came:\n\n{}", so_far.join("\n\n"));
        let (from, to, notes) = (from.clone(), ids.to_vec(), notes.clone());
        shell
            .handle
            .input(Input::Send { team: team.clone(), from, kind, to, text, notes }, Origin::system())
            .await?;
    }
    let manager = shell.handle.look({
        let colleagues = colleagues.to_vec();
        move |at| {
            colleagues.iter().copied().find(|id| at.state.agent(*id).is_some_and(|a| a.role.as_str() == "pm"))
        }
    });
    let Some(manager) = manager.await? else {
        return Ok(());
    };
    let text = format!("{title} has joined the team. Give them a task when there is one.");
    let to = vec![manager];
    shell
        .handle
        .input(Input::Send { team: team.clone(), from, kind, to, text, notes }, Origin::system())
        .await?;
    Ok(())
}

/// The user's data files as they are now.
async fn fresh_catalog(shell: &Shell) -> Result<Catalog, Refusal> {
    let catalog = catalog_files::load(&shell.paths.config).map_err(|e| {
        Refusal::new(Code::Config, e.to_string(), "mend the file, or move it away to use the built-in one")
    })?;
    shell.handle.send(Command::Catalog(Box::new(catalog.clone()))).await;
    Ok(catalog)
}

fn newcomer(place: &Place, profile: &Profile) -> NewAgent {
    NewAgent {
        name: place.name.clone(),
        title: place.title.clone(),
        role: place.role.clone(),
        profile: profile.id.clone(),
    }
}

fn preflight(problems: Vec<String>) -> Refusal {
    let message = match problems.as_slice() {
        [one] => one.clone(),
        several => format!("{} problems were found; nothing was started", several.len()),
    };
    Refusal::new(Code::Preflight, message, "`tmux-orc doctor` checks everything that a team needs")
        .with_problems(problems)
}

/// Checks everything at once.
async fn check(shell: &Shell, catalog: &Catalog, request: &Deploy) -> Result<Checked, Refusal> {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let kind = request.kind.parse::<CompositionId>().ok();
    let composition = kind.as_ref().and_then(|kind| catalog.composition(kind));
    let roster = match composition {
        None => {
            let known: Vec<&str> = catalog.compositions().map(|entry| entry.value.id.as_str()).collect();
            let near = target::near_misses(&request.kind, &known)
                .unwrap_or_else(|| format!("known: {}", known.join(", ")));
            problems.push(format!("there is no team type `{}`; {near}", request.kind));
            problems
                .extend(orc_core::composition::check_size(request.size).err().map(|refusal| refusal.message));
            Vec::new()
        }
        Some(entry) => entry.value.roster(request.size).unwrap_or_else(|refusal| {
            problems.push(refusal.message);
            Vec::new()
        }),
    };
    let team = team_name(request).map_err(|problem| problems.push(problem)).ok();
    if let Some(team) = team.clone() {
        let taken = shell.handle.look(move |at| {
            at.state
                .teams
                .get(&team)
                .is_some_and(|known| known.phase != orc_core::team::TeamPhase::Stopped)
                .then_some(team)
        });
        if let Some(team) = taken.await? {
            problems.push(format!(
                "there is already a team `{team}`; choose another --project-name or stop it first"
            ));
        }
    }
    let dir = Path::new(&request.dir);
    if !dir.is_dir() {
        problems.push(format!("the directory {} does not exist", request.dir));
    } else if !dir.ancestors().any(|at| at.join(".git").exists()) {
        warnings.push(format!(
            "{} is not in a git repository: there will be no branch and no pull request",
            request.dir
        ));
    }
    if let Err(error) = orc_tmux::probe(Path::new("tmux")).await {
        problems.push(format!("tmux: {error}"));
    }
    let mut members = Vec::new();
    for place in roster {
        let profile = profile_for(
            shell,
            catalog,
            &request.agents,
            place.role.as_str(),
            &request.environment.0,
            &mut problems,
        );
        if let Some(profile) = profile {
            members.push((place, profile));
        }
    }
    let roles: BTreeSet<&str> = members.iter().map(|(place, _)| place.role.as_str()).collect();
    for choice in request.agents.iter().filter_map(|choice| choice.role.as_deref()) {
        if !members.is_empty() && !roles.contains(choice) {
            problems.push(format!("--agent {choice}=…: the team has no role `{choice}`"));
        }
    }
    for (place, _) in &members {
        if catalog.role(&place.role).is_none() {
            problems.push(format!("there is no role `{}`: add roles/{}.md", place.role, place.role));
        }
    }
    let distinct: BTreeMap<&ProfileId, &Profile> =
        members.iter().map(|(_, profile)| (&profile.id, profile)).collect();
    for profile in distinct.values() {
        problems.extend(not_runnable(shell, profile, &request.environment.0).await);
    }
    problems.dedup();
    match (team, kind) {
        (Some(team), Some(kind)) if problems.is_empty() => {
            Ok(Checked { team, kind, dir: request.dir.clone(), members, warnings })
        }
        _ => Err(preflight(problems)),
    }
}

fn team_name(request: &Deploy) -> Result<TeamName, String> {
    let given = request.team.clone().unwrap_or_else(|| {
        let last = Path::new(&request.dir).file_name().map(|name| name.to_string_lossy().into_owned());
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' }
        };
        last.unwrap_or_default().chars().map(plain).take(40).collect()
    });
    given.parse::<TeamName>().map_err(|e| e.to_string())
}

/// Which profile plays a role: the choice for the role, the choice for all, the environment's, the configured, the
/// first that is installed.
fn profile_for(
    shell: &Shell,
    catalog: &Catalog,
    choices: &[AgentChoice],
    role: &str,
    environment: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) -> Option<Profile> {
    let own = choices.iter().find(|choice| choice.role.as_deref() == Some(role));
    let chosen = own
        .or_else(|| choices.iter().find(|choice| choice.role.is_none()))
        .map(|choice| choice.profile.clone());
    let path = environment.get("PATH").map(String::as_str);
    let installed = || {
        let there = |id: &&str| {
            let profile = id.parse().ok().and_then(|id| catalog.profile(&id))?;
            find_program(&profile.profile.binary, path).map(|_| (*id).to_owned())
        };
        KNOWN_ORDER.iter().find_map(there)
    };
    let wanted = chosen
        .or_else(|| environment.get("TMUX_ORC_AGENT").filter(|id| !id.is_empty()).cloned())
        .or_else(|| shell.default_agent.clone())
        .or_else(installed);
    let Some(wanted) = wanted else {
        let none = "no agent CLI was found (looked for claude, codex, opencode); install one, or rehearse with --agent scripted";
        if !problems.iter().any(|problem| problem == none) {
            problems.push(none.to_owned());
        }
        return None;
    };
    let found = wanted.parse::<ProfileId>().ok().and_then(|id| catalog.profile(&id));
    if found.is_none() {
        let known: Vec<&str> = catalog.profiles().map(|entry| entry.profile.id.as_str()).collect();
        let near =
            target::near_misses(&wanted, &known).unwrap_or_else(|| format!("known: {}", known.join(", ")));
        let problem = format!("there is no agent profile `{wanted}`; {near}");
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    found.map(|entry| entry.profile.clone())
}

/// What keeps a profile's program from running, if anything does.
async fn not_runnable(
    shell: &Shell,
    profile: &Profile,
    environment: &BTreeMap<String, String>,
) -> Option<String> {
    if profile.binary == "{self}" {
        return None;
    }
    let path = environment.get("PATH").map(String::as_str);
    let Some(program) = find_program(&profile.binary, path) else {
        let hint = if profile.install_hint.is_empty() {
            String::new()
        } else {
            format!("; {}", profile.install_hint)
        };
        return Some(format!("{}: `{}` is not on the PATH{hint}", profile.name, profile.binary));
    };
    if profile.version_args.is_empty() {
        return None;
    }
    let mut command = tokio::process::Command::new(&program);
    command
        .args(&profile.version_args)
        .env_clear()
        .envs(environment)
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
    match tokio::time::timeout(VERSION_PATIENCE, command.output()).await {
        Ok(Ok(done)) if done.status.success() => None,
        Ok(Ok(done)) => {
            Some(format!("{}: {} does not run ({})", profile.name, program.display(), done.status))
        }
        Ok(Err(error)) => Some(format!("{}: {} does not run ({error})", profile.name, program.display())),
        Err(_) => Some(format!(
            "{}: {} did not print its version within {VERSION_PATIENCE:?}",
            profile.name,
            program.display()
        )),
    }
    .inspect(|problem| tracing::info!(%problem, exe = %shell.exe.display(), "preflight"))
}

/// A program on a path, as `execvp` would find it.
pub(crate) fn find_program(name: &str, path: Option<&str>) -> Option<PathBuf> {
    let runs = |file: &Path| file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok();
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|file| runs(file));
    }
    path.unwrap_or("/usr/local/bin:/usr/bin:/bin")
        .split(':')
        .map(|dir| Path::new(dir).join(name))
        .find(|file| runs(file))
}

fn preview(shell: &Shell, checked: Checked) -> Preview {
    let member = |(index, (place, profile)): (usize, (Place, Profile))| PreviewMember {
        target: format!("{}:{index}", checked.team),
        title: place.title,
        role: place.role.to_string(),
        profile: profile.id.to_string(),
        program: if profile.binary == "{self}" { shell.exe.display().to_string() } else { profile.binary },
    };
    Preview {
        team: checked.team.clone(),
        dir: checked.dir,
        members: checked.members.into_iter().enumerate().map(member).collect(),
        warnings: checked.warnings,
    }
}

/// Starts the processes of agents that the log knows, all at once. On a failure the others are still running.
async fn start(
    shell: &Shell,
    ids: &[AgentId],
    profiles: Vec<Profile>,
    environment: &BTreeMap<String, String>,
    briefs: Option<&BTreeMap<AgentId, Role>>,
) -> Result<(), String> {
    let mut tasks = tokio::task::JoinSet::new();
    for (agent, profile) in ids.iter().copied().zip(profiles) {
        let own = briefs.and_then(|briefs| briefs.get(&agent)).cloned();
        let Some(order) = order(shell, agent, profile, environment.clone(), own).await else {
            return Err(format!("agent {agent} is gone"));
        };
        let shell = shell.clone();
        tasks.spawn(async move {
            let generation = order.generation;
            let launch = launch::launch(&shell, order).await.map_err(|e| e.to_string())?;
            match shell.handle.input(Input::Launched { agent, generation, launch }, Origin::system()).await {
                Ok(Reply::Stale) => Err(format!("agent {agent} was started twice")),
                Ok(_) => Ok(()),
                Err(refusal) => Err(refusal.message),
            }
        });
    }
    let mut failures = Vec::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => failures.push(reason),
            Err(error) => failures.push(error.to_string()),
        }
    }
    failures.dedup();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

async fn order(
    shell: &Shell,
    agent: AgentId,
    profile: Profile,
    environment: BTreeMap<String, String>,
    own: Option<Role>,
) -> Option<Order> {
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent)?;
        let team = at.state.teams.get(&found.team)?;
        let members: Vec<_> = at.state.agents_of(team).collect();
        let role = own.or_else(|| at.catalog.role(&found.role).map(|entry| entry.value.clone()))?;
        Some(Order {
            agent,
            generation: found.generation.next(),
            team: team.name.clone(),
            name: found.name.to_string(),
            dir: team.dir.clone(),
            profile,
            brief: brief(&role, found, team, &members),
            environment,
        })
    });
    look.await.ok().flatten()
}

/// Ends what a failed start left running, at once.
async fn take_back(shell: &Shell, ids: &[AgentId]) {
    for agent in ids.iter().copied() {
        let socket = shell.paths.shim_socket(&agent.to_string());
        let Ok((link, hello)) = Link::connect(&socket).await else {
            continue;
        };
        drop(link.call(|seq| ToShim::Signal { seq, signal: ShimSignal::Kill, group: true }).await);
        let mut news = link.news.clone();
        let over = news.wait_for(|news| news.exit.is_some() || news.closed);
        drop(tokio::time::timeout(Duration::from_secs(3), over).await);
        drop(link.call(|seq| ToShim::Shutdown { seq, end_leftovers: true }).await);
        let (generation, exit) = (Generation(hello.generation), Exit::Signal(9));
        shell.handle.report(Input::Ended { agent, generation, exit, last_words: String::new() }).await;
    }
}

/// The role brief as first message, for agents that cannot be given it at launch.
async fn brief_newcomers(
    shell: &Shell,
    team: &TeamName,
    ids: &[AgentId],
    profiles: &[Profile],
    own: &BTreeMap<AgentId, Role>,
) -> Result<(), Refusal> {
    for (agent, profile) in ids.iter().copied().zip(profiles) {
        if !profile.brief_args.is_empty() {
            continue;
        }
        let Some(order) =
            order(shell, agent, profile.clone(), BTreeMap::new(), own.get(&agent).cloned()).await
        else {
            continue;
        };
        let (from, kind, notes) = (Sender::System, MessageKind::Brief, Vec::new());
        let (team, to) = (team.clone(), vec![agent]);
        shell
            .handle
            .input(Input::Send { team, from, kind, to, text: order.brief, notes }, Origin::system())
            .await?;
    }
    Ok(())
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

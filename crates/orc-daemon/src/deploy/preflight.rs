//! Everything is checked before anything is made, and all problems are told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use orc_api::request::{AgentChoice, Deploy};
use orc_core::catalog::{Catalog, ProfileEntry};
use orc_core::composition::Place;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{CompositionId, ProfileId, TeamName};
use orc_core::incident::Occurred;
use orc_core::profile::Profile;
use orc_core::target;
use orc_core::team::TeamPhase;

use crate::program::{self, Program, find};
use crate::run::Shell;
use crate::worktree::{self, Worktree};

/// Longest wait for an agent CLI to print its version.
const VERSION_PATIENCE: Duration = Duration::from_secs(20);

/// One place with who plays it and where.
pub(super) struct Seat {
    pub(super) place: Place,
    pub(super) profile: Arc<Profile>,
    pub(super) worktree: Option<Worktree>,
}

/// Everything that is known before the first process starts.
pub(super) struct Checked {
    pub(super) team: TeamName,
    pub(super) kind: CompositionId,
    pub(super) dir: String,
    pub(super) members: Vec<Seat>,
    pub(super) warnings: Vec<String>,
}

/// Checks everything at once.
pub(super) async fn check(
    shell: &Shell,
    catalog: &Catalog,
    request: &Deploy,
    live: &Occurred,
) -> Result<Checked, Refusal> {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    if let Some(incident) = &request.incident {
        problems.extend(incident.check(live).err().map(|refusal| format!("--started: {}", refusal.message)));
        if incident.title.trim().is_empty() {
            problems.push("--incident needs a title: say in a line what is wrong".to_owned());
        }
    }
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
            at.state.teams.get(&team).is_some_and(|known| known.phase != TeamPhase::Stopped).then_some(team)
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
            members.push(Seat { place, profile, worktree: None });
        }
    }
    let roles: BTreeSet<&str> = members.iter().map(|seat| seat.place.role.as_str()).collect();
    for choice in request.agents.iter().filter_map(|choice| choice.role.as_deref()) {
        if !members.is_empty() && !roles.contains(choice) {
            problems.push(format!("--agent {choice}=…: the team has no role `{choice}`"));
        }
    }
    for Seat { place, .. } in &members {
        if catalog.role(&place.role).is_none() {
            problems.push(format!("there is no role `{}`: add roles/{}.md", place.role, place.role));
        }
    }
    let distinct: BTreeMap<&ProfileId, &Profile> =
        members.iter().map(|seat| (&seat.profile.id, &*seat.profile)).collect();
    for profile in distinct.values() {
        problems.extend(not_runnable(profile, &request.dir, &request.environment.0).await);
    }
    if let Some(team) = team.as_ref().filter(|_| request.worktrees) {
        problems.extend(plan_worktrees(shell, team, &request.dir, &mut members).await);
    }
    problems.dedup();
    match (team, kind) {
        (Some(team), Some(kind)) if problems.is_empty() => {
            Ok(Checked { team, kind, dir: request.dir.clone(), members, warnings })
        }
        _ => Err(refuse(problems)),
    }
}

/// Gives every member a worktree; answers what keeps them from being made.
async fn plan_worktrees(shell: &Shell, team: &TeamName, dir: &str, members: &mut [Seat]) -> Vec<String> {
    if !worktree::has_commit(dir).await {
        return vec![format!("--worktrees needs a git repository with a commit; {dir} has none")];
    }
    let mut problems = Vec::new();
    for seat in members {
        let own = Worktree::of(shell, team, &seat.place.name);
        problems.extend(own.obstacle(dir).await);
        seat.worktree = Some(own);
    }
    problems
}

/// The refusal that names every problem.
pub(super) fn refuse(problems: Vec<String>) -> Refusal {
    let message = match problems.as_slice() {
        [one] => one.clone(),
        several => format!("{} problems were found; nothing was started", several.len()),
    };
    Refusal::new(Code::Preflight, message, "`tmux-orc doctor` checks everything that a team needs")
        .with_problems(problems)
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
pub(super) fn profile_for(
    shell: &Shell,
    catalog: &Catalog,
    choices: &[AgentChoice],
    role: &str,
    environment: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) -> Option<Arc<Profile>> {
    let own = choices.iter().find(|choice| choice.role.as_deref() == Some(role));
    let chosen = own
        .or_else(|| choices.iter().find(|choice| choice.role.is_none()))
        .map(|choice| choice.profile.clone());
    let path = environment.get("PATH").map(String::as_str);
    let installed = || {
        let there = |entry: &&ProfileEntry| find(&entry.profile.binary, path).is_some();
        catalog.preferred().into_iter().find(there).map(|entry| entry.profile.id.to_string())
    };
    let wanted = chosen
        .or_else(|| environment.get("TMUX_ORC_AGENT").filter(|id| !id.is_empty()).cloned())
        .or_else(|| shell.default_agent.clone())
        .or_else(installed);
    let Some(wanted) = wanted else {
        let sought: Vec<&str> =
            catalog.preferred().into_iter().map(|entry| entry.profile.binary.as_str()).collect();
        let none = format!(
            "no agent CLI was found (looked for {}); install one, or rehearse with --agent scripted",
            sought.join(", ")
        );
        if !problems.contains(&none) {
            problems.push(none);
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
pub(super) async fn not_runnable(
    profile: &Profile,
    dir: &str,
    environment: &BTreeMap<String, String>,
) -> Option<String> {
    if profile.binary == "{self}" {
        return None;
    }
    let path = environment.get("PATH").map(String::as_str);
    let Some(program) = find(&profile.binary, path) else {
        let hint = Some(profile.install_hint.as_str()).filter(|hint| !hint.is_empty());
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        return Some(format!("{}: `{}` is not on the PATH{hint}", profile.name, profile.binary));
    };
    if profile.version_args.is_empty() {
        return None;
    }
    let asked = Program {
        path: &program,
        args: profile.version_args.clone(),
        dir,
        environment: environment.clone().into_iter().collect(),
        limit: VERSION_PATIENCE,
    };
    let why = match program::run(asked).await {
        Ok(done) if done.status.success() => return None,
        Ok(done) => done.status.to_string(),
        Err(error) => error.to_string(),
    };
    Some(format!("{}: {} does not run ({why})", profile.name, program.display()))
}

//! Publishing a team's change: everything is looked at first, then each step is written down before it is taken and after it
//! was. Who runs the command again after anything broke off finds what is there, and never makes a second pull request.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use orc_api::request::CreatePr;
use orc_api::response::{Response, Shipped};
use orc_core::change::evidence::{Asked, Evidence};
use orc_core::change::{Proposal, Waived};
use orc_core::delivery::Sender;
use orc_core::error::{Code, Problem, Refusal};
use orc_core::ids::{AgentId, TeamName};
use orc_core::incident::Record;
use orc_core::redact;
use orc_forge::{Block, Caller, Finding, Ground, Places, Preflight, Wish};

use crate::journal::{self, Origin};
use crate::requests::incident::of_team;
use crate::requests::{agent_sender, cli, gone, team_named};
use crate::run::Shell;

mod body;
mod steps;

/// A title is cut after so many characters.
const TITLE: usize = 120;

/// Who publishes in which repository: one at a time, the next one waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns(Arc<std::sync::Mutex<HashMap<PathBuf, Arc<tokio::sync::Mutex<()>>>>>);

impl Turns {
    /// Waits for its turn in a repository.
    async fn turn(&self, repository: &Path) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            turns.entry(repository.to_owned()).or_default().clone()
        };
        turn.lock_owned().await
    }
}

/// Who asks, and what is known of the team.
struct Asker {
    team: TeamName,
    by: Sender,
    origin: Origin,
    dir: PathBuf,
    /// The agents' own directories, where they have some.
    agents: Vec<(AgentId, PathBuf)>,
}

/// What is published, and what is said of it.
struct Shipment {
    asker: Asker,
    caller: Caller,
    places: Places,
    ground: Ground,
    proposal: Proposal,
    block: Block,
    labels: Vec<String>,
    /// Somebody gave the title.
    retitle: bool,
}

/// Publishes a team's change.
pub(crate) async fn create_pr(shell: &Shell, request: CreatePr) -> Result<Response, Refusal> {
    let began = Instant::now();
    let asker = asker(shell, &request).await?;
    let caller = Caller::new(request.environment.0.clone());
    let repository = orc_forge::shared_repository(&caller, &asker.dir).await;
    let _turn = shell.turns.turn(repository.as_deref().unwrap_or(&asker.dir)).await;

    let places = Places {
        dir: asker.dir.clone(),
        others: asker.agents.iter().map(|(_, dir)| dir.clone()).collect(),
        scratch: shell.paths.team_dir(asker.team.as_str()).join("change"),
    };
    let wish = Wish {
        branch: request.branch.clone(),
        base: request.base.clone(),
        forge: request.forge,
        no_secrets: request.no_secrets.clone(),
    };
    let found = orc_forge::preflight(&caller, &places, &wish, &shell.redactor).await;
    let record = record(shell, &asker.team).await?;
    let (ground, waived, mut warnings) = judged(&request, &asker, &record, found)?;
    let proposal = proposal(&request, &record, &ground, waived);
    let evidence = Evidence::of(record.checks.iter(), &ground.tree);
    let (shipment, mut notes) =
        shipment(shell, request.title.is_some(), asker, caller, places, ground, proposal, &record, &evidence)
            .await;
    let caller = shipment.caller.clone();
    let answer = |proposal, published, body, follow_ups| {
        let millis = |it: std::time::Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        Response::Shipped(Box::new(Shipped {
            dry_run: request.dry_run,
            proposal,
            published,
            body,
            warnings: std::mem::take(&mut warnings),
            notes: std::mem::take(&mut notes),
            follow_ups,
            took_ms: millis(began.elapsed()),
            programs_ms: millis(caller.spent()),
        }))
    };
    let body = shipment.block.words().to_owned();
    if request.dry_run {
        let mut answer = answer;
        return Ok(answer(shipment.proposal, None, body, Vec::new()));
    }
    let proposal = shipment.proposal.clone();
    let (published, follow_ups) = steps::take(shell, shipment).await?;
    let mut answer = answer;
    Ok(answer(proposal, Some(published), body, follow_ups))
}

/// Who asks, and where the team works.
async fn asker(shell: &Shell, request: &CreatePr) -> Result<Asker, Refusal> {
    let team = team_named(shell, request.team.clone()).await?;
    let (by, origin) = match request.sender.clone() {
        None => (Sender::Operator, cli()),
        Some(id) => {
            let by = shell.handle.look(move |look| agent_sender(look, &id)).await??;
            of_team(&by, &team)?;
            let actor = by.label().to_owned();
            (by, Origin { actor, door: "cli" })
        }
    };
    if !request.no_secrets.is_empty() && matches!(by, Sender::Agent { .. }) {
        return Err(Refusal::new(
            Code::Denied,
            "an agent does not say that something is no secret",
            "a person does: --no-secret in their own shell",
        ));
    }
    let wanted = team.clone();
    let look = shell.handle.look(move |at| {
        let found = at.state.teams.get(&wanted)?;
        let own = |agent: &orc_core::team::Agent| {
            (agent.dir != found.dir).then(|| (agent.id, PathBuf::from(&agent.dir)))
        };
        Some((PathBuf::from(&found.dir), at.state.agents_of(found).filter_map(own).collect()))
    });
    let (dir, agents) = look.await?.ok_or_else(gone)?;
    Ok(Asker { team, by, origin, dir, agents })
}

async fn record(shell: &Shell, team: &TeamName) -> Result<Record, Refusal> {
    let team = team.clone();
    shell.handle.look(move |at| at.state.records.get(&team).cloned().unwrap_or_default()).await
}

/// All that stands in the way, at once; else what is published, and whose word stands for what was not checked.
fn judged(
    request: &CreatePr,
    asker: &Asker,
    record: &Record,
    found: Preflight,
) -> Result<(Ground, Option<Waived>, Vec<Problem>), Refusal> {
    let Preflight { ground, tree, mut problems, warnings } = found;
    let incident = record.declared.as_ref().map(|it| format!("{}: {}", it.incident, it.title));
    let asked = Asked {
        team: asker.team.as_str(),
        emergency: request.emergency,
        skip_full_tests: request.skip_full_tests,
        why: request.why.as_deref().map(str::trim).filter(|why| !why.is_empty()),
        by: &asker.by,
        incident: incident.as_deref(),
    };
    let mut waived = None;
    if let Some(tree) = &tree {
        match Evidence::of(record.checks.iter(), tree).judge(asked) {
            Ok(judged) => waived = judged,
            Err(problem) => problems.push(problem),
        }
    }
    match ground {
        Some(ground) if problems.is_empty() => Ok((ground, waived, warnings)),
        _ if problems.is_empty() => Err(Refusal::new(
            Code::Internal,
            "the change could not be read, and nothing says why",
            "`git log` and `git status` in the team's directory may",
        )),
        _ => Err(Refusal::of(problems, |count| format!("{count} problems were found; nothing was done"))),
    }
}

fn proposal(request: &CreatePr, record: &Record, ground: &Ground, waived: Option<Waived>) -> Proposal {
    let subject = || ground.commits.last().map(|commit| commit.subject.clone());
    let incident = || record.declared.as_ref().map(|it| format!("{} ({})", it.title, it.incident));
    let own = request.title.clone().filter(|title| !title.trim().is_empty());
    let title = own.or_else(incident).or_else(subject).unwrap_or_else(|| ground.branch.clone());
    let plain: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TITLE).collect();
    Proposal {
        branch: ground.branch.clone(),
        base: ground.base.clone(),
        head: ground.head.clone(),
        tree: ground.tree.clone(),
        remote: ground.remote.as_ref().map(|remote| remote.name.clone()),
        forge: ground.forge,
        repository: ground.remote.as_ref().map(|remote| remote.path.clone()).unwrap_or_default(),
        title: plain.trim().to_owned(),
        draft: request.draft,
        emergency: request.emergency,
        waived,
        no_secrets: ground.no_secrets.iter().map(Finding::words).collect(),
    }
}

/// Everything that is published, without secrets; and what had to be taken out of the texts.
#[expect(clippy::too_many_arguments, reason = "what was found so far, put together once")]
async fn shipment(
    shell: &Shell,
    retitle: bool,
    asker: Asker,
    caller: Caller,
    places: Places,
    ground: Ground,
    mut proposal: Proposal,
    record: &Record,
    evidence: &Evidence<'_>,
) -> (Shipment, Vec<String>) {
    let log = shell.paths.log();
    let head = tokio::task::spawn_blocking(move || journal::head(&log)).await;
    let head = head.ok().and_then(Result::ok);
    let mut found = std::collections::BTreeMap::new();
    shell.redactor.clean(&mut proposal.title, &mut found);
    let facts = body::Facts {
        team: &asker.team,
        by: &asker.by,
        record,
        head,
        proposal: &proposal,
        ground: &ground,
        evidence,
    };
    let mut text = facts.markdown();
    shell.redactor.clean(&mut text, &mut found);
    let mut labels = Vec::new();
    if proposal.emergency {
        labels.push("emergency".to_owned());
    }
    if let Some(declared) = &record.declared {
        labels.extend(["incident".to_owned(), declared.severity.name().to_owned()]);
    }
    labels.push(evidence.label().to_owned());
    let block = Block::new(&text);
    let shipment = Shipment { asker, caller, places, ground, proposal, block, labels, retitle };
    (shipment, redact::note(&found).into_iter().collect())
}

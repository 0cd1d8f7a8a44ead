//! Checks: a team's tests on a commit of its repository, one check on a repository at a time.
//!
//! A check is in the log before anything of it runs ([`begin`]), and ends there with what it proves, whatever happens: also
//! one whose supervisor was killed in the middle ([`settle_cut_off`]).

mod examine;
mod execute;
mod lines;
mod live;
mod log;
mod machine;
mod objects;
mod processes;
mod queue;
pub(crate) mod runners;
mod tree;

use std::sync::Arc;

use orc_api::request::RunCheck;
use orc_check::Plan;
use orc_core::check::{Begun, Verdict};
use orc_core::decide::{Beginning, Reply};
use orc_core::delivery::Sender;
use orc_core::error::{Code, Refusal};
use orc_core::ids::TeamName;
use orc_core::input::Input;

pub(crate) use examine::Examined;
pub(crate) use live::{Checks, Live};
pub(crate) use tree::repositories;

use crate::journal::Origin;
use crate::run::Shell;

/// What a check is about: who asked, what was found, what runs.
pub(crate) struct Wanted {
    pub(crate) team: TeamName,
    pub(crate) by: Sender,
    pub(crate) examined: Examined,
    pub(crate) plan: Plan,
    pub(crate) environment: Vec<(String, String)>,
}

/// Looks at the repository and plans; nothing is begun.
pub(crate) async fn wanted(
    shell: &Shell,
    team: TeamName,
    by: Sender,
    request: RunCheck,
) -> Result<Wanted, Refusal> {
    let found = team.clone();
    let look = shell.handle.look(move |at| at.state.teams.get(&found).map(|team| team.dir.clone()));
    let dir =
        look.await?.ok_or_else(|| Refusal::new(Code::NotFound, format!("team `{team}` is gone"), ""))?;
    let environment: Vec<(String, String)> = request.environment.0.clone().into_iter().collect();
    let (examined, plan) = examine::examine(&dir, &request, &environment).await?;
    Ok(Wanted { team, by, examined, plan, environment })
}

/// Begins a check. It goes on by itself, whoever asked for it.
pub(crate) async fn begin(shell: &Shell, wanted: Wanted, origin: Origin) -> Result<Begun, Refusal> {
    let Wanted { team, by, .. } = &wanted;
    let beginning = Beginning {
        tier: wanted.plan.tier,
        tested: wanted.examined.tested.clone(),
        budget_ms: wanted.examined.config.budget_ms(wanted.plan.tier),
        logs: tree::logs(shell, team).to_string_lossy().into_owned(),
    };
    let input = Input::BeginCheck { team: team.clone(), by: by.clone(), beginning: Box::new(beginning) };
    let Reply::Checking(begun) = shell.handle.input(input, origin).await? else {
        return Err(Refusal::new(Code::Internal, "the check was not taken in", ""));
    };
    let live = shell.checks.add(&wanted.team, &begun);
    let (shell, own) = (shell.clone(), begun.clone());
    shell.tasks.clone().spawn(async move { execute::execute(shell, wanted, *own, live).await });
    Ok(*begun)
}

/// Ends what a killed supervisor left of its checks, and says so in the log.
pub(crate) async fn settle_cut_off(shell: &Shell) {
    let look = shell.handle.look(|at| {
        let records = at.state.records.iter();
        let open = records
            .flat_map(|(team, record)| record.checking.iter().map(move |it| (team.clone(), it.clone())));
        open.collect::<Vec<_>>()
    });
    for (team, (begun, by, at)) in look.await.unwrap_or_default() {
        // One that began since is not cut off.
        if shell.checks.find(&team, begun.check).is_some() {
            continue;
        }
        let _alone = shell.checks.queue(&begun.tested.repository).lock_owned().await;
        tracing::info!(%team, check = %begun.check, "ending what a killed supervisor left of a check");
        processes::end_marked(shell, &processes::mark(&begun.log)).await;
        tree::take_back(shell, &begun).await;
        let why = "the supervisor was killed in the middle; what ran of the check has been ended";
        let run = execute::unfinished(&begun, by, at.at, Verdict::Inconclusive, why);
        shell.handle.report(Input::CheckEnded { team, run: Box::new(run) }).await;
    }
}

/// Ends every check that runs, and waits until the log has its end.
pub(crate) async fn stop_all(shell: &Shell) {
    let running: Vec<Arc<Live>> = shell.checks.all();
    for live in &running {
        live.cancel.cancel();
    }
    for live in running {
        live.over.cancelled().await;
    }
}

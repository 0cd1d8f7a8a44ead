//! `run_check`.

use orc_api::request::{Environment, RunCheck as Asked};
use orc_api::{Request, Response};
use orc_core::check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::optional;
use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool, World};

/// Longest wait for the end of a check (milliseconds): clients give up on a tool after a minute.
const PATIENCE_MS: u64 = 40_000;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunCheck {
    /// Begin a check. `fast`: what the change can have broken, and what is critical. `critical`: what must never break.
    /// `smoke`: whether it runs at all. `full`: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tier")]
    tier: Option<Tier>,
    /// With `tier`: the branch or commit to test; without it what the team's directory has checked out.
    #[serde(default)]
    branch: String,
    /// Instead of `tier`: how far is this check, for example `C1`? Waits some time for its end.
    #[serde(default)]
    check: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Tier {
    Full,
    Fast,
    Critical,
    Smoke,
}

impl Tool for RunCheck {
    const NAME: &'static str = "run_check";
    const TITLE: &'static str = "Run the project's tests";
    const ABOUT: &'static str = "Runs the project's tests on a commit and keeps the result as evidence, bound to that very code: a \
        passing check is what makes `fix_ready` true and a pull request possible. Commit first: what no commit has is not \
        tested. It answers at once with an id; call it again with `check` to learn its verdict. Zero executed tests are never \
        a pass. One check of a repository runs at a time.";
    const AGAIN: Again = Again::Another;
    const WORLD: World = World::Open;

    fn example() -> Self {
        Self {
            tier: Some(Tier::Fast),
            branch: "hotfix/auth-connection-leak".to_owned(),
            check: String::new(),
        }
    }
}

impl Call for RunCheck {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let tier = match (self.tier, optional(&self.check)) {
            (Some(tier), None) => tier,
            (None, Some(check)) => {
                let check = check.to_uppercase();
                return Ok(Request::FollowCheck {
                    team: caller.team(),
                    check,
                    after: 0,
                    wait_ms: PATIENCE_MS,
                });
            }
            _ => {
                return Err(Failure::bad_request(
                    "it begins a check or asks for one",
                    "give `tier` to begin one, or `check` for one that was begun",
                ));
            }
        };
        let tier = match tier {
            Tier::Full => check::Tier::Full,
            Tier::Fast => check::Tier::Fast,
            Tier::Critical => check::Tier::Critical,
            Tier::Smoke => check::Tier::Smoke,
        };
        Ok(Request::RunCheck(Asked {
            team: caller.team(),
            tier,
            branch: optional(&self.branch).map(str::to_owned),
            since: None,
            base: None,
            worktree: false,
            explain: false,
            sender: None,
            // The supervisor has the one that the agent was launched with.
            environment: Environment::default(),
        }))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        match response {
            Response::CheckBegun { begun, notes } => Some(answer::begun(&begun, &notes)),
            Response::CheckProgress(progress) => Some(answer::progress(&self.check, &progress)),
            _ => None,
        }
    }
}

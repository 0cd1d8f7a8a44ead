//! Where a change is pushed and proposed, and whether that place takes it.

use orc_core::change::Forge;

use super::{Found, Places, Wish, api};
use crate::git::{Git, without_password};
use crate::program::Caller;
use crate::remote::{Remote, forge_of, has_login, parse};
use crate::rest::{Api, RestError};

/// A forge and what it says of the repository.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) forge: Forge,
    /// The branch that changes go into there.
    pub(super) default_branch: Option<String>,
    /// Its interface, when it answers.
    api: Option<Api>,
}

/// The remote that git would push to.
pub(super) async fn remote(git: &Git, wish: &Wish, found: &mut Found) -> Option<Remote> {
    let names = git.text(&["remote"]).await.unwrap_or_default();
    let names: Vec<&str> = names.lines().collect();
    let mut keys = vec!["remote.pushDefault".to_owned()];
    if let Some(branch) = &wish.branch {
        keys.insert(0, format!("branch.{branch}.pushRemote"));
        keys.push(format!("branch.{branch}.remote"));
    }
    let mut name = None;
    for key in &keys {
        if name.is_none() {
            name = git.line(&["config", "--get", key]).await.filter(|name| names.contains(&name.as_str()));
        }
    }
    let usual = names.contains(&"origin").then_some("origin");
    let only = if let [only] = names.as_slice() { Some(*only) } else { None };
    let Some(name) = name.or_else(|| usual.or(only).map(str::to_owned)) else {
        if names.is_empty() {
            found.warning(
                "no_remote",
                "the repository has no remote: nothing is pushed, and there is no pull request",
                "take the patch along, or add one: `git remote add origin URL`",
            );
        } else {
            found.problem(
                "several_remotes",
                format!("the repository has several remotes: {}", names.join(", ")),
                "say which one is pushed to: `git config remote.pushDefault NAME`",
            );
        }
        return None;
    };
    // As it is written down: an address that git rewrites on its way says nothing of the forge.
    let mut url = git.line(&["config", "--get", &format!("remote.{name}.pushurl")]).await;
    if url.is_none() {
        url = git.line(&["config", "--get", &format!("remote.{name}.url")]).await;
    }
    let url = url.unwrap_or_default();
    let (host, path) = parse(&url).map_or((None, String::new()), |(host, path)| (Some(host), path));
    Some(Remote { name, url: without_password(&url), host, path })
}

/// The forge of the remote, and whether it takes a proposal of ours.
pub(super) async fn of(
    caller: &Caller,
    remote: Option<&Remote>,
    wish: &Wish,
    places: &Places,
    found: &mut Found,
) -> Place {
    let host = remote.and_then(|remote| remote.host.as_deref());
    let forge = match (wish.forge, host) {
        (Some(forge), Some(_)) => forge,
        (Some(forge @ (Forge::Github | Forge::Gitlab)), None) => {
            found.problem(
                "no_forge",
                "the remote is no address of a forge",
                format!("a {} needs a remote with one; without --forge a patch is written", forge.noun()),
            );
            Forge::None
        }
        (None, Some(host)) => forge_of(caller, host).await,
        (_, None) => Forge::None,
    };
    let (Some(host), Some(remote)) = (host, remote) else { return Place::default() };
    let (tool, name, known) = match forge {
        Forge::Github => ("gh", "GitHub's tool", remote.path.split('/').count() == 2),
        Forge::Gitlab => ("glab", "GitLab's tool", remote.path.contains('/')),
        Forge::None => {
            if wish.forge.is_none() {
                found.warning(
                    "no_forge",
                    format!(
                        "{host} is no forge that tmux-orc knows: the branch is pushed, and a patch is written"
                    ),
                    "if it is one, say which: --forge github or --forge gitlab",
                );
            }
            return Place::default();
        }
    };
    let place = |default_branch, api| Place { forge, default_branch, api };
    if !known {
        let message = format!("`{}` is no repository of {host}: owner and name are missing", remote.path);
        found.problem("forge_repository", message, "mend the remote's address: `git remote set-url`");
        return place(None, None);
    }
    if caller.find(tool).is_none() {
        found.problem(
            &format!("{tool}_missing"),
            format!("`{tool}`, {name}, is not on the PATH: there is no {} without it", forge.noun()),
            format!("install `{tool}` and log in (`{tool} auth login`), or push and take a patch along: --forge none"),
        );
        return place(None, None);
    }
    let login = || not_logged_in(tool, host);
    if !has_login(caller, tool, host).await {
        found.problems.push(login());
        return place(None, None);
    }
    let Some(api) = api(caller, forge, Some(remote), &places.scratch) else { return place(None, None) };
    match api.repository().await {
        Ok(there) => {
            if there.archived {
                found.problem(
                    "forge_archived",
                    format!("{} is archived and takes no changes", remote.path),
                    "somebody with the right to must take it out of the archive",
                );
            } else if !there.may_push {
                found.problem(
                    "forge_denied",
                    format!("your login at {host} may not push to {}", remote.path),
                    "ask for the right, log in as somebody who has it, or take a patch along: --forge none",
                );
            }
            return place(there.default_branch, Some(api));
        }
        Err(RestError::Refused { status: 401, .. }) => found.problems.push(login()),
        Err(RestError::Refused { status: 404, .. }) => found.problem(
            "forge_repository",
            format!("{host} does not show {} to your login", remote.path),
            format!("look whether the address is right and your login may see it: `{tool} auth status`"),
        ),
        Err(error @ RestError::Refused { status: 403, .. }) => found.problem(
            "forge_denied",
            format!("{host} refuses: {error}"),
            format!("look at what your login may do: `{tool} auth status`"),
        ),
        Err(error) => found.problem(
            "forge_unreachable",
            format!("{host} does not answer as it should: {error}"),
            "run it again in a moment, or push and take a patch along: --forge none",
        ),
    }
    place(None, None)
}

fn not_logged_in(tool: &str, host: &str) -> orc_core::error::Problem {
    orc_core::error::Problem::new(
        "not_logged_in",
        format!("`{tool}` has no valid login for {host}"),
        format!("`{tool} auth login --hostname {host}`, or push and take a patch along: --forge none"),
    )
}

/// Nobody proposes the base to itself, nor a branch that the forge protects. Answers whether it is so.
pub(super) async fn protected(place: &Place, branch: &str, base: &str, found: &mut Found) -> bool {
    let own = "put the change on a branch of its own: `git switch -c hotfix/NAME`, then --branch hotfix/NAME";
    if branch == base {
        found.problem("head_is_base", format!("the branch {branch} is the base itself"), own);
        return true;
    }
    if place.default_branch.as_deref() == Some(branch) {
        let message =
            format!("{branch} is the branch that everything goes into: it is not proposed to {base}");
        found.problem("protected_branch", message, own);
        return true;
    }
    let Some(api) = &place.api else { return false };
    let protected = matches!(api.is_protected(branch).await, Ok(true));
    if protected {
        let message = format!("the forge protects {branch}: it is not pushed to");
        found.problem("protected_branch", message, own);
    }
    protected
}

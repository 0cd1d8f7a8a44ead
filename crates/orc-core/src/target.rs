//! Finding the agent that a person means: `team:index`, `team:name` or `team:role`.

use crate::error::{Code, Refusal};
use crate::ids::{AgentId, TeamName};
use crate::state::State;
use crate::team::{Agent, Team};

/// The team of this name, or a refusal with near misses.
pub fn team<'a>(state: &'a State, name: &str) -> Result<&'a Team, Refusal> {
    let known: Vec<&str> = state.teams.keys().map(TeamName::as_str).collect();
    let parsed = name.parse::<TeamName>().ok();
    parsed.and_then(|name| state.teams.get(&name)).ok_or_else(|| {
        let hint = near_misses(name, &known).unwrap_or_else(|| match known.as_slice() {
            [] => "there is no team yet: `tmux-orc quick-deploy backend 3` makes one".to_owned(),
            some => format!("teams: {}", some.join(", ")),
        });
        Refusal::new(Code::NotFound, format!("there is no team `{name}`"), hint)
    })
}

/// The agent that `target` names, or a refusal with near misses.
pub fn agent(state: &State, target: &str) -> Result<AgentId, Refusal> {
    let Some((team_name, which)) = target.split_once(':') else {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("`{target}` does not name an agent"),
            "an agent is TEAM:INDEX, TEAM:NAME or TEAM:ROLE, for example auth-hotfix:0",
        ));
    };
    let team = team(state, team_name)?;
    let members: Vec<&Agent> = state.agents_of(team).collect();
    let by_index = which.parse::<usize>().ok();
    let found = members
        .iter()
        .find(|agent| Some(agent.index) == by_index || agent.name.as_str() == which)
        .map(|agent| Ok(agent.id));
    found.unwrap_or_else(|| by_role(&members, team_name, which))
}

fn by_role(members: &[&Agent], team: &str, which: &str) -> Result<AgentId, Refusal> {
    let same: Vec<&&Agent> = members.iter().filter(|agent| agent.role.as_str() == which).collect();
    match same.as_slice() {
        [one] => Ok(one.id),
        [] => {
            let names: Vec<&str> = members.iter().map(|agent| agent.name.as_str()).collect();
            let hint = near_misses(which, &names).unwrap_or_else(|| {
                let listed: Vec<String> =
                    members.iter().map(|agent| format!("{}:{} {}", team, agent.index, agent.name)).collect();
                format!("agents: {}", listed.join(", "))
            });
            Err(Refusal::new(Code::NotFound, format!("team `{team}` has no agent `{which}`"), hint))
        }
        several => {
            let names: Vec<String> = several.iter().map(|agent| format!("{team}:{}", agent.name)).collect();
            Err(Refusal::new(
                Code::Conflict,
                format!("`{team}:{which}` is several agents"),
                format!("say which: {}", names.join(", ")),
            ))
        }
    }
}

/// "did you mean …" when something known is close to what was given.
pub fn near_misses(given: &str, known: &[&str]) -> Option<String> {
    let best = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(given, candidate), *candidate))
        .min()
        .filter(|(distance, _)| *distance <= 1 + given.len() / 4)?;
    Some(format!("did you mean `{}`?", best.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_near() {
        assert_eq!(
            near_misses("auth-hotfx", &["auth-hotfix", "db"]).as_deref(),
            Some("did you mean `auth-hotfix`?")
        );
        assert_eq!(near_misses("zzz", &["auth-hotfix"]), None);
    }
}

//! Roles: data files with the brief that an agent of this role gets.

use serde::{Deserialize, Serialize};

use crate::ids::RoleId;
use crate::team::{Agent, Team};

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id, also the file's name.
    pub id: RoleId,
    /// Its title: the first heading of the file.
    pub title: String,
    /// The brief: the rest of the file.
    pub brief: String,
}

impl Role {
    /// Reads a role from its file: a `# Title` line, then the brief.
    pub fn parse(id: RoleId, text: &str) -> Option<Role> {
        let (first, rest) = text.trim_start().split_once('\n')?;
        let title = first.strip_prefix("# ")?.trim().to_owned();
        Some(Role { id, title, brief: rest.trim().to_owned() })
    }
}

/// What surrounds the role's own words.
const FRAME: &str = include_str!("../briefs/frame.md");
/// How a manager works.
const MANAGER: &str = include_str!("../briefs/manager.md");
/// How everybody else reports.
const TEAMMATE: &str = include_str!("../briefs/teammate.md");

/// What an agent is told at its start: who it is, with whom it works on what, and how they work together. `incident` says
/// what was declared; empty when nothing was.
///
/// A role's file may use the same names in braces as the built-in texts. One that uses `{roster}` is the whole brief.
pub fn brief(role: &Role, agent: &Agent, team: &Team, members: &[&Agent], incident: &str) -> String {
    let roster: Vec<String> = members
        .iter()
        .map(|member| {
            let me = if member.id == agent.id { " (you)" } else { "" };
            format!("- {}:{} {}: {}{me}", team.name, member.index, member.name, member.title)
        })
        .collect();
    let manager = members.iter().find(|member| member.role.as_str() == "pm");
    let (roster, manager) =
        (roster.join("\n"), manager.map_or("The operator", |member| member.name.as_str()));
    let protocol = if agent.role.as_str() == "pm" { MANAGER } else { TEAMMATE };
    let nothing = format!(
        "No incident is declared yet. `tmux-orc incident status {}` shows it as soon as one is.",
        team.name
    );
    let names = [
        ("team", team.name.as_str()),
        ("name", agent.name.as_str()),
        ("title", agent.title.as_str()),
        ("dir", agent.dir.as_str()),
        ("roster", roster.as_str()),
        ("manager", manager),
        ("incident", if incident.is_empty() { nothing.as_str() } else { incident }),
    ];
    if role.brief.contains("{roster}") {
        return fill(&role.brief, &names);
    }
    let (own, protocol) = (fill(&role.brief, &names), fill(protocol.trim_end(), &names));
    let all = [&names[..], &[("role", own.as_str()), ("protocol", protocol.as_str())]].concat();
    fill(FRAME.trim_end(), &all)
}

/// The text with these names in braces filled in, in one pass: what is filled in is not looked at again. Other braces stay.
fn fill(text: &str, names: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = names.iter().find_map(|(name, value)| {
            Some((rest.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}')?, value))
        });
        let (value, after) = known.map_or(("{", &rest[1..]), |(after, value)| (*value, after));
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_once_and_other_braces_stay() {
        let names = [("a", "{b}"), ("b", "x")];
        assert_eq!(fill("{a} {b} {c} {", &names), "{b} x {c} {");
    }
}

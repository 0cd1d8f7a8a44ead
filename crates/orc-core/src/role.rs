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

/// What an agent is told at its start: who it is, with whom it works, how they talk.
pub fn brief(role: &Role, agent: &Agent, team: &Team, members: &[&Agent]) -> String {
    let roster: Vec<String> = members
        .iter()
        .map(|member| {
            let me = if member.id == agent.id { " (you)" } else { "" };
            format!("- {}:{} {}: {}{me}", team.name, member.index, member.name, member.title)
        })
        .collect();
    let Agent { title, name, .. } = agent;
    format!(
        "You are the {title} (`{}:{name}`) of the team `{}`, which works on a production incident in {}.\n\n{}\n\n\
         The team:\n{}\n\n\
         How you talk: messages reach you as prompts that begin with `Message` and an id. Answer a teammate with \
         the shell command `tmux-orc agent send {}:NAME \"text\"`; tell everybody with `tmux-orc team broadcast {} \
         \"text\"`. State facts with their evidence, say what you are about to change before you change it, and \
         report to the manager when a task is done or blocked.",
        team.name,
        team.name,
        agent.dir,
        role.brief,
        roster.join("\n"),
        team.name,
        team.name,
    )
}

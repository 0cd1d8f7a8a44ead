//! Team compositions: data files that say who is in a team of which size.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::decide::free_name;
use crate::error::{Code, Refusal};
use crate::ids::{AgentName, CompositionId, RoleId};

/// Largest team that one command makes.
pub const LARGEST: usize = 50;

/// A kind of team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Composition {
    /// Its id, also the file's name.
    pub id: CompositionId,
    /// What it is for, one sentence.
    pub about: String,
    /// Members in the order in which a growing team gets them.
    pub members: Vec<Member>,
    /// Who is added, in turn, when the team is larger than the list.
    pub more: Vec<Member>,
    /// The manager: always there, always last.
    pub manager: Member,
}

/// One place in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The role.
    pub role: RoleId,
    /// The title.
    pub title: String,
}

/// One place with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The short name, unique in the team.
    pub name: AgentName,
    /// The role.
    pub role: RoleId,
    /// The title.
    pub title: String,
}

/// Whether a team can have this size.
pub fn check_size(size: usize) -> Result<(), Refusal> {
    if (2..=LARGEST).contains(&size) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::BadRequest,
        format!("a team has 2 to {LARGEST} agents, not {size}"),
        "for example: tmux-orc quick-deploy backend 3",
    ))
}

impl Composition {
    /// Who is in a team of `size`, manager included and last.
    pub fn roster(&self, size: usize) -> Result<Vec<Place>, Refusal> {
        check_size(size)?;
        let listed = self.members.iter().chain(self.more.iter().cycle());
        let mut taken = BTreeSet::new();
        let mut roster = Vec::new();
        for member in listed.take(size - 1).chain([&self.manager]) {
            let wanted: AgentName = member.role.as_str().parse().map_err(|e| {
                Refusal::new(Code::Config, format!("team type `{}`: {e}", self.id), "rename the role")
            })?;
            let name = free_name(&wanted, &taken.iter().map(String::as_str).collect());
            taken.insert(name.as_str().to_owned());
            roster.push(Place { name, role: member.role.clone(), title: member.title.clone() });
        }
        if roster.len() != size {
            return Err(Refusal::new(
                Code::Config,
                format!("team type `{}` has only {} members and no `more`", self.id, roster.len()),
                "add a [[more]] entry to its file",
            ));
        }
        Ok(roster)
    }
}

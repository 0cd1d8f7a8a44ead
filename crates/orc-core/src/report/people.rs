//! Roles in the place of personal names: a report is about what happened, not about who.

use std::collections::{BTreeMap, BTreeSet};

use crate::delivery::Sender;
use crate::incident::{Fact, Record};

/// Whether people are called by their names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// By their roles.
    #[default]
    Roles,
    /// By their names.
    Shown,
}

/// Words that are no person's name, whoever holds the role.
const NO_NAMES: [&str; 8] =
    ["operator", "commander", "operations", "communications", "scribe", "nobody", "unassigned", "tmux-orc"];
/// Who has no role in the record.
const SOMEBODY: &str = "a person";

/// What people are called.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By the name, longest first: what stands in its place.
    hidden: Vec<(String, String)>,
}

impl People {
    /// Everybody that the record names and that is no agent.
    pub(super) fn new(record: &Record, agents: &BTreeSet<String>, names: Names) -> Self {
        if names == Names::Shown {
            return Self::default();
        }
        let is_name =
            |name: &str| !name.is_empty() && !agents.contains(bare(name)) && !NO_NAMES.contains(&name);
        let mut known = BTreeMap::new();
        for statement in &record.statements {
            match &statement.fact {
                Fact::RoleAssumed { role, holder } if is_name(holder) => {
                    known.insert(holder.clone(), role.clone());
                }
                Fact::FollowUpAdded { owner: Some(owner), .. } if is_name(owner) => {
                    known.entry(owner.clone()).or_insert_with(|| SOMEBODY.to_owned());
                }
                _ => {}
            }
        }
        let mut hidden: Vec<_> = known.into_iter().collect();
        hidden.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { hidden }
    }

    /// What somebody is called who is said to have a role: nobody is called by the role that they are said to have.
    pub(super) fn in_role(&self, name: &str) -> String {
        let hidden = self.hidden.iter().any(|(known, _)| known == name);
        if hidden { SOMEBODY.to_owned() } else { bare(name).to_owned() }
    }

    /// What somebody is called who is named on their own.
    pub(super) fn holder(&self, name: &str) -> String {
        let role = self.hidden.iter().find(|(known, _)| known == name).map(|(_, role)| role);
        role.map_or_else(|| bare(name).to_owned(), Clone::clone)
    }

    /// A text with roles in the place of the names in it.
    pub(super) fn text(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, (name, role)| replaced(&text, name, role))
    }

    /// Who said something.
    pub(super) fn sender(sender: &Sender) -> String {
        bare(sender.label()).to_owned()
    }
}

/// The name of an agent without its team.
pub(super) fn bare(label: &str) -> &str {
    label.rsplit_once(':').map_or(label, |(_, name)| name)
}

/// Whole words only.
fn replaced(text: &str, name: &str, role: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        done += before;
        let part = inside(done.chars().next_back()) || inside(after.chars().next());
        done += if part { name } else { role };
        rest = after;
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_as_whole_words() {
        assert_eq!(
            replaced("Ada told Adam; Ada's idea", "Ada", "commander"),
            "commander told Adam; commander's idea"
        );
    }
}

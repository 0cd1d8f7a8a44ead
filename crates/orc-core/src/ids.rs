//! Identifiers. Each is made by parsing or by the core's own counters, never from a raw string.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name or id that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a valid {what}: {rule}")]
pub struct InvalidId {
    /// What was being parsed, as a noun.
    pub what: &'static str,
    /// The text as given.
    pub given: String,
    /// The rule that it breaks.
    pub rule: &'static str,
}

fn plain_name(what: &'static str, given: &str, longest: usize) -> Result<(), InvalidId> {
    let ok = given.len() <= longest
        && given.starts_with(|c: char| c.is_ascii_alphanumeric())
        && given.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let rule = "letters, digits, `-` and `_`, starting with a letter or digit, 40 characters at most";
    if ok { Ok(()) } else { Err(InvalidId { what, given: given.to_owned(), rule }) }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(given: &str) -> Result<Self, InvalidId> {
                plain_name($what, given, 40)?;
                Ok(Self(given.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(given: String) -> Result<Self, InvalidId> {
                given.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// The name of a team, unique among the live teams of one supervisor.
    TeamName,
    "team name"
);
name_type!(
    /// The short name of an agent, unique within its team, for example `backend` or `backend-2`.
    AgentName,
    "agent name"
);
name_type!(
    /// The id of an agent profile, for example `claude`.
    ProfileId,
    "agent profile"
);
name_type!(
    /// The id of a role, for example `devops`.
    RoleId,
    "role"
);
name_type!(
    /// The id of a team composition, for example `backend`.
    CompositionId,
    "team type"
);
name_type!(
    /// The sender's own name of a message, so that a command that broke off can be repeated.
    SendKey,
    "key"
);

macro_rules! counted_type {
    ($(#[$doc:meta])* $name:ident, $letter:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(given: &str) -> Result<Self, InvalidId> {
                given.strip_prefix($letter).and_then(|n| n.parse().ok()).map(Self).ok_or_else(|| InvalidId {
                    what: $what,
                    given: given.to_owned(),
                    rule: concat!("`", $letter, "` and a number"),
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(given: String) -> Result<Self, InvalidId> {
                given.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

counted_type!(
    /// One agent of one team. Counted by the log, never reused.
    AgentId,
    "a",
    "agent id"
);
counted_type!(
    /// One message. Counted by the log, never reused.
    MessageId,
    "m",
    "message id"
);
counted_type!(
    /// One dialog of an agent. Counted by the log, never reused.
    PromptId,
    "p",
    "prompt id"
);

counted_type!(
    /// A possible cause of an incident. Counted for each team.
    HypothesisId,
    "H",
    "hypothesis"
);
counted_type!(
    /// Something that was seen in an incident. Counted for each team.
    EvidenceId,
    "E",
    "evidence id"
);
counted_type!(
    /// Something to do after an incident. Counted for each team.
    FollowUpId,
    "F",
    "follow-up"
);
counted_type!(
    /// Something that somebody proposes to do and a person decides on. Counted for each team.
    ActionId,
    "A",
    "action"
);
counted_type!(
    /// Something to do now. Counted for each team.
    TaskId,
    "T",
    "task"
);

counted_type!(
    /// A run of tests. Counted for each team.
    CheckId,
    "C",
    "check"
);

/// Position of an event in the log, from 1; 0 is "before the first".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which launch of an agent: 1 for the first process, one more after each restart. Answers that carry an
/// older generation are stale and ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u32);

impl Generation {
    /// The generation after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert!("auth-hotfix".parse::<TeamName>().is_ok());
        for bad in ["", "-x", "a:b", "a b", "a.b", "ä", &"x".repeat(41)] {
            assert!(bad.parse::<TeamName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn counted_ids_round_trip() {
        let id: MessageId = "m42".parse().unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"m42\"");
        assert!("42".parse::<MessageId>().is_err());
    }
}

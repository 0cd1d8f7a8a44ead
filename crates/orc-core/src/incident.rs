//! The record of an incident: what people and agents say of it, and what follows from that.
//!
//! Events are the only truth. Milestones, durations, phase and holders of roles are functions of them ([`record::Record`],
//! [`metrics`]); no duration is stored. A correction is another event. Agents claim, evidence supports, a person or the
//! commander confirms, and all three stay visible. What nobody recorded is "not recorded", never 0 and never now.

pub mod entry;
pub mod fact;
pub mod mark;
pub mod metrics;
pub mod narrative;
pub mod occurred;
pub mod record;
pub mod view;

use serde::{Deserialize, Serialize};

pub use fact::Fact;
pub use mark::{Mark, Milestone, Standing};
pub use narrative::{Narrative, Section};
pub use occurred::{Boot, Given, Occurred, When};
pub use record::Record;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The worst: most users cannot work.
    Sev1,
    /// Many users, or something important.
    Sev2,
    /// Some users, or a way around exists.
    Sev3,
    /// Hardly anybody notices.
    Sev4,
}

impl Severity {
    /// `sev1` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sev1 => "sev1",
            Self::Sev2 => "sev2",
            Self::Sev3 => "sev3",
            Self::Sev4 => "sev4",
        }
    }

    /// Those who wait are told how it stands at least so often (milliseconds).
    pub fn cadence_ms(self) -> u64 {
        const MINUTE_MS: u64 = 60_000;
        match self {
            Self::Sev1 => 15 * MINUTE_MS,
            Self::Sev2 => 30 * MINUTE_MS,
            Self::Sev3 => 60 * MINUTE_MS,
            Self::Sev4 => 240 * MINUTE_MS,
        }
    }

    /// Whether this is less bad than `other`.
    pub fn is_lower_than(self, other: Self) -> bool {
        self > other
    }
}

/// What kind of incident it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Users are affected.
    #[default]
    Real,
    /// A rehearsal.
    Drill,
}

/// Who or what noticed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detection {
    /// A person of the team.
    Human,
    /// Monitoring.
    Alert,
    /// A customer.
    Customer,
    /// An agent.
    Agent,
}

/// Where an incident is, for display only: it follows from the milestones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing was declared; the team's work is on record all the same.
    Undeclared,
    /// Declared, nobody has acknowledged it.
    Declared,
    /// Somebody works on it.
    Investigating,
    /// The cause is known, or a fix is there.
    Fixing,
    /// Users are no longer affected.
    Monitoring,
    /// It is over.
    Resolved,
    /// Nothing is left to do.
    Closed,
    /// It was none.
    Cancelled,
}

impl Phase {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Undeclared => "undeclared",
            Self::Declared => "declared",
            Self::Investigating => "investigating",
            Self::Fixing => "fixing",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }
}

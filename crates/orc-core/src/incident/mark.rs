//! Milestones, and which claim of one counts.

use serde::{Deserialize, Serialize};

use super::Occurred;
use crate::delivery::Sender;
use crate::ids::Seq;

/// A point in the course of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// Users began to be affected.
    ImpactStarted,
    /// Somebody or something noticed.
    Detected,
    /// It was declared here.
    Declared,
    /// The team was asked for.
    TeamRequested,
    /// Every agent was ready.
    TeamReady,
    /// Every agent acknowledged the briefing.
    Briefed,
    /// The first agent acknowledged.
    Acknowledged,
    /// The cause is known.
    RootCause,
    /// A fix is there and its checks pass.
    FixReady,
    /// Users are no longer affected.
    Mitigated,
    /// It is over.
    Resolved,
    /// Nothing is left to do.
    Closed,
}

impl Milestone {
    /// All of them, in the order in which they usually come.
    pub const ALL: [Self; 12] = [
        Self::ImpactStarted,
        Self::Detected,
        Self::Declared,
        Self::TeamRequested,
        Self::TeamReady,
        Self::Briefed,
        Self::Acknowledged,
        Self::RootCause,
        Self::FixReady,
        Self::Mitigated,
        Self::Resolved,
        Self::Closed,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ImpactStarted => "impact_started",
            Self::Detected => "detected",
            Self::Declared => "declared",
            Self::TeamRequested => "team_requested",
            Self::TeamReady => "team_ready",
            Self::Briefed => "briefed",
            Self::Acknowledged => "acknowledged",
            Self::RootCause => "root_cause",
            Self::FixReady => "fix_ready",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Its name, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::ImpactStarted => "impact started",
            Self::Detected => "detected",
            Self::Declared => "declared",
            Self::TeamRequested => "team requested",
            Self::TeamReady => "team ready",
            Self::Briefed => "briefed",
            Self::Acknowledged => "acknowledged",
            Self::RootCause => "root cause",
            Self::FixReady => "fix ready",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// The one of this name; `-` and `_` are the same.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_").to_lowercase();
        Self::ALL.into_iter().find(|milestone| milestone.name() == name)
    }

    /// Whether people and agents mark it; the others follow from events.
    pub fn is_marked_by_hand(self) -> bool {
        match self {
            Self::ImpactStarted
            | Self::Detected
            | Self::Acknowledged
            | Self::RootCause
            | Self::FixReady
            | Self::Mitigated
            | Self::Resolved => true,
            Self::Declared | Self::TeamRequested | Self::TeamReady | Self::Briefed | Self::Closed => false,
        }
    }

    /// How long it may take at most until it is reached, in milliseconds; a team has to be ready so long after it was asked
    /// for, everything else is counted from when the incident was noticed.
    pub fn budget_ms(self) -> Option<u64> {
        const MINUTE_MS: u64 = 60_000;
        match self {
            Self::TeamReady => Some(2 * MINUTE_MS),
            Self::RootCause => Some(15 * MINUTE_MS),
            Self::FixReady => Some(30 * MINUTE_MS),
            Self::Resolved => Some(45 * MINUTE_MS),
            Self::ImpactStarted
            | Self::Detected
            | Self::Declared
            | Self::TeamRequested
            | Self::Briefed
            | Self::Acknowledged
            | Self::Mitigated
            | Self::Closed => None,
        }
    }

    /// Whether of several claims that stand the last counts: what was mitigated can come back.
    fn last_counts(self) -> bool {
        matches!(self, Self::Mitigated | Self::Resolved | Self::Closed)
    }
}

/// Whether a claim counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Standing {
    /// Somebody says so.
    Claimed,
    /// A person or the commander agrees.
    Confirmed {
        /// Who.
        by: Sender,
    },
    /// It was taken back.
    Retracted {
        /// By whom.
        by: Sender,
        /// Why.
        why: String,
        /// In which event.
        seq: Seq,
    },
}

/// One claim of a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The event.
    pub seq: Seq,
    /// The milestone.
    pub milestone: Milestone,
    /// When it was reached.
    pub at: Occurred,
    /// Who says so.
    pub by: Sender,
    /// In what words.
    pub text: String,
    /// What supports it: `E3`, `commit:…`, `file:path#L10`, `run:…`, an address.
    pub evidence: Vec<String>,
    /// Whether it counts.
    pub standing: Standing,
}

impl Mark {
    /// Whether it has not been taken back.
    pub fn stands(&self) -> bool {
        !matches!(self.standing, Standing::Retracted { .. })
    }
}

/// The claim of a milestone that counts, among claims in the order of the log, after the event `after`.
pub fn effective(marks: &[Mark], milestone: Milestone, after: Seq) -> Option<&Mark> {
    let mut standing =
        marks.iter().filter(|mark| mark.milestone == milestone && mark.stands() && mark.seq > after);
    if milestone.last_counts() { standing.next_back() } else { standing.next() }
}

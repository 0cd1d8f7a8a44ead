//! What a report is derived from: entries of the log with both of their clocks, and what the log's keeper says of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::people::Names;
use crate::event::Event;
use crate::ids::{Seq, TeamName};
use crate::incident::{Fact, Occurred};

/// Which report is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The whole of an incident, for those who review it.
    Incident,
    /// What a day brought.
    Daily,
    /// How it stands now.
    Status,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Incident, Self::Daily, Self::Status];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Daily => "daily",
            Self::Status => "status",
        }
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Markdown.
    Md,
    /// One HTML file that needs nothing else.
    Html,
    /// The data itself, in the published form.
    Json,
}

/// An entry of the log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// Its position.
    pub seq: Seq,
    /// When it was recorded, by both clocks.
    pub at: Occurred,
    /// It belongs to the team; else it is of the host.
    pub of_team: bool,
    /// The fact.
    pub event: Event,
}

impl Logged {
    /// The id of the incident that it declares.
    fn declares(&self) -> Option<&str> {
        match &self.event {
            Event::Recorded { fact: Fact::Declared { incident, .. }, .. } if self.of_team => Some(incident),
            _ => None,
        }
    }
}

/// Everything that a report is a function of.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The team.
    pub team: TeamName,
    /// Which report.
    pub kind: Kind,
    /// What people are called.
    pub names: Names,
    /// The team's entries since it was made, and those of the host among them, in order.
    pub log: Vec<Logged>,
    /// When the report is made.
    pub now: Occurred,
    /// When the team's next incident was declared, for the report of an earlier one: the log ends before that.
    pub until: Option<Occurred>,
    /// What is known of the log as a whole.
    pub chain: Chain,
    /// The program that derives it, with its version.
    pub version: String,
}

/// The log as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Chain {
    /// Position of its last entry.
    pub seq: u64,
    /// Hash of its last entry, hexadecimal: whoever keeps it can prove later that nothing before it was changed.
    pub head: String,
    /// Whether every entry is as it was appended; nothing when that was not checked for this report.
    pub intact: Option<bool>,
    /// What is wrong with it, or why it was not checked; empty when there is nothing to say.
    pub detail: String,
}

/// The ids of the incidents that a team's entries tell of, oldest first.
pub fn incidents(log: &[Logged]) -> impl Iterator<Item = &str> {
    log.iter().filter_map(Logged::declares)
}

/// What ended the story of an incident: the declaration of the team's next one. Nothing for the newest, and for one that is
/// not in the log.
pub fn next_after<'a>(log: &'a [Logged], incident: &str) -> Option<&'a Logged> {
    let mut rest = log.iter().skip_while(|entry| entry.declares() != Some(incident)).skip(1);
    rest.find(|entry| entry.declares().is_some())
}

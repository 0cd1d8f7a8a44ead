//! What the figures say is wrong, worst first: each finding with the figure that supports it and a command that acts on
//! it. Without data there is no finding.
//!
//! Worst is what stops somebody for good until a person acts, then what slows everybody down, then what slows one down;
//! within a kind it is the larger figure. The thresholds are constants beside the rule that uses them.

mod flow;
mod host;
mod stopped;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::course::Course;
use super::ledger::Ledger;
use super::load::Host;
use super::view::{AgentPerformance, TeamPerformance};
use crate::ids::TeamName;
use crate::incident::Phase;
use crate::incident::record::{Record, Task};
use crate::recovery::view::Standing;
use crate::team::TeamPhase;
use crate::view::{AgentView, TeamView};

/// What "lately" means for rates (milliseconds).
pub const LATELY_MS: u64 = 300_000;

/// What kind of trouble, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Many agents fell at once; nobody is restarted until a person has looked.
    RestartsPaused,
    /// An agent fell too often and is not restarted any more.
    BreakerOpen,
    /// An agent does not run, and nothing brings it back.
    Down,
    /// A turn runs and provably does not go on.
    Hung,
    /// A dialog, a login or a question waits for a person.
    Blocked,
    /// The disk of the state directory is nearly full: then nothing is accepted any more.
    DiskNearlyFull,
    /// The host swaps, or has hardly any memory left.
    MemoryShort,
    /// An agent waits for its model provider.
    RateLimited,
    /// An agent's last turn ended with an error.
    FailedTurn,
    /// An agent does not get ready.
    NotReady,
    /// An agent is restarted again and again.
    CrashLoop,
    /// Agents answer each other, repeat themselves, or take many short turns.
    Looping,
    /// Messages come faster than an agent takes them.
    QueueGrowing,
    /// An agent rests while work is open.
    Starved,
    /// An agent's processes hold far more memory than others do.
    MemoryHungry,
    /// Messages take long to arrive.
    SlowDelivery,
    /// Too much wants the processors.
    CpuShort,
}

/// The figure that supports a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Figure {
    /// It has been so for this long.
    Lasting {
        /// Milliseconds.
        for_ms: u64,
    },
    /// So many.
    Count {
        /// How many.
        count: usize,
        /// In this time (milliseconds).
        within_ms: u64,
    },
    /// So much memory, or disk that is left.
    Bytes {
        /// How many.
        bytes: u64,
    },
    /// A share.
    Percent {
        /// Per cent.
        percent: u64,
    },
}

impl Figure {
    fn size(self) -> u64 {
        match self {
            Self::Lasting { for_ms } => for_ms,
            Self::Count { count, .. } => count as u64,
            Self::Bytes { bytes } => bytes,
            Self::Percent { percent } => percent,
        }
    }
}

/// Something that the figures say is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of trouble.
    pub kind: Kind,
    /// The team; nothing for the host.
    pub team: Option<TeamName>,
    /// The agent (`team:index`); nothing for a team and for the host.
    pub agent: Option<String>,
    /// What is wrong, with the figure, in words.
    pub text: String,
    /// The figure.
    pub figure: Figure,
    /// A command that acts on it.
    pub command: String,
}

/// One team with everything that is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The team as it stands.
    pub team: &'a TeamView,
    /// What is on record of its incident.
    pub record: &'a Record,
    /// What its events add up to.
    pub ledger: &'a Ledger,
    /// Its figures.
    pub figures: &'a TeamPerformance,
}

/// One agent of a [`Case`].
#[derive(Clone, Copy)]
struct Patient<'a> {
    case: &'a Case<'a>,
    agent: &'a AgentView,
    figures: &'a AgentPerformance,
    course: &'a Course,
    now: u64,
}

/// Everything that the figures of the host and of these teams support, worst first.
pub fn analyze(host: &Host, cases: &[Case<'_>]) -> Vec<Finding> {
    let mut found = host::findings(host);
    for case in cases.iter().filter(|case| case.team.phase == TeamPhase::Running) {
        found.extend(stopped::of_team(case));
        found.extend(flow::of_team(case));
        for patient in case.patients() {
            // What does not run at all has no other trouble worth a word.
            let stopped = stopped::of_agent(&patient);
            let down = stopped.iter().any(|finding| finding.kind < Kind::Hung);
            found.extend(stopped);
            if !down {
                found.extend(flow::of_agent(&patient));
                found.extend(host::of_agent(&patient, host));
            }
        }
    }
    found.sort_by_key(|finding| (finding.kind, Reverse(finding.figure.size())));
    found
}

impl<'a> Case<'a> {
    fn patients(&'a self) -> impl Iterator<Item = Patient<'a>> {
        self.team.agents.iter().filter_map(move |agent| {
            Some(Patient {
                case: self,
                agent,
                figures: self.figures.agents.iter().find(|figures| figures.id == agent.id)?,
                course: self.ledger.course(agent.id)?,
                now: self.ledger.now(),
            })
        })
    }

    /// Whether an incident of the team is going on.
    fn is_urgent(&self) -> bool {
        match self.record.phase() {
            Phase::Declared | Phase::Investigating | Phase::Fixing | Phase::Monitoring => true,
            Phase::Undeclared | Phase::Resolved | Phase::Closed | Phase::Cancelled => false,
        }
    }

    /// What is still to be done.
    fn open_tasks(&self) -> impl Iterator<Item = &'a Task> {
        self.record.tasks.iter().filter(|task| !task.state.is_over())
    }
}

impl Patient<'_> {
    fn finding(&self, kind: Kind, figure: Figure, what: &str, command: String) -> Finding {
        // What an agent shows may have several lines; a finding has one.
        let what: Vec<&str> = what.split_whitespace().collect();
        Finding {
            kind,
            team: Some(self.case.team.team.clone()),
            agent: Some(self.agent.target.clone()),
            text: format!("{} ({}) {}", self.agent.title, self.agent.target, what.join(" ")),
            figure,
            command,
        }
    }

    fn target(&self) -> &str {
        &self.agent.target
    }

    /// How long it has been in its state.
    fn lasting(&self) -> Figure {
        Figure::Lasting { for_ms: self.figures.in_state_ms }
    }

    /// Since when something is lately.
    fn lately(&self) -> u64 {
        self.now.saturating_sub(LATELY_MS)
    }

    fn restart(&self) -> String {
        format!("tmux-orc agent restart {} --restore-context", self.target())
    }

    fn standing(&self) -> Option<&Standing> {
        let recovery = self.case.team.recovery.as_ref()?;
        recovery.agents.iter().find(|one| one.id == self.agent.id).map(|one| &one.standing)
    }

    fn is_manager(&self) -> bool {
        self.agent.role.as_str() == "pm"
    }
}

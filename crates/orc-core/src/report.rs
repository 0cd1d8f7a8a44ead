//! The report of an incident, of a day, or of how it stands: a pure function of the log.
//!
//! What is derived and what is told stand apart: no agent can change the one, and the other is a draft until a person has
//! accepted it. What nobody recorded is nothing here and "not recorded" on paper, never 0 and never now. Rendering is the
//! affair of another crate; this is the data, with its published schema.

mod agents;
pub mod clock;
mod code;
mod derive;
mod gather;
pub mod lint;
mod people;
mod quality;
pub mod sections;
mod source;
pub mod timeline;

use schemars::JsonSchema;
use serde::Serialize;

pub use agents::AgentRow;
pub use derive::derive;
pub use people::Names;
pub use source::{Chain, Format, Kind, Logged, Sources, incidents, next_after};

use lint::Finding;
use sections::{
    ActionRow, Appendix, ChangeRow, CheckRow, Communication, EvidenceRow, FollowUpRow, Header, HypothesisRow,
    ImpactFigure, MessageCounts, MetricRow, NarrativePart, NotRun, TaskRow,
};
use timeline::Line;

/// The name of the form that a report has in JSON; another form has another number.
pub const SCHEMA: &str = "tmux-orc/report/1";

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The name of this form.
    pub schema: String,
    /// Which report it is.
    pub kind: Kind,
    /// At a glance.
    pub header: Header,
    /// What is told, in the order of the report; sections that nobody wrote are there without a text.
    pub narratives: Vec<NarrativePart>,
    /// What it did to users, in figures; none when nobody recorded any.
    pub impact: Vec<ImpactFigure>,
    /// How long things took.
    pub metrics: Vec<MetricRow>,
    /// What is to be known before one trusts the figures.
    pub data_quality: Vec<String>,
    /// The course.
    pub timeline: Vec<Line>,
    /// Lines of the timeline that this kind of report leaves out.
    pub timeline_left_out: u64,
    /// Possible causes.
    pub hypotheses: Vec<HypothesisRow>,
    /// What was seen.
    pub evidence: Vec<EvidenceRow>,
    /// Who had to do what.
    pub tasks: Vec<TaskRow>,
    /// What was decided, allowed and set in motion.
    pub actions: Vec<ActionRow>,
    /// Changes that were published, newest last; none when none is recorded.
    pub changes: Vec<ChangeRow>,
    /// Checks of the code, oldest first; none when none is recorded.
    pub checks: Vec<CheckRow>,
    /// Tests that were not run on the code that was published, or that was checked last.
    pub not_run: Vec<NotRun>,
    /// The agents.
    pub agents: Vec<AgentRow>,
    /// How messages went.
    pub messages: MessageCounts,
    /// What others were told.
    pub communications: Vec<Communication>,
    /// What is to be done afterwards.
    pub follow_ups: Vec<FollowUpRow>,
    /// What stands behind it.
    pub appendix: Appendix,
    /// Words that a reviewer should look at.
    pub lint: Vec<Finding>,
}

/// The JSON schema of a report.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("$id".to_owned(), SCHEMA.into());
    schema.to_value()
}

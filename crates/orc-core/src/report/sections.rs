//! The sections of a report as data: what people read and what scripts get are made of these alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::clock::{Instant, Seconds};
use super::source::Chain;

/// What it is about, at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Header {
    /// What was declared to be wrong; for a retroactive record what the team is called.
    pub title: String,
    /// The incident's id; nothing when none was declared.
    pub incident: Option<String>,
    /// No incident was declared: this is what the log holds of the team all the same.
    pub retroactive: bool,
    /// It was declared as a rehearsal.
    pub rehearsal: bool,
    /// How bad it is now, for example `SEV1`.
    pub severity: Option<String>,
    /// How bad it was at its worst.
    pub worst: Option<String>,
    /// Where it is: declared, investigating, fixing, monitoring, resolved, closed, cancelled, undeclared.
    pub status: String,
    /// The team.
    pub team: String,
    /// Who or what noticed it.
    pub noticed_by: Option<String>,
    /// Who held which role, in order.
    pub roles: Vec<Held>,
    /// Where the incident's clock begins.
    pub base: Option<Base>,
    /// From there to its resolution, or to now.
    pub elapsed: Option<Seconds>,
    /// What the report is about.
    pub covers: Period,
    /// When it was made.
    pub generated_at: Instant,
}

/// A role and who had it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Held {
    /// The role.
    pub role: String,
    /// Who.
    pub holder: String,
    /// From when.
    pub from: Instant,
    /// Until when; nothing when nobody else took it.
    pub until: Option<Instant>,
    /// Nobody said so: it is the manager, as everywhere.
    pub by_default: bool,
}

/// Where the incident's clock begins.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Base {
    /// The milestone.
    pub milestone: String,
    /// When it was reached.
    pub at: Instant,
}

/// A time from one instant to another.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Period {
    /// Its beginning.
    pub from: Instant,
    /// Its end.
    pub to: Instant,
}

/// A part that is told and not derived.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NarrativePart {
    /// Its name: `summary`, `impact`, `causes`, `trigger`, `went_well`, `went_poorly`, `lucky`.
    pub section: String,
    /// Its heading.
    pub title: String,
    /// The text, Markdown, untrusted; nothing when nobody wrote it.
    pub text: Option<String>,
    /// Who wrote it.
    pub by: Option<String>,
    /// A person stands for it, by having written or accepted it.
    pub accepted_by: Option<String>,
    /// An agent wrote it and no person has accepted it: draft, not reviewed.
    pub draft: bool,
    /// The event that wrote it.
    pub seq: Option<u64>,
}

/// What it did to users.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ImpactFigure {
    /// What was affected.
    pub what: String,
    /// How much.
    pub value: String,
    /// Who or what says so.
    pub source: String,
}

/// A duration against what was hoped for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MetricRow {
    /// Its name.
    pub name: String,
    /// From which milestone.
    pub from: String,
    /// To which.
    pub to: String,
    /// How long it took; nothing when an end is not recorded.
    pub took: Option<Seconds>,
    /// How long it should take at most.
    pub budget: Option<Seconds>,
    /// Whether it was within that.
    pub met: Option<bool>,
}

/// A possible cause.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HypothesisRow {
    /// Its id.
    pub id: String,
    /// What may be.
    pub text: String,
    /// Who thought so.
    pub by: String,
    /// What is to be thought of it: confirmed, supported, ruled out, not checked.
    pub verdict: String,
    /// Why.
    pub why: String,
    /// What supports that.
    pub evidence: Vec<String>,
}

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EvidenceRow {
    /// Its id.
    pub id: String,
    /// When it was recorded.
    pub at: Instant,
    /// What it shows.
    pub text: String,
    /// Where it is from.
    pub source: String,
    /// Who kept it.
    pub by: String,
    /// SHA-256 of the whole after redaction, hexadecimal; empty when it was only described.
    pub sha256: String,
    /// Length of the whole in bytes.
    pub bytes: u64,
    /// Its beginning.
    pub excerpt: String,
}

/// Something that somebody had to do.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskRow {
    /// Its id.
    pub id: String,
    /// What.
    pub text: String,
    /// Who had it.
    pub assignee: Option<String>,
    /// Who gave it.
    pub by: String,
    /// Where it is.
    pub state: String,
    /// What was last said of it.
    pub note: String,
}

/// Something that was decided, allowed or set in motion.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ActionRow {
    /// The event.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// Seconds from the instant at which the incident's clock begins.
    pub offset: Option<Seconds>,
    /// decision, permission, restart, proposal.
    pub kind: String,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// Why, or what came of it.
    pub outcome: String,
}

/// A change that was or is being published.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChangeRow {
    /// How it is called: by its number, or by its branch.
    pub name: String,
    /// The branch.
    pub branch: String,
    /// The branch that it goes into.
    pub base: String,
    /// The commit.
    pub commit: String,
    /// That commit's git tree.
    pub tree: String,
    /// How far it is, in words.
    pub state: String,
    /// Its address; empty without one.
    pub url: String,
    /// Who wanted it.
    pub by: String,
    /// It was called an emergency.
    pub emergency: bool,
    /// It is not to be reviewed yet.
    pub draft: bool,
    /// What was not checked, and the reason that was given.
    pub waived: Option<String>,
    /// What was opened to be done after it.
    pub follow_ups: Vec<String>,
}

/// A check of the code.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CheckRow {
    /// Its id.
    pub id: String,
    /// How much was to be tested: full, fast, critical, smoke.
    pub tier: String,
    /// What it comes to: `pass`, `pass_flaky`, `fail`, `nothing_selected`, `inconclusive`, `error`.
    pub verdict: String,
    /// Whether a change may be shipped on it.
    pub green: bool,
    /// Why, in words.
    pub why: String,
    /// Who asked for it.
    pub by: String,
    /// When it began.
    pub at: Instant,
    /// How long it took.
    pub took: Seconds,
    /// How long it might take.
    pub budget: Seconds,
    /// The commit.
    pub commit: String,
    /// Its git tree.
    pub tree: String,
    /// The directory was tested with changes that no commit has.
    pub dirty: bool,
    /// Tests that were executed.
    pub executed: u64,
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Could not be run to their end.
    pub errors: u64,
    /// Skipped: they count for nothing.
    pub skipped: u64,
    /// Passed only when tried again.
    pub flaky: u64,
    /// Its parts.
    pub suites: Vec<SuiteRow>,
    /// What made it test more than its tier.
    pub widened: Vec<String>,
}

/// A part of a check.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SuiteRow {
    /// Its name.
    pub name: String,
    /// Why these tests and no others.
    pub selection: String,
    /// Tests that there are; nothing where the runner cannot say.
    pub discovered: Option<u64>,
    /// Tests that were executed.
    pub executed: u64,
    /// Passed.
    pub passed: u64,
    /// Failed, and could not be run to their end.
    pub failed: u64,
    /// What it comes to; nothing when it was not begun.
    pub verdict: Option<String>,
    /// Names of failed tests, the first few.
    pub failures: Vec<String>,
}

/// Tests that were not run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NotRun {
    /// Which.
    pub what: String,
    /// How many; nothing where that is not known.
    pub tests: Option<u64>,
    /// Why, as far as is known.
    pub why: String,
}

/// How messages went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct MessageCounts {
    /// Messages of people.
    pub of_people: u64,
    /// Messages of agents.
    pub of_agents: u64,
    /// Messages of tmux-orc: briefs and digests.
    pub of_system: u64,
    /// Deliveries that the agent itself confirmed.
    pub acknowledged: u64,
    /// Deliveries that the agent took without a confirmation, or keeps for after its turn.
    pub taken: u64,
    /// Deliveries that failed for good.
    pub dead: u64,
    /// Deliveries that are not settled.
    pub open: u64,
}

/// What others were told.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Communication {
    /// The event.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// Seconds from the instant at which the incident's clock begins.
    pub offset: Option<Seconds>,
    /// Who told.
    pub who: String,
    /// Whom.
    pub to: String,
    /// What is the case.
    pub text: String,
    /// What is being done.
    pub actions: String,
    /// What is needed.
    pub needs: String,
}

/// Something to do afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FollowUpRow {
    /// Its id.
    pub id: String,
    /// What for: detect, prevent, mitigate, process.
    pub kind: String,
    /// What.
    pub text: String,
    /// Who does it; nothing when nobody has it.
    pub owner: Option<String>,
    /// It was done.
    pub done: bool,
}

/// What stands behind the report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Appendix {
    /// The log.
    pub log: Chain,
    /// The first event that the report is about.
    pub first_seq: u64,
    /// The last one.
    pub last_seq: u64,
    /// How many events it is derived from.
    pub events: u64,
    /// How often a supervisor was started meanwhile.
    pub supervisor_starts: u64,
    /// The program that derived it, with its version.
    pub version: String,
    /// Secrets that were replaced before anything was kept, by the rule that found them.
    pub redactions: BTreeMap<String, u64>,
}

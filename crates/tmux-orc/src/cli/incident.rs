//! The command line of the incident record and of tasks.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCandidates;

use crate::names;

/// A team.
#[derive(Debug, Args)]
pub(crate) struct OfTeam {
    /// The team.
    #[arg(add = ArgValueCandidates::new(names::teams))]
    pub(crate) team: String,
}

/// When it happened.
#[derive(Debug, Args)]
pub(crate) struct At {
    /// When: `now`, `10m ago`, `14:03`, or RFC 3339.
    #[arg(long, value_name = "WHEN", default_value = "now")]
    pub(crate) at: String,
}

/// The incident of a team: what was said of it, when, by whom, with what evidence.
#[derive(Debug, Subcommand)]
pub(crate) enum Incident {
    /// Declare an incident.
    #[command(
        after_help = "Example:\n  tmux-orc incident declare auth-hotfix \"Logins fail with 500\" --severity sev1 --started \"10m ago\""
    )]
    Declare(Declare),
    /// Show how it stands: phase, clocks against budgets, causes, tasks, what was said last.
    Status(OfTeam),
    /// Say that a milestone is reached: root cause, fix ready, mitigated, resolved, and others.
    #[command(
        after_help = "Milestones: impact_started, detected, acknowledged, root_cause, fix_ready, mitigated, resolved.\n\nExample:\n  tmux-orc incident mark auth-hotfix root_cause \"connections leak on failed logins\" --evidence auth_handler.py:234"
    )]
    Mark(Mark),
    /// Agree with what somebody else claimed.
    Confirm(Statement),
    /// Take a statement back; it stays in the record, and no longer counts.
    Retract(Withdrawal),
    /// Put a statement into other words; the old ones stay in the log.
    Amend(Amendment),
    /// Make a remark.
    Note(Remark),
    /// Say what was decided, and why.
    Decide(Decision),
    /// Name a possible cause, or say with --of what is to be thought of one.
    #[command(
        after_help = "Examples:\n  tmux-orc incident hypothesis auth-hotfix \"the pool is too small\"\n  tmux-orc incident hypothesis auth-hotfix \"it grows with every failed login\" --of H1 --verdict ruled-out --evidence E2"
    )]
    Hypothesis(Hypothesis),
    /// Keep something that was seen: the hash of the whole, and its beginning.
    Evidence(Evidence),
    /// Say what others were told.
    Update(Update),
    /// Say what it did to users.
    Impact(Impact),
    /// Say who has a role: commander, operations, communications, scribe.
    Role(Role),
    /// Keep something to do afterwards, or say with --done that it was done.
    FollowUp(FollowUp),
    /// Write a section of the report. What an agent writes is a draft until a person accepts it.
    #[command(
        after_help = "Sections: summary, impact, causes, trigger, went_well, went_poorly, lucky.\nThe report puts the times: refer to an event as [#12] or to evidence as [E3].\n\nExamples:\n  tmux-orc incident narrative auth-hotfix summary \"Logins failed because connections leaked on failed logins [E3].\"\n  tmux-orc incident narrative auth-hotfix lucky - < lucky.md"
    )]
    Narrative(Narrative),
    /// Say that you have read a section of the report and stand for it. An agent cannot.
    Accept(Accept),
    /// Say how bad it is.
    Severity(SeverityChange),
    /// Say that nothing is left to do.
    Close(Reason),
    /// Say that it is not over after all.
    Reopen(Reason),
    /// Say that it was none.
    Cancel(Reason),
}

/// How bad it is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Severity {
    /// Most users cannot work.
    Sev1,
    /// Many users, or something important.
    Sev2,
    /// Some users, or a way around exists.
    Sev3,
    /// Hardly anybody notices.
    Sev4,
}

/// Who noticed it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Detection {
    /// A person of the team.
    Human,
    /// Monitoring.
    Alert,
    /// A customer.
    Customer,
    /// An agent.
    Agent,
}

/// Declare an incident.
#[derive(Debug, Args)]
pub(crate) struct Declare {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// What is wrong, in a line.
    pub(crate) title: String,
    /// How bad it is.
    #[arg(long, value_enum, default_value_t = Severity::Sev2)]
    pub(crate) severity: Severity,
    /// When users began to be affected: `10m ago`, `14:03`, or RFC 3339.
    #[arg(long, value_name = "WHEN")]
    pub(crate) started: Option<String>,
    /// When it was noticed; without it now.
    #[arg(long, value_name = "WHEN")]
    pub(crate) detected: Option<String>,
    /// Who noticed.
    #[arg(long, value_enum)]
    pub(crate) source: Option<Detection>,
    /// It is a rehearsal.
    #[arg(long)]
    pub(crate) drill: bool,
}

/// Say that a milestone is reached.
#[derive(Debug, Args)]
pub(crate) struct Mark {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// Which.
    pub(crate) milestone: String,
    /// In your words.
    #[arg(default_value = "")]
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) when: At,
    /// What supports it: `E3`, a commit, a file with its line, an address; may be repeated. A root cause needs one.
    #[arg(long, value_name = "REF")]
    pub(crate) evidence: Vec<String>,
    /// The hypothesis that it confirms; its evidence counts.
    #[arg(long, value_name = "H")]
    pub(crate) hypothesis: Option<String>,
    /// Why you know that it is resolved although no check says so.
    #[arg(long, value_name = "WHY")]
    pub(crate) by_hand: Option<String>,
}

/// A statement.
#[derive(Debug, Args)]
pub(crate) struct Statement {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// A statement's number (`incident status` shows it), or a milestone.
    pub(crate) event: String,
}

/// A statement to be taken back.
#[derive(Debug, Args)]
pub(crate) struct Withdrawal {
    #[command(flatten)]
    pub(crate) statement: Statement,
    /// Why.
    #[arg(long)]
    pub(crate) why: String,
}

/// A statement in other words.
#[derive(Debug, Args)]
pub(crate) struct Amendment {
    #[command(flatten)]
    pub(crate) statement: Statement,
    /// The new words.
    pub(crate) text: String,
}

/// A remark.
#[derive(Debug, Args)]
pub(crate) struct Remark {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// The words.
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) when: At,
}

/// A decision.
#[derive(Debug, Args)]
pub(crate) struct Decision {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// What.
    pub(crate) text: String,
    /// Why.
    #[arg(long)]
    pub(crate) why: String,
    #[command(flatten)]
    pub(crate) when: At,
}

/// What is to be thought of a cause.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Verdict {
    /// Something speaks for it.
    Supported,
    /// It is not so.
    RuledOut,
    /// It is so.
    Confirmed,
}

/// A possible cause.
#[derive(Debug, Args)]
pub(crate) struct Hypothesis {
    #[command(flatten)]
    pub(crate) of_team: OfTeam,
    /// What may be; with --of, why the verdict.
    pub(crate) text: String,
    /// A known one.
    #[arg(long, value_name = "H", requires = "verdict")]
    pub(crate) of: Option<String>,
    /// What is to be thought of it.
    #[arg(long, value_enum, requires = "of")]
    pub(crate) verdict: Option<Verdict>,
    /// What supports that; may be repeated.
    #[arg(long, value_name = "REF", requires = "of")]
    pub(crate) evidence: Vec<String>,
}

/// Something that was seen.
#[derive(Debug, Args)]
pub(crate) struct Evidence {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// What it shows, in a line.
    pub(crate) text: String,
    /// The thing itself, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Where it is from; without it the file's name.
    #[arg(long, default_value = "")]
    pub(crate) source: String,
    #[command(flatten)]
    pub(crate) when: At,
}

/// What others were told.
#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// What is the case.
    pub(crate) text: String,
    /// What is being done.
    #[arg(long, default_value = "")]
    pub(crate) actions: String,
    /// What is needed.
    #[arg(long, default_value = "")]
    pub(crate) needs: String,
    /// Who was told.
    #[arg(long, default_value = "stakeholders")]
    pub(crate) audience: String,
    #[command(flatten)]
    pub(crate) when: At,
}

/// What it did to users.
#[derive(Debug, Args)]
pub(crate) struct Impact {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// What was affected.
    pub(crate) what: String,
    /// How much, with its unit.
    pub(crate) value: String,
    /// Who or what says so.
    #[arg(long)]
    pub(crate) source: String,
}

/// Who has a role.
#[derive(Debug, Args)]
pub(crate) struct Role {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// Which.
    #[arg(value_name = "ROLE")]
    pub(crate) which: String,
    /// Who.
    pub(crate) holder: String,
}

/// Something to do afterwards.
#[derive(Debug, Args)]
pub(crate) struct FollowUp {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// What.
    #[arg(required_unless_present = "done", default_value = "")]
    pub(crate) text: String,
    /// What for: detect, prevent, mitigate or process.
    #[arg(long, value_parser = ["detect", "prevent", "mitigate", "process"], default_value = "prevent")]
    pub(crate) kind: String,
    /// Who does it.
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// One that was done.
    #[arg(long, value_name = "F", conflicts_with_all = ["text", "owner"])]
    pub(crate) done: Option<String>,
}

/// A section of the report.
#[derive(Debug, Args)]
pub(crate) struct Narrative {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// Which.
    pub(crate) section: String,
    /// The text in Markdown, or `-` for standard input.
    #[arg(allow_hyphen_values = true, required_unless_present = "file")]
    pub(crate) text: Option<OsString>,
    /// The text from a file.
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) file: Option<PathBuf>,
}

/// A section to stand for.
#[derive(Debug, Args)]
pub(crate) struct Accept {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// Which.
    pub(crate) section: String,
}

/// How bad it is now.
#[derive(Debug, Args)]
pub(crate) struct SeverityChange {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// The new severity.
    #[arg(value_enum)]
    pub(crate) severity: Severity,
    /// Why.
    #[arg(long)]
    pub(crate) why: String,
}

/// Why.
#[derive(Debug, Args)]
pub(crate) struct Reason {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// Why.
    pub(crate) why: String,
}

/// Tasks of a team.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Add a task; with --to the agent is told.
    #[command(
        after_help = "Example:\n  tmux-orc task add auth-hotfix \"look for leaking connections\" --to backend"
    )]
    Add(TaskAdd),
    /// Give a task to an agent, and tell it.
    Assign(TaskAssign),
    /// Say that somebody began.
    Start(TaskMove),
    /// Say that it waits for something.
    Block(TaskMove),
    /// Say that it is done, and what came of it.
    Done(TaskMove),
    /// Say that nobody will do it.
    Drop(TaskMove),
    /// List them.
    List(OfTeam),
}

/// Add a task.
#[derive(Debug, Args)]
pub(crate) struct TaskAdd {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// What is to be done.
    pub(crate) text: String,
    /// Who does it: an agent's index, name or role in the team.
    #[arg(long, value_name = "AGENT")]
    pub(crate) to: Option<String>,
}

/// Give a task to somebody.
#[derive(Debug, Args)]
pub(crate) struct TaskAssign {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// The task.
    pub(crate) task: String,
    /// Who does it: an agent's index, name or role in the team.
    pub(crate) to: String,
}

/// Say how far a task is.
#[derive(Debug, Args)]
pub(crate) struct TaskMove {
    #[command(flatten)]
    pub(crate) of: OfTeam,
    /// The task.
    pub(crate) task: String,
    /// What is to be said of it.
    #[arg(default_value = "")]
    pub(crate) text: String,
}

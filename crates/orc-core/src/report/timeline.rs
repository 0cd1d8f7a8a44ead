//! The course of an incident, a line for each thing that somebody who was not there has to know.

use schemars::JsonSchema;
use serde::Serialize;

use super::clock::{Instant, Seconds};
use super::people::{People, bare};
use crate::change::{Stage, ship};
use crate::check::CheckRun;
use crate::delivery::{MessageKind, Sender};
use crate::event::Event;
use crate::ids::AgentId;
use crate::incident::record::Statement;
use crate::incident::{Fact, Given, Mark, Milestone, Occurred, Record, Standing, occurred};
use crate::prompt::Answerer;
use crate::restart::Cause;
use crate::team::{AgentState, Need};

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Line {
    /// The event that it is from.
    pub seq: u64,
    /// When it happened.
    pub at: Instant,
    /// Seconds from the instant at which the incident's clock begins; nothing without one.
    pub offset: Option<Seconds>,
    /// It was recorded afterwards, as somebody remembered it.
    pub backdated: bool,
    /// Who did or said it: a role, an agent's name, or `tmux-orc`.
    pub who: String,
    /// What it is.
    pub kind: LineKind,
    /// In words. Untrusted where people and agents wrote it.
    pub text: String,
    /// The milestone, for a line that marks one.
    pub milestone: Option<String>,
    /// What a claim of a milestone is worth; `stated` for all other lines.
    pub standing: LineStanding,
    /// What supports it.
    pub evidence: Vec<String>,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A milestone, claimed or derived.
    Milestone,
    /// A remark, a decision, an assumed role, a changed severity.
    Statement,
    /// Something that was seen.
    Evidence,
    /// A possible cause.
    Hypothesis,
    /// A task.
    Task,
    /// A message of a person, or to everybody.
    Message,
    /// Others were told how it stands.
    Update,
    /// What became of an agent.
    Agent,
    /// A check of the code.
    Check,
    /// A change that is published.
    Change,
    /// Something that was taken back, put into other words, or confirmed.
    Correction,
    /// The team and tmux-orc itself.
    System,
}

/// What a claim is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineStanding {
    /// No claim of a milestone, or one that another one outweighs.
    Stated,
    /// The claim that counts.
    Counts,
    /// The claim that counts, and a person or the commander agrees.
    Confirmed,
    /// It was taken back.
    Retracted,
}

/// Lines as they come, before they are put into order.
#[derive(Debug, Default, Clone)]
pub(super) struct Lines(Vec<(Occurred, Line)>);

/// What a line says, without its time.
struct Said {
    who: String,
    kind: LineKind,
    text: String,
}

impl Lines {
    /// Another incident begins.
    pub(super) fn begin_anew(&mut self) {
        self.0.clear();
    }

    fn add(&mut self, seq: u64, at: &Occurred, said: Said) -> &mut Line {
        let Said { who, kind, text } = said;
        let line = Line {
            seq,
            at: Instant(at.at),
            offset: None,
            backdated: at.given != Given::Live,
            who,
            kind,
            text,
            milestone: None,
            standing: LineStanding::Stated,
            evidence: Vec::new(),
        };
        self.0.push((at.clone(), line));
        // It was put there a line above.
        let last = self.0.len() - 1;
        &mut self.0[last].1
    }

    /// What an event says that is no statement about the incident. `name` gives agents their names.
    pub(super) fn take(&mut self, seq: u64, at: &Occurred, event: &Event, name: impl Fn(AgentId) -> String) {
        use LineKind as K;
        let (who, kind, text) = match event {
            Event::MessageAccepted { from, kind, to, text, .. } => {
                let to = match kind {
                    MessageKind::Broadcast => "everybody".to_owned(),
                    MessageKind::Each => "each agent".to_owned(),
                    MessageKind::Direct if from.is_person() => {
                        to.iter().map(|id| name(*id)).collect::<Vec<_>>().join(", ")
                    }
                    _ => return,
                };
                (People::sender(from), K::Message, format!("to {to}: {}", in_a_line(text)))
            }
            Event::AgentEnded { agent, exit, .. } => (name(*agent), K::Agent, format!("ended ({exit})")),
            Event::AgentChanged { agent, state: AgentState::Hung { proof, .. }, .. } => {
                (name(*agent), K::Agent, format!("hangs: {}", in_a_line(proof)))
            }
            Event::AgentChanged { agent, state: AgentState::Replaced { by }, .. } => {
                (name(*agent), K::Agent, format!("has become another program: {}", in_a_line(by)))
            }
            Event::AgentRestarting { agent, cause, why, .. } => {
                let cause = match cause {
                    Cause::Asked => "is started again, as somebody asked",
                    Cause::Recovery => "is started again by automatic recovery",
                    Cause::ResumeFailed => "is started again, without the session that it could not resume",
                };
                let why = if why.is_empty() { String::new() } else { format!(": {}", in_a_line(why)) };
                (name(*agent), K::Agent, format!("{cause}{why}"))
            }
            Event::AgentRestored { agent, how, .. } => {
                (name(*agent), K::Agent, format!("is back: {}", how.describe()))
            }
            Event::AgentRestartFailed { agent, reason, .. } => {
                (name(*agent), K::Agent, format!("could not be started again: {}", in_a_line(reason)))
            }
            Event::BreakerOpened { agent, reason, .. } => {
                let text = format!("is not restarted any more until a person looks: {}", in_a_line(reason));
                (name(*agent), K::Agent, text)
            }
            Event::RespawnPaused { reason, .. } => {
                ("tmux-orc".to_owned(), K::System, format!("restarts nobody: {}", in_a_line(reason)))
            }
            Event::RecoveryStarted { by, .. } => {
                (bare(by).to_owned(), K::System, "started automatic recovery".to_owned())
            }
            Event::RecoveryStopped { by, .. } => {
                (bare(by).to_owned(), K::System, "stopped automatic recovery".to_owned())
            }
            Event::TeamStopped { .. } => {
                ("tmux-orc".to_owned(), K::System, "every agent of the team has ended".to_owned())
            }
            Event::ShipStarted(ship::Started { by, proposal, .. }) => {
                let text = format!("publishes {} at {}", proposal.branch, short(&proposal.head));
                (People::sender(by), K::Change, text)
            }
            Event::ShipFailed(ship::Failed { reason, .. }) => {
                let text = format!("the change could not be published: {}", in_a_line(reason));
                ("tmux-orc".to_owned(), K::Change, text)
            }
            _ => return,
        };
        self.add(seq, at, Said { who, kind, text });
    }

    /// A dialog was answered.
    pub(super) fn answered(&mut self, seq: u64, at: &Occurred, answered: &Answered) {
        let Answered { agent, need, answer, by, .. } = answered;
        let text = format!("answered the {} of {agent}: {answer}", need.name());
        self.add(seq, at, Said { who: by.clone(), kind: LineKind::Agent, text });
    }

    /// An agent was added to a team that ran already.
    pub(super) fn joined(&mut self, seq: u64, at: &Occurred, name: &str, title: &str) {
        let text = format!("joined the team as {title}");
        self.add(seq, at, Said { who: name.to_owned(), kind: LineKind::Agent, text });
    }

    /// The change is published.
    pub(super) fn published(&mut self, seq: u64, at: &Occurred, record: &Record) {
        let Some(change) = record.changes.last() else { return };
        let Stage::Published(published) = &change.stage else { return };
        let words = match published.action {
            crate::change::Action::Created => "is open",
            crate::change::Action::Updated => "is up to date",
            crate::change::Action::Written => "is written",
        };
        let emergency = if change.proposal.emergency { ", as an emergency" } else { "" };
        let text = format!("{} {words}{emergency}", change.name());
        let who = People::sender(&change.by);
        let evidence = [published.url.clone(), format!("commit:{}", change.proposal.head)];
        let line = self.add(seq, at, Said { who, kind: LineKind::Change, text });
        line.evidence.extend(evidence.into_iter().filter(|it| !it.is_empty()));
    }

    /// A check has ended.
    pub(super) fn checked(&mut self, seq: u64, at: &Occurred, run: &CheckRun) {
        let counts = run.counts();
        let text = format!(
            "{} ({}): {}, {} passed, {} failed, {} skipped",
            run.check,
            run.tier.name(),
            run.verdict.name().replace('_', " "),
            counts.passed,
            counts.failed + counts.errors,
            counts.skipped
        );
        let line = self.add(seq, at, Said { who: People::sender(&run.by), kind: LineKind::Check, text });
        line.evidence.push(format!("run:{}", run.check));
        line.evidence.push(format!("commit:{}", run.tested.commit));
    }

    /// The supervisor was started anew.
    pub(super) fn supervisor(&mut self, seq: u64, at: &Occurred) {
        let text = "the supervisor was started anew; agents had gone on".to_owned();
        self.add(seq, at, Said { who: "tmux-orc".to_owned(), kind: LineKind::System, text });
    }

    /// Every claim of a milestone, those that do not count too.
    pub(super) fn marks(&mut self, record: &Record) {
        for mark in &record.marks {
            let counts = record.effective(mark.milestone).is_some_and(|it| it.seq == mark.seq);
            let standing = match &mark.standing {
                Standing::Retracted { .. } => LineStanding::Retracted,
                Standing::Confirmed { .. } if counts => LineStanding::Confirmed,
                Standing::Claimed if counts => LineStanding::Counts,
                Standing::Claimed | Standing::Confirmed { .. } => LineStanding::Stated,
            };
            let (who, kind) = (People::sender(&mark.by), LineKind::Milestone);
            let text = mark_text(record, mark);
            let line = self.add(mark.seq.0, &mark.at, Said { who, kind, text });
            line.milestone = Some(mark.milestone.words().to_owned());
            line.standing = standing;
            line.evidence.clone_from(&mark.evidence);
        }
    }

    /// Every statement that is not a claim of a milestone.
    pub(super) fn statements(&mut self, record: &Record, people: &People) {
        for statement in &record.statements {
            if let Some((kind, text, evidence)) = stated(record, statement, people) {
                let who = People::sender(&statement.by);
                let line = self.add(statement.seq.0, &statement.at, Said { who, kind, text });
                line.evidence = evidence;
                if statement.retracted.is_some() {
                    line.standing = LineStanding::Retracted;
                }
            }
        }
    }

    /// In the order in which it happened, each with its offset from `base`, names replaced by roles.
    pub(super) fn finish(self, base: Option<&Occurred>, people: &People) -> Vec<Line> {
        let offset = |at: &Occurred| base.map(|base| Seconds(occurred::span(base, at).millis));
        let mut lines: Vec<Line> = self
            .0
            .into_iter()
            .map(|(at, line)| Line {
                offset: offset(&at),
                text: people.text(&line.text),
                who: people.holder(&line.who),
                ..line
            })
            .collect();
        // By the clock that does not jump, where there is one.
        lines.sort_by_key(|line| (line.offset.map_or(line.at.0.0, |offset| offset.0), line.seq));
        lines
    }
}

fn mark_text(record: &Record, mark: &Mark) -> String {
    let declared = record.declared.as_ref().filter(|_| mark.milestone == Milestone::Declared);
    match declared {
        Some(declared) if declared.seq == mark.seq => {
            format!("{}: {}", declared.severity.name().to_uppercase(), declared.title)
        }
        _ => mark.text.clone(),
    }
}

/// What a statement says in a line; nothing for what is shown as something else.
fn stated(
    record: &Record,
    statement: &Statement,
    people: &People,
) -> Option<(LineKind, String, Vec<String>)> {
    use LineKind as K;
    let none = Vec::new;
    let words = |text: &String| in_a_line(statement.amended.as_ref().unwrap_or(text));
    Some(match &statement.fact {
        Fact::Noted { text } => (K::Statement, words(text), none()),
        Fact::Decided { text, why } => {
            (K::Statement, format!("decided: {} (because {why})", words(text)), none())
        }
        Fact::Updated { audience, conditions, .. } => {
            (K::Update, format!("told {audience}: {}", words(conditions)), none())
        }
        Fact::ImpactRecorded { what, value, source } => {
            (K::Statement, format!("impact: {what}: {value}"), vec![source.clone()])
        }
        Fact::EvidenceAdded { id, text, source, .. } => {
            let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
            (K::Evidence, format!("{}{source}", words(text)), vec![id.to_string()])
        }
        Fact::HypothesisOpened { id, text } => (K::Hypothesis, format!("{id}: {}", words(text)), none()),
        Fact::HypothesisJudged { id, verdict, text, evidence } => {
            (K::Hypothesis, format!("{id} is {}: {}", verdict.words(), words(text)), evidence.clone())
        }
        Fact::TaskAdded { id, text, assignee } => {
            let to = assignee.as_ref().map(|who| format!(" to {who}")).unwrap_or_default();
            (K::Task, format!("gave task {id}{to}: {}", words(text)), none())
        }
        Fact::TaskAssigned { id, assignee } => (K::Task, format!("gave task {id} to {assignee}"), none()),
        Fact::TaskMoved { id, state, text } => {
            let note = if text.is_empty() { String::new() } else { format!(": {}", words(text)) };
            (K::Task, format!("task {id} is {}{note}", state.name()), none())
        }
        Fact::ActionProposed { id, action, why, .. } => {
            (K::Statement, format!("proposes {id}: {} (because {why})", words(action)), vec![id.to_string()])
        }
        Fact::RoleAssumed { role, holder } => {
            (K::Statement, format!("{role} is {}", people.in_role(holder)), none())
        }
        Fact::SeverityChanged { to, why } => {
            (K::Statement, format!("severity is {}: {why}", to.name().to_uppercase()), none())
        }
        Fact::Reopened { why } => (K::Statement, format!("reopened: {why}"), none()),
        Fact::Cancelled { why } => (K::Statement, format!("cancelled: {why}"), none()),
        Fact::Confirmed { of } => (K::Correction, format!("confirmed {}", named(record, of.0)), none()),
        Fact::Retracted { of, why } => {
            (K::Correction, format!("took back {}: {why}", named(record, of.0)), none())
        }
        Fact::Amended { of, .. } => {
            (K::Correction, format!("put {} into other words", named(record, of.0)), none())
        }
        Fact::FollowUpAdded { id, text, .. } => {
            (K::Statement, format!("to do afterwards, {id}: {}", words(text)), none())
        }
        Fact::FollowUpDone { id } => (K::Statement, format!("{id} is done"), none()),
        Fact::Declared { .. }
        | Fact::Marked { .. }
        | Fact::Closed { .. }
        | Fact::NarrativeWritten { .. }
        | Fact::NarrativeAccepted { .. } => return None,
    })
}

/// A statement by its number, and by its milestone where it claims one.
fn named(record: &Record, seq: u64) -> String {
    let mark = record.marks.iter().find(|mark| mark.seq.0 == seq);
    mark.map_or_else(|| format!("#{seq}"), |mark| format!("#{seq} ({})", mark.milestone.words()))
}

/// A dialog that was answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answered {
    pub(super) agent: String,
    pub(super) need: Need,
    pub(super) asked: String,
    pub(super) answer: String,
    pub(super) by: String,
}

/// Who answered a dialog.
pub(super) fn answerer(by: &Answerer) -> String {
    match by {
        Answerer::Person { .. } => Sender::Operator.label().to_owned(),
        Answerer::Policy { .. } => "policy of trust".to_owned(),
    }
}

/// The first characters of a commit.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// A text as it fits into a line: its beginning, and how much more there is.
pub(super) fn in_a_line(text: &str) -> String {
    const SHOWN: usize = 240;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let more = lines.count();
    let cut: String = first.chars().take(SHOWN).collect();
    let cut = if cut.len() < first.len() { format!("{}…", cut.trim_end()) } else { cut };
    match more {
        0 => cut,
        1 => format!("{cut} (and 1 more line)"),
        more => format!("{cut} (and {more} more lines)"),
    }
}

//! What was said and done, as lines: folded from the events of a team, the newest few hundred.

use std::collections::{BTreeMap, VecDeque};

use orc_api::Envelope;
use orc_core::delivery::{MessageKind, Outcome, Sender};
use orc_core::event::Event;
use orc_core::ids::{AgentId, MessageId, Seq};
use orc_core::incident::Fact;

use super::model::contains;

/// So many lines are kept; all of it is in `agent messages` and `events`.
const KEPT: usize = 600;

/// Whose line it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// An agent's.
    Agent(AgentId),
    /// Somebody's who is no agent: operator, tmux-orc, a terminal.
    Other(String),
}

/// What became of a message at one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Not known yet.
    Open,
    /// The agent has it, or has very likely.
    Arrived,
    /// It will not get it.
    Dead,
}

/// What kind of line it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A message.
    Sent {
        /// Its id.
        message: MessageId,
        /// Its kind.
        kind: MessageKind,
        /// Its recipients.
        to: BTreeMap<AgentId, Fate>,
    },
    /// Words of an agent.
    Said,
    /// A person typed into the agent's own terminal.
    Typed,
    /// A statement about the incident.
    Stated,
    /// Something has begun.
    Busy,
    /// Something went wrong.
    Trouble,
    /// Something is as it should be again, or was done.
    Done,
    /// A person is asked.
    Asked,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The event.
    pub(super) seq: Seq,
    /// When, in milliseconds since the epoch.
    pub(super) at: i64,
    /// Whose.
    pub(super) who: Who,
    /// What kind.
    pub(super) what: What,
    /// The words, as they came.
    pub(super) text: String,
}

impl Line {
    /// Whether it has these words in it.
    pub(super) fn contains(&self, words: &str, name_of: impl Fn(AgentId) -> String) -> bool {
        let by = || match &self.who {
            Who::Agent(id) => contains(&name_of(*id), words),
            Who::Other(name) => contains(name, words),
        };
        let to = || match &self.what {
            What::Sent { to, .. } => to.keys().any(|id| contains(&name_of(*id), words)),
            _ => false,
        };
        contains(&self.text, words) || by() || to()
    }
}

/// The lines, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stream {
    lines: VecDeque<Line>,
    /// The event up to which it is complete.
    seen: Seq,
}

impl Stream {
    /// Oldest first.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter()
    }

    /// Takes an event of the team in; one that was seen before changes nothing.
    pub(super) fn take(&mut self, envelope: &Envelope) {
        if envelope.seq <= self.seen {
            return;
        }
        self.seen = envelope.seq;
        if let Event::DeliverySettled { message, agent, outcome, .. } = &envelope.event {
            self.settle(*message, *agent, outcome);
        }
        let Some((who, what, text)) = line(&envelope.event) else { return };
        self.lines.push_back(Line { seq: envelope.seq, at: envelope.at.0, who, what, text });
        if self.lines.len() > KEPT {
            self.lines.pop_front();
        }
    }

    fn settle(&mut self, settled: MessageId, agent: AgentId, outcome: &Outcome) {
        for line in self.lines.iter_mut().rev() {
            if let What::Sent { message, to, .. } = &mut line.what
                && *message == settled
            {
                let fate = if matches!(outcome, Outcome::Dead { .. }) { Fate::Dead } else { Fate::Arrived };
                to.insert(agent, fate);
                return;
            }
        }
    }
}

fn sender(from: &Sender) -> Who {
    match from {
        Sender::Agent { id, .. } => Who::Agent(*id),
        Sender::Operator | Sender::System => Who::Other(from.label().to_owned()),
    }
}

/// The line that an event makes, if it makes one.
fn line(event: &Event) -> Option<(Who, What, String)> {
    let of = |agent: &AgentId, what, text: String| Some((Who::Agent(*agent), what, text));
    let us = |what, text: String| Some((Who::Other("tmux-orc".to_owned()), what, text));
    match event {
        Event::MessageAccepted { message, from, kind, to, text, .. } => {
            let to = to.iter().map(|id| (*id, Fate::Open)).collect();
            Some((sender(from), What::Sent { message: *message, kind: *kind, to }, text.clone()))
        }
        Event::DeliverySettled { message, agent, outcome: Outcome::Dead { reason }, .. } => {
            of(agent, What::Trouble, format!("will not get {message}: {reason}"))
        }
        Event::PersonPrompted { agent, text, .. } => of(agent, What::Typed, text.clone()),
        Event::AgentSaid { agent, text, .. } => of(agent, What::Said, text.clone()),
        // Who is given a task gets it as a message.
        Event::Recorded {
            fact: Fact::TaskAdded { assignee: Some(_), .. } | Fact::TaskAssigned { .. },
            ..
        } => None,
        Event::Recorded { by, fact, .. } => Some((sender(by), What::Stated, stated(fact))),
        Event::AgentEnded { agent, exit, .. } => of(agent, What::Trouble, format!("ended: {exit}")),
        Event::AgentRestarting { agent, why, .. } => {
            of(agent, What::Done, format!("is started again: {why}"))
        }
        Event::AgentRestored { agent, how, .. } => {
            of(agent, What::Done, format!("is back: {}", how.describe()))
        }
        Event::AgentRestartFailed { agent, reason, .. } => {
            of(agent, What::Trouble, format!("could not be started again: {reason}"))
        }
        Event::BreakerOpened { agent, reason, .. } => {
            of(agent, What::Trouble, format!("is not started again by itself any more: {reason}"))
        }
        Event::PromptOpened { agent, need, .. } => of(agent, What::Asked, format!("asks: {}", need.name())),
        Event::PromptAnswered { agent, answer, .. } => {
            of(agent, What::Done, format!("was answered: {}", answer.describe()))
        }
        Event::RespawnPaused { reason, .. } => us(What::Trouble, format!("restarts pause: {reason}")),
        Event::RespawnResumed { by, .. } => us(What::Done, format!("restarts go on: {by}")),
        Event::CheckStarted { begun, .. } => {
            us(What::Busy, format!("{} {} begins", begun.check, begun.tier.name()))
        }
        Event::CheckFinished { run, .. } if run.verdict.is_green() => {
            us(What::Done, format!("{} {} {}", run.check, run.tier.name(), words(run.verdict.name())))
        }
        Event::CheckFinished { run, .. } => us(
            What::Trouble,
            format!(
                "{} {} {}: {}",
                run.check,
                run.tier.name(),
                words(run.verdict.name()),
                super::work::why(run)
            ),
        ),
        Event::ShipStarted(started) => us(
            What::Busy,
            format!("{} is being published for {}", started.proposal.branch, started.proposal.base),
        ),
        Event::ChangePublished(done) => {
            us(What::Done, format!("the change is published: {}", done.published.url))
        }
        Event::ShipFailed(failed) => {
            us(What::Trouble, format!("the change was not published: {}", failed.reason))
        }
        Event::TeamReady { .. } => us(What::Done, "every agent is ready".to_owned()),
        Event::TeamStopped { .. } => us(What::Done, "the team has stopped".to_owned()),
        _ => None,
    }
}

/// The words of a statement.
fn stated(fact: &Fact) -> String {
    match fact {
        Fact::Declared { title, severity, .. } => format!("declared {}: {title}", severity.name()),
        Fact::SeverityChanged { to, why } => format!("severity is {}: {why}", to.name()),
        Fact::Marked { milestone, text, .. } if text.is_empty() => words(milestone.name()),
        Fact::Marked { milestone, text, .. } => format!("{}: {text}", words(milestone.name())),
        Fact::Confirmed { of } => format!("confirms #{of}"),
        Fact::Retracted { of, why } => format!("takes #{of} back: {why}"),
        Fact::Amended { of, text } => format!("#{of} now says: {text}"),
        Fact::HypothesisOpened { id, text } => format!("{id} possible cause: {text}"),
        Fact::HypothesisJudged { id, verdict, text, .. } => format!("{id} {}: {text}", verdict.words()),
        Fact::EvidenceAdded { id, text, source, .. } => format!("{id} seen: {text} ({source})"),
        Fact::ActionProposed { id, action, reach, .. } => {
            format!("{id} proposes ({}): {action}", reach.name())
        }
        Fact::Noted { text } => format!("note: {text}"),
        Fact::Decided { text, why } => format!("decision: {text}, because {why}"),
        Fact::Updated { audience, conditions, .. } => format!("told {audience}: {conditions}"),
        Fact::ImpactRecorded { what, value, .. } => format!("impact: {what}: {value}"),
        Fact::RoleAssumed { role, holder } => format!("{role}: {holder}"),
        Fact::FollowUpAdded { id, text, .. } => format!("{id} for afterwards: {text}"),
        Fact::FollowUpDone { id } => format!("{id} is done"),
        Fact::TaskAdded { id, text, assignee } => {
            format!("{id} for {}: {text}", assignee.as_deref().unwrap_or("nobody yet"))
        }
        Fact::TaskAssigned { id, assignee } => format!("{id} is for {assignee} now"),
        Fact::TaskMoved { id, state, text } => format!("{id} {}: {text}", state.name()),
        Fact::NarrativeWritten { section, .. } => format!("wrote of the report: {}", words(section.name())),
        Fact::NarrativeAccepted { of } => format!("accepts #{of} of the report"),
        Fact::Closed { why } => format!("closed: {why}"),
        Fact::Reopened { why } => format!("reopened: {why}"),
        Fact::Cancelled { why } => format!("cancelled: {why}"),
    }
}

/// A name of the interface as words.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

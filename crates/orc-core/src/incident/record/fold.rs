//! How a record takes the events of its team, one after the other.

use super::{Briefing, Declaration, Hypothesis, Judgement, Record, Statement, Task};
use crate::change::ship;
use crate::delivery::{MessageKind, Outcome, Sender};
use crate::event::Event;
use crate::ids::{AgentId, MessageId, Seq, TaskId};
use crate::incident::fact::TaskState;
use crate::incident::mark::effective;
use crate::incident::{Fact, Mark, Milestone, Narrative, Occurred, Standing};

impl Record {
    /// Takes the next event of the team, recorded at `at`.
    pub fn take(&mut self, seq: Seq, at: &Occurred, event: &Event) {
        match event {
            Event::Recorded { by, at: occurred, fact, .. } => self.recorded(seq, occurred, by, fact),
            Event::TeamCreated { .. } => {
                self.follows(seq, at, Milestone::TeamRequested, "the team was asked for");
            }
            Event::CheckStarted { by, begun, .. } => {
                self.last_check = self.last_check.max(begun.check.0);
                self.began.insert(begun.check, seq);
                self.checking.push(((**begun).clone(), by.clone(), at.clone()));
            }
            Event::CheckFinished { run, .. } => self.checked(seq, at, run),
            Event::TeamReady { .. } => self.follows(seq, at, Milestone::TeamReady, "every agent was ready"),
            Event::MessageAccepted {
                message,
                kind: MessageKind::Broadcast,
                from: Sender::Operator,
                to,
                ..
            } if self.briefing.is_none() => {
                self.briefing = Some(Briefing { message: *message, open: to.iter().copied().collect() });
            }
            Event::DeliverySettled {
                message,
                agent,
                outcome: Outcome::Acknowledged | Outcome::Queued,
                ..
            } => self.acknowledged(seq, at, *message, *agent),
            _ => ship::take(&mut self.changes, seq, at, event),
        }
    }

    fn acknowledged(&mut self, seq: Seq, at: &Occurred, message: MessageId, agent: AgentId) {
        let Some(briefing) = self.briefing.as_mut().filter(|briefing| briefing.message == message) else {
            return;
        };
        if !briefing.open.remove(&agent) {
            return;
        }
        let all = briefing.open.is_empty();
        if effective(&self.marks, Milestone::Acknowledged, Seq(0)).is_none() {
            self.follows(seq, at, Milestone::Acknowledged, "the first agent has the briefing");
        }
        if all {
            self.follows(seq, at, Milestone::Briefed, "every agent has the briefing");
        }
    }

    /// A milestone that follows from an event.
    pub(super) fn follows(&mut self, seq: Seq, at: &Occurred, milestone: Milestone, text: &str) {
        self.marks.push(Mark {
            seq,
            milestone,
            at: at.clone(),
            by: Sender::System,
            text: text.to_owned(),
            evidence: Vec::new(),
            standing: Standing::Claimed,
        });
    }

    fn recorded(&mut self, seq: Seq, at: &Occurred, by: &Sender, fact: &Fact) {
        if matches!(fact, Fact::Declared { .. }) && self.declared.is_some() {
            self.begin_anew();
        }
        self.statements.push(Statement {
            seq,
            at: at.clone(),
            by: by.clone(),
            fact: fact.clone(),
            amended: None,
            retracted: None,
        });
        match fact {
            Fact::Declared { incident, title, severity, kind, detection } => {
                self.declared = Some(Declaration {
                    seq,
                    incident: incident.clone(),
                    title: title.clone(),
                    severity: *severity,
                    worst: *severity,
                    kind: *kind,
                    detection: *detection,
                    by: by.clone(),
                    at: at.clone(),
                });
                self.cancelled = false;
                self.follows(seq, at, Milestone::Declared, title);
            }
            Fact::SeverityChanged { to, .. } => {
                if let Some(declared) = &mut self.declared {
                    declared.severity = *to;
                    declared.worst = declared.worst.min(*to);
                }
            }
            Fact::Closed { why } => self.follows(seq, at, Milestone::Closed, why),
            Fact::Reopened { .. } => {
                self.reopened.push((seq, at.clone()));
                self.cancelled = false;
            }
            Fact::Cancelled { .. } => self.cancelled = true,
            Fact::Marked { milestone, text, evidence, .. } => self.marks.push(Mark {
                seq,
                milestone: *milestone,
                at: at.clone(),
                by: by.clone(),
                text: text.clone(),
                evidence: evidence.clone(),
                standing: Standing::Claimed,
            }),
            Fact::Confirmed { of } => self.stand(*of, &Standing::Confirmed { by: by.clone() }),
            Fact::Retracted { of, why } => {
                self.stand(*of, &Standing::Retracted { by: by.clone(), why: why.clone(), seq });
                if let Some(statement) = self.statements.iter_mut().find(|it| it.seq == *of) {
                    statement.retracted = Some((by.clone(), why.clone()));
                }
                self.with_narrative(*of, |narrative| narrative.retracted = true);
            }
            Fact::Amended { of, text } => {
                self.amend(*of, text);
                self.with_narrative(*of, |narrative| narrative.amend(text, by));
            }
            Fact::NarrativeWritten { section, text } => {
                self.narratives.push(Narrative::new(seq, at, *section, text, by));
            }
            Fact::NarrativeAccepted { of } => {
                self.with_narrative(*of, |narrative| narrative.accepted = Some(by.clone()));
            }
            Fact::HypothesisOpened { id, text } => {
                self.last_hypothesis = self.last_hypothesis.max(id.0);
                let (text, by) = (text.clone(), by.clone());
                self.hypotheses.push(Hypothesis { id: *id, seq, text, by, judgements: Vec::new() });
            }
            Fact::HypothesisJudged { id, verdict, text, evidence } => {
                if let Some(found) = self.hypotheses.iter_mut().find(|it| it.id == *id) {
                    let (text, evidence, by) = (text.clone(), evidence.clone(), by.clone());
                    found.judgements.push(Judgement { verdict: *verdict, text, evidence, by });
                }
            }
            Fact::EvidenceAdded { id, .. } => self.last_evidence = self.last_evidence.max(id.0),
            Fact::RoleAssumed { role, holder } if role == "commander" => {
                self.commander = Some(holder.clone());
            }
            Fact::FollowUpAdded { id, .. } => {
                self.last_follow_up = self.last_follow_up.max(id.0);
                self.open_follow_ups.insert(*id);
            }
            Fact::FollowUpDone { id } => {
                self.open_follow_ups.remove(id);
            }
            Fact::TaskAdded { id, text, assignee } => {
                self.last_task = self.last_task.max(id.0);
                self.tasks.push(Task {
                    id: *id,
                    seq,
                    text: text.clone(),
                    assignee: assignee.clone(),
                    by: by.clone(),
                    state: TaskState::Open,
                    note: String::new(),
                    changed: at.clone(),
                });
            }
            Fact::TaskAssigned { id, assignee } => {
                self.with_task(*id, at, |task| task.assignee = Some(assignee.clone()));
            }
            Fact::TaskMoved { id, state, text } => self.with_task(*id, at, |task| {
                task.state = *state;
                task.note.clone_from(text);
            }),
            Fact::ActionProposed { id, .. } => self.last_action = self.last_action.max(id.0),
            Fact::Noted { .. }
            | Fact::Decided { .. }
            | Fact::Updated { .. }
            | Fact::ImpactRecorded { .. }
            | Fact::RoleAssumed { .. } => {}
        }
    }

    /// Another incident of the same team begins; the earlier one is in the log. Numbers go on.
    fn begin_anew(&mut self) {
        *self = Self {
            last_hypothesis: self.last_hypothesis,
            last_task: self.last_task,
            last_evidence: self.last_evidence,
            last_follow_up: self.last_follow_up,
            last_action: self.last_action,
            open_follow_ups: std::mem::take(&mut self.open_follow_ups),
            commander: self.commander.take(),
            last_check: self.last_check,
            checking: std::mem::take(&mut self.checking),
            began: std::mem::take(&mut self.began),
            checks: std::mem::take(&mut self.checks),
            ..Self::default()
        };
    }

    fn with_task(&mut self, id: TaskId, at: &Occurred, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.iter_mut().find(|task| task.id == id) {
            change(task);
            task.changed = at.clone();
        }
    }

    fn with_narrative(&mut self, of: Seq, change: impl FnOnce(&mut Narrative)) {
        if let Some(narrative) = self.narratives.iter_mut().find(|it| it.seq == of) {
            change(narrative);
        }
    }

    fn stand(&mut self, of: Seq, standing: &Standing) {
        for mark in self.marks.iter_mut().filter(|mark| mark.seq == of && mark.by != Sender::System) {
            mark.standing = standing.clone();
        }
    }

    fn amend(&mut self, of: Seq, text: &str) {
        if let Some(statement) = self.statements.iter_mut().find(|it| it.seq == of) {
            statement.amended = Some(text.to_owned());
        }
        if let Some(mark) = self.marks.iter_mut().find(|it| it.seq == of) {
            text.clone_into(&mut mark.text);
        }
        if let Some(hypothesis) = self.hypotheses.iter_mut().find(|it| it.seq == of) {
            text.clone_into(&mut hypothesis.text);
        }
        if let Some(task) = self.tasks.iter_mut().find(|it| it.seq == of) {
            text.clone_into(&mut task.text);
        }
    }
}

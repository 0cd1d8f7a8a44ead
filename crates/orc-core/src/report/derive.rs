//! From the log to the report: a function of its arguments.

use super::agents::AgentFold;
use super::clock::{Instant, Seconds};
use super::gather::{Gathered, Restart};
use super::people::People;
use super::sections::{
    ActionRow, Appendix, Base, Communication, EvidenceRow, FollowUpRow, Header, Held, HypothesisRow,
    ImpactFigure, MetricRow, NarrativePart, Period, TaskRow,
};
use super::source::{Kind, Sources};
use super::timeline::Line;
use super::{Report, SCHEMA, code, lint, quality};
use crate::incident::fact::Verdict;
use crate::incident::metrics::{impact_ms, metrics};
use crate::incident::record::Hypothesis;
use crate::incident::{Detection, Fact, Mark, Milestone, Occurred, Record, Section, occurred};
use crate::restart::Cause;

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// So many lines of the timeline are in a report on how it stands.
const LAST: usize = 12;

/// Derives the report.
pub fn derive(sources: &Sources) -> Report {
    let gathered = Gathered::read(&sources.log);
    let context = Context::new(sources, &gathered);
    let metrics = metrics(&gathered.record);
    let notes = quality::notes(&gathered.record, &metrics, &gathered.clocks);
    let rows = metrics.metrics.into_iter().map(|metric| MetricRow {
        met: metric.met(),
        name: metric.name,
        from: metric.from.words().to_owned(),
        to: metric.to.words().to_owned(),
        took: metric.took_ms.map(Seconds::of),
        budget: metric.budget_ms.map(Seconds::of),
    });
    let impact = MetricRow {
        name: "impact duration".to_owned(),
        from: Milestone::ImpactStarted.words().to_owned(),
        to: Milestone::Mitigated.words().to_owned(),
        took: impact_ms(&gathered.record).map(Seconds::of),
        budget: None,
        met: None,
    };
    let mut report = Report {
        schema: SCHEMA.to_owned(),
        kind: sources.kind,
        header: context.header(),
        narratives: context.narratives(),
        impact: context.impact(),
        metrics: rows.chain([impact]).collect(),
        data_quality: notes.iter().map(|note| context.note(note)).collect(),
        timeline: Vec::new(),
        timeline_left_out: 0,
        hypotheses: context.hypotheses(),
        evidence: context.evidence(),
        tasks: context.tasks(),
        actions: context.actions(),
        changes: code::changes(&gathered.record),
        checks: code::checks(&gathered.checks),
        not_run: code::not_run(&gathered.record, &gathered.checks),
        agents: gathered.agents.iter().map(AgentFold::row).collect(),
        messages: gathered.messages(),
        communications: context.communications(),
        follow_ups: context.follow_ups(),
        appendix: context.appendix(),
        lint: Vec::new(),
    };
    (report.timeline, report.timeline_left_out) = context.timeline();
    report.lint = lint::findings(&report);
    report
}

/// What all sections look at.
struct Context<'a> {
    sources: &'a Sources,
    gathered: &'a Gathered,
    record: &'a Record,
    people: People,
    /// Where the incident's clock begins.
    base: Option<&'a Mark>,
}

impl<'a> Context<'a> {
    fn new(sources: &'a Sources, gathered: &'a Gathered) -> Self {
        let record = &gathered.record;
        let base = [Milestone::Detected, Milestone::Declared, Milestone::TeamRequested]
            .into_iter()
            .find_map(|it| record.effective(it));
        let people = People::new(record, &gathered.names(), sources.names);
        Self { sources, gathered, record, people, base }
    }

    /// A remark, with agents called by their names alone.
    fn note(&self, note: &str) -> String {
        self.people.text(&note.replace(&format!("{}:", self.sources.team), ""))
    }

    fn offset(&self, at: &Occurred) -> Option<Seconds> {
        self.base.map(|base| Seconds(occurred::span(&base.at, at).millis))
    }

    fn header(&self) -> Header {
        let declared = self.record.declared.as_ref();
        let team = self.sources.team.to_string();
        let severity = |it: crate::incident::Severity| it.name().to_uppercase();
        let title = declared.map_or_else(|| format!("Work of team {team}"), |it| self.people.text(&it.title));
        let until = self.sources.until.as_ref().unwrap_or(&self.sources.now);
        let ended = self.record.effective(Milestone::Resolved).map_or(until, |mark| &mark.at);
        Header {
            title,
            incident: declared.map(|it| it.incident.clone()),
            retroactive: declared.is_none(),
            rehearsal: declared.is_some_and(|it| it.kind == crate::incident::Kind::Drill),
            severity: declared.map(|it| severity(it.severity)),
            worst: declared.map(|it| severity(it.worst)),
            status: self.record.phase().name().to_owned(),
            team,
            noticed_by: declared.and_then(|it| it.detection).map(|it| noticed(it).to_owned()),
            roles: self.roles(),
            base: self
                .base
                .map(|mark| Base { milestone: mark.milestone.words().to_owned(), at: Instant(mark.at.at) }),
            elapsed: self.offset(ended),
            covers: Period { from: self.begin(), to: Instant(until.at) },
            generated_at: Instant(self.sources.now.at),
        }
    }

    /// Where the period begins that the report is about.
    fn begin(&self) -> Instant {
        let now = self.sources.now.at;
        let first = self.gathered.first.as_ref().map_or(now, |(_, at)| at.at);
        let earliest = self.record.marks.iter().map(|mark| mark.at.at).chain([first]).min().unwrap_or(first);
        match self.sources.kind {
            Kind::Daily => Instant(earliest.max(crate::time::Timestamp(now.0 - DAY_MS))),
            Kind::Incident | Kind::Status => Instant(earliest),
        }
    }

    fn roles(&self) -> Vec<Held> {
        let mut roles: Vec<Held> = Vec::new();
        for statement in &self.record.statements {
            let Fact::RoleAssumed { role, holder } = &statement.fact else { continue };
            if statement.retracted.is_some() {
                continue;
            }
            let from = Instant(statement.at.at);
            if let Some(earlier) = roles.iter_mut().rfind(|held| held.role == *role) {
                earlier.until = Some(from);
            }
            let holder = self.people.in_role(holder);
            roles.push(Held { role: role.clone(), holder, from, until: None, by_default: false });
        }
        let led = roles.iter().find(|held| held.role == "commander").map(|held| held.from);
        if let Some(manager) = self.gathered.manager() {
            let (role, holder) = ("commander".to_owned(), manager.to_owned());
            let from = self.base.map_or(Instant(self.sources.now.at), |mark| Instant(mark.at.at));
            if led.is_none_or(|led| from < led) {
                roles.insert(0, Held { role, holder, from, until: led, by_default: true });
            }
        }
        roles
    }

    fn narratives(&self) -> Vec<NarrativePart> {
        let part = |section: Section| {
            let written = self.record.narrative(section);
            NarrativePart {
                section: section.name().to_owned(),
                title: section.title().to_owned(),
                text: written.map(|it| self.people.text(&it.text)),
                by: written.map(|it| People::sender(&it.by)),
                accepted_by: written.and_then(|it| it.accepted.as_ref()).map(People::sender),
                draft: written.is_some_and(|it| it.accepted.is_none()),
                seq: written.map(|it| it.seq.0),
            }
        };
        Section::ALL.map(part).into()
    }

    /// Facts that stand, in their newest words.
    fn facts(&self) -> impl Iterator<Item = &'a crate::incident::record::Statement> {
        self.record.statements.iter().filter(|it| it.retracted.is_none())
    }

    fn impact(&self) -> Vec<ImpactFigure> {
        let figure = |fact: &Fact| match fact {
            Fact::ImpactRecorded { what, value, source } => {
                let [what, value, source] = [what, value, source].map(|text| self.people.text(text));
                Some(ImpactFigure { what, value, source })
            }
            _ => None,
        };
        self.facts().filter_map(|it| figure(&it.fact)).collect()
    }

    fn hypotheses(&self) -> Vec<HypothesisRow> {
        self.record.hypotheses.iter().map(|it| self.hypothesis(it)).collect()
    }

    fn hypothesis(&self, it: &Hypothesis) -> HypothesisRow {
        let last = it.judgements.last();
        // Who marks the root cause by a hypothesis says that it is the one.
        let marked = self.record.effective(Milestone::RootCause).filter(|mark| {
            self.facts().any(|statement| {
                let of = matches!(&statement.fact, Fact::Marked { hypothesis: Some(id), .. } if *id == it.id);
                of && statement.seq == mark.seq
            })
        });
        let (verdict, why) = match (marked, last) {
            (Some(mark), _) => (Verdict::Confirmed.words(), mark.text.clone()),
            (None, Some(judged)) => (judged.verdict.words(), judged.text.clone()),
            (None, None) => ("not checked", String::new()),
        };
        let mut evidence: Vec<String> = it.judgements.iter().flat_map(|it| it.evidence.clone()).collect();
        evidence.extend(marked.iter().flat_map(|mark| mark.evidence.clone()));
        let mut known = std::collections::BTreeSet::new();
        evidence.retain(|it| known.insert(it.clone()));
        HypothesisRow {
            id: it.id.to_string(),
            text: self.people.text(&it.text),
            by: People::sender(&it.by),
            verdict: verdict.to_owned(),
            why: self.people.text(&why),
            evidence,
        }
    }

    fn evidence(&self) -> Vec<EvidenceRow> {
        let row = |it: &crate::incident::record::Statement| match &it.fact {
            Fact::EvidenceAdded { id, text, source, sha256, bytes, excerpt } => Some(EvidenceRow {
                id: id.to_string(),
                at: Instant(it.at.at),
                text: self.people.text(it.amended.as_ref().unwrap_or(text)),
                source: source.clone(),
                by: People::sender(&it.by),
                sha256: sha256.clone(),
                bytes: *bytes,
                excerpt: self.people.text(excerpt),
            }),
            _ => None,
        };
        self.facts().filter_map(row).collect()
    }

    fn tasks(&self) -> Vec<TaskRow> {
        let row = |it: &crate::incident::record::Task| TaskRow {
            id: it.id.to_string(),
            text: self.people.text(&it.text),
            assignee: it.assignee.as_ref().map(|who| self.people.holder(who)),
            by: People::sender(&it.by),
            state: it.state.name().to_owned(),
            note: self.people.text(&it.note),
        };
        self.record.tasks.iter().map(row).collect()
    }

    fn actions(&self) -> Vec<ActionRow> {
        let action =
            |seq: u64, at: &Occurred, kind: &str, who: String, what: &str, outcome: &str| ActionRow {
                seq,
                at: Instant(at.at),
                offset: self.offset(at),
                kind: kind.to_owned(),
                who,
                what: self.people.text(what),
                outcome: self.people.text(outcome),
            };
        let decided = self.facts().filter_map(|it| {
            let Fact::Decided { text, why } = &it.fact else { return None };
            let text = it.amended.as_ref().unwrap_or(text);
            Some(action(
                it.seq.0,
                &it.at,
                "decision",
                People::sender(&it.by),
                text,
                &format!("because {why}"),
            ))
        });
        let proposed = self.facts().filter_map(|it| {
            let Fact::ActionProposed { id, action: what, why, reach, risk, rollback } = &it.fact else {
                return None;
            };
            let text = it.amended.as_ref().unwrap_or(what);
            let risk = if risk.is_empty() { String::new() } else { format!("; risk: {risk}") };
            let undone = if rollback.is_empty() {
                "not to be undone".to_owned()
            } else {
                format!("undone by: {rollback}")
            };
            let outcome = format!("because {why}; {}; {undone}{risk}", reach.name());
            let what = format!("{id}: {text}");
            Some(action(it.seq.0, &it.at, "proposal", People::sender(&it.by), &what, &outcome))
        });
        let answered = self.gathered.answered.iter().map(|(seq, at, it)| {
            let what = format!("{} of {}: {}", it.need.name(), it.agent, it.asked);
            action(*seq, at, "permission", it.by.clone(), &what, &format!("answered {}", it.answer))
        });
        let restarted = self.gathered.restarts.iter().map(|it: &Restart| {
            let who = match it.cause {
                Cause::Asked => "on request",
                Cause::Recovery => "automatic recovery",
                Cause::ResumeFailed => "tmux-orc",
            };
            let why = if it.why.is_empty() { String::new() } else { format!(" ({})", it.why) };
            let what = format!("started {} again{why}", it.name);
            let outcome = if it.outcome.is_empty() { super::clock::NOT_RECORDED } else { &it.outcome };
            action(it.seq, &it.at, "restart", who.to_owned(), &what, outcome)
        });
        let mut actions: Vec<ActionRow> = decided.chain(proposed).chain(answered).chain(restarted).collect();
        actions.sort_by_key(|it| (it.offset.map_or(it.at.0.0, |offset| offset.0), it.seq));
        actions
    }

    fn communications(&self) -> Vec<Communication> {
        let told = |it: &crate::incident::record::Statement| match &it.fact {
            Fact::Updated { audience, conditions, actions, needs } => Some(Communication {
                seq: it.seq.0,
                at: Instant(it.at.at),
                offset: self.offset(&it.at),
                who: People::sender(&it.by),
                to: self.people.text(audience),
                text: self.people.text(it.amended.as_ref().unwrap_or(conditions)),
                actions: self.people.text(actions),
                needs: self.people.text(needs),
            }),
            _ => None,
        };
        self.facts().filter_map(told).collect()
    }

    fn follow_ups(&self) -> Vec<FollowUpRow> {
        let row = |it: &crate::incident::record::Statement| match &it.fact {
            Fact::FollowUpAdded { id, text, kind, owner } => Some(FollowUpRow {
                id: id.to_string(),
                kind: kind.clone(),
                text: self.people.text(it.amended.as_ref().unwrap_or(text)),
                owner: owner.as_ref().map(|who| self.people.holder(who)),
                done: !self.record.open_follow_ups.contains(id),
            }),
            _ => None,
        };
        self.facts().filter_map(row).collect()
    }

    fn timeline(&self) -> (Vec<Line>, u64) {
        let mut lines = self.gathered.lines.clone();
        lines.marks(self.record);
        lines.statements(self.record, &self.people);
        let mut lines = lines.finish(self.base.map(|mark| &mark.at), &self.people);
        let all = lines.len();
        match self.sources.kind {
            Kind::Incident => {}
            Kind::Daily => {
                let begin = self.begin();
                lines.retain(|line| line.at >= begin);
            }
            Kind::Status => {
                lines.drain(..all.saturating_sub(LAST));
            }
        }
        let left_out = (all - lines.len()) as u64;
        (lines, left_out)
    }

    fn appendix(&self) -> Appendix {
        let last = self.sources.log.iter().rfind(|entry| entry.of_team).map_or(0, |entry| entry.seq.0);
        Appendix {
            log: self.sources.chain.clone(),
            first_seq: self.gathered.first.as_ref().map_or(last, |(seq, _)| *seq),
            last_seq: last,
            events: self.gathered.events,
            supervisor_starts: self.gathered.clocks.starts(),
            version: self.sources.version.clone(),
            redactions: self.gathered.redactions.clone(),
        }
    }
}

fn noticed(by: Detection) -> &'static str {
    match by {
        Detection::Human => "a person of the team",
        Detection::Alert => "monitoring",
        Detection::Customer => "a customer",
        Detection::Agent => "an agent",
    }
}

//! Statements about an incident: numbered, checked as far as somebody would be misled, and kept. An odd order is not refused.

mod errand;

use sha2::{Digest, Sha256};

use super::{Decision, Reply};
use crate::delivery::Sender;
use crate::error::{Code, Refusal};
use crate::event::Event;
use crate::ids::{Seq, TeamName};
use crate::incident::entry::{Claim, Declare, Entry, Opening};
use crate::incident::record::Task;
use crate::incident::{Fact, Milestone, Occurred, Phase, Record, Section, When};
use crate::state::State;
use crate::time::Timestamp;

/// The same words of the same sender within this time are the same statement (milliseconds): agents repeat themselves.
const SAME_MS: u64 = 600_000;

/// So much of a piece of evidence is in the log (bytes).
const EXCERPT: usize = 2048;

/// Who states something, when it happened, and when it is said.
pub(super) struct Saying {
    pub(super) team: TeamName,
    pub(super) by: Sender,
    pub(super) live: Occurred,
    pub(super) at: When,
}

pub(super) fn record(state: &State, saying: Saying, entry: Entry, now: Timestamp) -> Decision {
    if !state.teams.contains_key(&saying.team) {
        return Decision::refused(Refusal::new(
            Code::NotFound,
            format!("there is no team `{}`", saying.team),
            "`tmux-orc team list` shows what there is",
        ));
    }
    if let Err(refusal) = saying.at.occurred(&saying.live).not_in_the_future(now) {
        return Decision::refused(refusal);
    }
    let empty = Record::default();
    let record = state.records.get(&saying.team).unwrap_or(&empty);
    match statement(state, record, &saying, entry, now) {
        Ok(Statement::New { facts, id, messages }) => {
            let Saying { team, by, live, at } = saying;
            let at = at.occurred(&live);
            let seq = Seq(state.seq.0 + facts.len() as u64);
            let event = |(own, fact): (Option<Occurred>, Fact)| Event::Recorded {
                team: team.clone(),
                by: by.clone(),
                at: own.unwrap_or_else(|| at.clone()),
                fact,
            };
            let events = facts.into_iter().map(event).chain(messages).collect();
            Decision { events, reply: Reply::Recorded { seq, id, again: false } }
        }
        Ok(Statement::Stopped(decision)) => *decision,
        Ok(Statement::Again { seq }) => {
            Decision { events: Vec::new(), reply: Reply::Recorded { seq, id: None, again: true } }
        }
        Err(refusal) => Decision::refused(refusal),
    }
}

/// The beginning of a text, at most so long as fits into the log.
fn excerpt(mut content: String) -> String {
    if content.len() > EXCERPT {
        let end = (0..=EXCERPT).rev().find(|end| content.is_char_boundary(*end));
        content.truncate(end.unwrap_or_default());
    }
    content
}

enum Statement {
    /// Facts, with an instant of their own where it is not that of the statement; the number that was given; who is told.
    New { facts: Vec<(Option<Occurred>, Fact)>, id: Option<String>, messages: Vec<Event> },
    /// It was said before.
    Again { seq: Seq },
    /// Who is to be told of it has been told too much already.
    Stopped(Box<Decision>),
}

impl Statement {
    /// The same, with a message to somebody.
    fn with(self, message: Option<Event>) -> Self {
        match self {
            Self::New { facts, id, .. } => Self::New { facts, id, messages: message.into_iter().collect() },
            other @ (Self::Again { .. } | Self::Stopped(_)) => other,
        }
    }
}

fn one(fact: Fact) -> Statement {
    Statement::New { facts: vec![(None, fact)], id: None, messages: Vec::new() }
}

fn numbered(id: &impl ToString, fact: Fact) -> Statement {
    Statement::New { facts: vec![(None, fact)], id: Some(id.to_string()), messages: Vec::new() }
}

fn statement(
    state: &State,
    record: &Record,
    saying: &Saying,
    entry: Entry,
    now: Timestamp,
) -> Result<Statement, Refusal> {
    let (team, by) = (&saying.team, &saying.by);
    let say = |fact| Ok(said_before(record, by, &fact, now).unwrap_or_else(|| one(fact)));
    match entry {
        Entry::Note { text } => say(Fact::Noted { text }),
        Entry::Decide { text, why } => say(Fact::Decided { text, why }),
        Entry::Update { audience, conditions, actions, needs } => {
            say(Fact::Updated { audience, conditions, actions, needs })
        }
        Entry::Impact { what, value, source } => say(Fact::ImpactRecorded { what, value, source }),
        Entry::Role { role, holder } => say(Fact::RoleAssumed { role, holder }),
        Entry::Narrate { section, text } => say(Fact::NarrativeWritten { section, text }),
        Entry::AcceptNarrative { section } => accept(record, by, section),
        Entry::Declare(declaration) => declare(state, record, saying, declaration, now),
        Entry::Severity { to, why } => {
            let declared = record.declared.as_ref().ok_or_else(|| undeclared(saying))?;
            if to.is_lower_than(declared.severity) {
                person_only(by, "lower the severity")?;
            }
            Ok(one(Fact::SeverityChanged { to, why }))
        }
        Entry::Mark(claim) => mark(record, saying, claim, now),
        Entry::Confirm { of } => {
            let of = resolve(record, &of)?;
            if record.marks.iter().any(|mark| mark.seq == of && mark.by == *by) {
                return Err(denied("nobody confirms a claim of their own"));
            }
            Ok(one(Fact::Confirmed { of }))
        }
        Entry::Retract { of, why } => {
            let of = resolve(record, &of)?;
            own_or_person(record, of, by, "take back")?;
            Ok(one(Fact::Retracted { of, why }))
        }
        Entry::Amend { of, text } => {
            let of = resolve(record, &of)?;
            own_or_person(record, of, by, "amend")?;
            Ok(one(Fact::Amended { of, text }))
        }
        Entry::Close { why } => {
            person_only(by, "close an incident")?;
            let left = record.effective(Milestone::Resolved).is_none();
            if record.declared.is_none() || left {
                return Err(conflict(
                    "only a resolved incident can be closed",
                    format!("mark it first: `tmux-orc incident mark {} resolved`", saying.team),
                ));
            }
            Ok(one(Fact::Closed { why }))
        }
        Entry::Reopen { why } => match record.phase() {
            Phase::Resolved | Phase::Closed | Phase::Cancelled => Ok(one(Fact::Reopened { why })),
            other => Err(conflict(format!("it is {}, there is nothing to reopen", other.name()), "")),
        },
        Entry::Cancel { why } => {
            person_only(by, "cancel an incident")?;
            record.declared.as_ref().ok_or_else(|| undeclared(saying))?;
            Ok(one(Fact::Cancelled { why }))
        }
        Entry::Suspect { text } => {
            if let Some(known) = record.hypotheses.iter().find(|known| known.text == text) {
                return Ok(Statement::Again { seq: known.seq });
            }
            let id = record.next_hypothesis();
            Ok(numbered(&id, Fact::HypothesisOpened { id, text }))
        }
        Entry::Judge { id, verdict, text, evidence } => {
            if !record.hypotheses.iter().any(|known| known.id == id) {
                return Err(missing(format!("there is no hypothesis {id}")));
            }
            Ok(numbered(&id, Fact::HypothesisJudged { id, verdict, text, evidence }))
        }
        Entry::Evidence { text, source, content } => {
            let id = record.next_evidence();
            let sha256 =
                if content.is_empty() { String::new() } else { format!("{:x}", Sha256::digest(&content)) };
            let (bytes, excerpt) = (content.len() as u64, excerpt(content));
            Ok(numbered(&id, Fact::EvidenceAdded { id, text, source, sha256, bytes, excerpt }))
        }
        Entry::FollowUp { text, kind, owner } => {
            let id = record.next_follow_up();
            Ok(numbered(&id, Fact::FollowUpAdded { id, text, kind, owner }))
        }
        Entry::FollowUpDone { id } => {
            if !record.open_follow_ups.contains(&id) {
                return Err(missing(format!("there is no open follow-up {id}")));
            }
            Ok(numbered(&id, Fact::FollowUpDone { id }))
        }
        Entry::Propose { action, why, reach, risk, rollback } => {
            let same = |it: &&crate::incident::record::Statement| {
                it.by == *by
                    && it.retracted.is_none()
                    && matches!(&it.fact, Fact::ActionProposed { action: known, .. } if *known == action)
            };
            if let Some(known) = record.statements.iter().find(same) {
                return Ok(Statement::Again { seq: known.seq });
            }
            let id = record.next_action();
            let message = errand::proposed(state, team, by, id, &action);
            Ok(numbered(&id, Fact::ActionProposed { id, action, why, reach, risk, rollback }).with(message))
        }
        Entry::AddTask { text, assignee } => {
            let to = assignee.map(|who| errand::assignee(state, team, &who)).transpose()?;
            let assignee = to.as_ref().map(|(_, name)| name.clone());
            let open = |task: &&Task| task.text == text && task.assignee == assignee && !task.state.is_over();
            if let Some(known) = record.tasks.iter().find(open) {
                return Ok(Statement::Again { seq: known.seq });
            }
            if let Some((agent, _)) = &to
                && let Some(stopped) = errand::refusal(state, team, by, *agent, now)
            {
                return Ok(Statement::Stopped(Box::new(stopped)));
            }
            let id = record.next_task();
            let message = to.and_then(|(agent, _)| errand::given(state, team, by, agent, id, &text));
            Ok(numbered(&id, Fact::TaskAdded { id, text, assignee }).with(message))
        }
        Entry::AssignTask { id, assignee } => {
            let known = task(record, id)?;
            let (agent, assignee) = errand::assignee(state, team, &assignee)?;
            if known.assignee.as_ref() == Some(&assignee) {
                return Ok(Statement::Again { seq: known.seq });
            }
            if let Some(stopped) = errand::refusal(state, team, by, agent, now) {
                return Ok(Statement::Stopped(Box::new(stopped)));
            }
            let message = errand::given(state, team, by, agent, id, &known.text);
            Ok(numbered(&id, Fact::TaskAssigned { id, assignee }).with(message))
        }
        Entry::MoveTask { id, state: to, text } => {
            let known = task(record, id)?;
            if known.state == to && known.note == text {
                return Ok(Statement::Again { seq: known.seq });
            }
            let message = errand::moved(state, team, by, known, to, &text);
            Ok(numbered(&id, Fact::TaskMoved { id, state: to, text }).with(message))
        }
    }
}

/// A person stands for what was written; whoever wrote it themselves does so already.
fn accept(record: &Record, by: &Sender, section: Section) -> Result<Statement, Refusal> {
    person_only(by, "accept a section of the report")?;
    let written = record
        .narrative(section)
        .ok_or_else(|| missing(format!("nobody has written the section {}", section.name())))?;
    if written.accepted.is_some() {
        return Ok(Statement::Again { seq: written.seq });
    }
    Ok(one(Fact::NarrativeAccepted { of: written.seq }))
}

fn declare(
    state: &State,
    record: &Record,
    saying: &Saying,
    declaration: Declare,
    now: Timestamp,
) -> Result<Statement, Refusal> {
    if let Some(open) = record.declared.as_ref().filter(|_| record.is_open()) {
        return Err(conflict(
            format!("{} is open for team {}: {}", open.incident, saying.team, open.title),
            format!("close it first, or say more about it: `tmux-orc incident status {}`", saying.team),
        ));
    }
    declaration.check(&saying.live)?;
    let (incident, facts) = declared(state, declaration, &saying.live, now);
    Ok(Statement::New { facts, id: Some(incident), messages: Vec::new() })
}

/// The id of a new incident, and the facts that are known of it from the beginning.
fn declared(
    state: &State,
    declaration: Declare,
    live: &Occurred,
    now: Timestamp,
) -> (String, Vec<(Option<Occurred>, Fact)>) {
    let Declare { title, severity, kind, detection, started, detected } = declaration;
    let incident = state.next_incident(now);
    let mut facts =
        vec![(None, Fact::Declared { incident: incident.clone(), title, severity, kind, detection })];
    let noticed = Some(detected.unwrap_or(When::Now));
    for (milestone, at) in [(Milestone::ImpactStarted, started), (Milestone::Detected, noticed)] {
        if let Some(at) = at {
            let text = String::new();
            let mark = Fact::Marked { milestone, text, evidence: Vec::new(), hypothesis: None };
            facts.push((Some(at.occurred(live)), mark));
        }
    }
    (incident, facts)
}

/// The facts of an incident that is declared with a new team, by the person who asked for the team.
pub(super) fn opened(state: &State, team: &TeamName, opening: Opening, now: Timestamp) -> Vec<Event> {
    let Opening { declaration, live } = opening;
    let (_, facts) = declared(state, declaration, &live, now);
    let event = |(own, fact): (Option<Occurred>, Fact)| {
        let (team, by, at) = (team.clone(), Sender::Operator, own.unwrap_or_else(|| live.clone()));
        Event::Recorded { team, by, at, fact }
    };
    facts.into_iter().map(event).collect()
}

fn mark(record: &Record, saying: &Saying, claim: Claim, now: Timestamp) -> Result<Statement, Refusal> {
    let Claim { milestone, text, mut evidence, hypothesis, by_hand } = claim;
    if !milestone.is_marked_by_hand() {
        return Err(Refusal::new(
            Code::BadRequest,
            format!("{} follows from what happens, nobody marks it", milestone.name()),
            "",
        ));
    }
    if !record.is_open() {
        return Err(conflict(
            format!("the incident is {}", record.phase().name()),
            format!("reopen it first: `tmux-orc incident reopen {} WHY`", saying.team),
        ));
    }
    if let Some(id) = hypothesis {
        let known = record.hypotheses.iter().find(|known| known.id == id);
        let known = known.ok_or_else(|| missing(format!("there is no hypothesis {id}")))?;
        evidence.extend(known.judgements.iter().flat_map(|judgement| judgement.evidence.clone()));
        evidence.dedup();
    }
    if milestone == Milestone::RootCause && evidence.is_empty() {
        return Err(Refusal::new(
            Code::BadRequest,
            "a cause needs evidence",
            "add --evidence: E3, commit:…, file:path#L10, an address, or keep some with `incident evidence`",
        ));
    }
    if milestone == Milestone::Resolved {
        evidence.push(verification(record, &saying.team, by_hand)?);
    }
    let fact = Fact::Marked { milestone, text, evidence, hypothesis };
    Ok(said_before(record, &saying.by, &fact, now).unwrap_or_else(|| one(fact)))
}

/// What shows that it is over: a check that began after the mitigation and passed, or somebody's word for it.
fn verification(record: &Record, team: &TeamName, by_hand: Option<String>) -> Result<String, Refusal> {
    let mitigated = record
        .effective(Milestone::Mitigated)
        .ok_or_else(|| conflict("nothing says that it is mitigated", "mark mitigated first"))?;
    if let Some(why) = by_hand {
        return Ok(format!("by hand: {why}"));
    }
    match record.verified {
        Some((check, began)) if began > mitigated.seq => Ok(format!("run:{check}")),
        Some(_) | None => Err(conflict(
            "no check that began after the mitigation has confirmed it",
            format!(
                "run one: `tmux-orc execute test {team} --smoke-only`; or say why you know: --by-hand \"the error rate is 0 \
                 for 5 minutes\""
            ),
        )),
    }
}

/// The same words of the same sender, a short while ago.
fn said_before(record: &Record, by: &Sender, fact: &Fact, now: Timestamp) -> Option<Statement> {
    // What was said before it came back is not said of what is now.
    let anew = record.reopened.last().map_or(Seq(0), |(seq, _)| *seq);
    let same = |it: &&crate::incident::record::Statement| {
        it.seq > anew
            && it.by == *by
            && it.fact == *fact
            && it.retracted.is_none()
            && now.millis_since(it.at.at) < SAME_MS
    };
    record.statements.iter().rev().find(same).map(|it| Statement::Again { seq: it.seq })
}

/// The event that `of` means: its number, or the claim of a milestone that counts.
fn resolve(record: &Record, of: &str) -> Result<Seq, Refusal> {
    if let Some(milestone) = Milestone::from_name(of) {
        return record
            .effective(milestone)
            .map(|mark| mark.seq)
            .ok_or_else(|| missing(format!("{} is not recorded", milestone.name())));
    }
    let seq = of.trim_start_matches('#').parse().map(Seq).map_err(|_| {
        Refusal::new(Code::BadRequest, format!("`{of}` is neither an event's number nor a milestone"), "")
    })?;
    if record.statements.iter().any(|statement| statement.seq == seq) {
        Ok(seq)
    } else {
        Err(missing(format!("event {seq} is no statement about this incident")))
    }
}

fn task(record: &Record, id: crate::ids::TaskId) -> Result<&Task, Refusal> {
    record.tasks.iter().find(|task| task.id == id).ok_or_else(|| missing(format!("there is no task {id}")))
}

fn own_or_person(record: &Record, of: Seq, by: &Sender, doing: &str) -> Result<(), Refusal> {
    let own = record.statements.iter().any(|statement| statement.seq == of && statement.by == *by);
    if own { Ok(()) } else { person_only(by, &format!("{doing} what somebody else said")) }
}

fn person_only(by: &Sender, what: &str) -> Result<(), Refusal> {
    match by {
        Sender::Operator | Sender::System => Ok(()),
        Sender::Agent { .. } => Err(denied(&format!("an agent cannot {what}"))),
    }
}

fn denied(message: &str) -> Refusal {
    Refusal::new(Code::Denied, message, "tell the person, or say it as a note")
}

fn conflict(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal::new(Code::Conflict, message, hint)
}

fn missing(message: String) -> Refusal {
    Refusal::new(Code::NotFound, message, "`tmux-orc incident status TEAM` shows what there is")
}

fn undeclared(saying: &Saying) -> Refusal {
    conflict(
        format!("no incident is declared for team {}", saying.team),
        format!("`tmux-orc incident declare {} \"what is wrong\" --severity sev1`", saying.team),
    )
}

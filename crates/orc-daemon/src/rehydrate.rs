//! What an agent that was started again is told: what it missed, or, without its session, what the record says.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use orc_core::delivery::{MessageKind, Outcome};
use orc_core::envelope::{SafeText, make_safe};
use orc_core::event::Event;
use orc_core::ids::{AgentId, MessageId, Seq, TeamName};
use orc_core::incident::record::Task;
use orc_core::restart::Comeback;
use orc_core::state::State;
use orc_core::team::{Agent, AgentState};
use orc_core::time::Timestamp;
use orc_core::transcript::{About, Entry, Transcript};

use crate::deploy::start::order;
use crate::kept::Kept;
use crate::requests::read_events;
use crate::run::Shell;
use crate::worktree::git;
use crate::{clock, observe, proof};

/// Entries of the record that a brief quotes.
const QUOTED: usize = 12;
/// Characters of each.
const LONGEST: usize = 1500;
/// Names of changed files, and changes in the team.
const LISTED: usize = 15;
/// Messages that an agent had taken last: older ones are certainly in its session.
const LAST: usize = 5;
/// Events read from the log at a time.
const PAGE: usize = 2000;

/// What is known of the comeback.
struct Known {
    team: TeamName,
    first: Seq,
    names: Vec<(AgentId, String)>,
    how: Comeback,
    session: String,
    note: String,
    why: String,
    dir: String,
    waiting: usize,
    /// Its tasks that are not over.
    tasks: Vec<String>,
}

/// What the log says of an agent, up to its last end and after it.
#[derive(Default)]
struct Record {
    entries: VecDeque<Entry>,
    /// What happened to the others since.
    changes: Vec<String>,
    /// It was in a turn when it ended.
    in_turn: bool,
    ended_at: Option<Timestamp>,
    /// The launch that is being read of has been ready: one that never was ends nothing.
    lived: bool,
    working: bool,
    /// What it was sent: the message, who sent it, the text.
    sent: BTreeMap<MessageId, (String, String)>,
    /// What it had when it ended, the last few.
    acknowledged: VecDeque<MessageId>,
}

/// What came back, and what the agent is told; nothing when the agent is gone.
pub(crate) async fn words(shell: &Shell, agent: AgentId) -> Option<(String, Option<SafeText>)> {
    let known = known(shell, agent).await?;
    let text = match known.how {
        Comeback::Fresh => role(shell, agent).await,
        Comeback::Brief => {
            let record = record(shell, agent, &known).await;
            let role = role(shell, agent).await;
            Some(brief(&known, &record, role.as_deref(), &git_state(&known.dir).await, clock::now().wall))
        }
        Comeback::Resume => {
            let record = record(shell, agent, &known).await;
            let lost = lost(shell, agent, &known, &record).await;
            Some(missed(&known, &record, &lost, &git_state(&known.dir).await, clock::now().wall))
        }
    };
    Some((known.note, text.as_deref().map(make_safe)))
}

async fn known(shell: &Shell, agent: AgentId) -> Option<Known> {
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent)?;
        let team = at.state.teams.get(&found.team)?;
        let launch = found.launch.as_ref()?;
        Some(Known {
            team: team.name.clone(),
            first: team.first,
            names: at.state.agents_of(team).map(|a| (a.id, format!("{}:{}", team.name, a.name))).collect(),
            how: launch.how?,
            session: launch.session.clone(),
            note: launch.note.clone(),
            why: found.restart.as_ref()?.why.clone(),
            dir: found.dir.clone(),
            waiting: found.queue.len(),
            tasks: tasks(at.state, found),
        })
    });
    look.await.ok().flatten()
}

fn tasks(state: &State, agent: &Agent) -> Vec<String> {
    let all = state.records.get(&agent.team).map(|record| record.tasks.as_slice()).unwrap_or_default();
    let own = |task: &&Task| task.assignee.as_deref() == Some(agent.name.as_str()) && !task.state.is_over();
    all.iter()
        .filter(own)
        .map(|task| format!("\n- {} ({}): {}", task.id, task.state.name(), task.text))
        .collect()
}

/// Its role brief, when it was not given it at launch.
async fn role(shell: &Shell, agent: AgentId) -> Option<String> {
    let (profile, _) = observe::profile_of(&shell.handle, agent).await?;
    if !profile.brief_args.is_empty() {
        return None;
    }
    let kept = Kept::read(shell, agent).await.unwrap_or_else(Kept::of_supervisor);
    order(shell, agent, profile, kept, None).await.map(|order| order.brief)
}

async fn record(shell: &Shell, agent: AgentId, known: &Known) -> Record {
    let fold = Transcript::new(About::Agent(agent), known.names.iter().cloned());
    let mut record = Record::default();
    let mut at = Seq(known.first.0.saturating_sub(1));
    // A log that cannot be read leaves the brief short, not the agent without one.
    while let Ok(page) = read_events(shell, at.0, PAGE, Some(known.team.to_string())).await {
        for envelope in &page {
            record.note(agent, known, &envelope.event, envelope.at);
            if let Some(entry) = fold.entry(envelope.seq, envelope.at, &envelope.event) {
                record.push(entry);
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => at = last.seq,
            Some(_) | None => break,
        }
    }
    record
}

impl Record {
    fn push(&mut self, entry: Entry) {
        // What became of a message is beside the point, and what it was told at its starts is told anew.
        let told = matches!(entry, Entry::Sent { kind: MessageKind::Brief | MessageKind::Restored, .. });
        if told || matches!(entry, Entry::Settled { .. }) {
            return;
        }
        if self.entries.len() == QUOTED {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    fn note(&mut self, agent: AgentId, known: &Known, event: &Event, at: Timestamp) {
        let name = |id: &AgentId| {
            known
                .names
                .iter()
                .find(|(known, _)| known == id)
                .map_or_else(|| id.to_string(), |(_, name)| name.clone())
        };
        match event {
            Event::MessageAccepted { message, from, kind, to, text, .. }
                if to.contains(&agent) && *kind != MessageKind::Restored =>
            {
                self.sent.insert(*message, (from.label().to_owned(), text.clone()));
            }
            Event::DeliverySettled { message, agent: who, outcome: Outcome::Acknowledged, .. }
                if *who == agent && self.sent.contains_key(message) =>
            {
                if self.acknowledged.len() == LAST {
                    self.acknowledged.pop_front();
                }
                self.acknowledged.push_back(*message);
            }
            Event::AgentLaunched { agent: who, .. } if *who == agent => {
                (self.lived, self.working) = (false, false);
            }
            Event::AgentChanged { agent: who, state, .. } if *who == agent => {
                self.lived |= state.takes_prompt() || state.is_turn();
                self.working = state.is_turn() || matches!(state, AgentState::NeedsPerson { .. });
            }
            Event::AgentEnded { agent: who, .. } if *who == agent && !self.lived => {}
            Event::AgentEnded { agent: who, .. } if *who == agent => {
                (self.in_turn, self.ended_at) = (self.working, Some(at));
                self.changes.clear();
            }
            _ if self.ended_at.is_none() => {}
            Event::AgentEnded { agent: who, exit, .. } => {
                self.changes.push(format!("{} ended ({exit})", name(who)));
            }
            Event::AgentAdded { agent: who, title, .. } => {
                self.changes.push(format!("{} ({title}) joined the team", name(who)));
            }
            Event::AgentRestored { agent: who, .. } if *who != agent => {
                self.changes.push(format!("{} was started again", name(who)));
            }
            _ => {}
        }
    }
}

/// What the agent had taken and its session does not hold: it ended before that was written down.
async fn lost(shell: &Shell, agent: AgentId, known: &Known, record: &Record) -> String {
    let Some((profile, _)) = observe::profile_of(&shell.handle, agent).await else { return String::new() };
    let environment = Kept::read(shell, agent).await.unwrap_or_else(Kept::of_supervisor).environment;
    let (session, wanted) = (known.session.clone(), Vec::from(record.acknowledged.clone()));
    let look = tokio::task::spawn_blocking(move || {
        let resume = profile.resume.as_ref()?;
        let found = proof::newest(resume, &[session], &environment)?;
        Some(proof::missing(resume, &found, &wanted))
    });
    let missing = look.await.ok().flatten().unwrap_or_default();
    let quote = |id: &MessageId| {
        let (from, text) = record.sent.get(id)?;
        Some(format!("- {from} ({id}):\n  > {}\n\n", text.trim().replace('\n', "\n  > ")))
    };
    missing.iter().filter_map(quote).collect()
}

/// For an agent that has its session back.
fn missed(known: &Known, record: &Record, lost: &str, git: &str, now: Timestamp) -> String {
    let turn = match (record.in_turn, lost.is_empty()) {
        (true, true) => {
            "You were in the middle of a turn: its prompt is in your history and is not sent again. Look how far you \
             got, then finish it.\n\n"
        }
        (false, true) => "No turn of yours was cut off.\n\n",
        (_, false) => {
            "Your process ended before it had written down the last of what it was given. Look how far you got, then \
             finish it:\n\n"
        }
    };
    format!(
        "Your process was started again: {}. This is your own session, with all that was written down of \
         it.\n\n{turn}{lost}{}{git}{}",
        known.why,
        since(record, now) + &yours(&known.tasks),
        follows(known.waiting),
    )
}

/// For an agent that knows nothing.
fn brief(known: &Known, record: &Record, role: Option<&str>, git: &str, now: Timestamp) -> String {
    let note = if known.note.is_empty() { String::new() } else { format!(" ({})", known.note) };
    let role = role.map(|role| format!("{role}\n\n")).unwrap_or_default();
    let said: Vec<String> = record.entries.iter().filter_map(|entry| quoted(entry, now)).collect();
    let said = if said.is_empty() {
        "Nothing was said to you or by you before.".to_owned()
    } else {
        format!("What was said to you and by you last, oldest first:\n\n{}", said.join("\n\n"))
    };
    let turn = if record.in_turn {
        "\n\nYou were in the middle of a turn when your process ended: look how far you got, then finish it."
    } else {
        ""
    };
    format!(
        "You were started again as a new session{note}: {}. This is what the record says of what you did \
         before.\n\n{role}{said}{turn}\n\n{}{git}{}",
        known.why,
        since(record, now) + &yours(&known.tasks),
        follows(known.waiting),
    )
}

fn since(record: &Record, now: Timestamp) -> String {
    let Some(ended) = record.ended_at else { return String::new() };
    let mut text = format!("Your last process ended {}.", ago(ended, now));
    let left_out = record.changes.len().saturating_sub(LISTED);
    if record.changes.is_empty() {
        text.push_str(" Nothing has changed in the team since.");
    } else {
        text.push_str(" Since then:");
        text.extend(record.changes.iter().skip(left_out).map(|change| format!("\n- {change}")));
    }
    text + "\n"
}

fn yours(tasks: &[String]) -> String {
    if tasks.is_empty() { String::new() } else { format!("Your open tasks:{}\n", tasks.concat()) }
}

fn follows(waiting: usize) -> String {
    match waiting {
        0 => String::new(),
        1 => "\nOne message that had not reached you follows.".to_owned(),
        many => format!("\n{many} messages that had not reached you follow."),
    }
}

fn quoted(entry: &Entry, now: Timestamp) -> Option<String> {
    let clip = |text: &str| -> String {
        let cut: String = text.trim().chars().take(LONGEST).collect();
        let cut = if cut.len() < text.trim().len() { format!("{cut} […]") } else { cut };
        // Quoted, so that nothing in it reads as said now.
        cut.replace('\n', "\n  > ")
    };
    Some(match entry {
        Entry::Sent { at, message, from, to, text, .. } => {
            format!("- {}, {from} to {} ({message}):\n  > {}", ago(*at, now), to.join(", "), clip(text))
        }
        Entry::Typed { at, text, .. } => {
            format!("- {}, typed at your terminal:\n  > {}", ago(*at, now), clip(text))
        }
        Entry::Said { at, text, .. } => format!("- {}, you said:\n  > {}", ago(*at, now), clip(text)),
        Entry::Stopped { .. } | Entry::Settled { .. } => return None,
    })
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.millis_since(at) / 1000 {
        0 => "just now".to_owned(),
        seconds @ 1..=119 => format!("{seconds} s ago"),
        seconds @ 120..=7199 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3600),
    }
}

/// Branch, head and changed files of a directory; empty where there is no repository.
async fn git_state(dir: &str) -> String {
    let ask = async |words: &[&str]| {
        let answer = tokio::time::timeout(Duration::from_secs(5), git(dir, words)).await;
        answer.ok().and_then(Result::ok).map(|text| text.trim_end().to_owned())
    };
    let Some(head) = ask(&["log", "-1", "--format=%h %s"]).await else { return String::new() };
    let branch = ask(&["rev-parse", "--abbrev-ref", "HEAD"]).await.unwrap_or_default();
    let status = ask(&["--no-optional-locks", "status", "--porcelain"]).await.unwrap_or_default();
    let changed: Vec<&str> = status.lines().collect();
    let mut text = format!("\nIn {dir}: branch {branch} at {head}; ");
    match changed.len() {
        0 => text.push_str("no uncommitted changes."),
        count => {
            text = format!("{text}{count} uncommitted changes:");
            text.extend(changed.iter().take(LISTED).map(|line| format!("\n  {line}")));
        }
    }
    text + "\n"
}

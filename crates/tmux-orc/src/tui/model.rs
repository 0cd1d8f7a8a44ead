//! What the dashboard knows and shows: a value. `update` is the only one who changes it.

use jiff::tz::TimeZone;
use orc_core::check::{Begun, CheckRun};
use orc_core::ids::{AgentId, PromptId};
use orc_core::incident::Milestone;
use orc_core::incident::view::IncidentView;
use orc_core::team::TeamPhase;
use orc_core::view::{AgentView, PromptView, TeamView};

use super::edit::Edit;
use super::stream::{Line, Stream};
use super::theme::Palette;
use crate::when;

/// The two clocks, read together by who runs the dashboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// Milliseconds since the epoch.
    pub(super) wall: i64,
    /// Milliseconds since the dashboard began; never goes back.
    pub(super) run: u64,
}

/// How the supervisor can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// It answers.
    Live,
    /// It does not; what is shown is from before.
    Lost {
        /// Since when, by [`Clock::run`].
        since: u64,
        /// Why.
        why: String,
    },
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The list of teams.
    Teams,
    /// One team, by its name.
    Team(String),
}

/// One team at one moment.
#[derive(Debug, Clone)]
pub(super) struct Board {
    /// The team.
    pub(super) team: TeamView,
    /// Its incident.
    pub(super) incident: Option<IncidentView>,
    /// The dialogs that wait.
    pub(super) prompts: Vec<PromptView>,
    /// Checks that run or wait for another one.
    pub(super) running: Vec<Begun>,
    /// The last checks that have ended, oldest first.
    pub(super) checks: Vec<CheckRun>,
}

/// Which list the arrow keys move in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Focus {
    /// The agents.
    Agents,
    /// The messages.
    Messages,
}

/// What a text is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// A message to one agent (`team:index`, name).
    Send {
        /// `team:index`.
        target: String,
        /// Its name.
        name: String,
    },
    /// A message to everybody.
    Broadcast,
    /// What is to be shown of agents and messages.
    Filter,
    /// In what words a milestone was reached.
    Mark(Milestone),
}

/// What lies over the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Overlay {
    /// The keys.
    Help,
    /// A text is typed.
    Input {
        /// What for.
        ask: Ask,
        /// The text so far.
        edit: Edit,
    },
    /// A dialog of an agent.
    Prompt(PromptId),
    /// All of one agent.
    Agent(AgentId),
    /// Whether an agent is to be started again.
    Restart(AgentId),
    /// Which milestone was reached.
    Mark {
        /// The row.
        selected: usize,
    },
}

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// It was done.
    Good,
    /// It was not.
    Bad,
}

/// What came of something that the person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    /// The words.
    pub(super) text: String,
    /// How it is meant.
    pub(super) mood: Mood,
    /// Since when, by [`Clock::run`].
    pub(super) since: u64,
}

/// How far something has been read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// It is being read.
    pub(super) under_way: bool,
    /// It has changed since.
    pub(super) stale: bool,
}

/// Everything.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// Now, as far as the dashboard has looked.
    pub(super) clock: Clock,
    /// Columns and rows.
    pub(super) size: (u16, u16),
    /// Colours.
    pub(super) palette: Palette,
    /// Where the person is.
    pub(super) zone: TimeZone,
    /// It is printed once: all of it, and no keys.
    pub(super) printed: bool,
    /// How the supervisor can be reached.
    pub(super) link: Link,
    /// What is shown.
    pub(super) scope: Scope,
    /// All teams, while they are shown.
    pub(super) teams: Vec<TeamView>,
    /// The chosen row of them.
    pub(super) team_row: usize,
    /// The team, once it is known.
    pub(super) board: Option<Board>,
    /// By [`Clock::run`], when the incident was read.
    pub(super) read_at: u64,
    /// What was said and done.
    pub(super) stream: Stream,
    /// The newest shown line of it, when the person has scrolled back.
    pub(super) stream_end: Option<orc_core::ids::Seq>,
    /// Which list the arrows move in.
    pub(super) focus: Focus,
    /// The selected agent.
    pub(super) selected: Option<AgentId>,
    /// The first shown row of agents.
    pub(super) top: usize,
    /// What agents and messages must contain.
    pub(super) filter: String,
    /// What lies over it.
    pub(super) overlay: Option<Overlay>,
    /// What came of the last act.
    pub(super) notice: Option<Notice>,
    /// How far what is shown has been read.
    pub(super) look: Look,
    /// All of it is to be read.
    pub(super) all_stale: bool,
    /// How far the incident has been read by itself.
    pub(super) incident_look: Look,
}

impl Model {
    /// A dashboard that knows nothing yet.
    pub(super) fn new(scope: Scope, palette: Palette, clock: Clock, size: (u16, u16)) -> Self {
        Self {
            clock,
            size,
            palette,
            zone: TimeZone::UTC,
            printed: false,
            link: Link::Live,
            scope,
            teams: Vec::new(),
            team_row: 0,
            board: None,
            read_at: clock.run,
            stream: Stream::default(),
            stream_end: None,
            focus: Focus::Agents,
            selected: None,
            top: 0,
            filter: String::new(),
            overlay: None,
            notice: None,
            look: Look::default(),
            all_stale: true,
            incident_look: Look::default(),
        }
    }

    /// The agents that the filter lets through, in their order.
    pub(super) fn agents(&self) -> Vec<&AgentView> {
        let all = self.board.iter().flat_map(|board| &board.team.agents);
        all.filter(|agent| self.shows_agent(agent)).collect()
    }

    fn shows_agent(&self, agent: &AgentView) -> bool {
        let task = self.board.as_ref().and_then(|board| board.task_of(agent)).map(|(text, _)| text);
        let own = [agent.name.as_str(), &agent.title, agent.profile.as_str(), &agent.state.describe()]
            .into_iter()
            .any(|text| contains(text, &self.filter));
        own || task.is_some_and(|task| contains(&task, &self.filter))
    }

    /// The lines that the filter lets through, oldest first.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.stream.lines().filter(|line| line.contains(&self.filter, |id| self.name_of(id)))
    }

    /// The selected agent, if it is shown.
    pub(super) fn selected(&self) -> Option<&AgentView> {
        let id = self.selected?;
        self.agent(id)
    }

    /// An agent of the team.
    pub(super) fn agent(&self, id: AgentId) -> Option<&AgentView> {
        self.board.as_ref()?.team.agents.iter().find(|agent| agent.id == id)
    }

    /// The short name of an agent.
    pub(super) fn name_of(&self, id: AgentId) -> String {
        self.agent(id).map_or_else(|| id.to_string(), |agent| agent.name.to_string())
    }

    /// An open dialog.
    pub(super) fn prompt(&self, id: PromptId) -> Option<&PromptView> {
        self.board.as_ref()?.prompts.iter().find(|prompt| prompt.prompt == id)
    }

    /// Milliseconds since the incident was read.
    pub(super) fn unread_for(&self) -> u64 {
        self.clock.run.saturating_sub(self.read_at)
    }

    /// The time of day of an instant of the wall clock.
    pub(super) fn time(&self, at: i64) -> String {
        when::clock_time_in(at, self.zone.clone())
    }

    /// How long ago an instant of the wall clock is (milliseconds).
    pub(super) fn since(&self, at: i64) -> u64 {
        u64::try_from(self.clock.wall - at).unwrap_or(0)
    }
}

impl Board {
    /// What an agent is to do now, and how much more.
    pub(super) fn task_of(&self, agent: &AgentView) -> Option<(String, usize)> {
        let open = self.incident.as_ref()?.tasks.iter().filter(|task| !task.state.is_over());
        let own: Vec<_> = open.filter(|task| task.assignee.as_deref() == Some(agent.name.as_str())).collect();
        let started = |task: &&&orc_core::incident::record::Task| {
            task.state == orc_core::incident::fact::TaskState::Started
        };
        let first = own.iter().find(started).or(own.first())?;
        Some((format!("{} {}", first.id, first.text), own.len() - 1))
    }

    /// Whether nothing of it runs any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.team.phase == TeamPhase::Stopped
    }
}

/// Whether a text contains the words, in whatever case; every text contains no words.
pub(super) fn contains(text: &str, words: &str) -> bool {
    words.is_empty() || text.to_lowercase().contains(&words.to_lowercase())
}

//! Everything that can reach the core: what people ask, what executors report, what observers see.

use crate::change::{Progress, Proposal, Published, Step};
use crate::check::CheckRun;
use crate::decide::Beginning;
use crate::delivery::{MessageKind, Outcome, Sender};
use crate::dialog::Shown;
use crate::envelope::SafeText;
use crate::ids::{
    AgentId, AgentName, CompositionId, Generation, MessageId, ProfileId, PromptId, RoleId, SendKey, TeamName,
};
use crate::incident::entry::{Entry, Opening};
use crate::incident::{Occurred, When};
use crate::prompt::{Answerer, Asked, Closed, Wanted};
use crate::recovery::Mode;
use crate::restart::{Cause, Comeback};
use crate::team::{AgentState, Doors, Exit, Launch, Source};
use crate::time::Moment;

/// One thing that happened or is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A supervisor took over after replaying the log.
    SupervisorStarted {
        /// Its process id.
        pid: u32,
        /// Its version.
        version: String,
    },
    /// The supervisor is about to end.
    SupervisorStopping {
        /// Its process id.
        pid: u32,
    },
    /// The tmux server of the views is gone.
    TmuxGone,
    /// Views were made again.
    ViewsRestored {
        /// How many.
        count: usize,
    },
    /// Make a team. Preflight has passed; nothing runs yet.
    CreateTeam {
        /// Its name.
        team: TeamName,
        /// Its composition.
        kind: CompositionId,
        /// Its directory, absolute.
        dir: String,
        /// Its members in order.
        members: Vec<NewAgent>,
    },
    /// Every process of a new team was started; its first messages become durable with this fact.
    TeamDeployed {
        /// The team.
        team: TeamName,
        /// The role brief of each agent that was not given it at launch.
        briefs: Vec<(AgentId, SafeText)>,
        /// The person's first message to everybody.
        broadcast: Option<SafeText>,
        /// The incident that is declared with it.
        incident: Option<Opening>,
    },
    /// Add one agent to a running team.
    AddAgent {
        /// The team.
        team: TeamName,
        /// The agent.
        member: NewAgent,
    },
    /// A team that could not be launched whole: its processes have been ended again.
    AbortTeam {
        /// The team.
        team: TeamName,
        /// Why.
        reason: String,
    },
    /// An added agent that could not be launched.
    RemoveAgent {
        /// The agent.
        agent: AgentId,
        /// Why.
        reason: String,
    },
    /// An agent's process runs.
    Launched {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// Its processes.
        launch: Launch,
    },
    /// Start an agent again: what runs of it is ended first.
    Restart {
        /// The agent.
        agent: AgentId,
        /// How it is to come back.
        how: Comeback,
        /// Who wants it.
        cause: Cause,
        /// Why, in words.
        why: String,
    },
    /// The new launch of an agent could not be made.
    RestartFailed {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// Why.
        reason: String,
    },
    /// The new launch of an agent is ready to be told what it is to know.
    Restored {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// What came back and how that is known.
        detail: String,
        /// What it is told; nothing when it starts afresh.
        words: Option<SafeText>,
    },
    /// A source says what state an agent is in.
    Seen {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The state.
        state: AgentState,
        /// Who says so.
        source: Source,
        /// The rule, hook or field, and what it matched.
        detail: String,
    },
    /// The agent told its own session id.
    SessionKnown {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The id.
        session: String,
    },
    /// The kernel says what runs in an agent's process, once it has been ready.
    ProgramKnown {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The program's file.
        program: String,
    },
    /// An agent's process ended.
    Ended {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// How.
        exit: Exit,
        /// The last lines that it showed.
        last_words: String,
    },
    /// Send a message.
    Send {
        /// The team.
        team: TeamName,
        /// Who sends it.
        from: Sender,
        /// Its kind.
        kind: MessageKind,
        /// The recipients.
        to: Vec<AgentId>,
        /// The text.
        text: SafeText,
        /// The sender's own name of it: repeated, it is the same message.
        key: Option<SendKey>,
    },
    /// An executor wants to begin an attempt.
    BeginDelivery {
        /// The message.
        message: MessageId,
        /// The recipient.
        agent: AgentId,
        /// The launch that it is meant for.
        generation: Generation,
        /// The way that it will take.
        door: String,
    },
    /// An attempt ended and the agent has surely not taken the message.
    DeliveryRefused {
        /// The message.
        message: MessageId,
        /// The recipient.
        agent: AgentId,
        /// The attempt.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// An attempt ended.
    DeliveryEnded {
        /// The message.
        message: MessageId,
        /// The recipient.
        agent: AgentId,
        /// The attempt.
        attempt: u32,
        /// How.
        outcome: Outcome,
        /// The way it took.
        door: String,
        /// What was seen.
        source: Source,
        /// The proof in words.
        detail: String,
    },
    /// The agent itself says that it took prompts with these messages in them.
    Taken {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The messages that the prompt holds whole.
        messages: Vec<MessageId>,
        /// Who says so.
        source: Source,
        /// The hook or field.
        detail: String,
    },
    /// One of the agent's hooks fired. What it says follows in the same commit, unless it was taken before.
    HookTaken {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// Which firing; empty from versions that did not say.
        id: String,
        /// What it says of the agent's doors.
        doors: Option<Doors>,
    },
    /// An agent took a prompt that holds none of our messages: a person typed it.
    Typed {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The prompt, made safe.
        text: String,
        /// Where it was read.
        source: Source,
    },
    /// An agent said something.
    Said {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// Its words.
        text: String,
        /// Where they were read.
        source: Source,
    },
    /// The screen was looked at: the dialog that it shows, if it shows one.
    DialogSeen {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The dialog.
        shown: Option<Shown>,
        /// How one that was open ended, if it is not shown any more.
        gone: Closed,
    },
    /// An agent's hook says what it asks a permission for.
    Asked {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// What it asks for.
        asked: Asked,
    },
    /// Answer a prompt.
    Answer {
        /// The agent.
        agent: AgentId,
        /// The prompt that is meant; without it the one that is open.
        prompt: Option<PromptId>,
        /// What is answered.
        wanted: Wanted,
        /// Who answers.
        by: Answerer,
    },
    /// An executor has typed an answer, or could not.
    AnswerEnded {
        /// The agent.
        agent: AgentId,
        /// The prompt.
        prompt: PromptId,
        /// How often the last key was pressed, or why it was not taken.
        typed: Result<u32, String>,
    },
    /// State something about a team's incident.
    Record {
        /// The team.
        team: TeamName,
        /// Who.
        by: Sender,
        /// Now, by all clocks.
        live: Occurred,
        /// When it happened.
        at: When,
        /// What.
        entry: Box<Entry>,
    },
    /// Publish a change: everything that must be true before was looked at.
    ShipBegin {
        /// The team.
        team: TeamName,
        /// Who wants it.
        by: Sender,
        /// What is published.
        proposal: Box<Proposal>,
    },
    /// A step of publishing is about to be taken, or was.
    ShipStep {
        /// The team.
        team: TeamName,
        /// Which.
        step: Step,
        /// How far it is.
        progress: Progress,
    },
    /// The change is published.
    ShipDone {
        /// The team.
        team: TeamName,
        /// What is there now.
        published: Published,
        /// Whose branch it is, as far as that can be told.
        author: Option<AgentId>,
        /// Now, by all clocks.
        live: Occurred,
    },
    /// The change could not be published.
    ShipFailed {
        /// The team.
        team: TeamName,
        /// Why.
        reason: String,
    },
    /// Begin a check.
    BeginCheck {
        /// The team.
        team: TeamName,
        /// Who asks for it.
        by: Sender,
        /// What is to run.
        beginning: Box<Beginning>,
    },
    /// A check has ended.
    CheckEnded {
        /// The team.
        team: TeamName,
        /// What ran and what it proves.
        run: Box<CheckRun>,
    },
    /// Tell a manager what gathered for it.
    Digest {
        /// The manager.
        agent: AgentId,
        /// Now, by all clocks.
        live: Occurred,
    },
    /// End a team.
    StopTeam {
        /// The team.
        team: TeamName,
    },
    /// Bring agents back that fall.
    StartRecovery {
        /// In this team; without it in every team, also in later ones.
        team: Option<TeamName>,
        /// How eagerly.
        mode: Mode,
        /// No progress for so long is a hang (milliseconds); without it as the mode says.
        hang_after_ms: Option<u64>,
        /// Who asks for it.
        by: String,
    },
    /// Bring nothing back by itself any more.
    StopRecovery {
        /// In this team; without it in every team.
        team: Option<TeamName>,
        /// Who asks for it.
        by: String,
    },
    /// Do what recovery has to do by now.
    Recover {
        /// By the boot clock.
        now: Moment,
    },
}

/// An agent that is about to belong to a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgent {
    /// Its name.
    pub name: AgentName,
    /// Its title.
    pub title: String,
    /// Its role.
    pub role: RoleId,
    /// Its profile.
    pub profile: ProfileId,
    /// The directory that it works in, absolute.
    pub dir: String,
}

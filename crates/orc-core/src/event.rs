//! Everything that can be a fact. The log holds these, in order, for ever: a variant or field is never renamed
//! and never changes its meaning.

mod about;

use serde::{Deserialize, Serialize};

use crate::change::ship;
use crate::check::{Begun, CheckRun};
use crate::delivery::{MessageKind, Outcome, Sender};
use crate::ids::{
    AgentId, AgentName, CompositionId, Generation, MessageId, ProfileId, PromptId, RoleId, SendKey, TeamName,
};
use crate::incident::{Fact, Occurred};
use crate::prompt::{Answerer, Asked, Choice, Closed};
use crate::recovery::{Fall, Mode};
use crate::restart::{Cause, Comeback};
use crate::team::{AgentState, Doors, Evidence, Exit, Launch, Need, Source};
use crate::time::Moment;
use crate::{digest, talk};

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A supervisor took over.
    SupervisorStarted {
        /// Its process id.
        pid: u32,
        /// Its version.
        version: String,
    },
    /// A supervisor ended in an orderly way.
    SupervisorStopped {
        /// Its process id.
        pid: u32,
    },
    /// The tmux server of the views was found gone; agents are not affected.
    TmuxServerGone {},
    /// Views were made again.
    ViewsRestored {
        /// How many.
        count: usize,
    },
    /// A team exists from here on.
    TeamCreated {
        /// Its name.
        team: TeamName,
        /// Its composition.
        kind: CompositionId,
        /// Its directory, absolute.
        dir: String,
    },
    /// An agent belongs to a team.
    AgentAdded {
        /// Its id.
        agent: AgentId,
        /// Its team.
        team: TeamName,
        /// Its place.
        index: usize,
        /// Its name.
        name: AgentName,
        /// Its title.
        title: String,
        /// Its role.
        role: RoleId,
        /// Its profile.
        profile: ProfileId,
        /// The directory that it works in, absolute.
        dir: String,
    },
    /// A half-made team or agent was taken back: nothing of it runs.
    TeamAborted {
        /// The team.
        team: TeamName,
        /// Why.
        reason: String,
    },
    /// An agent that was being added could not be launched and was taken back.
    AgentRemoved {
        /// The agent.
        agent: AgentId,
        /// Its team.
        team: TeamName,
        /// Why.
        reason: String,
    },
    /// An agent's process runs.
    AgentLaunched {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// Its processes.
        launch: Launch,
    },
    /// The agent told its own session id.
    AgentSession {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The id.
        session: String,
    },
    /// An agent is in another state.
    AgentChanged {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The new state.
        state: AgentState,
        /// Why we say so.
        evidence: Evidence,
    },
    /// A source says of an agent what its state does not follow, or no longer says so.
    AgentSighted {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// What it says.
        state: AgentState,
        /// Who says so, and why.
        evidence: Evidence,
    },
    /// An agent is to be started again: what runs of it is ended, then this launch is made.
    AgentRestarting {
        /// The agent.
        agent: AgentId,
        /// The launch that will be.
        generation: Generation,
        /// How it is to come back.
        how: Comeback,
        /// Who wanted it.
        cause: Cause,
        /// Why, in words.
        why: String,
    },
    /// An agent that was started again is ready; what it is told follows as a message.
    AgentRestored {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// How it came back.
        how: Comeback,
        /// What came back and how that is known.
        detail: String,
    },
    /// An agent could not be started again.
    AgentRestartFailed {
        /// The agent.
        agent: AgentId,
        /// The launch that was to be.
        generation: Generation,
        /// Why.
        reason: String,
    },
    /// What runs in an agent's process, when it was first ready.
    AgentProgram {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The program's file as the kernel says.
        program: String,
    },
    /// An agent's process ended.
    AgentEnded {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// How.
        exit: Exit,
        /// The last lines that it showed.
        last_words: String,
    },
    /// The team runs whole: every process was started. A team without this was cut off in the middle of it.
    TeamDeployed {
        /// The team.
        team: TeamName,
        /// Its incident was declared with it, stands in its briefs, and follows as an event.
        #[serde(default)]
        declared: bool,
    },
    /// Every agent of the team has been ready once.
    TeamReady {
        /// The team.
        team: TeamName,
        /// Milliseconds from the team's creation.
        took_ms: u64,
    },
    /// A person asked the team to end.
    TeamStopping {
        /// The team.
        team: TeamName,
    },
    /// Every process of the team has ended.
    TeamStopped {
        /// The team.
        team: TeamName,
    },
    /// A message is durable and will be handed over.
    MessageAccepted {
        /// The message.
        message: MessageId,
        /// The team.
        team: TeamName,
        /// Who sent it.
        from: Sender,
        /// Its kind.
        kind: MessageKind,
        /// The recipients.
        to: Vec<AgentId>,
        /// The text, made safe.
        text: String,
        /// What was changed to make it safe.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
        /// The sender's own name of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<SendKey>,
    },
    /// An attempt to hand over begins.
    DeliveryStarted {
        /// The message.
        message: MessageId,
        /// The recipient.
        agent: AgentId,
        /// The attempt.
        attempt: u32,
        /// The launch that it is meant for.
        generation: Generation,
        /// The way that it takes.
        door: String,
    },
    /// An attempt ended and the agent has surely not taken the message, which waits again.
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
    /// The agent ended with the message still in its own queue, unread: it waits again.
    DeliveryReturned {
        /// The message.
        message: MessageId,
        /// The recipient.
        agent: AgentId,
        /// The attempt that had put it there.
        attempt: u32,
    },
    /// What became of a message at a recipient.
    DeliverySettled {
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
        /// What proves it.
        evidence: Evidence,
    },
    /// One of the agent's hooks was taken in; what it said is in the facts of the same commit. Told again, it counts no more.
    HookTaken {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// Which firing.
        id: String,
        /// What it says of the doors that an interrupt shuts; nothing when it says nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        doors: Option<Doors>,
    },
    /// A person typed a prompt into an agent's own terminal.
    PersonPrompted {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The prompt, made safe.
        text: String,
        /// Where it was read.
        source: Source,
    },
    /// Somebody stated something about the team's incident.
    Recorded {
        /// The team.
        team: TeamName,
        /// Who.
        by: Sender,
        /// When it happened, which may be long before it was recorded.
        at: Occurred,
        /// What.
        fact: Fact,
    },
    /// A change is about to be published: everything that must be true before was looked at, and nothing is done yet.
    ShipStarted(ship::Started),
    /// A step of publishing the team's change is about to be taken, or was.
    ShipStep(ship::Stepped),
    /// The team's change is published.
    ChangePublished(ship::Done),
    /// The team's change could not be published; what the steps before had done is there.
    ShipFailed(ship::Failed),
    /// A check begins: from here on its processes may run.
    CheckStarted {
        /// The team.
        team: TeamName,
        /// Who asked for it.
        by: Sender,
        /// What is about to run.
        begun: Box<Begun>,
    },
    /// A check has ended; or its supervisor was killed, and its processes have been ended since.
    CheckFinished {
        /// The team.
        team: TeamName,
        /// What ran and what it proves.
        run: Box<CheckRun>,
    },
    /// A message tells the manager of a team what happened; it is accepted in the same commit.
    DigestMade(digest::Made),
    /// Agents have answered each other too often: further messages are refused for now.
    TalkLimited(talk::Limited),
    /// An agent said something at the end of a turn.
    AgentSaid {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// Its words.
        text: String,
        /// Where they were read.
        source: Source,
    },
    /// A dialog of an agent waits for an answer.
    PromptOpened {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The prompt.
        prompt: PromptId,
        /// What the person is needed for.
        need: Need,
        /// What it asks, made safe.
        text: String,
        /// Its options in order, made safe; empty when they could not be read.
        options: Vec<String>,
        /// Why we say so.
        evidence: Evidence,
    },
    /// An agent's hook said what it asks a permission for.
    PermissionAsked {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// What it asks for.
        asked: Asked,
    },
    /// An answer is about to be typed.
    AnswerStarted {
        /// The agent.
        agent: AgentId,
        /// Which launch.
        generation: Generation,
        /// The prompt.
        prompt: PromptId,
        /// What is answered.
        answer: Choice,
        /// Who answers.
        by: Answerer,
    },
    /// The answer did not get through, or it is not known whether it did; the prompt waits again.
    AnswerFailed {
        /// The agent.
        agent: AgentId,
        /// The prompt.
        prompt: PromptId,
        /// Why, and what had been typed.
        reason: String,
    },
    /// A prompt was answered: the keys were typed, and the dialog was seen to be gone.
    PromptAnswered {
        /// The agent.
        agent: AgentId,
        /// The prompt.
        prompt: PromptId,
        /// What was answered.
        answer: Choice,
        /// Who answered.
        by: Answerer,
        /// The way that the answer took.
        door: String,
        /// How often the last key was pressed: twice, when the agent had dropped the first one.
        presses: u32,
    },
    /// A prompt is not open any more.
    PromptClosed {
        /// The agent.
        agent: AgentId,
        /// The prompt.
        prompt: PromptId,
        /// How it ended.
        how: Closed,
    },
    /// Agents that fall are brought back from here on.
    RecoveryStarted {
        /// In this team; without it in every team, also in later ones.
        team: Option<TeamName>,
        /// How eagerly.
        mode: Mode,
        /// No progress for so long is a hang (milliseconds); without it as the mode says.
        hang_after_ms: Option<u64>,
        /// Who asked for it.
        by: String,
    },
    /// Nothing is brought back by itself any more.
    RecoveryStopped {
        /// In this team; without it in every team.
        team: Option<TeamName>,
        /// Who asked for it.
        by: String,
    },
    /// An agent fell and will be restarted.
    RestartPlanned {
        /// The agent.
        agent: AgentId,
        /// The launch that fell.
        generation: Generation,
        /// The restart's number within the window, from 1.
        attempt: u32,
        /// Why.
        fall: Fall,
        /// How long it waits from `at` (milliseconds).
        delay_ms: u64,
        /// When it was planned, by the boot clock.
        at: Moment,
    },
    /// A planned restart begins: from here on it counts.
    RestartBegun {
        /// The agent.
        agent: AgentId,
        /// The launch that fell.
        generation: Generation,
        /// The restart's number within the window, from 1.
        attempt: u32,
        /// Why.
        fall: Fall,
        /// When, by the boot clock.
        at: Moment,
    },
    /// An agent fell too often: only a person restarts it.
    BreakerOpened {
        /// The agent.
        agent: AgentId,
        /// The launch that fell.
        generation: Generation,
        /// Why.
        reason: String,
        /// When, by the boot clock.
        at: Moment,
    },
    /// A person took care of an agent that fell too often.
    BreakerClosed {
        /// The agent.
        agent: AgentId,
        /// By what.
        by: String,
    },
    /// Many agents fell at once: nobody of the team is restarted until the cause is known.
    RespawnPaused {
        /// The team.
        team: TeamName,
        /// How many fell.
        deaths: usize,
        /// What was seen.
        reason: String,
        /// When, by the boot clock.
        at: Moment,
    },
    /// The team's agents are restarted again.
    RespawnResumed {
        /// The team.
        team: TeamName,
        /// Who or what explained the mass death.
        by: String,
    },
}

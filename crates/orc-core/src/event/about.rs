//! What a fact is called, and whom it is about.

use super::Event;
use crate::change::ship;
use crate::ids::{AgentId, TeamName};

impl Event {
    /// The variant's name as stored, for filters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SupervisorStarted { .. } => "supervisor_started",
            Self::SupervisorStopped { .. } => "supervisor_stopped",
            Self::TmuxServerGone {} => "tmux_server_gone",
            Self::ViewsRestored { .. } => "views_restored",
            Self::TeamCreated { .. } => "team_created",
            Self::AgentAdded { .. } => "agent_added",
            Self::TeamAborted { .. } => "team_aborted",
            Self::AgentRemoved { .. } => "agent_removed",
            Self::AgentLaunched { .. } => "agent_launched",
            Self::AgentSession { .. } => "agent_session",
            Self::AgentChanged { .. } => "agent_changed",
            Self::AgentSighted { .. } => "agent_sighted",
            Self::AgentRestarting { .. } => "agent_restarting",
            Self::AgentRestored { .. } => "agent_restored",
            Self::AgentRestartFailed { .. } => "agent_restart_failed",
            Self::AgentProgram { .. } => "agent_program",
            Self::AgentEnded { .. } => "agent_ended",
            Self::TeamDeployed { .. } => "team_deployed",
            Self::TeamReady { .. } => "team_ready",
            Self::TeamStopping { .. } => "team_stopping",
            Self::TeamStopped { .. } => "team_stopped",
            Self::MessageAccepted { .. } => "message_accepted",
            Self::DeliveryStarted { .. } => "delivery_started",
            Self::DeliveryRefused { .. } => "delivery_refused",
            Self::DeliveryReturned { .. } => "delivery_returned",
            Self::DeliverySettled { .. } => "delivery_settled",
            Self::HookTaken { .. } => "hook_taken",
            Self::PersonPrompted { .. } => "person_prompted",
            Self::Recorded { .. } => "recorded",
            Self::ShipStarted(_) => "ship_started",
            Self::ShipStep(_) => "ship_step",
            Self::ChangePublished(_) => "change_published",
            Self::ShipFailed(_) => "ship_failed",
            Self::CheckStarted { .. } => "check_started",
            Self::CheckFinished { .. } => "check_finished",
            Self::AgentSaid { .. } => "agent_said",
            Self::DigestMade(_) => "digest_made",
            Self::TalkLimited(_) => "talk_limited",
            Self::PromptOpened { .. } => "prompt_opened",
            Self::PermissionAsked { .. } => "permission_asked",
            Self::AnswerStarted { .. } => "answer_started",
            Self::AnswerFailed { .. } => "answer_failed",
            Self::PromptAnswered { .. } => "prompt_answered",
            Self::PromptClosed { .. } => "prompt_closed",
            Self::RecoveryStarted { .. } => "recovery_started",
            Self::RecoveryStopped { .. } => "recovery_stopped",
            Self::RestartPlanned { .. } => "restart_planned",
            Self::RestartBegun { .. } => "restart_begun",
            Self::BreakerOpened { .. } => "breaker_opened",
            Self::BreakerClosed { .. } => "breaker_closed",
            Self::RespawnPaused { .. } => "respawn_paused",
            Self::RespawnResumed { .. } => "respawn_resumed",
        }
    }

    /// The agent that it is about, if it is about one.
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Self::DigestMade(made) => Some(made.agent),
            Self::AgentAdded { agent, .. }
            | Self::AgentRemoved { agent, .. }
            | Self::AgentLaunched { agent, .. }
            | Self::AgentSession { agent, .. }
            | Self::AgentChanged { agent, .. }
            | Self::AgentSighted { agent, .. }
            | Self::AgentRestarting { agent, .. }
            | Self::AgentRestored { agent, .. }
            | Self::AgentRestartFailed { agent, .. }
            | Self::AgentProgram { agent, .. }
            | Self::AgentEnded { agent, .. }
            | Self::DeliveryStarted { agent, .. }
            | Self::DeliveryRefused { agent, .. }
            | Self::DeliveryReturned { agent, .. }
            | Self::DeliverySettled { agent, .. }
            | Self::HookTaken { agent, .. }
            | Self::PersonPrompted { agent, .. }
            | Self::AgentSaid { agent, .. }
            | Self::PromptOpened { agent, .. }
            | Self::PermissionAsked { agent, .. }
            | Self::AnswerStarted { agent, .. }
            | Self::AnswerFailed { agent, .. }
            | Self::PromptAnswered { agent, .. }
            | Self::PromptClosed { agent, .. }
            | Self::RestartPlanned { agent, .. }
            | Self::RestartBegun { agent, .. }
            | Self::BreakerOpened { agent, .. }
            | Self::BreakerClosed { agent, .. } => Some(*agent),
            Self::SupervisorStarted { .. }
            | Self::SupervisorStopped { .. }
            | Self::TmuxServerGone {}
            | Self::ViewsRestored { .. }
            | Self::TeamCreated { .. }
            | Self::TeamAborted { .. }
            | Self::TeamDeployed { .. }
            | Self::TeamReady { .. }
            | Self::TeamStopping { .. }
            | Self::TeamStopped { .. }
            | Self::Recorded { .. }
            | Self::ShipStarted(_)
            | Self::ShipStep(_)
            | Self::ChangePublished(_)
            | Self::ShipFailed(_)
            | Self::CheckStarted { .. }
            | Self::CheckFinished { .. }
            | Self::MessageAccepted { .. }
            | Self::TalkLimited(_)
            | Self::RecoveryStarted { .. }
            | Self::RecoveryStopped { .. }
            | Self::RespawnPaused { .. }
            | Self::RespawnResumed { .. } => None,
        }
    }

    /// The team that it names itself.
    pub fn team(&self) -> Option<&TeamName> {
        match self {
            Self::DigestMade(made) => Some(&made.team),
            Self::TalkLimited(limited) => Some(&limited.team),
            Self::TeamCreated { team, .. }
            | Self::AgentAdded { team, .. }
            | Self::TeamAborted { team, .. }
            | Self::AgentRemoved { team, .. }
            | Self::TeamDeployed { team, .. }
            | Self::TeamReady { team, .. }
            | Self::TeamStopping { team }
            | Self::TeamStopped { team }
            | Self::Recorded { team, .. }
            | Self::ShipStarted(ship::Started { team, .. })
            | Self::ShipStep(ship::Stepped { team, .. })
            | Self::ChangePublished(ship::Done { team, .. })
            | Self::ShipFailed(ship::Failed { team, .. })
            | Self::CheckStarted { team, .. }
            | Self::CheckFinished { team, .. }
            | Self::MessageAccepted { team, .. }
            | Self::RespawnPaused { team, .. }
            | Self::RespawnResumed { team, .. } => Some(team),
            Self::RecoveryStarted { team, .. } | Self::RecoveryStopped { team, .. } => team.as_ref(),
            Self::SupervisorStarted { .. }
            | Self::SupervisorStopped { .. }
            | Self::TmuxServerGone {}
            | Self::ViewsRestored { .. }
            | Self::AgentLaunched { .. }
            | Self::AgentSession { .. }
            | Self::AgentChanged { .. }
            | Self::AgentSighted { .. }
            | Self::AgentRestarting { .. }
            | Self::AgentRestored { .. }
            | Self::AgentRestartFailed { .. }
            | Self::AgentProgram { .. }
            | Self::AgentEnded { .. }
            | Self::DeliveryStarted { .. }
            | Self::DeliveryRefused { .. }
            | Self::DeliveryReturned { .. }
            | Self::DeliverySettled { .. }
            | Self::HookTaken { .. }
            | Self::PersonPrompted { .. }
            | Self::AgentSaid { .. }
            | Self::PromptOpened { .. }
            | Self::PermissionAsked { .. }
            | Self::AnswerStarted { .. }
            | Self::AnswerFailed { .. }
            | Self::PromptAnswered { .. }
            | Self::PromptClosed { .. }
            | Self::RestartPlanned { .. }
            | Self::RestartBegun { .. }
            | Self::BreakerOpened { .. }
            | Self::BreakerClosed { .. } => None,
        }
    }
}

//! What a request does.

use super::Request;

/// What a request does, for confirmation prompts and for tokens that may only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It changes nothing.
    Read,
    /// It adds something.
    Write,
    /// It ends something.
    Destructive,
    /// It speaks for the person: an agent, or whoever acts for one, may not.
    Approve,
}

impl Request {
    /// What the request does.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Ping {}
            | Self::ListTeams {}
            | Self::TeamStatus { .. }
            | Self::AwaitReady { .. }
            | Self::AwaitMessage { .. }
            | Self::AgentStatus { .. }
            | Self::AwaitState { .. }
            | Self::Screen { .. }
            | Self::Explain { .. }
            | Self::Prompts { .. }
            | Self::Messages { .. }
            | Self::Events { .. }
            | Self::VerifyLog {}
            | Self::Attach { .. }
            | Self::Catalog {}
            | Self::RecoveryStatus { .. }
            | Self::Incident { .. }
            | Self::Report(_)
            | Self::Checks { .. }
            | Self::FollowCheck { .. }
            | Self::Performance { .. }
            | Self::DaemonStatus {} => Effect::Read,
            Self::Deploy(deploy) if deploy.dry_run => Effect::Read,
            Self::CreatePr(request) if request.dry_run => Effect::Read,
            Self::RunCheck(check) if check.explain => Effect::Read,
            Self::ByAgent(by) => by.ask.effect(),
            Self::Deploy(_)
            | Self::AddAgent(_)
            | Self::Send(_)
            | Self::Record(_)
            | Self::RunCheck(_)
            | Self::CreatePr(_)
            | Self::Hook(_)
            | Self::StartRecovery { .. }
            | Self::StopRecovery { .. } => Effect::Write,
            Self::CancelCheck { .. }
            | Self::StopTeam { .. }
            | Self::RestartAgent { .. }
            | Self::Shutdown {} => Effect::Destructive,
            Self::Answer(_) => Effect::Approve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{AnswerPrompt, Answered};

    #[test]
    fn an_answer_to_a_dialog_is_the_persons_alone() {
        let (agent, answer) = ("t:0".to_owned(), Answered::Cancel);
        let answer = Request::Answer(AnswerPrompt { agent, prompt: None, answer, sender: None });
        assert_eq!(answer.effect(), Effect::Approve);
        assert!(Effect::Approve > Effect::Destructive, "who may not destroy may not approve");
        assert_eq!(Request::Prompts { of: None }.effect(), Effect::Read);
    }
}

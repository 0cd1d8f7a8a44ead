//! Who the agent is that the tools belong to.

use orc_api::Request;
use orc_api::request::{ByAgent, Record};
use orc_core::incident::When;
use orc_core::incident::entry::Entry;

use crate::failure::Failure;

/// The agent that was launched with this environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    agent: String,
    team: String,
}

impl Caller {
    /// The agent of the environment that `var` reads.
    pub fn of_environment(var: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let known = |name: &str| {
            var(name).filter(|value| !value.is_empty()).ok_or_else(|| Failure {
                code: "denied".to_owned(),
                message: format!("{name} is not set: these tools belong to an agent that tmux-orc launched"),
                hint: "a person has the same at the command line: `tmux-orc incident`, `tmux-orc task`, \
                       `tmux-orc agent send`"
                    .to_owned(),
                problems: Vec::new(),
            })
        };
        Ok(Self { agent: known("TMUX_ORC_AGENT_ID")?, team: known("TMUX_ORC_TEAM")? })
    }

    /// Somebody, for what is the same for everybody.
    pub(crate) fn example() -> Self {
        Self { agent: "a1".to_owned(), team: "auth-hotfix".to_owned() }
    }

    /// The agent's own team.
    pub(crate) fn team(&self) -> String {
        self.team.clone()
    }

    /// A teammate as the supervisor looks one up. What names another team goes as it is, and is refused there.
    pub(crate) fn teammate(&self, who: &str) -> String {
        let who = who.trim().trim_start_matches('@');
        if who.contains(':') { who.to_owned() } else { format!("{}:{who}", self.team) }
    }

    /// A statement about the incident of the agent's team.
    pub(crate) fn says(&self, at: When, entry: Entry) -> Request {
        Request::Record(Record { team: self.team(), sender: None, at, entry })
    }

    /// The same request, in the name of the agent.
    pub(crate) fn asks(&self, request: Request) -> Request {
        Request::ByAgent(ByAgent { agent: self.agent.clone(), ask: Box::new(request) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_known_from_the_environment_or_not_at_all() {
        let launched = |name: &str| match name {
            "TMUX_ORC_AGENT_ID" => Some("a7".to_owned()),
            "TMUX_ORC_TEAM" => Some("auth".to_owned()),
            _ => None,
        };
        let caller = Caller::of_environment(launched).unwrap();
        assert_eq!(caller, Caller { agent: "a7".into(), team: "auth".into() });
        assert_eq!(
            ["pm", "0", "@pm", "auth:pm", "other:0"].map(|who| caller.teammate(who)),
            ["auth:pm", "auth:0", "auth:pm", "auth:pm", "other:0"]
        );
        for missing in ["TMUX_ORC_AGENT_ID", "TMUX_ORC_TEAM"] {
            let without = |name: &str| launched(name).filter(|_| name != missing);
            let failure = Caller::of_environment(without).unwrap_err();
            assert_eq!(failure.code, "denied");
            assert!(failure.message.starts_with(missing) && !failure.hint.is_empty(), "{failure:?}");
        }
    }
}

//! `incident_mark`.

use orc_api::{Request, Response};
use orc_core::incident::entry::{Claim, Entry};
use orc_core::incident::{Milestone, When};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{optional, parsed};
use crate::answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::tool::{Again, Call, Tool};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncidentMark {
    /// `impact_started`: users began to be affected. `detected`: somebody noticed. `acknowledged`: somebody works on it.
    /// `root_cause`: the cause is proven. `fix_ready`: a fix is there and its checks pass. `mitigated`: users are no longer
    /// affected. `resolved`: it is over, and verified.
    milestone: Reached,
    /// What exactly is the case, in one sentence: for a root cause the mechanism, with file and line.
    text: String,
    /// What supports it: ids of evidence (`E3`), `commit:SHA`, `file:PATH#L10`, an address. A root cause needs one.
    #[serde(default)]
    evidence: Vec<String>,
    /// The possible cause that a root cause confirms, for example `H2`; its evidence then counts.
    #[serde(default)]
    hypothesis: String,
    /// How many minutes ago it was reached; 0 for now.
    #[serde(default)]
    minutes_ago: u32,
    /// Only for `resolved`, and only if no check has verified it: how you know, with the figure you saw.
    #[serde(default)]
    by_hand: String,
}

/// The milestones that are claimed; the others follow from what happens.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reached {
    ImpactStarted,
    Detected,
    Acknowledged,
    RootCause,
    FixReady,
    Mitigated,
    Resolved,
}

impl From<Reached> for Milestone {
    fn from(reached: Reached) -> Self {
        match reached {
            Reached::ImpactStarted => Self::ImpactStarted,
            Reached::Detected => Self::Detected,
            Reached::Acknowledged => Self::Acknowledged,
            Reached::RootCause => Self::RootCause,
            Reached::FixReady => Self::FixReady,
            Reached::Mitigated => Self::Mitigated,
            Reached::Resolved => Self::Resolved,
        }
    }
}

impl Tool for IncidentMark {
    const NAME: &'static str = "incident_mark";
    const TITLE: &'static str = "Claim that a milestone is reached";
    const ABOUT: &'static str = "Claims that a milestone of the incident is reached, and answers how long it took against its \
        budget. Call it the moment it is true and you can show why; a claim is attributed to you, and a person confirms it \
        or not. If it was claimed already the answer says by whom: do not claim it again in other words. Mitigating before \
        the cause is known is right.";
    const AGAIN: Again = Again::Same;

    fn example() -> Self {
        Self {
            milestone: Reached::RootCause,
            text: "a failed login does not give its connection back (auth_handler.py:234)".to_owned(),
            evidence: vec!["E2".to_owned(), "file:auth_handler.py#L234".to_owned()],
            hypothesis: "H1".to_owned(),
            minutes_ago: 0,
            by_hand: String::new(),
        }
    }
}

impl Call for IncidentMark {
    fn request(&self, caller: &Caller) -> Result<Request, Failure> {
        let at = match u64::from(self.minutes_ago) {
            0 => When::Now,
            minutes => When::Ago { millis: minutes * 60_000 },
        };
        let hypothesis = optional(&self.hypothesis).map(parsed).transpose()?;
        let by_hand = optional(&self.by_hand).map(str::to_owned);
        let (milestone, text, evidence) = (self.milestone.into(), self.text.clone(), self.evidence.clone());
        Ok(caller.says(at, Entry::Mark(Claim { milestone, text, evidence, hypothesis, by_hand })))
    }

    fn answer(&self, response: Response) -> Option<Value> {
        answer::marked(response, self.milestone.into())
    }
}

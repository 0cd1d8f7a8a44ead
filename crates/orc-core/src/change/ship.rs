//! What happens while a change is published, as facts of the log, and what they make of a team's changes.

use serde::{Deserialize, Serialize};

use super::{Change, Progress, Proposal, Published, Stage, Step};
use crate::delivery::Sender;
use crate::event::Event;
use crate::ids::{FollowUpId, Seq, TeamName};
use crate::incident::Occurred;

/// It begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The team.
    pub team: TeamName,
    /// Who wanted it.
    pub by: Sender,
    /// What is published.
    pub proposal: Box<Proposal>,
}

/// A step begins, or is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stepped {
    /// The team.
    pub team: TeamName,
    /// Which step.
    pub step: Step,
    /// How far it is.
    pub progress: Progress,
}

/// The change is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The team.
    pub team: TeamName,
    /// What is there now.
    pub published: Published,
    /// What was opened in the record with it, to be done after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FollowUpId>,
}

/// The change could not be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The team.
    pub team: TeamName,
    /// Why.
    pub reason: String,
}

/// Takes the next event of a team into its changes, the newest last: one of the same branch and base takes the place of its
/// earlier state. A team publishes one change at a time, so what is not a beginning is about the newest.
pub(crate) fn take(changes: &mut Vec<Change>, seq: Seq, at: &Occurred, event: &Event) {
    match event {
        Event::ShipStarted(Started { by, proposal, .. }) => {
            let same = |it: &Change| it.is_of(&proposal.branch, &proposal.base);
            let earlier = changes.iter().position(same).map(|at| changes.remove(at));
            changes.push(Change {
                seq,
                at: at.clone(),
                by: by.clone(),
                proposal: (**proposal).clone(),
                stage: Stage::UnderWay { step: None },
                follow_ups: earlier.map(|it| it.follow_ups).unwrap_or_default(),
            });
        }
        Event::ShipStep(Stepped { step, progress: Progress::Begun, .. }) => {
            with_last(changes, |it| it.stage = Stage::UnderWay { step: Some(*step) });
        }
        Event::ChangePublished(Done { published, follow_ups, .. }) => with_last(changes, |it| {
            it.stage = Stage::Published(published.clone());
            it.follow_ups.extend(follow_ups);
        }),
        Event::ShipFailed(Failed { reason, .. }) => {
            with_last(changes, |it| it.stage = Stage::Failed { reason: reason.clone() });
        }
        _ => {}
    }
}

/// A supervisor took over: what another one was publishing has broken off.
pub(crate) fn break_off(changes: &mut [Change]) {
    for change in changes {
        if let Stage::UnderWay { step } = change.stage {
            change.stage = Stage::BrokenOff { step };
        }
    }
}

fn with_last(changes: &mut [Change], alter: impl FnOnce(&mut Change)) {
    if let Some(change) = changes.last_mut() {
        alter(change);
    }
}

//! A change that a team proposes: a branch that is published as it was tested, and a pull request for it, or files in its place.
//!
//! What is to be published is fixed before anything happens ([`Proposal`]). Each step is in the log before it is taken and after
//! it was: who runs the command again goes on where it broke off, and finds what is there already. Kept for ever: a field is
//! never renamed and never changes its meaning.

pub mod evidence;
pub mod ship;

use serde::{Deserialize, Serialize};

use crate::delivery::Sender;
use crate::ids::{FollowUpId, Seq};
use crate::incident::Occurred;

/// The place that takes proposals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forge {
    /// GitHub or GitHub Enterprise, by `gh api`.
    Github,
    /// GitLab, by `glab api`.
    Gitlab,
    /// None that can be reached: a patch, a bundle and a text that a person takes along.
    #[default]
    None,
}

impl Forge {
    /// What a proposal is called there.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Github => "pull request",
            Self::Gitlab => "merge request",
            Self::None => "patch",
        }
    }

    /// How its number is written.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Gitlab => "!",
            Self::Github | Self::None => "#",
        }
    }
}

/// What is to be published: fixed before the first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The branch.
    pub branch: String,
    /// The branch that it is to go into.
    pub base: String,
    /// The commit that is published, whatever the branch becomes meanwhile: a hexadecimal id.
    pub head: String,
    /// That commit's tree.
    pub tree: String,
    /// The remote that it is pushed to; nothing without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Where it is proposed.
    #[serde(default)]
    pub forge: Forge,
    /// The repository there: `owner/name`; empty without a forge.
    #[serde(default)]
    pub repository: String,
    /// The title.
    pub title: String,
    /// It is not to be reviewed yet.
    #[serde(default)]
    pub draft: bool,
    /// It was called an emergency.
    #[serde(default)]
    pub emergency: bool,
    /// What was not checked, and who took that on; nothing when the whole suite has passed on this very tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
    /// What looks like a secret in it and is none, as a person says: rule, place and mark of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_secrets: Vec<String>,
}

/// Checks that did not stand in the way of a proposal, though they could have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// What was not there: one sentence.
    pub what: String,
    /// The reason that was given for going on; nothing when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whose word it is.
    pub by: Sender,
}

/// A step of publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The commit is pushed to the branch of the remote, never by force.
    Push,
    /// The patch, the bundle and the text are written.
    Files,
    /// The pull request is made, or the one that is there is brought up to date.
    Propose,
    /// Its labels are put on.
    Label,
}

impl Step {
    /// Its name, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Push => "pushing the branch",
            Self::Files => "writing the patch",
            Self::Propose => "opening or updating the pull request",
            Self::Label => "labelling the pull request",
        }
    }
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Progress {
    /// It is about to be taken.
    Begun,
    /// It was taken.
    Done {
        /// What it left behind, in words.
        detail: String,
    },
    /// It could not be taken; what follows shows whether that ended the whole.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What was published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its number at the forge; nothing without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Its address at the forge; empty without one.
    #[serde(default)]
    pub url: String,
    /// Whether it was new or was there.
    #[serde(default)]
    pub action: Action,
    /// The labels that it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The files that were written, absolute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What did not work and is no obstacle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What was done at the forge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new.
    Created,
    /// It was there and is up to date now.
    Updated,
    /// There is no forge: files were written.
    #[default]
    Written,
}

/// Where the publishing of a change is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Stage {
    /// It goes on.
    UnderWay {
        /// The step that was begun last.
        step: Option<Step>,
    },
    /// It is there.
    Published(Published),
    /// It could not be done.
    Failed {
        /// Why.
        reason: String,
    },
    /// The supervisor ended in the middle of it: the command goes on with it when it is run again.
    BrokenOff {
        /// The step that was begun last.
        step: Option<Step>,
    },
}

/// A team's change as its events tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The event that began it.
    pub seq: Seq,
    /// When that was.
    pub at: Occurred,
    /// Who wanted it.
    pub by: Sender,
    /// What is published.
    pub proposal: Proposal,
    /// How far that is.
    pub stage: Stage,
    /// What was opened in the record to be done after it.
    #[serde(default)]
    pub follow_ups: Vec<FollowUpId>,
}

impl Change {
    /// What is there to see, once it is published.
    pub fn published(&self) -> Option<&Published> {
        match &self.stage {
            Stage::Published(published) => Some(published),
            Stage::UnderWay { .. } | Stage::Failed { .. } | Stage::BrokenOff { .. } => None,
        }
    }

    /// Whether it is of this branch and for this base.
    pub fn is_of(&self, branch: &str, base: &str) -> bool {
        self.proposal.branch == branch && self.proposal.base == base
    }

    /// How it is called: by its number, or by its branch.
    pub fn name(&self) -> String {
        let noun = self.proposal.forge.noun();
        match self.published().and_then(|published| published.number) {
            Some(number) => format!("{noun} {}{number}", self.proposal.forge.mark()),
            None => format!("{noun} of {}", self.proposal.branch),
        }
    }
}

//! The parts of a report that somebody writes: what an agent drafts is a draft until a person has read it.

use serde::{Deserialize, Serialize};

use super::Occurred;
use crate::delivery::Sender;
use crate::ids::Seq;

/// A part of the report that is told and not derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// What happened, in three sentences at most.
    Summary,
    /// What it meant for users.
    Impact,
    /// What made it happen, and what added to it.
    Causes,
    /// What set it off.
    Trigger,
    /// What went well.
    WentWell,
    /// What went poorly.
    WentPoorly,
    /// Where luck helped.
    Lucky,
}

impl Section {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 7] = [
        Self::Summary,
        Self::Impact,
        Self::Causes,
        Self::Trigger,
        Self::WentWell,
        Self::WentPoorly,
        Self::Lucky,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Impact => "impact",
            Self::Causes => "causes",
            Self::Trigger => "trigger",
            Self::WentWell => "went_well",
            Self::WentPoorly => "went_poorly",
            Self::Lucky => "lucky",
        }
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Impact => "Impact",
            Self::Causes => "Causes and contributing factors",
            Self::Trigger => "Trigger",
            Self::WentWell => "What went well",
            Self::WentPoorly => "What went poorly",
            Self::Lucky => "Where we got lucky",
        }
    }

    /// The one of this name; `-` and `_` are the same.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_").to_lowercase();
        Self::ALL.into_iter().find(|section| section.name() == name)
    }
}

/// What somebody wrote for a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrative {
    /// The event.
    pub seq: Seq,
    /// When it was written.
    pub at: Occurred,
    /// Which section.
    pub section: Section,
    /// The text: Markdown, untrusted.
    pub text: String,
    /// Who wrote it.
    pub by: Sender,
    /// Who stands for these words: a person, by writing or by accepting them. Nobody: it is a draft.
    pub accepted: Option<Sender>,
    /// It was taken back.
    pub retracted: bool,
}

impl Narrative {
    /// The words of somebody, who stands for them if it is a person.
    pub(super) fn new(seq: Seq, at: &Occurred, section: Section, text: &str, by: &Sender) -> Self {
        let accepted = by.is_person().then(|| by.clone());
        Self {
            seq,
            at: at.clone(),
            section,
            text: text.to_owned(),
            by: by.clone(),
            accepted,
            retracted: false,
        }
    }

    /// Other words: nobody stands for these unless a person put them.
    pub(super) fn amend(&mut self, text: &str, by: &Sender) {
        text.clone_into(&mut self.text);
        self.accepted = by.is_person().then(|| by.clone());
    }
}

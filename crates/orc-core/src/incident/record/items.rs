//! What a record is made of.

use serde::{Deserialize, Serialize};

use crate::delivery::Sender;
use crate::ids::{HypothesisId, Seq, TaskId};
use crate::incident::fact::{TaskState, Verdict};
use crate::incident::{Detection, Fact, Kind, Occurred, Severity};

/// What was declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// The event.
    pub seq: Seq,
    /// The incident's id.
    pub incident: String,
    /// What is wrong.
    pub title: String,
    /// How bad it is now.
    pub severity: Severity,
    /// The worst that it was.
    pub worst: Severity,
    /// What kind of incident it is.
    pub kind: Kind,
    /// Who noticed.
    pub detection: Option<Detection>,
    /// Who declared it.
    pub by: Sender,
    /// When.
    pub at: Occurred,
}

/// A statement that needs nothing but its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The event.
    pub seq: Seq,
    /// When.
    pub at: Occurred,
    /// Who.
    pub by: Sender,
    /// What.
    pub fact: Fact,
    /// Its newest words, when they were amended.
    pub amended: Option<String>,
    /// By whom and why it was taken back.
    pub retracted: Option<(Sender, String)>,
}

/// A possible cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Its id.
    pub id: HypothesisId,
    /// The event.
    pub seq: Seq,
    /// What may be.
    pub text: String,
    /// Who thinks so.
    pub by: Sender,
    /// What is thought of it, newest last: verdict, words, evidence, who.
    pub judgements: Vec<Judgement>,
}

impl Hypothesis {
    /// What is to be thought of it now; nothing when nobody looked.
    pub fn verdict(&self) -> Option<Verdict> {
        self.judgements.last().map(|judgement| judgement.verdict)
    }
}

/// What somebody thinks of a hypothesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// What.
    pub verdict: Verdict,
    /// Why.
    pub text: String,
    /// What supports it.
    pub evidence: Vec<String>,
    /// Who.
    pub by: Sender,
}

/// Something to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The event.
    pub seq: Seq,
    /// What.
    pub text: String,
    /// Who has it.
    pub assignee: Option<String>,
    /// Who gave it.
    pub by: Sender,
    /// Where it is.
    pub state: TaskState,
    /// What was last said of it.
    pub note: String,
    /// When it was last changed.
    pub changed: Occurred,
}

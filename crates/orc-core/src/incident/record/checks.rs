//! What checks make of a record: when the fix is ready, and what shows that it is over.

use super::Record;
use crate::check::CheckRun;
use crate::delivery::Sender;
use crate::ids::Seq;
use crate::incident::{Mark, Milestone, Occurred, Standing};

/// So many ended checks of a team are kept.
const CHECKS: usize = 32;

impl Record {
    /// A check has ended. The fix is ready from the first check on that passes on the tree of the branch's head: what another
    /// tree proved counts no more, and neither does what a later check on the same tree refutes.
    pub(super) fn checked(&mut self, seq: Seq, at: &Occurred, run: &CheckRun) {
        self.checking.retain(|(begun, ..)| begun.check != run.check);
        if self.checks.len() == CHECKS {
            self.checks.pop_front();
        }
        self.checks.push_back(run.clone());
        let began = self.began.remove(&run.check);
        if run.verdict.refutes() {
            self.verified = None;
        } else if run.verdict.is_green() && !run.tested.dirty {
            self.verified = began.map(|began| (run.check, began)).or(self.verified);
        }
        if run.tested.dirty || run.tested.branch.is_none() || run.tested.ahead == 0 {
            return;
        }
        let proof = format!("tree:{}", run.tested.tree);
        let verdict = run.verdict;
        let stands = |mark: &&mut Mark| {
            mark.milestone == Milestone::FixReady && mark.by == Sender::System && mark.stands()
        };
        let mut proved = false;
        for mark in self.marks.iter_mut().filter(stands) {
            let why = if !mark.evidence.contains(&proof) {
                "the branch has another head since".to_owned()
            } else if verdict.refutes() {
                format!("check {} on the same tree: {}", run.check, verdict.name())
            } else {
                proved = true;
                continue;
            };
            mark.standing = Standing::Retracted { by: Sender::System, why, seq };
        }
        if verdict.is_green() && !proved {
            let text = format!("check {} ({}) passed on the head of its branch", run.check, run.tier.name());
            self.follows(seq, at, Milestone::FixReady, &text);
            let proofs = [format!("run:{}", run.check), format!("commit:{}", run.tested.commit), proof];
            self.marks.last_mut().into_iter().for_each(|mark| mark.evidence.extend(proofs.clone()));
        }
    }

    /// The newest check that proves this git tree.
    pub fn proof_of(&self, tree: &str) -> Option<&CheckRun> {
        self.checks.iter().rev().find(|run| run.proves(tree))
    }
}

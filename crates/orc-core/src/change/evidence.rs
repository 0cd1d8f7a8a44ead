//! What the checks of a team say of a commit that is to be published, and whether that is enough.
//!
//! Only what ran on the very tree of that commit says anything of it. A check that failed, or that executed nothing, is in the
//! way until a person says why it is not; an emergency needs the fast check, everything else the whole suite; what was not run
//! is somebody's word, and is written down as that.

use super::Waived;
use crate::check::{CheckRun, Tier};
use crate::delivery::Sender;
use crate::error::Problem;

/// How somebody wants it published.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The team's name, for hints.
    pub team: &'a str,
    /// It is an emergency.
    pub emergency: bool,
    /// The whole suite may be missing.
    pub skip_full_tests: bool,
    /// Why.
    pub why: Option<&'a str>,
    /// Who.
    pub by: &'a Sender,
    /// What the record says is wrong: the reason of an emergency for which nobody gave another one.
    pub incident: Option<&'a str>,
}

/// What ran on a tree.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The newest check of each tier on this very tree, the largest tier first.
    pub fresh: Vec<&'a CheckRun>,
    /// The newest check of all, when it ran on something else.
    pub stale: Option<&'a CheckRun>,
}

impl<'a> Evidence<'a> {
    /// Of these checks, oldest first, what speaks of a tree.
    pub fn of(checks: impl DoubleEndedIterator<Item = &'a CheckRun> + Clone, tree: &str) -> Self {
        let of_tree = |run: &&CheckRun| run.tested.tree == tree && !run.tested.dirty;
        let newest = |tier: Tier| checks.clone().rev().filter(of_tree).find(|run| run.tier == tier);
        Self {
            fresh: Tier::ALL.into_iter().filter_map(newest).collect(),
            stale: checks.clone().next_back().filter(|run| !of_tree(run)),
        }
    }

    /// The newest check of a tier, if it is green.
    fn green(&self, tier: Tier) -> Option<&'a CheckRun> {
        self.fresh.iter().copied().find(|run| run.tier == tier && run.verdict.is_green())
    }

    /// A check that speaks against the code, and that no later one of its size or larger refutes.
    pub fn against(&self) -> Option<&'a CheckRun> {
        let refuted = |run: &CheckRun| {
            self.fresh.iter().any(|it| it.verdict.is_green() && it.tier <= run.tier && it.check > run.check)
        };
        self.fresh.iter().copied().find(|run| run.verdict.refutes() && !refuted(run))
    }

    /// Whether the whole suite has passed.
    pub fn is_whole(&self) -> bool {
        self.green(Tier::Full).is_some() && self.against().is_none()
    }

    /// A word for a label.
    pub fn label(&self) -> &'static str {
        match () {
            () if self.against().is_some() => "tests:failing",
            () if self.green(Tier::Full).is_some() => "tests:full",
            () if self.green(Tier::Fast).is_some() => "tests:fast-only",
            () if self.fresh.iter().any(|run| run.verdict.is_green()) => "tests:critical-only",
            () => "tests:none",
        }
    }

    /// What ran, in a sentence or two.
    pub fn words(&self) -> String {
        let each = |run: &&CheckRun| {
            let executed = run.counts().executed();
            format!(
                "{} check {}: {}, {executed} tests executed",
                run.tier.name(),
                run.check,
                run.verdict.name()
            )
        };
        match self.fresh.as_slice() {
            [] => "No check ran on this very tree.".to_owned(),
            runs => format!("On this very tree: {}.", runs.iter().map(each).collect::<Vec<_>>().join("; ")),
        }
    }

    /// Whether it is enough: what somebody took on themselves, nothing when the whole suite has passed, or what is in the way.
    pub fn judge(&self, asked: Asked<'_>) -> Result<Option<Waived>, Problem> {
        let Asked { team, emergency, skip_full_tests, why, by, incident } = asked;
        let person = !matches!(by, Sender::Agent { .. });
        let waived = |what: String, why: Option<&str>| {
            Ok(Some(Waived { what, why: why.map(str::to_owned), by: by.clone() }))
        };
        if let Some(run) = self.against() {
            return match why.filter(|_| skip_full_tests && person) {
                Some(why) => {
                    waived(format!("It is published over a failed check. {}", self.words()), Some(why))
                }
                None => Err(failed(run, person)),
            };
        }
        if self.green(Tier::Full).is_some() {
            return Ok(None);
        }
        let missing = format!("The whole suite has not passed on it. {}", self.words());
        if emergency && self.green(Tier::Fast).is_some() {
            return waived(missing, why.or(incident));
        }
        if !skip_full_tests {
            return Err(self.insufficient(team, emergency));
        }
        let next = format!("`tmux-orc pm quality-check {team} --fast`");
        let green = self.fresh.iter().any(|run| run.verdict.is_green());
        let empty = self.fresh.iter().find(|_| !green);
        match (why, empty) {
            (Some(why), None) => waived(missing, Some(why)),
            (Some(why), Some(_)) if person => waived(missing, Some(why)),
            (_, Some(run)) => Err(Problem::new(
                "check_empty",
                format!("the {} check {} proves nothing: {}", run.tier.name(), run.check, run.why),
                format!(
                    "run one that does, or a person says why it goes out all the same: --why TEXT ({next})"
                ),
            )),
            (None, None) if !person => Err(Problem::new(
                "why_missing",
                "an agent that leaves the whole suite out says why",
                "--why \"what was checked instead, and why that is enough for now\"",
            )),
            (None, None) if !emergency => Err(Problem::new(
                "why_missing",
                "the whole suite is left out, this is no emergency, and nobody says why",
                "--why TEXT, or --emergency if it is one",
            )),
            (None, None) => waived(missing, incident),
        }
    }

    /// Why what ran is not enough.
    fn insufficient(&self, team: &str, emergency: bool) -> Problem {
        let wanted = if emergency { "the fast check" } else { "the whole suite" };
        let flag = if emergency { " --fast" } else { "" };
        let run = format!("run it: `tmux-orc pm quality-check {team}{flag}`");
        let hint = format!("{run}; or say that it goes out without: --skip-full-tests --why TEXT");
        let empty = self.fresh.iter().find(|run| !run.verdict.is_green());
        match (empty, self.fresh.first(), self.stale) {
            (Some(run), ..) => Problem::new(
                "check_empty",
                format!(
                    "{wanted} has not passed: {} check {} proves nothing ({})",
                    run.tier.name(),
                    run.check,
                    run.why
                ),
                hint,
            ),
            (None, Some(_), _) => {
                Problem::new("check_too_small", format!("{wanted} has not run. {}", self.words()), hint)
            }
            (None, None, Some(run)) => {
                let commit = run.tested.commit.get(..12).unwrap_or(&run.tested.commit);
                let dirty = if run.tested.dirty { " with changes that no commit holds" } else { "" };
                let message = format!(
                    "the newest check {} ran on {commit}{dirty}, and that is not what is to be published",
                    run.check
                );
                Problem::new("check_stale", message, hint)
            }
            (None, None, None) => {
                Problem::new("check_missing", "no check has run on what is to be published", hint)
            }
        }
    }
}

fn failed(run: &CheckRun, person: bool) -> Problem {
    let counts = run.counts();
    let names: Vec<&str> =
        run.suites.iter().flat_map(|suite| &suite.failures).map(String::as_str).take(5).collect();
    let named = if names.is_empty() { run.why.clone() } else { names.join(", ") };
    let message = format!(
        "the {} check {} failed on this very tree, {} of {} tests: {named}",
        run.tier.name(),
        run.check,
        counts.failed + counts.errors,
        counts.executed()
    );
    let hint = if person {
        "mend it and check again; or take it on yourself: --skip-full-tests --why TEXT"
    } else {
        "mend it and check again; only a person publishes over a failed check"
    };
    Problem::new("check_failed", message, hint)
}

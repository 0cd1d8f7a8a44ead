//! One suite as it is run.

use orc_core::check::{Stops, SuiteRun};

use super::{empty, joined, results};
use crate::config::Flaky;
use crate::judge::{Facts, judge};
use crate::machine::{End, Machine};
use crate::plan::{Job, Part};
use crate::read::Outcome;
use crate::runner::{Listing, Step, Trouble, steps, version};
use crate::suite::Runner;

/// Names of tests that are kept of each kind.
const NAMED: usize = 20;

/// One suite as it is run.
pub(super) struct Driven<'a> {
    job: &'a Job,
    stops: Stops,
    machine: &'a mut dyn Machine,
    facts: Facts,
    outcome: Outcome,
    listings: Vec<Option<Listing>>,
    /// What was run, in order.
    ran: Vec<Vec<String>>,
    took_ms: u64,
    exit: Option<i32>,
    /// A flaky test is among those that were chosen by what changed.
    flaky_impacted: bool,
    /// Tests that were executed because of a mark.
    marked: u64,
    /// Tests that were executed because of what changed.
    impacted: u64,
}

impl<'a> Driven<'a> {
    pub(super) fn new(job: &'a Job, stops: Stops, machine: &'a mut dyn Machine) -> Self {
        Self {
            job,
            stops,
            machine,
            facts: Facts::default(),
            outcome: Outcome::default(),
            listings: Vec::new(),
            ran: Vec::new(),
            took_ms: 0,
            exit: None,
            flaky_impacted: false,
            marked: 0,
            impacted: 0,
        }
    }

    pub(super) fn run(mut self, flaky: Flaky, widened: &mut Vec<String>) -> SuiteRun {
        let job = self.job;
        let mut run = empty(job);
        self.machine.suite(&run.name);
        run.version = version(&job.suite, self.machine);
        job.parts.iter().for_each(|part| self.part(part));
        if self.needs_all() {
            let why = "no critical or smoke test stands in for the tests that the change leads to: all run";
            widened.push(format!("{}: {why}", run.name));
            run.selection += "; then all tests";
            self.part(&Part::Rest);
        }
        self.facts.exit_code_only = run.exit_code_only;
        self.facts.selected = self.selected();
        self.facts.counts = self.outcome.counts();
        self.facts.flaky_fails = self.flaky_impacted || flaky == Flaky::Fail;
        let (verdict, why) = judge(&self.facts);
        run.verdict = Some(verdict);
        run.why = why;
        run.counts = self.facts.counts;
        run.discovered = self.discovered();
        run.selected = self.facts.selected;
        run.failures = self.outcome.failed().into_iter().take(NAMED).collect();
        run.flaky = self.outcome.flaky().into_iter().take(NAMED).collect();
        run.argv = joined(self.ran.iter().map(Vec::as_slice));
        run.took_ms = self.took_ms;
        run.exit = self.exit;
        run
    }

    /// Whether something that changed is tested by nothing that has run.
    fn needs_all(&self) -> bool {
        let chosen_by_change = self.job.parts.iter().any(Part::is_impacted);
        let untested = self.job.unmapped || (chosen_by_change && self.impacted == 0);
        untested && !self.job.is_whole() && self.marked == 0 && self.goes_on()
    }

    /// Whether nothing speaks against running more.
    fn goes_on(&self) -> bool {
        let counts = self.outcome.counts();
        let stopped = counts.failed + counts.errors > 0 && self.stops != Stops::Never;
        let facts = &self.facts;
        !stopped && facts.broken.is_none() && facts.cut.is_none() && facts.unreadable.is_none()
    }

    fn part(&mut self, part: &Part) {
        let steps = match steps(self.job, std::slice::from_ref(part), self.stops, self.machine) {
            Ok(steps) => steps,
            Err(Trouble(why)) => {
                self.facts.broken.get_or_insert(why);
                return;
            }
        };
        for step in steps {
            if !self.goes_on() {
                return;
            }
            let of_step = self.step(&step);
            let counts = of_step.counts();
            self.flaky_impacted |= step.impacted && counts.flaky > 0;
            self.impacted += if step.impacted { counts.executed() } else { 0 };
            self.marked += if part.is_marked() { counts.executed() } else { 0 };
            self.outcome.add(of_step);
        }
    }

    fn step(&mut self, step: &Step) -> Outcome {
        let listing = self.list(step);
        self.listings.push(listing);
        let nothing = listing.is_some_and(|listing| listing.selected == Some(0));
        if nothing || !self.goes_on() {
            return Outcome::default();
        }
        let before = self.outcome.counts();
        let ran = results::run(step, before, self.machine);
        self.ran.push(step.run.argv.clone());
        self.took_ms += ran.took_ms;
        let executed = ran.outcome.counts().executed();
        match ran.end {
            End::Exit(status) => {
                self.exit = Some(status);
                let empty = executed == 0 && step.empty.contains(&status);
                if status != 0 && !empty {
                    self.facts.complaint.get_or_insert(format!("it ended with status {status}"));
                }
            }
            End::Signal(signal) => {
                self.facts.complaint.get_or_insert(format!("it was ended by signal {signal}"));
            }
            End::Cut(cut) => self.facts.cut = Some(cut),
            End::NotStarted(why) => {
                self.facts.broken.get_or_insert(format!("it cannot be started: {why}"));
            }
        }
        if let Some(broken) = ran.broken {
            self.facts.broken.get_or_insert(broken);
        }
        let selected = listing.and_then(|listing| listing.selected);
        self.facts.untold += selected.unwrap_or(0).saturating_sub(ran.outcome.told());
        if let Some(unreadable) = ran.unreadable {
            self.facts.unreadable.get_or_insert(unreadable);
        }
        ran.outcome
    }

    /// Counts before anything runs.
    fn list(&mut self, step: &Step) -> Option<Listing> {
        let (asked, read) = step.list.as_ref()?;
        let done = self.machine.run(asked, &mut |_| None);
        self.took_ms += done.took_ms;
        if let End::Cut(cut) = done.end {
            self.facts.cut = Some(cut);
            return None;
        }
        match read(&done) {
            Ok(listing) => Some(listing),
            Err(why) => {
                self.facts.broken.get_or_insert(why);
                None
            }
        }
    }

    /// Tests of one step are no other's.
    fn disjoint(&self) -> bool {
        matches!(self.job.suite.runner, Runner::Cargo | Runner::Nextest) || self.listings.len() == 1
    }

    fn discovered(&self) -> Option<u64> {
        let numbers = self.listings.iter().map(|listing| listing.and_then(|it| it.discovered));
        let known: Option<Vec<u64>> = numbers.collect();
        let known = known.filter(|known| !known.is_empty())?;
        if self.disjoint() { Some(known.iter().sum()) } else { known.into_iter().max() }
    }

    fn selected(&self) -> Option<u64> {
        let numbers = self.listings.iter().map(|listing| listing.and_then(|it| it.selected));
        let known: Option<Vec<u64>> = numbers.collect();
        let sum = known.filter(|known| !known.is_empty())?.iter().sum();
        (self.disjoint() || sum == 0).then_some(sum)
    }
}

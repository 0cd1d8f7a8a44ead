//! The steps of publishing, one after the other: the intent is in the log before each, the outcome after it. None of them does
//! more when it is taken twice.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use orc_core::change::{Action, Forge, Progress, Published, Step};
use orc_core::decide::Reply;
use orc_core::error::{Code, Refusal};
use orc_core::ids::{AgentId, FollowUpId};
use orc_core::incident::Occurred;
use orc_core::input::Input;
use orc_forge::{Place, ProgramError, Proposed, RestError, Wanted};

use super::Shipment;
use crate::clock;
use crate::run::Shell;

/// Publishes it: what is there now, and what was opened in the record with it.
pub(super) async fn take(shell: &Shell, shipment: Shipment) -> Result<(Published, Vec<FollowUpId>), Refusal> {
    let ship = Ship { shell, shipment, untold: Mutex::default() };
    let (team, by) = (ship.shipment.asker.team.clone(), ship.shipment.asker.by.clone());
    let proposal = Box::new(ship.shipment.proposal.clone());
    shell.handle.input(Input::ShipBegin { team, by, proposal }, ship.shipment.asker.origin.clone()).await?;
    let refusal = match ship.publish().await {
        Ok(published) => match ship.done(published).await {
            Err(refusal) if refusal.code == Code::Storage => refusal,
            done => return done,
        },
        Err(refusal) => {
            let (team, reason) = (ship.shipment.asker.team.clone(), refusal.message.clone());
            match ship.record(Input::ShipFailed { team, reason }).await {
                Err(error) if error.code != Code::Storage => return Err(error),
                _ => refusal,
            }
        }
    };
    ship.tell_later();
    Err(refusal)
}

struct Ship<'a> {
    shell: &'a Shell,
    shipment: Shipment,
    /// What has happened and the log had no space for, in order.
    untold: Mutex<Vec<Input>>,
}

impl Ship<'_> {
    async fn publish(&self) -> Result<Published, Refusal> {
        if let Some(remote) = self.shipment.proposal.remote.clone() {
            self.step(Step::Push, self.push(&remote)).await?;
        }
        let place = Place::of(&self.shipment.caller, &self.shipment.ground, &self.shipment.places);
        if let Some(place) = place.filter(|_| self.shipment.proposal.forge != Forge::None) {
            return self.propose(&place).await;
        }
        let files = self.step(Step::Files, self.files()).await?;
        Ok(Published { files, action: Action::Written, ..Published::default() })
    }

    async fn propose(&self, place: &Place) -> Result<Published, Refusal> {
        let proposed = self.step(Step::Propose, self.pull_request(place)).await?;
        let Proposed { number, url, action, labels, draft } = proposed;
        let (on, off) = self.labels(&labels);
        let mut warnings = Vec::new();
        if on.is_empty() && off.is_empty() {
            tracing::debug!("the labels are as they should be");
        } else {
            let label = async {
                let failed = place.label(number, &on, &off).await;
                let detail = if failed.is_empty() { on.join(", ") } else { failed.join("; ") };
                Ok((failed, detail))
            };
            let failed = self.step(Step::Label, label).await?;
            warnings.extend(failed.into_iter().map(|why| format!("a label could not be set: {why}")));
        }
        if draft != self.shipment.proposal.draft {
            let (is, wanted) = if draft { ("is", "not one") } else { ("is not", "one") };
            warnings.push(format!("it {is} a draft and was to be {wanted}: change that at the forge"));
        }
        let kept = labels.into_iter().filter(|label| !off.contains(label));
        let labels = kept.chain(on.iter().cloned()).collect();
        Ok(Published { number: Some(number), url, action, labels, files: Vec::new(), warnings })
    }

    /// Takes a step: nothing is done before the log has it.
    async fn step<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<(T, String), Refusal>>,
    ) -> Result<T, Refusal> {
        self.progress(step, Progress::Begun).await?;
        // From here on it is no plan any more: what comes out of it is told when the log can take it.
        match work.await {
            Ok((value, detail)) => {
                self.progress(step, Progress::Done { detail }).await?;
                Ok(value)
            }
            Err(refusal) => {
                self.progress(step, Progress::Failed { reason: refusal.message.clone() }).await?;
                Err(refusal)
            }
        }
    }

    async fn progress(&self, step: Step, progress: Progress) -> Result<(), Refusal> {
        self.record(Input::ShipStep { team: self.shipment.asker.team.clone(), step, progress }).await
    }

    async fn record(&self, input: Input) -> Result<(), Refusal> {
        let begins = matches!(&input, Input::ShipStep { progress: Progress::Begun, .. });
        let told = self.shell.handle.input(input.clone(), self.shipment.asker.origin.clone()).await;
        if !begins && told.as_ref().is_err_and(|refusal| refusal.code == Code::Storage) {
            self.untold.lock().unwrap_or_else(PoisonError::into_inner).push(input);
        }
        match told? {
            Reply::Stale => Err(Refusal::new(
                Code::Conflict,
                "the team's record was begun anew while its change was being published",
                "run it again: what is there is found",
            )),
            _ => Ok(()),
        }
    }

    /// Without it the change would count as being published for as long as the supervisor runs. Who asked does not wait for
    /// the disk.
    fn tell_later(self) {
        let handle = self.shell.handle.clone();
        let untold = self.untold.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.shell.tasks.spawn(async move {
            for input in untold {
                handle.report(input).await;
            }
        });
    }

    async fn push(&self, remote: &str) -> Result<((), String), Refusal> {
        let Shipment { proposal, asker, caller, .. } = &self.shipment;
        let pushed = orc_forge::push(caller, &asker.dir, remote, &proposal.head, &proposal.branch).await;
        let pushed = pushed.map_err(|error| {
            let code =
                if matches!(error, ProgramError::TooSlow(..)) { Code::TimedOut } else { Code::Conflict };
            Refusal::new(
                code,
                format!("{} could not be pushed to {remote}: {error}", proposal.branch),
                "what the remote says is what to mend; run it again then, nothing is ever forced",
            )
        })?;
        Ok(((), format!("{} at {} on {remote}: {}", proposal.branch, proposal.head, pushed.words())))
    }

    async fn files(&self) -> Result<(Vec<String>, String), Refusal> {
        let Shipment { ground, asker, caller, .. } = &self.shipment;
        let failed = |error: ProgramError| {
            Refusal::new(
                Code::Conflict,
                format!("the patch could not be written: {error}"),
                "mend what it says, then run it again",
            )
        };
        let folder = self.folder();
        let mut files = orc_forge::write_change(caller, &asker.dir, ground, &folder).await.map_err(failed)?;
        files.push(orc_forge::write_text(&folder, &self.text()).map_err(failed)?);
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let detail = files.join(", ");
        Ok((files, detail))
    }

    fn folder(&self) -> PathBuf {
        orc_forge::folder(&self.shipment.places.scratch, &self.shipment.proposal.branch)
    }

    /// The whole text of a pull request, for who opens it by hand.
    fn text(&self) -> String {
        format!("# {}\n\n{}\n", self.shipment.proposal.title, self.shipment.block.words())
    }

    async fn pull_request(&self, place: &Place) -> Result<(Proposed, String), Refusal> {
        let Shipment { proposal, block, retitle, .. } = &self.shipment;
        let wanted = Wanted {
            branch: proposal.branch.clone(),
            base: proposal.base.clone(),
            title: proposal.title.clone(),
            retitle: *retitle,
            draft: proposal.draft,
            block: block.clone(),
        };
        match place.propose(&wanted).await {
            Ok(proposed) => {
                let verb = match proposed.action {
                    Action::Created => "new",
                    Action::Updated => "brought up to date",
                    Action::Written => "written",
                };
                let detail = format!("{}{} {}: {verb}", proposal.forge.mark(), proposed.number, proposed.url);
                Ok((proposed, detail))
            }
            Err(error) => Err(self.not_proposed(&error)),
        }
    }

    /// The branch is pushed and there is no pull request: what a person can do by hand is said.
    fn not_proposed(&self, error: &RestError) -> Refusal {
        let proposal = &self.shipment.proposal;
        let code = match error {
            RestError::Refused { status: 401 | 403 | 404, .. } => Code::Denied,
            RestError::Later { .. } | RestError::NoAnswer(_) => Code::TimedOut,
            RestError::Refused { .. } | RestError::Tool(_) => Code::Conflict,
        };
        let message = format!(
            "{} is pushed, and the {} could not be opened: the forge: {error}",
            proposal.branch,
            proposal.forge.noun()
        );
        let by_hand = match orc_forge::write_text(&self.folder(), &self.text()) {
            Ok(file) => format!("; by hand: its text is in {}", file.display()),
            Err(_) => String::new(),
        };
        Refusal::new(code, message, format!("run it again: it goes on, and opens no second one{by_hand}"))
    }

    /// Labels to put on, and those of ours to take off because they are not true any more.
    fn labels(&self, there: &[String]) -> (Vec<String>, Vec<String>) {
        const OF_TESTS: [&str; 5] =
            ["tests:full", "tests:fast-only", "tests:critical-only", "tests:none", "tests:failing"];
        let wanted = &self.shipment.labels;
        let on = wanted.iter().filter(|label| !there.contains(label)).cloned().collect();
        let stale = |label: &&String| OF_TESTS.contains(&label.as_str()) && !wanted.contains(label);
        (on, there.iter().filter(stale).cloned().collect())
    }

    async fn done(&self, published: Published) -> Result<(Published, Vec<FollowUpId>), Refusal> {
        let asker = &self.shipment.asker;
        let live = Occurred::live(clock::now(), &clock::boot_id());
        let (team, author) = (asker.team.clone(), self.author());
        let input = Input::ShipDone { team: team.clone(), published: published.clone(), author, live };
        self.record(input).await?;
        let look = self.shell.handle.look(move |at| {
            let newest = at.state.records.get(&team)?.changes.last()?;
            Some(newest.follow_ups.clone())
        });
        Ok((published, look.await?.unwrap_or_default()))
    }

    /// The agent in whose own directory the branch is checked out.
    fn author(&self) -> Option<AgentId> {
        let dir = self.shipment.ground.checked_out.as_ref()?;
        self.shipment.asker.agents.iter().find(|(_, own)| own == dir).map(|(agent, _)| *agent)
    }
}

//! The course of the incident, step by step as the example has it.

use std::cell::RefCell;
use std::time::Duration;

use orc_api::{Request, Response};
use orc_core::event::Event;
use orc_core::incident::Milestone;
use orc_core::incident::fact::Fact;
use orc_core::incident::view::IncidentView;
use orc_core::restart::Comeback;
use orc_core::team::AgentState;
use orc_core::view::{AgentView, TeamView};

use super::kill::kill;
use super::service::Service;
use super::share::{Chapter, Span};
use super::talk::Talk;
use super::watch::Watch;
use super::world::{World, now_ms, wait};
use super::{Plan, error_log};
use crate::command::private::failed;
use crate::command::unexpected;
use crate::error::CliError;

pub(super) const TEAM: &str = "auth-hotfix";
pub(super) const TYPE: &str = "backend";
pub(super) const SIZE: usize = 3;
/// Events that are asked for at a time.
const PAGE: usize = 1000;
const BRANCH: &str = "hotfix/auth-connection-leak";
const BRIEFING: &str = "CRITICAL: Auth service returning 500 errors.
Users cannot log in. Started 10 minutes ago.
Logs show 'connection pool exhausted' errors.
Priority: Fix immediately.";
/// Lines of the error log that are shared.
const SHARED: usize = 100;
/// Seconds that the thinking of all agents takes in the example, one after the other.
const EXAMPLE_SECONDS: f64 = 1500.0;

/// What came of it.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) chapters: Vec<Chapter>,
    pub(super) incident: IncidentView,
    pub(super) killed_at: u64,
    /// How the killed agent came back, if it did.
    pub(super) comeback: Option<Comeback>,
    /// Milliseconds from the kill until the agent was ready again.
    pub(super) back_after_ms: u64,
    /// The texts that the operator sent, each with its recipients.
    pub(super) sent: Vec<(String, Vec<&'static str>)>,
    pub(super) commit: String,
}

/// The drill as the operator.
pub(super) struct Story<'a> {
    world: &'a World,
    plan: &'a Plan,
    service: &'a Service,
    chapters: Vec<Chapter>,
    opened: u64,
    patience: Duration,
    /// Who looks after agents that are not scripted.
    watch: RefCell<Watch>,
}

impl<'a> Story<'a> {
    pub(super) fn new(world: &'a World, plan: &'a Plan, service: &'a Service) -> Self {
        // A busy machine gets its time; agents that are not scripted as long as people would wait for them.
        let thinking = Duration::from_secs_f64(EXAMPLE_SECONDS / plan.speed);
        let patience = if plan.is_scripted() { Duration::from_secs(120) + thinking } else { plan.patience };
        let (chapters, opened, watch) = (Vec::new(), now_ms(), RefCell::default());
        Self { world, plan, service, chapters, opened, patience, watch }
    }

    /// All of it.
    pub(super) fn play(&mut self) -> Result<Facts, CliError> {
        self.repository()?;
        self.close("repository");
        self.deploy()?;
        self.close("deploy");
        let talk = Talk::follow(self.world, TEAM)?;
        let log = self.brief()?;
        self.close("brief");
        self.cause()?;
        self.close("investigate");
        let (killed_at, back_after_ms) = self.fix()?;
        self.close("fix, crash, recovery");
        self.check()?;
        self.close("fast checks");
        self.publish()?;
        self.close("pull request");
        let commit = self.roll_out()?;
        self.close("rollout");
        self.resolve()?;
        self.close("verify");
        self.report()?;
        self.close("report");
        self.afterwards()?;
        let (incident, comeback) = (self.incident()?, self.comeback()?);
        drop(talk);
        let all = || vec!["backend", "devops", "pm"];
        let sent = vec![(BRIEFING.to_owned(), all()), (log, vec!["backend"])];
        let chapters = std::mem::take(&mut self.chapters);
        Ok(Facts { chapters, incident, killed_at, comeback, back_after_ms, sent, commit })
    }

    fn close(&mut self, name: &'static str) {
        let to = now_ms().max(self.opened);
        self.chapters.push(Chapter { name, span: Span { from: self.opened, to } });
        self.opened = to;
    }

    fn repository(&self) -> Result<(), CliError> {
        let (world, stage) = (self.world, self.world.stage());
        self.service.write(&world.repository())?;
        let now = jiff::Timestamp::now();
        std::fs::write(world.path("error.log"), error_log::write(&self.service.fault, self.plan.seed, now))?;
        world.git(&["init", "-q", "--initial-branch=main"])?;
        // Whatever the person's own configuration says of hooks and signatures.
        for (name, value) in [
            ("user.name", "tmux-orc drill"),
            ("user.email", "drill@localhost"),
            ("commit.gpgsign", "false"),
            ("core.hooksPath", "/dev/null"),
        ] {
            world.git(&["config", name, value])?;
        }
        world.git(&["add", "--all"])?;
        world.git(&["commit", "-q", "-m", "auth: logins by password, key and one-time code"])?;
        let remote = world.path("remote.git");
        let remote = remote.to_string_lossy();
        world.git(&["init", "-q", "--bare", "--initial-branch=main", &remote])?;
        world.git(&["remote", "add", "origin", &remote])?;
        world.git(&["push", "-q", "--set-upstream", "origin", "main"])?;
        let files = self.service.files.len();
        stage.line(&format!(
            "A rehearsal (fault number {}): a Python service of {files} files with a remote, in {}.\n\
             It has one fault that its tests show, and its log tells of the outage. Nobody is told where it is.",
            self.plan.seed,
            world.folder().display(),
        ));
        if self.plan.is_scripted() {
            stage.line(&format!(
                "The agents are scripted: they read, search, edit, test and report for real, and think {} times faster \
                 than in the example.",
                self.plan.speed
            ));
        } else {
            stage.line(
                "The agents are yours: they have your logins and settings, cost what they cost, and ask you before what they may \
                 not do.\nTo see them at work, or to answer them, in another terminal:",
            );
            stage.hint(&format!("{} team attach {TEAM}", world.command().display()));
        }
        Ok(())
    }

    fn deploy(&self) -> Result<(), CliError> {
        let world = self.world;
        world.begin();
        world.stage().heading("Issue detected: a team of three");
        let title = "Auth service returns 500 errors";
        let size = SIZE.to_string();
        let mut words = vec!["quick-deploy", TYPE, &size, "--project-name", TEAM];
        words.extend(["--incident", title, "--severity", "sev1", "--started", "10m ago", "--drill"]);
        // What the person's own agents need the person for meanwhile, the drill tells.
        words.push(if self.plan.is_scripted() { "--wait" } else { "--no-wait" });
        for agent in &self.plan.agents {
            words.extend(["--agent", agent.as_str()]);
        }
        world.run(&words)?;
        self.wait("a team that is ready", || self.is_ready())?;
        if !self.plan.is_scripted() {
            world.stage().fact("every agent is ready");
        }
        world.run(&["recovery", "start", "--emergency", "--session", TEAM])?;
        Ok(())
    }

    fn brief(&self) -> Result<String, CliError> {
        let world = self.world;
        world.stage().heading("Team briefed");
        world.run_as(
            &["team", "broadcast", TEAM, BRIEFING],
            &format!("tmux-orc team broadcast {TEAM} \"{BRIEFING}\""),
            4,
        )?;
        let log = std::fs::read_to_string(world.path("error.log"))?;
        let lines: Vec<&str> = log.lines().collect();
        let shared = lines[lines.len().saturating_sub(SHARED)..].join("\n");
        let words = format!("tmux-orc agent send {TEAM}:0 \"$(tail -n {SHARED} error.log)\"");
        world.run_as(&["agent", "send", &format!("{TEAM}:0"), &shared], &words, 2)?;
        Ok(shared)
    }

    fn cause(&self) -> Result<(), CliError> {
        self.world.stage().heading("The team investigates");
        self.world.run_as(
            &["monitor", "dashboard", "--session", TEAM, "--once"],
            &format!("tmux-orc monitor dashboard --session {TEAM} --once"),
            14,
        )?;
        self.until_reached(Milestone::RootCause, "the root cause")
    }

    /// The fix; the developer is killed in the middle of it. When that was, and how long it took to be back.
    fn fix(&self) -> Result<(u64, u64), CliError> {
        let world = self.world;
        world.stage().heading("Root cause identified: the fix");
        let order = format!("git checkout -b {BRANCH}");
        // The example sends no more than this; a real agent is told what the branch is for.
        let order = if self.plan.is_scripted() {
            order
        } else {
            format!(
                "{order}\nImplement the fix on this branch, run every test, commit it, and tell the manager."
            )
        };
        world.run(&["agent", "send", &format!("{TEAM}:0"), &order])?;
        let edited = || {
            let on_branch = world.git(&["branch", "--show-current"])? == BRANCH;
            let changed = !world.git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
            Ok(on_branch && (changed || self.committed()?))
        };
        self.wait("an edit on the branch", edited)?;
        let before = self.developer()?;
        let process = before.process.ok_or_else(|| failed(format!("{} has no process", before.target)))?;
        world.stage().heading(&format!("{} crashes in the middle of it", before.title));
        world.stage().command(&format!("kill -9 {}", process.pid));
        let killed_at = now_ms();
        kill(process)?;
        let back =
            || Ok(self.developer().is_ok_and(|now| now.generation > before.generation && now.was_ready));
        self.wait("the developer to be back", back)?;
        let back_after_ms = now_ms() - killed_at;
        world.stage().fact(&format!(
            "{} is back by itself after {:.1} s",
            before.target,
            seconds(back_after_ms)
        ));
        let done = || Ok(self.committed()? && self.is_idle("backend")?);
        self.wait("a commit on the branch", done)?;
        world.run(&["recovery", "status", "--session", TEAM])?;
        Ok((killed_at, back_after_ms))
    }

    /// Whether the branch has a commit of its own and nothing is left uncommitted.
    fn committed(&self) -> Result<bool, CliError> {
        let ahead = self.world.git(&["rev-list", "--count", &format!("main..{BRANCH}")]).unwrap_or_default();
        let clean = self.world.git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
        Ok(clean && ahead.parse::<u32>().is_ok_and(|ahead| ahead > 0))
    }

    fn check(&self) -> Result<(), CliError> {
        self.world.stage().heading("Fix implemented: fast-track testing");
        self.world.run(&["pm", "quality-check", TEAM, "--fast"])?;
        Ok(())
    }

    fn publish(&self) -> Result<(), CliError> {
        let world = self.world;
        world.stage().heading("Emergency pull request");
        let words = ["pm", "create-pr", TEAM, "--branch", BRANCH, "--base", "main", "--emergency"];
        let shown = format!(
            "tmux-orc pm create-pr {TEAM} \\\n  --branch {BRANCH} \\\n  --base main \\\n  --emergency"
        );
        world.run_as(&words, &shown, 14)?;
        Ok(())
    }

    /// The plan by an agent, the word by a person, the rollout by the agent. The commit.
    fn roll_out(&self) -> Result<String, CliError> {
        let world = self.world;
        world.stage().heading("Rollout: a plan first, then a person's word");
        let plan = format!(
            "Prepare the rollout of {BRANCH} : canary, watch, widen, with the rollback. Propose it; nothing is rolled out yet."
        );
        world.run(&["agent", "send", &format!("{TEAM}:devops"), &plan])?;
        self.wait("a rollout plan", || Ok(self.is_proposed()? && self.is_idle("devops")?))?;
        let commit = world.git(&["rev-parse", "--short", BRANCH])?;
        world.stage().line("           (you review the change and merge it)");
        world.stage().command(&format!("git push origin {BRANCH}:main"));
        world.git(&["push", "-q", "origin", &format!("{BRANCH}:main")])?;
        let word = format!(
            "Approved: {commit} is on main of the remote. Now roll it out as planned, and mark the incident mitigated when the \
             canary is stable."
        );
        world.run(&["agent", "send", &format!("{TEAM}:devops"), &word])?;
        self.until_reached(Milestone::Mitigated, "the mitigation")?;
        Ok(commit)
    }

    fn resolve(&self) -> Result<(), CliError> {
        let world = self.world;
        world.stage().heading("Canary stable: verified and resolved");
        world.run(&["execute", "test", TEAM, "--smoke-only"])?;
        let over = "logins work; refused ones keep no connection";
        // The check that has just passed began after the mitigation: it is the evidence, no word for it is needed.
        world.run(&["incident", "mark", TEAM, "resolved", over])?;
        Ok(())
    }

    fn report(&self) -> Result<(), CliError> {
        let world = self.world;
        world.stage().heading("Incident report, and the communications archived");
        for format in ["md", "html"] {
            let file = self.plan.out.join(format!("incident-report.{format}"));
            let file = file.to_string_lossy();
            world.run(&["pm", "report", TEAM, "--type", "incident", "--format", format, "--out", &file])?;
        }
        let words = format!("tmux-orc agent messages {TEAM} --export > incident-log.txt");
        let archive = world.run_as(&["agent", "messages", TEAM, "--export"], &words, 0)?;
        Ok(std::fs::write(self.plan.out.join("incident-log.txt"), archive)?)
    }

    fn afterwards(&self) -> Result<(), CliError> {
        let world = self.world;
        world.run_as(
            &["team", "broadcast", TEAM, "Post-mortem scheduled for tomorrow 2pm", "--wait"],
            &format!("tmux-orc team broadcast {TEAM} \"Post-mortem scheduled for tomorrow 2pm\" --wait"),
            4,
        )?;
        self.wait("everybody at rest", || self.at_rest())?;
        world.run(&["log", "verify"])?;
        Ok(())
    }

    fn until_reached(&self, milestone: Milestone, what: &str) -> Result<(), CliError> {
        let reached = || Ok(self.incident()?.reached.iter().any(|mark| mark.milestone == milestone));
        self.wait(what, reached)
    }

    /// Waits for something that agents do.
    fn wait(&self, what: &str, so: impl FnMut() -> Result<bool, CliError>) -> Result<(), CliError> {
        if self.plan.is_scripted() {
            wait(what, self.patience, so)
        } else {
            self.watch.borrow_mut().wait(self.world, what, self.patience, so)
        }
    }

    /// After it did not go on: who is in which state, what says so, and what it shows.
    pub(super) fn tell_why(&self) {
        let world = self.world;
        world
            .stage()
            .line("\nIt does not go on. The team, what each shows, and what the supervisor said last:");
        drop(world.run(&["team", "status", TEAM]));
        for agent in self.team().into_iter().flat_map(|team| team.agents) {
            let words = format!("tmux-orc agent screen {}", agent.target);
            drop(world.run_as(&["agent", "screen", &agent.target], &words, 10));
        }
        drop(world.run(&["daemon", "logs", "--lines", "15"]));
    }

    /// Whether an action waits for a person's word.
    fn is_proposed(&self) -> Result<bool, CliError> {
        let statements = self.incident()?.statements;
        Ok(statements.iter().any(|statement| matches!(statement.fact, Fact::ActionProposed { .. })))
    }

    fn incident(&self) -> Result<IncidentView, CliError> {
        match self.world.ask(&Request::Incident { team: TEAM.to_owned() })? {
            Response::Incident(view) => Ok(*view),
            _ => Err(unexpected()),
        }
    }

    /// How the killed agent came back, by the event log.
    fn comeback(&self) -> Result<Option<Comeback>, CliError> {
        let of_team = Some(TEAM.to_owned());
        let mut after = 0;
        loop {
            let request = Request::Events { after, team: of_team.clone(), limit: PAGE, wait_ms: 0 };
            let Response::Events { events, .. } = self.world.ask(&request)? else { return Err(unexpected()) };
            let Some(last) = events.last() else { return Ok(None) };
            after = last.seq.0;
            let restored = events.iter().find_map(|entry| match &entry.event {
                Event::AgentRestored { how, .. } => Some(*how),
                _ => None,
            });
            if restored.is_some() {
                return Ok(restored);
            }
        }
    }

    fn team(&self) -> Result<TeamView, CliError> {
        match self.world.ask(&Request::TeamStatus { team: TEAM.to_owned() })? {
            Response::Team(view) => Ok(view),
            _ => Err(unexpected()),
        }
    }

    fn developer(&self) -> Result<AgentView, CliError> {
        self.team()?.agents.into_iter().next().ok_or_else(unexpected)
    }

    /// Whether every agent has been ready. One that ends before that never will be: nothing brings it back.
    fn is_ready(&self) -> Result<bool, CliError> {
        let agents = self.team()?.agents;
        for AgentView { target, profile, state, .. } in agents.iter().filter(|agent| !agent.was_ready) {
            if matches!(state, AgentState::Exited { .. }) {
                let state = state.describe();
                return Err(failed(format!(
                    "{target} has {state} before it was ready: start {profile} yourself in an empty directory to see why"
                )));
            }
        }
        Ok(agents.iter().all(|agent| agent.was_ready))
    }

    /// Whether an agent has nothing left to take or to do.
    fn is_idle(&self, name: &str) -> Result<bool, CliError> {
        Ok(self.team()?.agents.iter().any(|agent| agent.name.as_str() == name && idle(agent)))
    }

    /// Whether nobody has.
    fn at_rest(&self) -> Result<bool, CliError> {
        Ok(self.team()?.agents.iter().all(idle))
    }
}

pub(super) fn idle(agent: &AgentView) -> bool {
    agent.state == AgentState::Idle && agent.queued == 0
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a drill")]
pub(super) fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

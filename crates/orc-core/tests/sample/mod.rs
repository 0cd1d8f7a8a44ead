//! An incident as a team lived it, in events: the story that reports are tested on.

use orc_core::check::{CheckId, CheckRun, Counts, SuiteRun, Tested, Tier, Verdict as CheckVerdict};
use orc_core::decide::{Reply, decide};
use orc_core::delivery::{MessageKind, Outcome, Sender};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, MessageId, Seq, TeamName};
use orc_core::incident::entry::{Claim, Declare, Entry};
use orc_core::incident::fact::{TaskState, Verdict};
use orc_core::incident::{Detection, Kind, Milestone, Occurred, Section, Severity, When};
use orc_core::input::Input;
use orc_core::report::{self, Chain, Logged, Names, Report, Sources};
use orc_core::restart::{Cause, Comeback};
use orc_core::state::State;
use orc_core::team::{AgentState, Evidence, Exit, Launch, Process, Source};
use orc_core::time::{Now, Timestamp};

pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
/// 2026-11-22T10:00:00Z.
pub(crate) const BASE: i64 = 1_795_341_600_000;
pub(crate) const TREE: &str = "4f1c0a9d2b7e6c5f8a3d1e0b9c7a6f5e4d3c2b1a";
pub(crate) const COMMIT: &str = "9ea06b0d7c1f2e3a4b5c6d7e8f9a0b1c2d3e4f50";

/// A team, its log and its two clocks.
pub(crate) struct Story {
    pub(crate) state: State,
    pub(crate) log: Vec<Logged>,
    pub(crate) wall: i64,
    pub(crate) boot: u64,
}

pub(crate) fn backend() -> Sender {
    Sender::Agent { id: AgentId(1), label: "auth-hotfix:backend".into() }
}

pub(crate) fn devops() -> Sender {
    Sender::Agent { id: AgentId(2), label: "auth-hotfix:devops".into() }
}

pub(crate) fn pm() -> Sender {
    Sender::Agent { id: AgentId(3), label: "auth-hotfix:pm".into() }
}

fn team() -> TeamName {
    "auth-hotfix".parse().unwrap()
}

impl Story {
    /// A supervisor and nothing else.
    pub(crate) fn new() -> Self {
        let mut story = Self { state: State::default(), log: Vec::new(), wall: BASE, boot: 5000 };
        story.host(Event::SupervisorStarted { pid: 1, version: "0.1.0".into() });
        story
    }

    pub(crate) fn live(&self) -> Occurred {
        Occurred::live(Now { wall: Timestamp(self.wall), boot_millis: self.boot }, "one")
    }

    fn append(&mut self, of_team: bool, event: Event) -> Seq {
        let (seq, at) = (Seq(self.state.seq.0 + 1), self.live());
        self.state.apply(seq, at.at, &event);
        self.log.push(Logged { seq, at, of_team, event });
        seq
    }

    pub(crate) fn host(&mut self, event: Event) -> Seq {
        self.append(false, event)
    }

    pub(crate) fn team(&mut self, event: Event) -> Seq {
        self.append(true, event)
    }

    pub(crate) fn pass(&mut self, millis: u64) {
        self.wall += i64::try_from(millis).unwrap();
        self.boot += millis;
    }

    /// Lets time pass until so long after the beginning.
    pub(crate) fn until(&mut self, millis: u64) {
        let now = u64::try_from(self.wall - BASE).unwrap();
        assert!(millis >= now, "time goes on");
        self.pass(millis - now);
    }

    pub(crate) fn say_at(&mut self, by: &Sender, at: When, entry: Entry) -> Seq {
        let input =
            Input::Record { team: team(), by: by.clone(), live: self.live(), at, entry: Box::new(entry) };
        let decision = decide(&self.state, input, Timestamp(self.wall));
        for event in decision.events {
            self.team(event);
        }
        match decision.reply {
            Reply::Recorded { seq, .. } => seq,
            other => panic!("not recorded: {other:?}"),
        }
    }

    pub(crate) fn say(&mut self, by: &Sender, entry: Entry) -> Seq {
        self.say_at(by, When::Now, entry)
    }

    pub(crate) fn mark(&mut self, by: &Sender, milestone: Milestone, text: &str, evidence: &[&str]) -> Seq {
        let evidence = evidence.iter().map(ToString::to_string).collect();
        let by_hand = (milestone == Milestone::Resolved).then(|| "no error for two minutes".to_owned());
        self.say(by, Entry::Mark(Claim { milestone, text: text.into(), evidence, hypothesis: None, by_hand }))
    }

    fn changes(&mut self, agent: u64, generation: u32, state: AgentState) {
        let evidence = Evidence::new(Source::Hook, "a hook", Timestamp(self.wall));
        self.team(Event::AgentChanged {
            agent: AgentId(agent),
            generation: Generation(generation),
            state,
            evidence,
        });
    }

    fn launches(&mut self, agent: u64, generation: u32) {
        let process = Process { pid: 100 + u32::try_from(agent).unwrap(), start: 1 };
        let launch = Launch {
            shim: process,
            child: process,
            session: format!("s{agent}.{generation}"),
            port: 0,
            at: Timestamp(self.wall),
            boot: "one".into(),
            how: None,
            note: String::new(),
        };
        self.team(Event::AgentLaunched { agent: AgentId(agent), generation: Generation(generation), launch });
    }

    pub(crate) fn message(&mut self, from: &Sender, kind: MessageKind, to: &[u64], text: &str) -> MessageId {
        let message = MessageId(self.state.last_message + 1);
        let to: Vec<AgentId> = to.iter().map(|id| AgentId(*id)).collect();
        let (from, text) = (from.clone(), text.to_owned());
        self.team(Event::MessageAccepted {
            message,
            team: team(),
            from,
            kind,
            to,
            text,
            notes: vec![],
            key: None,
        });
        message
    }

    pub(crate) fn settle(&mut self, message: MessageId, agent: u64, outcome: Outcome) {
        let evidence = Evidence::new(Source::Hook, "its prompt hook", Timestamp(self.wall));
        let (agent, door) = (AgentId(agent), "paste".to_owned());
        self.team(Event::DeliverySettled { message, agent, attempt: 1, outcome, door, evidence });
    }

    /// The team is asked for.
    pub(crate) fn create(&mut self) {
        let (kind, dir) = ("backend".parse().unwrap(), "/srv/auth".into());
        self.team(Event::TeamCreated { team: team(), kind, dir });
    }

    /// Three agents, ready after 41 seconds, briefed after 66.
    pub(crate) fn deploy(&mut self) {
        for (index, (name, title)) in [
            ("backend", "Senior Backend Developer"),
            ("devops", "DevOps Engineer"),
            ("pm", "Project Manager"),
        ]
        .into_iter()
        .enumerate()
        {
            let agent = AgentId(index as u64 + 1);
            let (name, role) = (name.parse().unwrap(), name.parse().unwrap());
            let (title, profile, dir) =
                (title.to_owned(), "scripted".parse().unwrap(), "/srv/auth".to_owned());
            self.team(Event::AgentAdded { agent, team: team(), index, name, title, role, profile, dir });
        }
        for agent in 1..=3 {
            self.launches(agent, 1);
        }
        self.team(Event::TeamDeployed { team: team(), declared: false });
        self.until(41 * SECOND);
        for agent in 1..=3 {
            self.changes(agent, 1, AgentState::Idle);
        }
        self.team(Event::TeamReady { team: team(), took_ms: 41 * SECOND });
        let text =
            "CRITICAL: Auth service returning 500 errors.\nUsers cannot log in.\nPriority: Fix immediately.";
        let message = self.message(&Sender::Operator, MessageKind::Broadcast, &[1, 2, 3], text);
        self.until(66 * SECOND);
        for agent in 1..=3 {
            self.settle(message, agent, Outcome::Acknowledged);
        }
    }

    pub(crate) fn declare(&mut self, started: Option<When>) -> Seq {
        self.say(
            &Sender::Operator,
            Entry::Declare(Declare {
                title: "Auth service returns 500 on login".into(),
                severity: Severity::Sev1,
                kind: Kind::Real,
                detection: Some(Detection::Alert),
                started,
                detected: None,
            }),
        )
    }

    pub(crate) fn check(&mut self, number: u64, tier: Tier, verdict: CheckVerdict, counts: Counts) {
        let suite = SuiteRun {
            name: "pytest".into(),
            runner: "pytest".into(),
            selection: "what the change can have broken".into(),
            discovered: Some(1842),
            selected: Some(counts.executed()),
            counts,
            verdict: Some(verdict),
            ..SuiteRun::default()
        };
        let tested = Tested {
            repository: "/srv/auth".into(),
            commit: COMMIT.into(),
            tree: TREE.into(),
            branch: Some("hotfix/auth-connection-leak".into()),
            dirty: false,
            base: Some("main".into()),
            ahead: 1,
        };
        let run = CheckRun {
            check: CheckId(number),
            tier,
            tested,
            by: pm(),
            started_at: Timestamp(self.wall - 48_000),
            took_ms: 48_000,
            budget_ms: tier.budget_ms(),
            suites: vec![suite],
            changed: 1,
            widened: Vec::new(),
            verdict,
            why: String::new(),
            log: "checks/C1.log".into(),
            environment: Vec::new(),
        };
        self.team(Event::CheckFinished { team: team(), run: Box::new(run) });
    }

    /// An agent is killed, and is back after so long.
    pub(crate) fn falls(&mut self, agent: u64, away: u64) {
        let (id, generation) = (AgentId(agent), Generation(1));
        let (exit, last_words) = (Exit::Signal(9), String::new());
        self.team(Event::AgentEnded { agent: id, generation, exit, last_words });
        let (how, cause, why) = (Comeback::Resume, Cause::Recovery, "it ended by signal 9".to_owned());
        self.team(Event::AgentRestarting { agent: id, generation: generation.next(), how, cause, why });
        self.launches(agent, 2);
        self.pass(away);
        self.changes(agent, 2, AgentState::Idle);
        let detail = "its transcript was there".to_owned();
        self.team(Event::AgentRestored { agent: id, generation: generation.next(), how, detail });
    }

    /// The incident from the first line to the last.
    pub(crate) fn whole() -> Self {
        let mut story = Self::new();
        story.create();
        story.declare(Some(When::Ago { millis: 10 * MINUTE }));
        story.deploy();
        story.investigate();
        story.fix_and_resolve();
        story
    }

    fn investigate(&mut self) {
        let operator = Sender::Operator;
        self.until(90 * SECOND);
        let text = "the last lines of the log".to_owned();
        let content =
            "ERROR pool exhausted: active=20 idle=0 waiting=311\npassword=[REDACTED:named-secret#a1b2c3]\n"
                .repeat(3);
        self.say(&operator, Entry::Evidence { text, source: "error.log".into(), content });
        self.say(
            &pm(),
            Entry::AddTask { text: "look for leaking connections".into(), assignee: Some("backend".into()) },
        );
        self.say(
            &pm(),
            Entry::AddTask { text: "watch the database".into(), assignee: Some("devops".into()) },
        );
        self.say(&backend(), Entry::Suspect { text: "the pool is too small".into() });
        self.say(&backend(), Entry::Suspect { text: "connections leak on the error path".into() });
        self.say(&devops(), Entry::Suspect { text: "slow queries hold connections".into() });
        self.until(4 * MINUTE);
        self.say(&operator, Entry::Role { role: "commander".into(), holder: "Ada Lovelace".into() });
        let told = (
            "stakeholders".into(),
            "Logins fail; a team works on it".into(),
            "the cause is looked for".into(),
        );
        let (audience, conditions, actions) = told;
        self.say(&pm(), Entry::Update { audience, conditions, actions, needs: String::new() });
        self.until(6 * MINUTE);
        let wrong = self.mark(&backend(), Milestone::RootCause, "the pool is too small", &["E1"]);
        self.until(7 * MINUTE);
        self.falls(2, 20 * SECOND);
        self.until(8 * MINUTE);
        let (of, why) =
            (wrong.to_string(), "it grows with every failed login; the size is a symptom".to_owned());
        self.say(&pm(), Entry::Note { text: "Ada Lovelace has looked at the pool as well".into() });
        self.say(&operator, Entry::Retract { of, why });
        let judge = |id: &str, verdict, text: &str| Entry::Judge {
            id: id.parse().unwrap(),
            verdict,
            text: text.into(),
            evidence: vec!["E1".into()],
        };
        self.say(&backend(), judge("H1", Verdict::RuledOut, "it fills up at any size"));
        self.say(&devops(), judge("H2", Verdict::Supported, "connections rise with each failed login"));
        self.until(10 * MINUTE);
        let claim = Claim {
            milestone: Milestone::RootCause,
            text: "a connection is not released on the failed-login path".into(),
            evidence: vec![format!("commit:{COMMIT}"), "file:auth_handler.py#L234".into()],
            hypothesis: Some("H2".parse().unwrap()),
            by_hand: None,
        };
        let cause = self.say(&backend(), Entry::Mark(claim));
        self.say(&operator, Entry::Confirm { of: cause.to_string() });
        self.say(
            &operator,
            Entry::Decide { text: "fix forward".into(), why: "a rollback takes longer".into() },
        );
    }

    fn fix_and_resolve(&mut self) {
        let operator = Sender::Operator;
        self.until(12 * MINUTE);
        let task = "T1".parse().unwrap();
        let text = "fixed on a branch".to_owned();
        self.say(&backend(), Entry::MoveTask { id: task, state: TaskState::Done, text });
        self.until(15 * MINUTE + 20 * SECOND);
        self.check(1, Tier::Fast, CheckVerdict::Pass, Counts { passed: 61, skipped: 3, ..Counts::default() });
        self.until(25 * MINUTE + 30 * SECOND);
        self.mark(&devops(), Milestone::Mitigated, "rolled out to everybody", &["E1"]);
        let figure = ("Logins that failed at the peak".into(), "61 % of requests".into(), "E1".into());
        let (what, value, source) = figure;
        self.say(&devops(), Entry::Impact { what, value, source });
        self.until(28 * MINUTE);
        self.mark(&operator, Milestone::Resolved, "the error rate is what it was before", &[]);
        let follow_up = |text: &str, kind: &str, owner: Option<&str>| Entry::FollowUp {
            text: text.into(),
            kind: kind.into(),
            owner: owner.map(str::to_owned),
        };
        self.say(&pm(), follow_up("run the full suite on main after the merge", "process", Some("devops")));
        self.say(&pm(), follow_up("an alert on the use of the pool", "detect", None));
        self.say(
            &pm(),
            follow_up("review the handlers for the same pattern", "prevent", Some("Grace Hopper")),
        );
        self.until(35 * MINUTE);
        let cause = self
            .log
            .iter()
            .rfind(|it| {
                matches!(
                    &it.event,
                    Event::Recorded {
                        fact: orc_core::incident::Fact::Marked { milestone: Milestone::RootCause, .. },
                        ..
                    }
                )
            })
            .unwrap()
            .seq;
        let summary = format!(
            "Logins failed because connections were not returned to the pool on the failed-login path [#{cause}][E1]. \
             A one-line fix was tested and rolled out [C1]."
        );
        self.say(&pm(), Entry::Narrate { section: Section::Summary, text: summary });
        let well = "- The cause was confirmed by a second agent [H2].\n- An agent that fell was back by itself.\n\nThe check was quick [C1]."
            .to_owned();
        self.say(&pm(), Entry::Narrate { section: Section::WentWell, text: well });
        self.say(&operator, Entry::AcceptNarrative { section: Section::WentWell });
        let lucky = "It was a weekday morning [#2].".to_owned();
        self.say(&operator, Entry::Narrate { section: Section::Lucky, text: lucky });
    }

    pub(crate) fn sources(&self, kind: report::Kind, names: Names) -> Sources {
        let head = "633fbabd5ca4".repeat(5) + "0000";
        let detail = format!("{} entries", self.log.len());
        Sources {
            team: team(),
            kind,
            names,
            log: self.log.clone(),
            now: self.live(),
            until: None,
            chain: Chain { seq: self.state.seq.0, head, intact: Some(true), detail },
            version: "tmux-orc 0.1.0".into(),
        }
    }

    pub(crate) fn report(&self, kind: report::Kind) -> Report {
        report::derive(&self.sources(kind, Names::Roles))
    }
}

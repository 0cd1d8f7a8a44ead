//! A log as incidents leave it: teams that are made, briefed, work, ask, crash, come back, and stop.

use orc_core::delivery::{MessageKind, Outcome, PASTE, Sender};
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, HypothesisId, MessageId, PromptId, TeamName};
use orc_core::incident::{Fact, Given, Occurred};
use orc_core::prompt::{Answerer, Asked, Choice, Closed};
use orc_core::restart::{Cause, Comeback};
use orc_core::team::{AgentState, Evidence, Exit, Launch, Need, Process, Source};
use orc_core::time::Timestamp;

/// Agents of a team.
const SIZE: u64 = 5;
/// Turns of all agents of a team together: about 10,000 events an incident.
const TURNS: u64 = 1000;
/// Incidents that go on at once.
const AT_ONCE: u64 = 4;

const ORDER: &str = "Look at the connection pool of the auth service. The log says `connection pool exhausted: active=20 idle=0 \
                     waiting=311` since 14:02, and every failed login makes it worse. Say what you find, with file and line.";
const ANSWER: &str = "auth_handler.py:234 returns before it gives its connection back when the password is wrong. I have put the \
                      release into a `finally`, and added a test that fails without it. The pool stays at 3 active connections \
                      under 500 failed logins a second. Next I would run the fast checks and open the pull request.";

/// The events of incidents without end.
pub(super) struct Incidents {
    going: Vec<Team>,
    ready: Vec<Event>,
    agents: u64,
    messages: u64,
    prompts: u64,
    made: u64,
    turn: usize,
}

struct Team {
    name: TeamName,
    /// Its agents with their launches.
    agents: Vec<(AgentId, Generation)>,
    turns: u64,
}

impl Incidents {
    pub(super) fn new() -> Self {
        Self { going: Vec::new(), ready: Vec::new(), agents: 0, messages: 0, prompts: 0, made: 0, turn: 0 }
    }

    fn say(&mut self, event: Event) {
        self.ready.push(event);
    }

    fn make(&mut self) {
        self.made += 1;
        let name: TeamName = format!("incident-{}", self.made).parse().expect("a plain name");
        let word = |text: &str| text.to_owned();
        let kind = "backend".parse().expect("a plain name");
        self.say(Event::TeamCreated { team: name.clone(), kind, dir: word("/srv/auth") });
        let mut agents = Vec::new();
        for index in 0..SIZE {
            self.agents += 1;
            let agent = AgentId(self.agents);
            self.say(Event::AgentAdded {
                agent,
                team: name.clone(),
                index: usize::try_from(index).unwrap_or(0),
                name: format!("backend-{index}").parse().expect("a plain name"),
                title: word("Senior Backend Developer"),
                role: "backend".parse().expect("a plain name"),
                profile: "scripted".parse().expect("a plain name"),
                dir: word("/srv/auth"),
            });
            agents.push((agent, Generation(1)));
        }
        for (agent, generation) in agents.clone() {
            self.launch(agent, generation);
        }
        self.say(Event::TeamDeployed { team: name.clone(), declared: false });
        self.say(Event::TeamReady { team: name.clone(), took_ms: 4210 });
        self.going.push(Team { name, agents, turns: 0 });
    }

    fn launch(&mut self, agent: AgentId, generation: Generation) {
        let process = |pid| Process { pid, start: 123_456_789 };
        let session = "7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned();
        let launch = Launch {
            shim: process(4711),
            child: process(4712),
            session: session.clone(),
            port: 40_123,
            at: Timestamp(0),
            boot: "9f1c2f1e-5d0b-4b8e-9c39-3f5b1b0a2b6d".to_owned(),
            how: None,
            note: String::new(),
        };
        self.say(Event::AgentLaunched { agent, generation, launch });
        self.say(Event::AgentSession { agent, generation, session });
        self.becomes(agent, generation, AgentState::Idle, Source::Screen, "rule empty composer: ");
    }

    fn becomes(
        &mut self,
        agent: AgentId,
        generation: Generation,
        state: AgentState,
        source: Source,
        why: &str,
    ) {
        let evidence = Evidence::new(source, why, Timestamp(0));
        self.say(Event::AgentChanged { agent, generation, state, evidence });
    }

    fn hook(&mut self, agent: AgentId, generation: Generation) {
        let id = format!("{agent}-{}", self.messages * 7 + self.ready.len() as u64);
        self.say(Event::HookTaken { agent, generation, id, doors: None });
    }

    /// A message arrives, the agent works, and says what it did.
    fn work(&mut self, team: &TeamName, agent: AgentId, generation: Generation, number: u64) {
        self.messages += 1;
        let message = MessageId(self.messages);
        let sender = if number.is_multiple_of(3) {
            Sender::Operator
        } else {
            Sender::Agent { id: AgentId(agent.0 ^ 1), label: format!("{team}:backend-1") }
        };
        self.say(Event::MessageAccepted {
            message,
            team: team.clone(),
            from: sender,
            kind: MessageKind::Direct,
            to: vec![agent],
            text: format!("{ORDER} ({number})"),
            notes: Vec::new(),
            key: None,
        });
        let (attempt, door) = (1, PASTE.to_owned());
        self.say(Event::DeliveryStarted { message, agent, attempt, generation, door: door.clone() });
        self.hook(agent, generation);
        let evidence = Evidence::new(Source::Hook, "UserPromptSubmit: the whole message", Timestamp(0));
        let outcome = Outcome::Acknowledged;
        self.say(Event::DeliverySettled { message, agent, attempt, outcome, door, evidence });
        self.becomes(agent, generation, AgentState::Working, Source::Hook, "UserPromptSubmit");
        self.say(Event::AgentSighted {
            agent,
            generation,
            state: AgentState::Working,
            evidence: Evidence::new(
                Source::Screen,
                "rule turn: ⠋ Working… (3s · esc to interrupt)",
                Timestamp(0),
            ),
        });
        if number % 30 == 7 {
            self.ask(agent, generation);
        }
        self.hook(agent, generation);
        self.say(Event::AgentSaid { agent, generation, text: ANSWER.to_owned(), source: Source::Hook });
        self.becomes(agent, generation, AgentState::Idle, Source::Hook, "Stop");
        if number % 20 == 3 {
            self.state(team, number);
        }
        if number % 200 == 150 {
            self.crash(agent, generation);
        }
    }

    fn ask(&mut self, agent: AgentId, generation: Generation) {
        self.prompts += 1;
        let prompt = PromptId(self.prompts);
        let tool = "Bash".to_owned();
        let asked = Asked { tool, input: r#"{"command":"cargo test --workspace"}"#.to_owned() };
        self.say(Event::PermissionAsked { agent, generation, asked });
        let need = Need::Permission;
        self.becomes(agent, generation, AgentState::NeedsPerson { need }, Source::Hook, "PermissionRequest");
        self.say(Event::PromptOpened {
            agent,
            generation,
            prompt,
            need,
            text: "Do you want to run this command?\ncargo test --workspace".to_owned(),
            options: vec!["Yes".to_owned(), "No".to_owned()],
            evidence: Evidence::new(Source::Screen, "rule permission", Timestamp(0)),
        });
        let answer = Choice::Option { number: 1, label: "Yes".to_owned() };
        let by = Answerer::Person { uid: 1000 };
        self.say(Event::AnswerStarted { agent, generation, prompt, answer: answer.clone(), by: by.clone() });
        self.say(Event::PromptAnswered { agent, prompt, answer, by, door: PASTE.to_owned(), presses: 1 });
        self.say(Event::PromptClosed { agent, prompt, how: Closed::AnsweredHere });
        self.becomes(agent, generation, AgentState::Working, Source::Screen, "rule turn");
    }

    fn state(&mut self, team: &TeamName, number: u64) {
        let fact = if number % 40 == 3 {
            Fact::Noted { text: format!("connections rise with every failed login ({number})") }
        } else {
            Fact::HypothesisOpened { id: HypothesisId(number), text: "the pool is too small".to_owned() }
        };
        let at = Occurred { at: Timestamp(0), given: Given::Live, boot: None };
        self.say(Event::Recorded { team: team.clone(), by: Sender::Operator, at, fact });
    }

    fn crash(&mut self, agent: AgentId, generation: Generation) {
        let last_words = "thread panicked".to_owned();
        self.say(Event::AgentEnded { agent, generation, exit: Exit::Signal(9), last_words });
        let next = generation.next();
        let (how, cause, why) = (Comeback::Resume, Cause::Asked, "a person asked".to_owned());
        self.say(Event::AgentRestarting { agent, generation: next, how, cause, why });
        self.launch(agent, next);
        let detail = "its session, by its transcript".to_owned();
        self.say(Event::AgentRestored { agent, generation: next, how, detail });
        for team in &mut self.going {
            let launches = team.agents.iter_mut().filter(|(id, _)| *id == agent);
            launches.for_each(|(_, generation)| *generation = next);
        }
    }

    fn stop(&mut self, team: Team) {
        self.say(Event::TeamStopping { team: team.name.clone() });
        for (agent, generation) in team.agents {
            let (exit, last_words) = (Exit::Status(0), String::new());
            self.say(Event::AgentEnded { agent, generation, exit, last_words });
        }
        self.say(Event::TeamStopped { team: team.name });
    }

    /// One turn more of one of the teams.
    fn go_on(&mut self) {
        while (self.going.len() as u64) < AT_ONCE {
            self.make();
        }
        self.turn = (self.turn + 1) % self.going.len();
        let team = &mut self.going[self.turn];
        team.turns += 1;
        if team.turns > TURNS {
            let team = self.going.remove(self.turn);
            self.stop(team);
            return;
        }
        let (number, name) = (team.turns, team.name.clone());
        let place = usize::try_from(number % SIZE).unwrap_or(0);
        let (agent, generation) = team.agents[place];
        self.work(&name, agent, generation, number);
    }
}

impl Iterator for Incidents {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.ready.is_empty() {
            self.go_on();
            self.ready.reverse();
        }
        self.ready.pop()
    }
}

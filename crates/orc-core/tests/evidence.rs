//! What sources say of an agent, one after the other, and what becomes of its state.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use orc_core::decide::decide;
use orc_core::dialog::Shown;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Generation, Seq, TeamName};
use orc_core::input::{Input, NewAgent};
use orc_core::prompt::Closed;
use orc_core::restart::{Cause, Comeback};
use orc_core::state::State;
use orc_core::team::{Agent, AgentState, Exit, Launch, Need, Process, ProviderWait, Source};
use orc_core::time::Timestamp;
use orc_core::weigh::must_last;

const AGENT: AgentId = AgentId(1);
const LAUNCH: Generation = Generation(1);

/// One launched agent and its log.
struct Scene {
    state: State,
    events: Vec<Event>,
    now: i64,
}

fn launch(pid: u32) -> Launch {
    let process = Process { pid, start: 1 };
    Launch {
        shim: process,
        child: process,
        session: "s".into(),
        port: 1,
        at: Timestamp(1000),
        boot: String::new(),
        how: None,
        note: String::new(),
    }
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self { state: State::default(), events: Vec::new(), now: 1000 };
        let team: TeamName = "t".parse().unwrap();
        let member = NewAgent {
            name: "one".parse().unwrap(),
            title: "One".into(),
            role: "pm".parse().unwrap(),
            profile: "scripted".parse().unwrap(),
            dir: "/".into(),
        };
        let (kind, dir) = ("backend".parse().unwrap(), "/".to_owned());
        scene.input(Input::CreateTeam { team, kind, dir, members: vec![member] });
        scene.input(Input::Launched { agent: AGENT, generation: LAUNCH, launch: launch(1) });
        scene
    }

    fn input(&mut self, input: Input) -> usize {
        self.now += 10;
        let decision = decide(&self.state, input, Timestamp(self.now));
        let count = decision.events.len();
        for event in decision.events {
            let seq = Seq(self.state.seq.0 + 1);
            self.state.apply(seq, Timestamp(self.now), &event);
            self.events.push(event);
        }
        count
    }

    /// A source says something; how many events that gave.
    fn hears(&mut self, source: Source, state: AgentState) -> usize {
        let detail = format!("{source:?} says {}", state.word());
        self.input(Input::Seen { agent: AGENT, generation: LAUNCH, state, source, detail })
    }

    fn shows_dialog(&mut self, text: &str) {
        let text = text.to_owned();
        let kind = Need::Permission;
        let shown =
            Shown { kind, text, options: Vec::new(), here: None, form: None, evidence: "a row".into() };
        self.input(Input::DialogSeen {
            agent: AGENT,
            generation: LAUNCH,
            shown: Some(shown),
            gone: Closed::Gone,
        });
    }

    fn closes_dialog(&mut self) {
        self.input(Input::DialogSeen {
            agent: AGENT,
            generation: LAUNCH,
            shown: None,
            gone: Closed::AnsweredHere,
        });
    }

    fn agent(&self) -> &Agent {
        self.state.agent(AGENT).unwrap()
    }

    fn word(&self) -> &'static str {
        self.agent().state.word()
    }
}

fn waits(wait: ProviderWait, retry_at: i64, text: &str) -> AgentState {
    AgentState::WaitingOnProvider { wait, retry_at: Some(Timestamp(retry_at)), text: text.to_owned() }
}

fn failed(error: &str) -> AgentState {
    AgentState::FailedTurn { error: error.to_owned() }
}

#[test]
fn a_contradiction_is_kept_until_it_is_taken_back() {
    let mut scene = Scene::new();
    scene.hears(Source::Status, AgentState::Idle);
    scene.hears(Source::Status, AgentState::Working);
    assert_eq!(scene.hears(Source::Screen, AgentState::Idle), 1, "it is recorded once");
    assert_eq!(scene.word(), "working", "the status outweighs the screen");
    assert_eq!(scene.agent().said[&Source::Screen].state, AgentState::Idle);
    assert_eq!(scene.hears(Source::Screen, AgentState::Idle), 0, "the same again is nothing new");
    assert_eq!(scene.hears(Source::Screen, AgentState::Working), 1, "it is taken back");
    assert_eq!(scene.agent().said[&Source::Screen].state, AgentState::Working);
    assert_eq!(scene.hears(Source::Screen, AgentState::Working), 0, "agreement is not recorded");
}

#[test]
fn a_count_down_is_one_state_and_every_further_attempt_another() {
    let mut scene = Scene::new();
    scene.hears(Source::Screen, AgentState::Idle);
    scene.hears(Source::Status, AgentState::Working);
    let rate = ProviderWait::RateLimit;
    assert_eq!(scene.hears(Source::Screen, waits(rate, 9000, "retrying in 8s")), 1);
    assert_eq!(scene.word(), "waiting-on-provider", "the screen may say what a turn waits for");
    let since = scene.agent().since;
    assert_eq!(scene.hears(Source::Screen, waits(rate, 9400, "retrying in 7s")), 0);
    assert_eq!(scene.hears(Source::Screen, waits(rate, 30_000, "retrying in 20s")), 1);
    assert!(scene.agent().since > since);
    assert_eq!(scene.hears(Source::Screen, AgentState::Idle), 1, "noted");
    assert_eq!(scene.word(), "waiting-on-provider", "the status still speaks of a turn");
}

#[test]
fn a_question_that_a_hook_told_is_not_undone_by_a_frame_before_its_dialog() {
    let mut scene = Scene::new();
    let permission = || AgentState::NeedsPerson { need: Need::Permission };
    scene.hears(Source::Screen, AgentState::Idle);
    scene.hears(Source::Hook, AgentState::Working);
    scene.hears(Source::Hook, permission());
    scene.hears(Source::Screen, AgentState::Working);
    assert_eq!(scene.word(), "needs-person", "a frame of the turn, drawn before the dialog");
    scene.shows_dialog("Allow it?");
    scene.closes_dialog();
    scene.hears(Source::Screen, AgentState::Working);
    assert_eq!(scene.word(), "working", "a quick answer: the dialog was seen and is gone");

    scene.hears(Source::Hook, permission());
    scene.now += 2000;
    scene.hears(Source::Screen, AgentState::Working);
    assert_eq!(scene.word(), "working", "a dialog that never came holds nothing up");
}

#[test]
fn a_status_that_may_be_a_blink_must_last() {
    let mut scene = Scene::new();
    let must = |scene: &Scene, state: AgentState, later: i64| {
        must_last(scene.agent(), &state, Timestamp(scene.now + later))
    };
    scene.hears(Source::Status, AgentState::Idle);
    assert!(!must(&scene, AgentState::Working, 0), "the beginning of a turn is believed at once");
    scene.hears(Source::Hook, AgentState::Working);
    assert!(must(&scene, AgentState::Idle, 0), "the end of one is not");
    assert!(!must(&scene, AgentState::NeedsPerson { need: Need::Permission }, 0));
    scene.hears(Source::Hook, AgentState::Idle);
    assert!(must(&scene, AgentState::Working, 10), "the status of the turn that the hook ended");
    assert!(!must(&scene, AgentState::Working, 2000));
}

#[test]
fn a_failed_turn_stays_failed_until_the_next_begins() {
    let mut scene = Scene::new();
    scene.hears(Source::Screen, AgentState::Idle);
    scene.hears(Source::Hook, AgentState::Working);
    scene.hears(Source::Status, AgentState::Working);
    scene.hears(Source::Hook, failed("rate_limit"));
    assert_eq!(scene.word(), "failed-turn");
    for source in [Source::Screen, Source::Hook, Source::Status] {
        scene.hears(source, AgentState::Idle);
        assert_eq!(scene.word(), "failed-turn", "{source:?} says only that the composer is back");
    }
    scene.hears(Source::Hook, AgentState::Working);
    assert_eq!(scene.word(), "working");
}

#[test]
fn a_failure_that_is_no_longer_shown_and_that_nothing_else_tells_is_over() {
    let mut scene = Scene::new();
    scene.hears(Source::Screen, failed("API Error"));
    assert!(scene.agent().was_ready, "a failed turn shows that the composer works");
    scene.hears(Source::Screen, AgentState::Idle);
    assert_eq!(scene.word(), "idle");
}

#[test]
fn an_answer_that_reads_like_an_error_is_no_failure() {
    let mut scene = Scene::new();
    scene.hears(Source::Screen, AgentState::Idle);
    scene.hears(Source::Hook, AgentState::Working);
    scene.hears(Source::Status, AgentState::Idle);
    scene.hears(Source::Screen, failed("● API Error: is what the log says"));
    assert_eq!(scene.word(), "idle");
}

#[test]
fn the_refused_key_of_the_last_turn_is_not_that_of_the_next() {
    let mut scene = Scene::new();
    let login = || AgentState::NeedsPerson { need: Need::Login };
    scene.hears(Source::Screen, login());
    scene.hears(Source::Hook, AgentState::Working);
    scene.hears(Source::Screen, login());
    assert_eq!(scene.word(), "working", "its row is still shown for a moment");
    scene.now += 2000;
    scene.hears(Source::Screen, login());
    assert_eq!(scene.word(), "needs-person");
}

#[test]
fn a_status_file_is_slower_than_what_the_agent_tells_its_terminal() {
    let mut scene = Scene::new();
    scene.hears(Source::Screen, AgentState::Idle);
    scene.hears(Source::File, AgentState::Working);
    assert_eq!(scene.word(), "working", "nothing better is known");
    scene.hears(Source::Status, AgentState::Idle);
    scene.hears(Source::File, AgentState::Working);
    assert_eq!(scene.word(), "idle");
    assert_eq!(scene.agent().said[&Source::File].state, AgentState::Working, "the contradiction is kept");
}

#[test]
fn a_proven_hang_is_not_refuted_by_a_screen_that_shows_a_turn() {
    let mut scene = Scene::new();
    let hung = || AgentState::Hung { since: Timestamp(1000), proof: "no CPU, no output for 300 s".into() };
    scene.hears(Source::Screen, AgentState::NeedsPerson { need: Need::Question });
    scene.hears(Source::Process, hung());
    assert_eq!(scene.word(), "needs-person", "what waits for a person does not hang");
    scene.hears(Source::Status, AgentState::Working);
    scene.hears(Source::Process, hung());
    assert_eq!(scene.word(), "hung");
    assert_eq!(scene.hears(Source::Process, hung()), 0);
    scene.hears(Source::Screen, AgentState::Working);
    assert_eq!(scene.word(), "hung");
    scene.hears(Source::Process, AgentState::Working);
    assert_eq!(scene.word(), "working", "who proved it may take it back");
    scene.hears(Source::Process, hung());
    scene.hears(Source::Hook, AgentState::NeedsPerson { need: Need::Permission });
    assert_eq!(scene.word(), "needs-person");
}

#[test]
fn of_a_shell_in_the_place_of_an_agent_only_the_process_speaks() {
    let mut scene = Scene::new();
    scene.hears(Source::Status, AgentState::Working);
    scene.hears(Source::Screen, AgentState::Replaced { by: "bash".into() });
    assert_eq!(scene.word(), "working", "a screen cannot know");
    scene.hears(Source::Process, AgentState::Replaced { by: "bash".into() });
    for source in [Source::Screen, Source::Title, Source::Hook, Source::File, Source::Status] {
        scene.hears(source, AgentState::Idle);
        assert_eq!(scene.word(), "replaced", "{source:?}");
    }
    scene.hears(Source::Process, AgentState::Working);
    assert_eq!(scene.word(), "working");
}

#[test]
fn a_new_launch_has_heard_nothing_yet() {
    let mut scene = Scene::new();
    scene.hears(Source::Status, AgentState::Working);
    let (exit, last_words) = (Exit::Unseen, String::new());
    scene.input(Input::Ended { agent: AGENT, generation: LAUNCH, exit, last_words });
    assert_eq!(scene.word(), "vanished");
    let team = scene.agent().team.clone();
    scene.input(Input::TeamDeployed { team, briefs: Vec::new(), broadcast: None, incident: None });
    let (how, cause, why) = (Comeback::Fresh, Cause::Asked, String::new());
    scene.input(Input::Restart { agent: AGENT, how, cause, why });
    scene.input(Input::Launched { agent: AGENT, generation: Generation(2), launch: launch(2) });
    assert!(scene.agent().said.is_empty());
    assert_eq!(scene.word(), "starting");
}

#[test]
fn states_of_older_logs_are_read_and_new_ones_come_back_as_they_were_written() {
    for text in [
        r#"{"is":"idle"}"#,
        r#"{"is":"needs_person","need":"trust"}"#,
        r#"{"is":"waiting_on_provider","wait":"overload"}"#,
    ] {
        let state: AgentState = serde_json::from_str(text).unwrap();
        let again: AgentState = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        assert_eq!(state, again);
    }
    let mut scene = Scene::new();
    scene.hears(Source::Screen, waits(ProviderWait::Overload, 5000, "529"));
    scene.hears(Source::Status, AgentState::Working);
    let state: State = serde_json::from_str(&serde_json::to_string(&scene.state).unwrap()).unwrap();
    assert_eq!(state, scene.state);
}

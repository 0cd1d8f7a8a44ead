//! A team in the middle of an outage, as the supervisor would tell of it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use orc_api::Envelope;
use orc_core::incident::view::IncidentView;
use orc_core::view::{AgentView, PromptView, TeamView};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};

use super::super::message::{Command, Message};
use super::super::model::{Board, Clock, Model, Scope};
use super::super::print::text;
use super::super::theme::Palette;
use super::super::update::update;
use super::super::view::view;

/// 03:12:00 in the zone of the tests.
pub(super) const NOW: i64 = 1_700_000_000_000 - 1_700_000_000_000 % 86_400_000 + (3 * 60 + 12) * 60_000;

pub(super) fn clock() -> Clock {
    Clock { wall: NOW, run: 60_000 }
}

/// An agent that has been in a state for so many seconds.
pub(super) fn agent(index: usize, name: &str, state: Value, seconds: i64, evidence: &str) -> AgentView {
    let since = NOW - seconds * 1000;
    let view = json!({
        "id": format!("a{}", index + 1), "target": format!("auth-hotfix:{index}"), "name": name,
        "title": format!("The {name} engineer"), "role": "backend", "profile": "claude", "dir": "/srv/auth",
        "state": state, "evidence": { "source": "hook", "detail": evidence, "at": since },
        "since": since, "was_ready": true, "process": { "pid": 4000 + index, "start": 1 }, "generation": 1,
        "draft": false, "queued": 0, "hold": null,
    });
    serde_json::from_value(view).expect("an agent")
}

pub(super) fn is(word: &str) -> Value {
    json!({ "is": word })
}

pub(super) fn team(agents: Vec<AgentView>) -> TeamView {
    let view = json!({
        "team": "auth-hotfix", "kind": "backend", "dir": "/srv/auth", "phase": "running",
        "created_at": NOW - 780_000, "ready_at": NOW - 770_000, "agents": agents,
    });
    serde_json::from_value(view).expect("a team")
}

/// A dialog of the second agent.
pub(super) fn prompt() -> PromptView {
    let view = json!({
        "prompt": "p7", "agent": "a2", "target": "auth-hotfix:1", "name": "devops", "kind": "permission",
        "text": "Bash command\n\n  psql -h db-1 -c \"SELECT pg_terminate_backend(pid)\"\n\nDo you want to proceed?",
        "asked": { "tool": "Bash", "input": "{\"command\":\"psql -h db-1 -c \\\"SELECT pg_terminate_backend(pid)\\\"\"}" },
        "options": ["Yes", "Yes, and do not ask again for psql", "No"], "since": NOW - 72_000,
        "evidence": { "source": "hook", "detail": "PermissionRequest", "at": NOW - 72_000 }, "answering": null,
    });
    serde_json::from_value(view).expect("a prompt")
}

fn occurred(minutes_ago: i64) -> Value {
    json!({ "at": NOW - minutes_ago * 60_000 })
}

fn mark(seq: u64, milestone: &str, minutes_ago: i64) -> Value {
    json!({
        "seq": seq, "milestone": milestone, "at": occurred(minutes_ago), "by": { "who": "operator" }, "text": "",
        "evidence": [], "standing": { "is": "claimed" },
    })
}

/// An incident that was noticed so many minutes ago, with its cause not known.
pub(super) fn incident(minutes_ago: i64) -> IncidentView {
    let metric = |name: &str, from: &str, to: &str, took: Option<u64>, minutes: u64| json!({ "name": name, "from": from, "to": to, "took_ms": took, "budget_ms": minutes * 60_000 });
    let marks = [
        mark(3, "detected", minutes_ago),
        mark(4, "declared", minutes_ago - 1),
        mark(9, "team_ready", minutes_ago - 2),
    ];
    let task = |id: &str, who: &str, text: &str, state: &str| {
        json!({
            "id": id, "seq": 20, "text": text, "assignee": who, "by": { "who": "operator" }, "state": state,
            "note": "", "changed": occurred(5),
        })
    };
    let view = json!({
        "team": "auth-hotfix",
        "declared": {
            "seq": 4, "incident": "INC-20261128-01", "title": "Auth service returning 500s: users cannot log in",
            "severity": "sev1", "worst": "sev1", "kind": "real", "detection": null, "by": { "who": "operator" },
            "at": occurred(minutes_ago - 1),
        },
        "phase": "investigating", "commander": "pm", "elapsed_ms": minutes_ago * 60_000,
        "marks": marks, "reached": marks,
        "metrics": { "metrics": [
            metric("time to deploy", "declared", "team_ready", Some(62_000), 2),
            metric("time to root cause", "detected", "root_cause", None, 15),
            metric("time to fix", "detected", "fix_ready", None, 30),
            metric("time to resolution", "detected", "resolved", None, 45),
        ], "notes": [] },
        "impact_ms": null,
        "hypotheses": [
            { "id": "H1", "seq": 30, "text": "the error path of login keeps its connection", "by": { "who": "operator" }, "judgements": [] },
        ],
        "tasks": [
            task("T1", "backend", "find where connections are lost", "started"),
            task("T2", "devops", "watch the database", "open"),
        ],
        "statements": [],
    });
    serde_json::from_value(view).expect("an incident")
}

/// A quiet team.
pub(super) fn quiet() -> Board {
    let agents = vec![
        agent(0, "backend", is("working"), 75, "hook UserPromptSubmit"),
        agent(1, "devops", is("idle"), 12, "its own status: idle (OSC 7501)"),
        agent(2, "pm", is("idle"), 130, "hook Stop"),
    ];
    Board {
        team: team(agents),
        incident: Some(incident(12)),
        prompts: Vec::new(),
        running: Vec::new(),
        checks: Vec::new(),
    }
}

/// The same team: one asks, one has ended.
pub(super) fn trouble() -> Board {
    let agents = vec![
        agent(0, "backend", is("working"), 75, "hook UserPromptSubmit"),
        AgentView {
            prompt: Some("p7".parse().expect("an id")),
            queued: 2,
            hold: Some("a dialog is open".to_owned()),
            ..agent(
                1,
                "devops",
                json!({ "is": "needs_person", "need": "permission" }),
                72,
                "hook PermissionRequest",
            )
        },
        AgentView {
            process: None,
            generation: 3,
            ..agent(2, "dba", json!({ "is": "exited", "exit": { "signal": 9 } }), 41, "its shim saw it end")
        },
        agent(3, "pm", is("idle"), 130, "hook Stop"),
    ];
    Board { team: team(agents), prompts: vec![prompt()], ..quiet() }
}

pub(super) fn envelope(seq: u64, seconds_ago: i64, event: Value) -> Envelope {
    let envelope = json!({
        "seq": seq, "at": NOW - seconds_ago * 1000, "actor": "human", "door": "cli", "team": "auth-hotfix", "event": event,
    });
    serde_json::from_value(envelope).expect("an event")
}

/// What was said so far.
pub(super) fn talk() -> Vec<Envelope> {
    let evidence = json!({ "source": "hook", "detail": "hook UserPromptSubmit", "at": NOW });
    vec![
        envelope(
            10,
            600,
            json!({
                "event": "message_accepted", "message": "m4", "team": "auth-hotfix", "from": { "who": "operator" },
                "kind": "broadcast", "to": ["a1", "a2", "a3"], "text": "CRITICAL: Auth service returning 500 errors.\nUsers cannot log in.",
            }),
        ),
        envelope(
            11,
            598,
            json!({
                "event": "delivery_settled", "message": "m4", "agent": "a1", "attempt": 1,
                "outcome": { "outcome": "acknowledged" }, "door": "paste", "evidence": evidence,
            }),
        ),
        envelope(
            12,
            500,
            json!({
                "event": "agent_said", "agent": "a1", "generation": 1, "source": "hook",
                "text": "Found it: DB connections are not released in error cases.",
            }),
        ),
        envelope(
            13,
            72,
            json!({
                "event": "prompt_opened", "agent": "a2", "generation": 1, "prompt": "p7", "need": "permission",
                "text": "psql", "options": ["Yes", "No"], "evidence": evidence,
            }),
        ),
    ]
}

/// A dashboard of this size that has read this.
pub(super) fn shown(board: Board, size: (u16, u16)) -> Model {
    let scope = Scope::Team("auth-hotfix".to_owned());
    let mut model = Model::new(scope, Palette::Colour, clock(), size);
    tell(&mut model, Message::Events(talk()));
    tell(&mut model, Message::Board(Box::new(board)));
    model
}

pub(super) fn tell(model: &mut Model, message: Message) -> Vec<Command> {
    update(model, clock(), message)
}

/// Presses keys one after the other; what the last of them wants done.
pub(super) fn press(model: &mut Model, keys: &[KeyCode]) -> Vec<Command> {
    let mut commands = Vec::new();
    for key in keys {
        commands = tell(model, Message::Key(KeyEvent::new(*key, KeyModifiers::NONE)));
    }
    commands
}

/// Types a text.
pub(super) fn typed(model: &mut Model, text: &str) {
    for c in text.chars() {
        press(model, &[KeyCode::Char(c)]);
    }
}

pub(super) fn click(model: &mut Model, column: u16, row: u16) -> Vec<Command> {
    let (kind, modifiers) = (MouseEventKind::Down(MouseButton::Left), KeyModifiers::NONE);
    tell(model, Message::Mouse(MouseEvent { kind, column, row, modifiers }))
}

/// The frame as a terminal would show it.
pub(super) fn frame(model: &Model) -> String {
    let mut terminal = Terminal::new(TestBackend::new(model.size.0, model.size.1)).expect("a terminal");
    let drawn = terminal.draw(|frame| {
        view(model, frame.buffer_mut());
    });
    drawn.expect("a frame");
    text(terminal.backend().buffer())
}

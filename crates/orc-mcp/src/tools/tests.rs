use orc_api::request::Effect;
use orc_core::incident::Milestone;
use serde_json::Value;

use super::*;
use crate::caller::Caller;
use crate::tool::{Tool, effect};

#[test]
fn every_example_is_read_back_and_becomes_a_request_about_the_own_team() {
    for row in ALL {
        let schema = Value::Object((*(row.about)().input_schema).clone());
        let example = schema["examples"][0].clone();
        assert!(example.is_object(), "{}: {schema}", row.name);
        let call =
            (row.read)(example.clone()).unwrap_or_else(|error| panic!("{}: {error}: {example}", row.name));
        let request = call.request(&Caller::example()).unwrap();
        assert!(request.effect() < Effect::Destructive, "{}: no tool ends something or approves", row.name);
        let asked = serde_json::to_string(&Caller::example().asks(request)).unwrap();
        assert!(asked.contains("auth-hotfix"), "{}: {asked}", row.name);
    }
}

#[test]
fn annotations_follow_from_what_the_request_does() {
    let hints = |name: &str| {
        let row = ALL.iter().find(|row| row.name == name).unwrap();
        let hints = (row.about)().annotations.unwrap();
        let all =
            [hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint];
        all.map(Option::unwrap)
    };
    for name in ["team_status", "incident_status", "read_messages"] {
        assert_eq!(hints(name), [true, false, true, false], "{name}");
    }
    for name in ["assign_task", "update_task", "incident_mark", "add_hypothesis", "note", "propose_action"] {
        assert_eq!(hints(name), [false, false, true, false], "{name}");
    }
    for name in ["send_message", "add_evidence"] {
        assert_eq!(hints(name), [false, false, false, false], "{name}");
    }
    assert_eq!(hints("run_check"), [false, false, false, true]);
    assert_eq!(effect::<note::Note>(), Effect::Write);
    assert_eq!(note::Note::NAME, "note");
}

#[test]
fn schemas_say_everything_in_one_place() {
    for row in ALL {
        let tool = (row.about)();
        let schema = Value::Object((*tool.input_schema).clone());
        assert_eq!(schema["type"], "object", "{}", row.name);
        assert_eq!(schema["additionalProperties"], false, "{}: who asks is no argument", row.name);
        assert!(!schema.to_string().contains("$ref"), "{}: {schema}", row.name);
        for (name, property) in schema["properties"].as_object().unwrap() {
            let told = property["description"].as_str().is_some_and(|about| about.len() > 10);
            assert!(told, "{}.{name} is not described: {property}", row.name);
            let one_type = property["type"].is_string();
            assert!(one_type, "{}.{name} has no single type: {property}", row.name);
        }
        let about = tool.description.unwrap();
        assert!((60..=700).contains(&about.len()) && !about.contains("  "), "{}: {about:?}", row.name);
    }
}

#[test]
fn the_milestones_of_the_tool_are_those_that_are_claimed() {
    let row = ALL.iter().find(|row| row.name == "incident_mark").unwrap();
    let schema = (row.about)().input_schema;
    let listed = schema["properties"]["milestone"]["enum"].as_array().unwrap();
    let listed: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
    let claimed = Milestone::ALL.into_iter().filter(|it| it.is_marked_by_hand()).map(Milestone::name);
    assert_eq!(listed, claimed.collect::<Vec<_>>());
    for name in listed {
        let given = serde_json::json!({ "milestone": name, "text": "x" });
        let asked = (row.read)(given).unwrap().request(&Caller::example()).unwrap();
        assert!(serde_json::to_string(&asked).unwrap().contains(&format!("\"milestone\":\"{name}\"")));
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_way_on() {
    for (name, given) in [
        ("assign_task", r#"{"to": "pm"}"#),
        ("assign_task", r#"{"to": "pm", "text": "x", "task": "T1"}"#),
        ("assign_task", r#"{"to": "pm", "task": "first"}"#),
        ("update_task", r#"{"task": "1", "state": "done"}"#),
        ("add_hypothesis", r#"{"text": "x", "of": "H1"}"#),
        ("add_hypothesis", r#"{"text": "x", "verdict": "confirmed"}"#),
        ("read_messages", r#"{"limit": 0}"#),
        ("run_check", r"{}"),
        ("run_check", r#"{"tier": "fast", "check": "C1"}"#),
        ("send_message", r#"{"to": "pm", "text": " "}"#),
        ("propose_action", r#"{"action": "x", "why": "", "reach": "read"}"#),
    ] {
        let row = ALL.iter().find(|row| row.name == name).unwrap();
        let call = (row.read)(serde_json::from_str(given).unwrap()).unwrap();
        let failure = call.request(&Caller::example()).unwrap_err();
        assert_eq!(failure.code, "bad_request", "{name} {given}");
        assert!(!failure.hint.is_empty(), "{failure:?}");
    }
    for (name, given) in [
        ("update_task", r#"{"task": "T1", "state": "approved"}"#),
        ("incident_mark", r#"{"milestone": "closed", "text": "x"}"#),
        ("note", r#"{"text": "x", "team": "other"}"#),
        ("note", r#"{"text": "x", "agent": "a2"}"#),
        ("team_status", r#"{"team": "other"}"#),
    ] {
        let row = ALL.iter().find(|row| row.name == name).unwrap();
        assert!((row.read)(serde_json::from_str(given).unwrap()).is_err(), "{name} {given}");
    }
}

//! The one point that everything passes before it is decided on, kept, shown or sent on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Redactor;
use crate::change::Progress;
use crate::delivery::Outcome;
use crate::dialog::Shown;
use crate::envelope::SafeText;
use crate::input::Input;
use crate::team::AgentState;

type Found = BTreeMap<&'static str, usize>;

impl Redactor {
    /// Replaces the secrets in every free text of an input. Names, ids and paths that tmux-orc made are not texts.
    pub fn input(&self, input: &mut Input) {
        let mut found = Found::new();
        let mut clean = |text: &mut String| self.clean(text, &mut found);
        match input {
            Input::TeamDeployed { briefs, broadcast, incident, .. } => {
                if let Some(opening) = incident {
                    clean(&mut opening.declaration.title);
                }
                briefs.iter_mut().map(|(_, text)| text).chain(broadcast).for_each(|text| self.message(text));
            }
            Input::Send { text, .. } => self.message(text),
            Input::Restored { detail, words, .. } => {
                clean(detail);
                if let Some(text) = words {
                    self.message(text);
                }
            }
            Input::AbortTeam { reason: text, .. }
            | Input::ShipFailed { reason: text, .. }
            | Input::RemoveAgent { reason: text, .. }
            | Input::Restart { why: text, .. }
            | Input::RestartFailed { reason: text, .. }
            | Input::Ended { last_words: text, .. }
            | Input::DeliveryRefused { reason: text, .. }
            | Input::Taken { detail: text, .. }
            | Input::Typed { text, .. }
            | Input::Said { text, .. } => clean(text),
            Input::Seen { state, detail, .. } => {
                clean(detail);
                match state {
                    AgentState::WaitingOnProvider { text, .. }
                    | AgentState::FailedTurn { error: text }
                    | AgentState::Hung { proof: text, .. } => clean(text),
                    AgentState::Starting
                    | AgentState::Idle
                    | AgentState::Working
                    | AgentState::NeedsPerson { .. }
                    | AgentState::Exited { .. }
                    | AgentState::Replaced { .. }
                    | AgentState::Unknown => {}
                }
            }
            Input::DeliveryEnded { outcome, detail, .. } => {
                clean(detail);
                if let Outcome::Dead { reason } = outcome {
                    clean(reason);
                }
            }
            Input::DialogSeen { shown, .. } => {
                if let Some(shown) = shown {
                    self.dialog(shown);
                }
            }
            Input::Asked { asked, .. } => asked.input = self.json(&asked.input),
            Input::AnswerEnded { typed, .. } => {
                if let Err(reason) = typed {
                    clean(reason);
                }
            }
            Input::CheckEnded { run, .. } => {
                clean(&mut run.why);
                for suite in &mut run.suites {
                    clean(&mut suite.why);
                    let names = suite.failures.iter_mut().chain(&mut suite.flaky);
                    names.chain(&mut suite.argv).for_each(&mut clean);
                }
            }
            Input::Record { entry, .. } => entry.each_text(&mut clean),
            Input::ShipBegin { proposal, .. } => {
                clean(&mut proposal.title);
                if let Some(waived) = &mut proposal.waived {
                    clean(&mut waived.what);
                    waived.why.iter_mut().for_each(clean);
                }
            }
            Input::ShipStep { progress, .. } => match progress {
                Progress::Begun => {}
                Progress::Done { detail: text } | Progress::Failed { reason: text } => clean(text),
            },
            Input::ShipDone { published, .. } => published.warnings.iter_mut().for_each(clean),
            Input::SupervisorStarted { .. }
            | Input::SupervisorStopping { .. }
            | Input::TmuxGone
            | Input::ViewsRestored { .. }
            | Input::CreateTeam { .. }
            | Input::AddAgent { .. }
            | Input::Launched { .. }
            | Input::SessionKnown { .. }
            | Input::ProgramKnown { .. }
            | Input::BeginDelivery { .. }
            | Input::HookTaken { .. }
            | Input::Answer { .. }
            | Input::BeginCheck { .. }
            | Input::Digest { .. }
            | Input::StopTeam { .. }
            | Input::StartRecovery { .. }
            | Input::StopRecovery { .. }
            | Input::Recover { .. } => {}
        }
    }

    /// A message, with a note on what was replaced.
    pub fn message(&self, message: &mut SafeText) {
        if let Some(redacted) = self.redact(&message.text) {
            message.notes.push(redacted.note());
            message.text = redacted.text;
        }
    }

    /// JSON with its texts cleaned one by one; what is no JSON is cleaned as it is.
    fn json(&self, text: &str) -> String {
        let mut found = Found::new();
        let Ok(mut value) = serde_json::from_str(text) else {
            let mut text = text.to_owned();
            self.clean(&mut text, &mut found);
            return text;
        };
        self.value(&mut value, &mut found);
        value.to_string()
    }

    fn value(&self, value: &mut Value, found: &mut Found) {
        match value {
            Value::String(text) => self.clean(text, found),
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    // The name may say what the value is, as in a line of a log.
                    let line = value.as_str().filter(|text| !text.contains(char::is_whitespace));
                    let named = line.is_some_and(|text| self.redact(&format!("{name}={text}")).is_some());
                    if named {
                        let secret = value.as_str().unwrap_or_default();
                        *value = Value::String(self.placeholder("named-secret", secret));
                    } else {
                        self.value(value, found);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A dialog as it is listed and compared with the screen.
    pub fn dialog(&self, shown: &mut Shown) {
        let mut found = Found::new();
        self.clean(&mut shown.text, &mut found);
        self.clean(&mut shown.evidence, &mut found);
        shown.options.iter_mut().for_each(|option| self.clean(option, &mut found));
    }
}

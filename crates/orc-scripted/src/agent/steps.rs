//! How a turn begins, goes from step to step, and ends.

use std::collections::BTreeMap;
use std::time::Instant;

use super::known::{fill, fill_all};
use super::{Agent, Effect, Prompt, Run};
use crate::hooks::Hook;
use crate::log::Event;
use crate::menu::{Answer, Menu};
use crate::session::Role;
use crate::status::Status;
use crate::step::Step;
use crate::text::prefix;
use crate::turn::{Doing, Errand, Outcome, Turn};

/// Bytes of a tool's answer that later commands are told: an environment takes no more.
const ANSWER: usize = 64 * 1024;

/// The step with what is known in place of its `${NAME}`s; commands have it in their environment instead, where no
/// character of it means anything.
fn filled(step: Step, known: &BTreeMap<String, String>) -> Result<Step, String> {
    let fill = |text: String| fill(&text, known);
    Ok(match step {
        Step::Reply(text) => Step::Reply(fill(text)?),
        Step::Send { target, text } => Step::Send { target: fill(target)?, text: fill(text)? },
        Step::Fail(text) => Step::Fail(fill(text)?),
        Step::Call { tool, arguments } => Step::Call { tool, arguments: fill_all(arguments, known)? },
        other => other,
    })
}

impl Agent {
    pub(super) fn begin(&mut self, prompt: Prompt, now: Instant) {
        let Prompt { n, text } = prompt;
        self.transcript.user(&text);
        self.turn = Some(Turn {
            n,
            prompt: text.clone(),
            known: BTreeMap::new(),
            errand: Errand::Show,
            steps: self.script.steps(&text).into(),
            doing: if self.awaits_hook { Doing::Hook } else { Doing::Next },
            started: now,
            last_reply: String::new(),
        });
        self.effects.extend([
            Effect::Log(Event::TurnStart { n }),
            Effect::Status(Status::Working),
            Effect::Remember(Role::User, text.clone()),
            Effect::Hook(Hook::UserPromptSubmit { prompt: text }),
        ]);
    }

    /// Goes on with the turn, and with those that wait, as far as nothing holds it up.
    pub(super) fn advance(&mut self, now: Instant) {
        while let Some(turn) = &mut self.turn {
            if self.gone || !turn.is_free(now) {
                return;
            }
            turn.doing = Doing::Next;
            match turn.steps.pop_front() {
                Some(step) => self.perform(step, now),
                None => self.end(&Outcome::Done, now),
            }
        }
    }

    fn perform(&mut self, step: Step, now: Instant) {
        let Some(turn) = &mut self.turn else { return };
        self.effects.push(Effect::Log(Event::Step { n: turn.n, verb: step.verb() }));
        let step = match filled(step, &turn.known) {
            Ok(step) => step,
            Err(unknown) => Step::Fail(format!("nothing is known as {unknown}")),
        };
        match step {
            Step::Reply(text) => {
                self.transcript.reply(&text);
                turn.last_reply.clone_from(&text);
                self.effects.push(Effect::Remember(Role::Assistant, text));
            }
            Step::Work(duration) => turn.doing = Doing::Work(now + duration.div_f64(self.pace)),
            Step::Throttle(duration) => turn.doing = Doing::Throttled(now + duration),
            Step::Ask(command) => {
                turn.doing = Doing::Ask(Menu::permission(&command));
                self.effects.extend([
                    Effect::Log(Event::Permission { n: turn.n, command: command.clone(), answer: "asked" }),
                    Effect::Status(Status::Blocked("permission", format!("run: {command}"))),
                    Effect::Hook(Hook::PermissionRequest { command }),
                ]);
            }
            Step::Choose { question, options } => {
                turn.doing = Doing::Ask(Menu::question(&question, options));
                let (number, label, answer) = (None, None, "asked");
                self.effects.extend([
                    Effect::Log(Event::Question {
                        n: turn.n,
                        question: question.clone(),
                        number,
                        label,
                        answer,
                    }),
                    Effect::Status(Status::Blocked("question", question)),
                ]);
            }
            Step::Deaf(keys) => self.deaf = keys,
            Step::Run(command) => self.errand(command, Errand::Show),
            Step::Set { name, command } => self.errand(command, Errand::Learn(name)),
            Step::When(command) => self.errand(command, Errand::Ask),
            Step::Send { target, text } => {
                turn.doing = Doing::Child;
                self.transcript.command(&format!("agent send {target} {text}"));
                self.effects.push(Effect::Send { target, text });
            }
            Step::Call { tool, arguments } => {
                turn.doing = Doing::Child;
                turn.errand = Errand::Call(tool.clone());
                self.transcript.command(&format!("{tool} {arguments}"));
                let words = arguments.to_string();
                self.effects.push(Effect::Log(Event::Call { n: turn.n, tool: tool.clone(), arguments }));
                self.effects.push(Effect::Call { tool, arguments: words });
            }
            Step::Flood(bytes) => turn.doing = Doing::Flood(bytes),
            Step::Fail(text) => self.end(&Outcome::Failed(text), now),
            Step::Hang { deaf } => self.leave(Effect::Hang { deaf }),
            Step::Crash(crash) => self.leave(Effect::Crash(crash)),
            Step::QuietExit => self.leave(Effect::QuietExit),
            Step::Become(program) => self.leave(Effect::Become(program)),
        }
    }

    fn errand(&mut self, command: String, errand: Errand) {
        let Some(turn) = &mut self.turn else { return };
        turn.doing = Doing::Child;
        turn.errand = errand;
        self.transcript.command(&command);
        let (prompt, known) = (turn.prompt.clone(), turn.known.clone());
        self.effects.push(Effect::Run(Run { command, prompt, known }));
    }

    /// Ends the turn and begins the next one that waits.
    pub(super) fn end(&mut self, outcome: &Outcome, now: Instant) {
        let Some(turn) = self.turn.take() else { return };
        if turn.doing == Doing::Child {
            self.effects.push(Effect::StopChild);
        }
        let ms = u64::try_from(now.duration_since(turn.started).as_millis()).unwrap_or(u64::MAX);
        self.effects.push(Effect::Log(Event::TurnEnd { n: turn.n, outcome: outcome.word(), ms }));
        match outcome {
            Outcome::Done => {
                self.effects.push(Effect::Status(Status::Done));
                self.effects.push(Effect::Hook(Hook::Stop { message: turn.last_reply }));
            }
            Outcome::Failed(error) => {
                self.transcript.reply(&format!("API Error: {error}"));
                self.effects.push(Effect::Status(Status::Error(error.clone())));
                self.effects.push(Effect::Hook(Hook::StopFailure { error: error.clone() }));
            }
            // As with real agents, no hook tells of these.
            Outcome::Interrupted | Outcome::Denied | Outcome::Steered => {
                self.effects.push(Effect::Status(Status::Idle));
            }
        }
        if let Some(next) = self.queue.pop_front() {
            self.begin(next, now);
        }
    }

    pub(super) fn approve(&mut self, command: &str) {
        let Some(turn) = &mut self.turn else { return };
        turn.steps.push_front(Step::Run(command.to_owned()));
        turn.doing = Doing::Next;
        let command = command.to_owned();
        self.effects.push(Effect::Log(Event::Permission { n: turn.n, command, answer: "approved" }));
        self.effects.push(Effect::Status(Status::Working));
    }

    pub(super) fn deny(&mut self, command: &str, now: Instant) {
        let Some(turn) = &self.turn else { return };
        let command = command.to_owned();
        self.effects.push(Effect::Log(Event::Permission { n: turn.n, command, answer: "denied" }));
        self.transcript.note("Denied by user");
        self.end(&Outcome::Denied, now);
    }

    /// A question was answered: the turn goes on with the answer, or ends.
    pub(super) fn chosen(&mut self, menu: &Menu, answer: Answer, now: Instant) {
        let Some(turn) = &mut self.turn else { return };
        let (n, question) = (turn.n, menu.about.clone());
        match answer {
            Answer::Option(index) => {
                let label = menu.options[index].clone();
                turn.steps.push_front(Step::Reply(format!("chosen: {label}")));
                turn.doing = Doing::Next;
                let (number, label, answer) = (Some(index + 1), Some(label), "chosen");
                self.effects.push(Effect::Log(Event::Question { n, question, number, label, answer }));
                self.effects.push(Effect::Status(Status::Working));
            }
            Answer::Cancelled => {
                let (number, label, answer) = (None, None, "dismissed");
                self.effects.push(Effect::Log(Event::Question { n, question, number, label, answer }));
                self.transcript.note("Dismissed by user");
                self.end(&Outcome::Denied, now);
            }
        }
    }

    /// The command or tool of the current step ended; `code` is absent after a signal.
    pub(crate) fn child_ended(&mut self, output: &str, code: Option<i32>, now: Instant) {
        let Some(turn) = self.turn.as_mut().filter(|turn| turn.doing == Doing::Child) else {
            return;
        };
        turn.doing = Doing::Next;
        self.transcript.output(output, code);
        match (std::mem::take(&mut turn.errand), code) {
            (Errand::Show, _) | (Errand::Ask, Some(0)) => {}
            (Errand::Learn(name), Some(0)) => {
                turn.known.insert(name, output.trim_end().to_owned());
            }
            (Errand::Call(tool), code) => {
                let (ok, text) = (code == Some(0), output.trim_end().to_owned());
                turn.known.insert("ANSWER".to_owned(), prefix(&text, ANSWER).to_owned());
                self.effects.push(Effect::Log(Event::Called { n: turn.n, tool, ok, text }));
            }
            (Errand::Ask, Some(1)) => turn.steps.clear(),
            (Errand::Learn(_) | Errand::Ask, code) => {
                let status = code.map_or_else(|| "a signal".to_owned(), |code| format!("status {code}"));
                let failed = format!("a command ended with {status}: {}", output.trim_end());
                self.end(&Outcome::Failed(failed), now);
            }
        }
        self.advance(now);
    }

    /// No hook runs or waits. Says whether a turn waited for that and now goes on.
    pub(crate) fn hooks_ended(&mut self, now: Instant) -> bool {
        let Some(turn) = self.turn.as_mut().filter(|turn| turn.doing == Doing::Hook) else {
            return false;
        };
        turn.doing = Doing::Next;
        self.advance(now);
        true
    }
}

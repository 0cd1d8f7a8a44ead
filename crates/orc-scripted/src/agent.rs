//! The agent: a state machine from keys and time to effects. It has no clock and does no I/O.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::composer::{Composer, breaks};
use crate::hooks::Hook;
use crate::keys::Input;
use crate::log::Event;
use crate::menu::{Answer, Kind, Menu};
use crate::screen::transcript::Transcript;
use crate::script::{Busy, Script};
use crate::session::Role;
use crate::status::Status;
use crate::step::Crash;
use crate::turn::{Doing, Outcome, Turn};

mod known;
mod steps;

/// Two Ctrl-C within this time end the agent.
const TWICE: Duration = Duration::from_secs(1);
/// Bytes of a flood between two looks at the keyboard.
const FLOOD_CHUNK: u64 = 8192;

/// What the shell has to do for the agent, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    Log(Event),
    Hook(Hook),
    Status(Status),
    Remember(Role, String),
    /// Run `sh -c` and report to [`Agent::child_ended`].
    Run(Run),
    /// Send a message to another agent through our own command line.
    Send {
        target: String,
        text: String,
    },
    /// Call a tool of the agent and report to [`Agent::child_ended`].
    Call {
        tool: String,
        arguments: String,
    },
    StopChild,
    /// Write this many bytes of lines over the screen.
    Flood(u64),
    Hang {
        deaf: bool,
    },
    Crash(Crash),
    /// The person left.
    Leave,
    /// Exit 0 without hooks and status.
    QuietExit,
    /// Become this program.
    Become(String),
}

/// A command, and what its environment tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) command: String,
    /// What the turn answers: in the file that `PROMPT_FILE` names.
    pub(crate) prompt: String,
    /// What was found out before.
    pub(crate) known: BTreeMap<String, String>,
}

/// A prompt with its number, from 1.
#[derive(Debug)]
struct Prompt {
    n: u64,
    text: String,
}

/// The whole state of the agent.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) name: String,
    pub(crate) composer: Composer,
    pub(crate) transcript: Transcript,
    pub(crate) turn: Option<Turn>,
    script: Script,
    /// How many times faster it works than its script says.
    pace: f64,
    /// Whether a turn waits for the prompt hook first.
    awaits_hook: bool,
    queue: VecDeque<Prompt>,
    prompts: u64,
    ctrl_c: Option<Instant>,
    /// The question of trust, as long as nobody has answered it.
    trust: Option<Menu>,
    /// Keys that dialogs will still drop.
    deaf: u32,
    /// It hangs or leaves: nothing happens any more.
    gone: bool,
    effects: Vec<Effect>,
}

impl Agent {
    pub(crate) fn new(name: String, script: Script, awaits_hook: bool) -> Self {
        Self {
            name,
            composer: Composer::default(),
            transcript: Transcript::default(),
            turn: None,
            script,
            pace: 1.0,
            awaits_hook,
            queue: VecDeque::new(),
            prompts: 0,
            ctrl_c: None,
            trust: None,
            deaf: 0,
            gone: false,
            effects: Vec::new(),
        }
    }

    /// Works so many times faster than its script says.
    pub(crate) fn at_pace(mut self, pace: f64) -> Self {
        self.pace = pace;
        self
    }

    /// Asks whether the directory is trusted, before anything else.
    pub(crate) fn ask_trust(&mut self, directory: &str) {
        self.trust = Some(Menu::trust(directory));
        let directory = directory.to_owned();
        self.effects.push(Effect::Log(Event::Trust { directory, answer: "asked" }));
    }

    /// The dialog that is open.
    pub(crate) fn menu(&self) -> Option<&Menu> {
        self.trust.as_ref().or_else(|| self.turn.as_ref()?.asks())
    }

    /// The effects since the last call.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Logs `event` in order with what else happens.
    pub(crate) fn record(&mut self, event: Event) {
        self.effects.push(Effect::Log(event));
    }

    /// The prompts that wait for their turn.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Whether one more Ctrl-C would end the agent.
    pub(crate) fn may_leave(&self) -> bool {
        self.ctrl_c.is_some()
    }

    /// When [`tick`](Self::tick) has something to do; never, when idle.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let turn = self.turn.as_ref().and_then(|turn| turn.wake_at(now));
        let ctrl_c = self.ctrl_c.map(|at| at + TWICE);
        [turn, ctrl_c, self.composer.wake_at(now)].into_iter().flatten().min()
    }

    /// Lets what is due at `now` happen.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.composer.tick(now);
        self.ctrl_c.take_if(|at| *at + TWICE <= now);
        if let Some(Turn { doing: Doing::Flood(left), .. }) = &mut self.turn {
            let bytes = FLOOD_CHUNK.min(*left);
            *left -= bytes;
            self.effects.push(Effect::Flood(bytes));
        }
        self.advance(now);
    }

    /// Takes one key, paste or reply.
    pub(crate) fn input(&mut self, input: Input, now: Instant) {
        if self.gone {
            return;
        }
        if input == Input::Ctrl('c') {
            self.ctrl_c(now);
        } else if self.menu().is_some() {
            self.answer(&input, now);
        } else {
            self.edit(input, now);
        }
        self.advance(now);
    }

    fn edit(&mut self, input: Input, now: Instant) {
        match input {
            Input::Char(c) => self.composer.insert(c.encode_utf8(&mut [0; 4])),
            Input::AltEnter | Input::LineFeed => self.composer.insert("\n"),
            Input::Paste(bytes) => {
                let text = self.log_paste(&bytes, "composer");
                self.composer.paste(&text, now);
            }
            Input::Backspace => self.composer.backspace(),
            Input::Ctrl('u') => self.composer.clear(),
            Input::Enter => self.submit(now),
            Input::Escape => self.interrupt("esc", now),
            Input::Tab | Input::Ctrl(_) | Input::DeviceAttributes | Input::Osc(_) | Input::Other(_) => {}
        }
    }

    /// The dialog swallows everything but its keys, so text with an Enter behind it takes the first option.
    fn answer(&mut self, input: &Input, now: Instant) {
        if let Input::Paste(bytes) = input {
            self.log_paste(bytes, "dialog");
            return;
        }
        if self.deaf > 0 {
            self.deaf -= 1;
            self.effects.push(Effect::Log(Event::Dropped {}));
            return;
        }
        if let Some(trust) = &mut self.trust {
            if let Some(answer) = trust.key(input) {
                self.trusted(answer);
            }
            return;
        }
        let Some(Doing::Ask(menu)) = self.turn.as_mut().map(|turn| &mut turn.doing) else { return };
        let Some(answer) = menu.key(input) else { return };
        let menu = menu.clone();
        match (menu.kind, answer) {
            (Kind::Question, answer) => self.chosen(&menu, answer, now),
            (Kind::Permission | Kind::Trust, Answer::Option(0)) => self.approve(&menu.about),
            (Kind::Permission | Kind::Trust, _) => self.deny(&menu.about, now),
        }
    }

    fn trusted(&mut self, answer: Answer) {
        let Some(trust) = self.trust.take() else { return };
        let yes = answer == Answer::Option(1);
        let word = if yes { "trusted" } else { "refused" };
        self.effects.push(Effect::Log(Event::Trust { directory: trust.about, answer: word }));
        if !yes {
            self.leave(Effect::Leave);
        }
    }

    fn log_paste(&mut self, bytes: &[u8], into: &'static str) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.effects.push(Effect::Log(Event::Paste { bytes: bytes.len(), lines: breaks(&text) + 1, into }));
        text
    }

    fn ctrl_c(&mut self, now: Instant) {
        if self.ctrl_c.is_some_and(|at| now < at + TWICE) {
            self.leave(Effect::Leave);
            return;
        }
        self.ctrl_c = Some(now);
        if self.turn.is_some() {
            self.interrupt("ctrl-c", now);
        } else {
            self.composer.clear();
        }
    }

    fn leave(&mut self, how: Effect) {
        self.gone = true;
        self.effects.push(how);
    }

    fn submit(&mut self, now: Instant) {
        let Some(text) = self.composer.submit(now) else {
            return;
        };
        self.prompts += 1;
        let n = self.prompts;
        let (bytes, busy) = (text.len(), self.turn.is_some());
        self.effects.push(Effect::Log(Event::Prompt { n, text: text.clone(), bytes, busy }));
        let prompt = Prompt { n, text };
        match self.script.busy {
            Busy::Queue if busy => self.queue.push_back(prompt),
            Busy::Steer if busy => {
                self.queue.push_front(prompt);
                self.end(&Outcome::Steered, now);
            }
            Busy::Queue | Busy::Steer => self.begin(prompt, now),
        }
    }

    fn interrupt(&mut self, key: &'static str, now: Instant) {
        let Some(turn) = &self.turn else { return };
        self.effects.push(Effect::Log(Event::Interrupt { n: turn.n, key }));
        self.transcript.note("Interrupted by user");
        self.end(&Outcome::Interrupted, now);
    }
}

#[cfg(test)]
mod tests;

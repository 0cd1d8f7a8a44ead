//! Handing one message to one agent: choose the door, record the attempt, act, look, record the outcome.
//!
//! The shim remembers what was typed under which name (`m42.1`: message and attempt), so an attempt that a killed
//! supervisor left behind is verified and finished, never typed again.

use std::time::Duration;

use orc_core::decide::Reply;
use orc_core::delivery::{Outcome, PASTE};
use orc_core::ids::{AgentId, Generation, MessageId};
use orc_core::input::Input;
use orc_core::plan::Hold;
use orc_core::profile::Door;
use orc_core::profile::door::Call;
use orc_core::team::Source;

use crate::clock;
use crate::door;
use crate::journal::Origin;
use crate::run::Shell;

mod composer;
mod confirm;
mod dialog;
mod letter;
mod paste;

pub(crate) use letter::Letter;

/// Before an attempt is gone on with whose shim did not answer.
const SILENCE: Duration = Duration::from_millis(400);

/// One attempt that has begun.
#[derive(Debug, Clone)]
struct Attempt {
    message: MessageId,
    agent: AgentId,
    generation: Generation,
    number: u32,
}

/// The shim's name for an attempt.
pub(crate) fn attempt_name(message: MessageId, attempt: u32) -> String {
    format!("{message}.{attempt}")
}

/// How an attempt went.
#[derive(Debug)]
enum Verdict {
    /// Nothing was typed: the message waits again.
    NotTyped(String),
    /// It is over.
    Over { outcome: Outcome, source: Source, detail: String },
    /// The agent's own word came in first and settled it.
    SettledByAgent,
    /// The shim, which alone knows, does not answer: the attempt stays open and is gone on with when it does.
    Unfinished,
}

impl Verdict {
    fn dead(reason: impl Into<String>) -> Self {
        let outcome = Outcome::Dead { reason: reason.into() };
        Self::Over { outcome, source: Source::Process, detail: String::new() }
    }
}

/// Hands over the message, or finishes what another supervisor began.
pub(crate) async fn deliver(
    shell: Shell,
    agent: AgentId,
    generation: Generation,
    message: MessageId,
    unfinished: Option<u32>,
) {
    let Some(letter) = letter::open(&shell, agent, message).await else {
        return pause(&shell, agent, Hold::Pause).await;
    };
    match unfinished {
        Some(number) => {
            let attempt = Attempt { message, agent, generation, number };
            let verdict = finish(&shell, &letter, &attempt).await;
            record(&shell, &letter.begun_door, &attempt, verdict).await;
        }
        None => begin(&shell, &letter, agent, generation, message).await,
    }
}

async fn begin(shell: &Shell, letter: &Letter, agent: AgentId, generation: Generation, message: MessageId) {
    let Some(link) = &letter.link else {
        return pause(shell, agent, Hold::NotConnected).await;
    };
    let text = match letter.text() {
        Ok(text) => text,
        Err(error) => {
            tracing::error!(%agent, %message, %error, "a long message could not be kept in a file");
            return pause(shell, agent, Hold::NotKept).await;
        }
    };
    let native = letter.native_door(text.len());
    if native.is_none_or(Door::fills_composer)
        && let Some(why) = paste::obstacle(letter, link).await
    {
        return pause(shell, agent, why).await;
    }
    let door = native.map_or_else(|| PASTE.to_owned(), |door| door.name.clone());
    let input = Input::BeginDelivery { message, agent, generation, door: door.clone() };
    let Ok(Reply::Begin { attempt: number }) = shell.handle.input(input, Origin::system()).await else {
        // Most likely the log cannot be written: not a reason to ask it again at once.
        return pause(shell, agent, Hold::Pause).await;
    };
    let attempt = Attempt { message, agent, generation, number };
    let verdict = match native.map(|native| (native, &native.call)) {
        Some((native, Call::Command(argv))) => match door::open(shell, letter, argv, &text).await {
            Ok(()) => confirm::after_door(shell, letter, &attempt, native).await,
            Err(door::DoorError::NotTaken(reason)) => Verdict::NotTyped(format!("{door}: {reason}")),
            Err(door::DoorError::Unclear(reason) | door::DoorError::Pending(reason)) => {
                confirm::or(shell, letter, &attempt, Verdict::dead(format!("{door}: {reason}"))).await
            }
        },
        Some((native, Call::Post(post))) => {
            composer::hand_over(shell, letter, link, &attempt, native, post, &text).await
        }
        None => paste::paste(shell, letter, link, &attempt, &text).await,
    };
    record(shell, &door, &attempt, verdict).await;
}

/// An attempt that another supervisor began, or whose agent has ended.
async fn finish(shell: &Shell, letter: &Letter, attempt: &Attempt) -> Verdict {
    let Some(link) = letter.link.as_ref().filter(|_| letter.generation == attempt.generation) else {
        return confirm::unanswered(shell, letter, attempt).await;
    };
    if letter.began_in_composer() {
        return composer::resume(shell, letter, link, attempt).await;
    }
    if letter.began_natively() {
        let unknown = "the supervisor was restarted while the message was being handed over; not repeated";
        return confirm::after_turn(shell, letter, attempt, Verdict::dead(unknown)).await;
    }
    paste::resume(shell, letter, link, attempt).await
}

async fn record(shell: &Shell, door: &str, attempt: &Attempt, verdict: Verdict) {
    let Attempt { message, agent, number, .. } = *attempt;
    if matches!(verdict, Verdict::SettledByAgent | Verdict::Over { .. }) {
        shell.handle.live(agent, orc_core::plan::Live::try_again).await;
    }
    match verdict {
        Verdict::SettledByAgent => {}
        // The plan begins with it again as soon as this one is over.
        Verdict::Unfinished => tokio::time::sleep(SILENCE).await,
        Verdict::NotTyped(reason) => {
            shell.handle.report(Input::DeliveryRefused { message, agent, attempt: number, reason }).await;
            pause(shell, agent, Hold::Pause).await;
        }
        Verdict::Over { outcome, source, detail } => {
            let door = door.to_owned();
            shell
                .handle
                .report(Input::DeliveryEnded {
                    message,
                    agent,
                    attempt: number,
                    outcome,
                    door,
                    source,
                    detail,
                })
                .await;
        }
    }
}

/// No further attempt for a while, and what is shown as the reason.
async fn pause(shell: &Shell, agent: AgentId, why: Hold) {
    let now = clock::now().boot_millis;
    shell.handle.live(agent, move |live| live.attempted_in_vain(why, now)).await;
}

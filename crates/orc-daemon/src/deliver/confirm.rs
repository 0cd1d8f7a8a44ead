//! After the hand-over: waiting for the agent's own word, or for what its screen shows.

use std::time::Duration;

use orc_core::delivery::{Delivery, Outcome};
use orc_core::detect::Says;
use orc_core::envelope::{CLOSING, closing};
use orc_core::ids::MessageId;
use orc_core::profile::Door;
use orc_core::screen::Screen;
use orc_core::team::{AgentState, Source};
use orc_shim::protocol::ToShim;
use tokio::time::Instant;

use super::letter::Letter;
use super::paste::{name, release};
use super::{Attempt, Verdict, dialog};
use crate::clock;
use crate::link::Link;
use crate::observe::to_core;
use crate::run::Shell;

/// Default wait for the agent's own word.
const RECEIPT: f64 = 10.0;
/// A composer that still holds the text after this gets one more Enter.
const SECOND_ENTER: Duration = Duration::from_millis(1500);

/// Whether the last line of the message stands in the composer (or, without one, on the screen), however the
/// terminal broke it into rows.
pub(super) fn holds_tail(letter: &Letter, screen: &Screen, message: MessageId) -> bool {
    let place = match letter.detector.composer(screen) {
        Some(view) => view.text,
        None if letter.detector.knows_composer() => return false,
        None => screen.text(),
    };
    squeeze(&place).contains(&squeeze(&closing(message)))
}

/// Whether a composer's text ends with the last line of the message.
pub(super) fn ends_with_tail(text: &str, message: MessageId) -> bool {
    squeeze(text).ends_with(&squeeze(&closing(message)))
}

/// Whether a composer's text holds the end of any message of ours.
pub(super) fn holds_a_message(text: &str) -> bool {
    squeeze(text).contains(&squeeze(CLOSING))
}

/// The text without what a composer adds to break and frame it.
fn squeeze(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c == '│' || c == '┃').collect()
}

/// Whether the screen shows that a turn runs.
fn shows_turn(letter: &Letter, screen: &Screen) -> bool {
    letter.detector.sight(screen).is_some_and(|seen| matches!(seen.says, Says::Working | Says::Waits(_)))
}

/// Waits for the agent's word that it took the message; else answers `otherwise`.
pub(super) async fn or(shell: &Shell, letter: &Letter, attempt: &Attempt, otherwise: Verdict) -> Verdict {
    if letter.profile.has_receipt() && receipt(shell, attempt, patience(letter)).await {
        return Verdict::SettledByAgent;
    }
    otherwise
}

/// Whether the launch that the attempt is for is known to be over. A connection that ended or is silent says nothing of
/// that: a shim that stands still may have our bytes in its socket, and takes them in when it goes on.
pub(super) async fn has_ended(shell: &Shell, letter: &Letter, attempt: &Attempt) -> bool {
    /// The shim's end is seen a moment after that of its connection.
    const SEEN: Duration = Duration::from_secs(2);
    let closed = match &letter.link {
        Some(link) if link.news.borrow().exit.is_some() => return true,
        Some(link) => link.news.borrow().closed,
        None => false,
    };
    let (agent, generation) = (attempt.agent, attempt.generation);
    let wait = if closed { SEEN } else { Duration::ZERO };
    let over = shell.handle.wait_for(wait, move |at| {
        let lives = at.state.agent(agent).is_some_and(|a| a.generation == generation && a.launch.is_some());
        (!lives).then_some(())
    });
    matches!(over.await, Ok(Some(())))
}

/// The shim does not answer. Only where the agent's end is known can the attempt be judged without asking it.
pub(super) async fn unanswered(shell: &Shell, letter: &Letter, attempt: &Attempt) -> Verdict {
    if has_ended(shell, letter, attempt).await {
        after_end(shell, letter, attempt).await
    } else {
        Verdict::Unfinished
    }
}

/// The same for an attempt that has certainly not been submitted.
pub(super) async fn unanswered_before_enter(
    shell: &Shell,
    letter: &Letter,
    attempt: &Attempt,
    reason: &str,
) -> Verdict {
    if has_ended(shell, letter, attempt).await {
        Verdict::NotTyped(reason.to_owned())
    } else {
        Verdict::Unfinished
    }
}

/// The agent ended in the middle. One whose hook tells of every prompt before it begins, and that has told nothing,
/// has not begun ours: the message waits again. Of others it is not known.
async fn after_end(shell: &Shell, letter: &Letter, attempt: &Attempt) -> Verdict {
    /// A hook that fired in the last moment is still on its way.
    const LAST_HOOK: Duration = Duration::from_secs(1);
    if letter.profile.has_receipt() && receipt(shell, attempt, LAST_HOOK).await {
        Verdict::SettledByAgent
    } else if letter.profile.receipt.hook.is_some()
        && (letter.began_in_composer() || !letter.began_natively())
    {
        Verdict::NotTyped("the agent ended before it began with the message".to_owned())
    } else {
        Verdict::dead("the agent ended during the delivery; whether it took the message is not known")
    }
}

/// Waits as [`or`] does, for a door that takes messages while a turn runs: its word comes when the turn has ended, at
/// the latest.
pub(super) async fn after_turn(
    shell: &Shell,
    letter: &Letter,
    attempt: &Attempt,
    otherwise: Verdict,
) -> Verdict {
    let (agent, generation) = (attempt.agent, attempt.generation);
    while letter.profile.has_receipt() {
        if receipt(shell, attempt, patience(letter)).await {
            return Verdict::SettledByAgent;
        }
        let now = shell.handle.look(move |at| {
            let found = at.state.agent(agent).filter(|found| found.generation == generation)?;
            Some((found.state.clone(), clock::now().wall.millis_since(found.since)))
        });
        let Ok(Some((state, millis))) = now.await else { break };
        let busy = state.is_turn() || matches!(state, AgentState::NeedsPerson { .. });
        if !busy && Duration::from_millis(millis) >= patience(letter) {
            break;
        }
    }
    otherwise
}

pub(super) fn patience(letter: &Letter) -> Duration {
    Duration::from_secs_f64(letter.profile.receipt.wait_seconds.unwrap_or(RECEIPT).clamp(0.1, 300.0))
}

/// After a native door took it: its own answer is a promise, the receipt is the proof.
pub(super) async fn after_door(shell: &Shell, letter: &Letter, attempt: &Attempt, door: &Door) -> Verdict {
    let wait = if letter.state.takes_prompt() { patience(letter) } else { Duration::from_millis(500) };
    if letter.profile.has_receipt() && receipt(shell, attempt, wait).await {
        return Verdict::SettledByAgent;
    }
    let detail = format!("{} took it", door.name);
    Verdict::Over { outcome: Outcome::Queued, source: Source::Status, detail }
}

/// Whether the agent's own word, a hook, settles the delivery within `wait`.
pub(super) async fn receipt(shell: &Shell, attempt: &Attempt, wait: Duration) -> bool {
    let (message, agent) = (attempt.message, attempt.agent);
    let settled = shell.handle.wait_for(wait, move |at| {
        let open = at.state.messages.get(&message).and_then(|m| m.recipients.get(&agent));
        match open {
            Some(Delivery::Attempting { .. }) => None,
            Some(Delivery::Settled { .. } | Delivery::Waiting { .. }) | None => Some(()),
        }
    });
    !matches!(settled.await, Ok(None))
}

/// After Enter: the agent's word if it has one, else what the screen shows.
pub(super) async fn after_enter(shell: &Shell, letter: &Letter, link: &Link, attempt: &Attempt) -> Verdict {
    let id = name(attempt);
    let start = Instant::now();
    let (mut second, mut held) = (false, true);
    let mut deadline = start + patience(letter);
    // Line-based programs take what the kernel holds; nothing on the screen can say more than that it was written.
    if !letter.detector.knows_composer() && !letter.profile.has_receipt() {
        release(link, &id).await;
        let detail = "written to the terminal and entered".to_owned();
        return Verdict::Over { outcome: Outcome::Submitted, source: Source::Process, detail };
    }
    loop {
        if letter.profile.has_receipt() && receipt(shell, attempt, Duration::from_millis(250)).await {
            release(link, &id).await;
            return Verdict::SettledByAgent;
        }
        let Ok(screen) = link.screen().await.map(to_core) else {
            return unanswered(shell, letter, attempt).await;
        };
        let kept = holds_tail(letter, &screen, attempt.message);
        let asks = dialog::is_open(letter, &screen);
        if held && (asks || !kept) {
            // No further Enter will be needed, or none may come: the keyboard is the person's.
            release(link, &id).await;
            held = false;
        }
        if asks {
            // It hides what else there is to see, for as long as the person takes.
            deadline = Instant::now() + patience(letter);
        }
        let queued = letter.detector.queued(&screen);
        let emptied = letter.detector.composer(&screen).is_some_and(|view| view.text.is_empty());
        if let (false, Some(row)) = (kept, queued) {
            release(link, &id).await;
            return Verdict::Over { outcome: Outcome::Queued, source: Source::Screen, detail: row };
        }
        // A composer that is away while a turn runs has been emptied too.
        let began = !kept && !asks && shows_turn(letter, &screen);
        if (emptied || began) && !letter.profile.has_receipt() {
            release(link, &id).await;
            let detail = if emptied { "the composer emptied" } else { "a turn began" }.to_owned();
            return Verdict::Over { outcome: Outcome::Submitted, source: Source::Screen, detail };
        }
        if kept && held && !second && start.elapsed() >= SECOND_ENTER {
            let if_output_seq = Some(screen.output_seq);
            second = link.call(|seq| ToShim::Submit { seq, id: id.clone(), if_output_seq }).await.is_ok();
        }
        if Instant::now() >= deadline {
            release(link, &id).await;
            return if kept {
                Verdict::dead("the text still stands in the composer after two Enters")
            } else if emptied {
                let detail = "the composer emptied; no receipt came".to_owned();
                Verdict::Over { outcome: Outcome::Submitted, source: Source::Screen, detail }
            } else {
                Verdict::dead("neither a receipt nor the screen says what became of it")
            };
        }
        tokio::time::sleep(Duration::from_millis(if letter.profile.has_receipt() { 10 } else { 60 })).await;
    }
}

//! A door through the agent's own composer: put, look, enter. What the agent answers is believed when it is clear; in
//! any doubt its composer and its hook say what became of the text, and it is never put there a second time.

use std::time::Duration;

use orc_core::profile::Door;
use orc_core::profile::door::Post;
use orc_core::screen::Screen;
use tokio::time::Instant;

use super::letter::Letter;
use super::{Attempt, Verdict, confirm, dialog};
use crate::door::{Desk, DoorError};
use crate::link::Link;
use crate::observe::to_core;
use crate::run::Shell;

/// How long a text that was put may take to show, and the hook of one that was entered to be told.
const SHOW: Duration = Duration::from_secs(2);

/// Hands the text over.
pub(super) async fn hand_over(
    shell: &Shell,
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    door: &Door,
    post: &Post,
    text: &str,
) -> Verdict {
    let start = Instant::now();
    let desk = match Desk::new(shell, letter, post, text) {
        Ok(desk) => desk,
        Err(error) => return doubt(shell, letter, link, attempt, door, error).await,
    };
    if let Err(error) = desk.put().await {
        return doubt(shell, letter, link, attempt, door, error).await;
    }
    let Ok(shown) = link.screen().await else {
        return confirm::unanswered(shell, letter, attempt).await;
    };
    let since = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let touched = shown.person.last_key_ms_ago.is_some_and(|ms| ms <= since);
    if touched || dialog::is_open(letter, &to_core(shown)) {
        return dialog::wait_out(shell, letter, link, attempt).await;
    }
    match desk.enter().await {
        // Unclear or not, the hook and the composer tell.
        Ok(()) | Err(DoorError::Unclear(_) | DoorError::Pending(_)) => {
            confirm::after_enter(shell, letter, link, attempt).await
        }
        // The text stands there; the keyboard can enter it.
        Err(DoorError::NotTaken(_)) => dialog::wait_out(shell, letter, link, attempt).await,
    }
}

/// After a request to put the text that did not simply succeed.
async fn doubt(
    shell: &Shell,
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    door: &Door,
    error: DoorError,
) -> Verdict {
    let name = &door.name;
    match error {
        DoorError::NotTaken(reason) => refused(shell, attempt, format!("{name}: {reason}")).await,
        DoorError::Unclear(reason) => {
            if let Some(verdict) = seen(shell, letter, link, attempt, SHOW).await {
                return verdict;
            }
            refused(shell, attempt, format!("{name}: {reason}; the composer stayed empty")).await
        }
        DoorError::Pending(reason) => {
            let late = format!("{name}: {reason}; it may still take the text, so it is not repeated");
            seen(shell, letter, link, attempt, SHOW).await.unwrap_or_else(|| Verdict::dead(late))
        }
    }
}

/// Goes on with the attempt of a supervisor that was killed: the agent has it, the composer holds it, or neither.
pub(super) async fn resume(shell: &Shell, letter: &Letter, link: &Link, attempt: &Attempt) -> Verdict {
    let patience = confirm::patience(letter);
    seen(shell, letter, link, attempt, patience).await.unwrap_or_else(|| {
        Verdict::NotTyped("nothing was in the composer when the supervisor was restarted".to_owned())
    })
}

/// What the hook or the composer says of the text within `wait`; nothing when it is provably not there.
async fn seen(
    shell: &Shell,
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    wait: Duration,
) -> Option<Verdict> {
    let deadline = Instant::now() + wait;
    loop {
        if confirm::receipt(shell, attempt, Duration::from_millis(100)).await {
            return Some(Verdict::SettledByAgent);
        }
        let Ok(shown) = link.screen().await else {
            return Some(confirm::unanswered(shell, letter, attempt).await);
        };
        let screen = to_core(shown);
        if !is_empty(letter, &screen) {
            return Some(dialog::wait_out(shell, letter, link, attempt).await);
        }
        if Instant::now() >= deadline {
            return None;
        }
    }
}

/// Whether an empty composer is shown, and nothing over it.
fn is_empty(letter: &Letter, screen: &Screen) -> bool {
    let empty = letter.detector.composer(screen).is_some_and(|view| view.text.is_empty());
    empty && !dialog::is_open(letter, screen)
}

/// The agent surely has nothing of it: the message goes by the keyboard now.
async fn refused(shell: &Shell, attempt: &Attempt, reason: String) -> Verdict {
    let message = attempt.message;
    shell.handle.live(attempt.agent, move |live| live.refused_by_door = Some(message)).await;
    Verdict::NotTyped(reason)
}

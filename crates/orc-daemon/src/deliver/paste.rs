//! The keyboard door: paste, look, then Enter.

use std::time::Duration;

use orc_core::detect::Says;
use orc_core::plan::Hold;
use orc_core::screen::Screen;
use orc_shim::protocol::{FromShim, Injection, Mode, Refusal, Stage, ToShim};
use tokio::time::Instant;

use super::letter::Letter;
use super::{Attempt, Verdict, attempt_name, confirm};
use crate::link::{Link, LinkError};
use crate::observe::{TYPING_MS, to_core};
use crate::run::Shell;

/// Longest wait for a paste to show, beyond what its size adds.
const SHOW: Duration = Duration::from_secs(10);

/// Why nothing may be typed right now, as the screen shows it.
pub(super) async fn obstacle(letter: &Letter, link: &Link) -> Option<Hold> {
    let Ok(screen) = link.screen().await.map(to_core) else {
        return Some(Hold::NotConnected);
    };
    if letter.detector.sight(&screen).is_some_and(|seen| matches!(seen.says, Says::Needs(_))) {
        return Some(Hold::Dialog);
    }
    if !letter.detector.knows_composer() {
        return None;
    }
    match letter.detector.composer(&screen) {
        None => Some(Hold::NoComposer),
        Some(view) if !view.text.is_empty() => Some(Hold::ComposerFull),
        Some(_) => None,
    }
}

/// Pastes and submits.
pub(super) async fn paste(
    shell: &Shell,
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    text: &str,
) -> Verdict {
    let before = match link.screen().await {
        Ok(screen) => to_core(screen),
        Err(error) => return Verdict::NotTyped(error.to_string()),
    };
    let id = name(attempt);
    // The composer is shown and empty: a draft that the shim counted by keys has been deleted again.
    let allow_draft = letter.detector.composer(&before).is_some_and(|view| view.text.is_empty());
    let inject = |seq| ToShim::Inject {
        seq,
        id: id.clone(),
        text: text.to_owned(),
        if_quiet_ms: Some(TYPING_MS),
        allow_draft,
    };
    let injection = match link.call(inject).await {
        Ok(FromShim::Injected { injection, .. } | FromShim::AlreadyInjected { injection, .. }) => injection,
        Err(LinkError::Refused(refusal)) => {
            // A killed supervisor left it open; only one hand-over at a time is ours, so it is over.
            if let Refusal::AnotherInjection { id } = &refusal {
                release(link, id).await;
            }
            return Verdict::NotTyped(refusal_words(&refusal));
        }
        Err(LinkError::Closed | LinkError::Unreachable(_)) => {
            let ended = "the agent ended before the text was submitted";
            return confirm::unanswered_before_enter(shell, letter, attempt, ended).await;
        }
        Ok(_) | Err(LinkError::Silent | LinkError::OutOfTurn | LinkError::Protocol) => {
            return resume(shell, letter, link, attempt).await;
        }
    };
    look_and_submit(shell, letter, link, attempt, &injection, letter.detector.placeholders(&before).len())
        .await
}

/// Goes on with an attempt by what the shim remembers of it.
pub(super) async fn resume(shell: &Shell, letter: &Letter, link: &Link, attempt: &Attempt) -> Verdict {
    let id = name(attempt);
    let asked = link.call(|seq| ToShim::GetInjections { seq }).await;
    let Ok(FromShim::Injections { injections, .. }) = asked else {
        return confirm::unanswered(shell, letter, attempt).await;
    };
    match injections.into_iter().find(|injection| injection.id == id) {
        None => Verdict::NotTyped("nothing had been typed when the supervisor was restarted".to_owned()),
        Some(done) if done.submits > 0 => {
            release(link, &id).await;
            confirm::after_enter(shell, letter, link, attempt).await
        }
        Some(left) if left.stage == Stage::Released => {
            submit_left_behind(shell, letter, link, attempt, &left).await
        }
        Some(open) => look_and_submit(shell, letter, link, attempt, &open, 0).await,
    }
}

/// A text that was pasted and then left alone for so long that the shim gave the keyboard back to the person. It is
/// submitted only if the composer provably still holds it and nobody has touched it since.
async fn submit_left_behind(
    shell: &Shell,
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    left: &Injection,
) -> Verdict {
    let given_up = "it was pasted but not submitted before the shim gave the keyboard back";
    let Ok(shown) = link.screen().await else {
        return confirm::unanswered(shell, letter, attempt).await;
    };
    let touched = shown.person.last_key_ms_ago.is_some_and(|ms| ms <= left.ms_ago);
    let screen = to_core(shown);
    let dialog = letter.detector.sight(&screen).is_some_and(|seen| matches!(seen.says, Says::Needs(_)));
    let held = confirm::holds_tail(letter, &screen, attempt.message)
        || letter.detector.placeholders(&screen).len() == 1;
    if touched || dialog || !held || letter.detector.composer(&screen).is_none() {
        return Verdict::dead(given_up);
    }
    match link.call(|seq| ToShim::Keys { seq, bytes: b"\r".to_vec() }).await {
        Ok(_) => confirm::after_enter(shell, letter, link, attempt).await,
        Err(LinkError::Refused(_)) => Verdict::dead(given_up),
        Err(_) => confirm::unanswered(shell, letter, attempt).await,
    }
}

/// Waits until the paste is provably in, then presses Enter once.
async fn look_and_submit(
    shell: &Shell,
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    injection: &Injection,
    placeholders_before: usize,
) -> Verdict {
    let id = injection.id.clone();
    let patience = SHOW + Duration::from_millis(injection.bytes / 20);
    let shown = shows(letter, link, attempt, injection, placeholders_before, Instant::now() + patience).await;
    let verdict = match shown {
        Ok(()) => match link.call(|seq| ToShim::Submit { seq, id: id.clone() }).await {
            Ok(_) => None,
            Err(LinkError::Refused(refusal)) => {
                Some(Verdict::dead(format!("it was pasted but not submitted: {}", refusal_words(&refusal))))
            }
            Err(_) => return confirm::unanswered(shell, letter, attempt).await,
        },
        Err(Unshown::Gone) => {
            let ended = "the agent ended before the text was submitted";
            return confirm::unanswered_before_enter(shell, letter, attempt, ended).await;
        }
        Err(Unshown::Late(why)) => Some(Verdict::dead(format!(
            "it was pasted but not submitted: {why} within {} s",
            patience.as_secs()
        ))),
    };
    match verdict {
        Some(verdict) => {
            release(link, &id).await;
            verdict
        }
        None => confirm::after_enter(shell, letter, link, attempt).await,
    }
}

pub(super) async fn release(link: &Link, id: &str) {
    drop(link.call(|seq| ToShim::Release { seq, id: id.to_owned() }).await);
}

enum Unshown {
    /// The shim does not answer.
    Gone,
    Late(String),
}

/// Waits for the evidence that the whole text is in: its last line or a new placeholder on the screen, nothing
/// pending, no dialog, and the output settled.
async fn shows(
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    injection: &Injection,
    placeholders_before: usize,
    deadline: Instant,
) -> Result<(), Unshown> {
    let mut pause = Duration::from_millis(8);
    loop {
        let missing = match link.screen().await {
            Ok(shown) => {
                let quiet = shown.quiet_ms >= letter.profile.paste.settle_ms;
                let drained = link.news.borrow().pasted.as_deref() == Some(&injection.id)
                    || injection.stage != Stage::Pasting;
                let screen = to_core(shown);
                missing(letter, attempt, injection.mode, &screen, placeholders_before)
                    .or((!drained).then_some("the terminal had not taken it all"))
                    .or((!quiet && !screen.line_mode).then_some("the screen did not come to rest"))
            }
            Err(_) => return Err(Unshown::Gone),
        };
        let Some(missing) = missing else { return Ok(()) };
        if Instant::now() >= deadline {
            return Err(Unshown::Late(missing.to_owned()));
        }
        if link.news.borrow().exit.is_some() {
            return Err(Unshown::Gone);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_millis(100));
    }
}

/// What is not there yet, in words.
fn missing(
    letter: &Letter,
    attempt: &Attempt,
    mode: Mode,
    screen: &Screen,
    placeholders_before: usize,
) -> Option<&'static str> {
    if mode == Mode::Bare && screen.line_mode {
        return None; // The kernel holds the lines until the program reads them; there is nothing to look at.
    }
    if let Some(sighting) = letter.detector.sight(screen)
        && matches!(sighting.says, Says::Needs(_))
    {
        return Some("a dialog had opened");
    }
    if letter.detector.pending(screen).is_some() {
        return Some("the agent was still taking the paste in");
    }
    let tail = confirm::holds_tail(letter, screen, attempt.message);
    let placeholder = letter.detector.placeholders(screen).len() > placeholders_before;
    (!tail && !placeholder).then_some("the text did not show in the composer")
}

/// The shim's name for an attempt.
pub(super) fn name(attempt: &Attempt) -> String {
    attempt_name(attempt.message, attempt.number)
}

fn refusal_words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::PersonTyping { .. } => "a person is typing".to_owned(),
        Refusal::Draft => "a person's draft is in the composer".to_owned(),
        Refusal::Exited => "the agent has ended".to_owned(),
        Refusal::AnotherInjection { .. } => "an earlier hand-over was still open".to_owned(),
        Refusal::Backlog => "the agent does not read its terminal".to_owned(),
        Refusal::System { message } => message.clone(),
        other => format!("{other:?}"),
    }
}

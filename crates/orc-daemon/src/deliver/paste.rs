//! The keyboard door: paste, look, then Enter.

use std::time::Duration;

use orc_core::plan::Hold;
use orc_core::screen::Screen;
use orc_shim::protocol::{FromShim, Injection, Mode, Refusal, Stage, ToShim};
use tokio::time::Instant;

use super::letter::Letter;
use super::{Attempt, Verdict, attempt_name, confirm, dialog};
use crate::link::{Link, LinkError};
use crate::observe::{TYPING_MS, to_core};
use crate::run::Shell;

/// Longest wait for a paste to show, beyond what its size adds.
const SHOW: Duration = Duration::from_secs(10);
/// How often a screen is looked at again because the agent wrote something between the look and the key.
const STEADY: usize = 20;

/// Why nothing may be typed right now, as the screen shows it.
pub(super) async fn obstacle(letter: &Letter, link: &Link) -> Option<Hold> {
    match link.screen().await {
        Ok(screen) => obstacle_on(letter, &to_core(screen)),
        Err(_) => Some(Hold::NotConnected),
    }
}

fn obstacle_on(letter: &Letter, screen: &Screen) -> Option<Hold> {
    if dialog::is_open(letter, screen) {
        return Some(Hold::Dialog);
    }
    if !letter.detector.knows_composer() {
        return None;
    }
    match letter.detector.composer(screen) {
        None => Some(Hold::NoComposer),
        Some(view) if confirm::holds_a_message(&view.text) => Some(Hold::LeftBehind),
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
    for _ in 0..STEADY {
        let before = match link.screen().await {
            Ok(screen) => to_core(screen),
            Err(error) => return Verdict::NotTyped(error.to_string()),
        };
        if let Some(why) = obstacle_on(letter, &before) {
            return Verdict::NotTyped(why.describe().to_owned());
        }
        let inject = |seq| ToShim::Inject {
            seq,
            id: name(attempt),
            text: text.to_owned(),
            if_quiet_ms: Some(TYPING_MS),
            // The composer is shown and empty: a draft that the shim counted by keys has been deleted again.
            allow_draft: letter.detector.composer(&before).is_some_and(|view| view.text.is_empty()),
            if_output_seq: Some(before.output_seq),
        };
        let placeholders = letter.detector.placeholders(&before).len();
        return match link.call(inject).await {
            Ok(FromShim::Injected { injection, .. } | FromShim::AlreadyInjected { injection, .. }) => {
                look_and_submit(shell, letter, link, attempt, &injection, placeholders).await
            }
            Err(LinkError::Refused(Refusal::Changed)) => continue,
            Err(LinkError::Refused(refusal)) => {
                // A killed supervisor left it open; only one hand-over at a time is ours, so it is over.
                if let Refusal::AnotherInjection { id } = &refusal {
                    release(link, id).await;
                }
                Verdict::NotTyped(refusal_words(&refusal))
            }
            Err(LinkError::Closed | LinkError::Unreachable(_)) => {
                let ended = "the agent ended before the text was submitted";
                confirm::unanswered_before_enter(shell, letter, attempt, ended).await
            }
            Ok(_) | Err(LinkError::Silent | LinkError::OutOfTurn | LinkError::Protocol) => {
                resume(shell, letter, link, attempt).await
            }
        };
    }
    Verdict::NotTyped("the screen does not stand still".to_owned())
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
    if dialog::is_open(letter, &screen) {
        return dialog::wait_out(shell, letter, link, attempt).await;
    }
    let held = confirm::holds_tail(letter, &screen, attempt.message)
        || letter.detector.placeholders(&screen).len() == 1;
    if touched || !held || letter.detector.composer(&screen).is_none() {
        return Verdict::dead(given_up);
    }
    let if_output_seq = Some(screen.output_seq);
    match link.call(|seq| ToShim::Keys { seq, bytes: b"\r".to_vec(), if_quiet_ms: None, if_output_seq }).await
    {
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
    let deadline = Instant::now() + patience;
    let verdict = loop {
        match shows(letter, link, attempt, injection, placeholders_before, deadline).await {
            Ok(seen) => {
                let submit = |seq| ToShim::Submit { seq, id: id.clone(), if_output_seq: Some(seen) };
                match link.call(submit).await {
                    Ok(_) => break None,
                    // Perhaps a dialog: whatever it is, it is looked at before a carriage return may answer it.
                    Err(LinkError::Refused(Refusal::Changed)) => {}
                    Err(LinkError::Refused(refusal)) => {
                        let why = refusal_words(&refusal);
                        break Some(Verdict::dead(format!("it was pasted but not submitted: {why}")));
                    }
                    Err(_) => return confirm::unanswered(shell, letter, attempt).await,
                }
            }
            Err(Unshown::Gone) => {
                let ended = "the agent ended before the text was submitted";
                return confirm::unanswered_before_enter(shell, letter, attempt, ended).await;
            }
            Err(Unshown::Dialog) => return dialog::wait_out(shell, letter, link, attempt).await,
            Err(Unshown::Late(why)) => {
                let seconds = patience.as_secs();
                let late = format!("it was pasted but not submitted: {why} within {seconds} s");
                break Some(Verdict::dead(late));
            }
        }
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
    Dialog,
    Late(String),
}

/// Waits for the evidence that the whole text is in: its last line or a new placeholder on the screen, nothing
/// pending, no dialog, and the output settled. Answers the `output_seq` of the screen that shows it.
async fn shows(
    letter: &Letter,
    link: &Link,
    attempt: &Attempt,
    injection: &Injection,
    placeholders_before: usize,
    deadline: Instant,
) -> Result<u64, Unshown> {
    let mut pause = Duration::from_millis(8);
    loop {
        let (seen, missing) = match link.screen().await {
            Ok(shown) => {
                let quiet = shown.quiet_ms >= letter.profile.paste.settle_ms;
                let drained = link.news.borrow().pasted.as_deref() == Some(&injection.id)
                    || injection.stage != Stage::Pasting;
                let screen = to_core(shown);
                if dialog::is_open(letter, &screen) {
                    return Err(Unshown::Dialog);
                }
                let missing = missing(letter, attempt, injection.mode, &screen, placeholders_before)
                    .or((!drained).then_some("the terminal had not taken it all"))
                    .or((!quiet && !screen.line_mode).then_some("the screen did not come to rest"));
                (screen.output_seq, missing)
            }
            Err(_) => return Err(Unshown::Gone),
        };
        let Some(missing) = missing else { return Ok(seen) };
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

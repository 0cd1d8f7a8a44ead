//! A dialog opened while a text was being typed: it is the person's to answer, and so is the keyboard. Afterwards the
//! text stands in the composer and is submitted, or the dialog has swallowed it and the message waits again.

use std::time::{Duration, Instant};

use orc_core::detect::Says;
use orc_core::screen::Screen;
use orc_shim::protocol::ToShim;

use super::letter::Letter;
use super::paste::{name, release};
use super::{Attempt, Verdict, confirm};
use crate::link::Link;
use crate::observe::{TYPING_MS, to_core};
use crate::run::Shell;

/// Between two looks; the agent's own word that it took the text ends the wait at once.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a hook of a prompt that the person sent may take.
const LAST_HOOK: Duration = Duration::from_secs(2);

/// Whether a dialog is on the screen.
pub(super) fn is_open(letter: &Letter, screen: &Screen) -> bool {
    letter.detector.sight(screen).is_some_and(|seen| matches!(seen.says, Says::Needs(_)))
}

/// Gives the keyboard back and waits, however long the person takes.
pub(super) async fn wait_out(shell: &Shell, letter: &Letter, link: &Link, attempt: &Attempt) -> Verdict {
    release(link, &name(attempt)).await;
    let mut touch = Touch::default();
    loop {
        if !letter.profile.has_receipt() {
            tokio::time::sleep(PAUSE).await;
        } else if confirm::receipt(shell, attempt, PAUSE).await {
            return Verdict::SettledByAgent;
        }
        let Ok(shown) = link.screen().await else {
            return confirm::unanswered(shell, letter, attempt).await;
        };
        let typing = shown.person.last_key_ms_ago.is_some_and(|ms| ms < TYPING_MS);
        let rests = shown.quiet_ms >= letter.profile.paste.settle_ms;
        let key_ms_ago = shown.person.last_key_ms_ago;
        let screen = to_core(shown);
        let open = is_open(letter, &screen);
        touch.look(open, key_ms_ago);
        if typing || !rests || open {
            continue;
        }
        let Some(composer) = letter.detector.composer(&screen) else { continue };
        if composer.text.is_empty() {
            return swallowed(shell, letter, attempt).await;
        }
        // With anything behind our text it has become the person's draft, and is theirs to send. What stands behind a
        // placeholder nobody sees: it may be theirs as soon as they have touched the composer.
        let stands_for_it = |shown: &String| composer.text.trim() == shown;
        let ours = confirm::ends_with_tail(&composer.text, attempt.message)
            || !touch.composer && letter.detector.placeholders(&screen).iter().any(stands_for_it);
        if ours
            && link
                .call(|seq| ToShim::Keys {
                    seq,
                    bytes: b"\r".to_vec(),
                    if_quiet_ms: Some(TYPING_MS),
                    if_output_seq: Some(screen.output_seq),
                })
                .await
                .is_ok()
        {
            return confirm::after_enter(shell, letter, link, attempt).await;
        }
    }
}

/// What a person did beyond answering the dialog.
#[derive(Debug, Default)]
struct Touch {
    /// When it was first seen that no dialog is open.
    closed: Option<Instant>,
    /// A key came after that: it went into the composer.
    composer: bool,
}

impl Touch {
    fn look(&mut self, open: bool, key_ms_ago: Option<u64>) {
        if open {
            self.closed = None;
            return;
        }
        let closed = *self.closed.get_or_insert_with(Instant::now);
        self.composer |= key_ms_ago.is_some_and(|ms| Duration::from_millis(ms) < closed.elapsed());
    }
}

async fn swallowed(shell: &Shell, letter: &Letter, attempt: &Attempt) -> Verdict {
    if !letter.profile.has_receipt() {
        return Verdict::dead("a dialog opened while it was typed; whether the agent took it is not known");
    }
    if confirm::receipt(shell, attempt, LAST_HOOK).await {
        return Verdict::SettledByAgent;
    }
    Verdict::NotTyped("a dialog had opened and swallowed it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_came_after_the_dialog_went_into_the_composer() {
        let mut touch = Touch::default();
        touch.look(true, Some(0));
        touch.look(false, Some(300));
        assert!(!touch.composer, "that was the answer");
        touch.closed = touch.closed.and_then(|at| at.checked_sub(Duration::from_secs(2)));
        touch.look(false, Some(2500));
        assert!(!touch.composer, "it still was");
        touch.look(false, Some(1000));
        assert!(touch.composer);
        touch.look(true, Some(0));
        touch.look(false, Some(9000));
        assert!(touch.composer, "another dialog gives nothing back");
    }
}

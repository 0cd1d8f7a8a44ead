//! What an agent answers that tells it in no other way: read from its screen, and marked so.

use std::time::Duration;

use orc_core::detect::{Detector, Overheard};
use orc_core::profile::Profile;
use orc_core::screen::Screen;
use tokio::time::Instant;

/// How long an answer must stand still where nothing says that a turn has ended.
const STILL: Duration = Duration::from_millis(500);

/// What was overheard of one launch.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    /// An answer that may still grow, and since when it has not.
    growing: Option<(String, Instant)>,
    /// The last one that was taken.
    taken: String,
}

impl Ear {
    /// The answer that has just ended, if one has. `ended`: the screen shows that a turn is over.
    pub(crate) fn hear(
        &mut self,
        profile: &Profile,
        detector: &Detector,
        screen: &Screen,
        ended: bool,
    ) -> Option<String> {
        if profile.answer.is_some() {
            return None;
        }
        let heard = detector.answer(screen);
        if !profile.rules.is_empty() {
            return heard.filter(|_| ended).map(|heard| heard.text);
        }
        // A program without turns: what follows the last message is its answer, when it has stopped growing.
        let Some(Overheard { text, whole: true }) = heard else {
            self.growing = None;
            self.taken.clear();
            return None;
        };
        if text == self.taken {
            self.growing = None;
            return None;
        }
        match self.growing.take() {
            Some((same, since)) if same == text && since.elapsed() >= STILL => {
                self.taken.clone_from(&text);
                Some(text)
            }
            Some((same, since)) if same == text => {
                self.growing = Some((same, since));
                None
            }
            Some(_) | None => {
                self.growing = Some((text, Instant::now()));
                None
            }
        }
    }

    /// When the screen is to be read again although it has not changed.
    pub(crate) fn again(&self) -> Option<Duration> {
        self.growing.as_ref().map(|_| STILL)
    }
}

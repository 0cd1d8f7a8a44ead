//! Saying a text at the pace that was asked for.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::http::Wire;

/// The pause between two words of a slow answer.
const STEP: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(crate) enum Speech {
    Now(String),
    Slow(Duration),
    Hang(Duration),
    /// A word, then the connection is closed.
    Cut,
}

impl Speech {
    /// Hands each piece to `say` when its time has come.
    pub(crate) fn speak(
        &self,
        wire: &mut Wire,
        mut say: impl FnMut(&mut Wire, &str) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Self::Now(text) => text.split_inclusive(' ').try_for_each(|word| say(wire, word)),
            Self::Slow(time) => {
                let steps = (time.as_millis() / STEP.as_millis()).max(1);
                for n in 0..steps {
                    wire.pause(STEP.min(*time))?;
                    say(wire, &format!("tok{n}{}", if n % 12 == 11 { "\n" } else { " " }))?;
                }
                say(wire, "SLOW-END")
            }
            Self::Hang(time) => {
                wire.pause(*time)?;
                say(wire, "HANG-END")
            }
            Self::Cut => {
                say(wire, "partial ")?;
                wire.pause(STEP)?;
                Err(io::Error::from(ErrorKind::ConnectionAborted))
            }
        }
    }

    /// The whole text, once it is complete.
    pub(crate) fn whole(&self, wire: &mut Wire) -> io::Result<String> {
        let mut whole = String::new();
        self.speak(wire, |_, piece| {
            whole.push_str(piece);
            Ok(())
        })?;
        Ok(whole)
    }
}

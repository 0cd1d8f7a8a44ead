//! The keys of an answer.

use super::{
    Choice, DROPPED, Dialog, Duration, Instant, LOOK, Link, LinkError, Looks, PATIENCE, Refusal, SAME,
    STILL_MS, Shown, Sight, TYPING_MS, Task, ToShim, Vanished, keys, same, to_core,
};
use crate::procfs::unread_input;

/// What came of one press.
enum Press {
    Done,
    /// The agent wrote something since the look: look again.
    Again,
}

impl Task {
    /// Types the answer; how often the last key was pressed, or why the dialog is not answered.
    pub(super) async fn carry_out(&self) -> Result<u32, String> {
        let mut presses = 0;
        loop {
            let pressed_at = match self.take().await {
                Ok(output_seq) => output_seq,
                Err(reason) if presses == 0 => return Err(reason),
                Err(reason) => return Err(format!("the key was pressed and not taken; then: {reason}")),
            };
            presses += 1;
            match self.vanishes(Instant::now() + DROPPED).await {
                Vanished::Gone => return Ok(presses),
                Vanished::Shown => {}
                Vanished::NotKnown(error) => return Err(unseen(&error)),
            }
            let untouched = self.look().await.is_ok_and(|sight| sight.screen.output_seq == pressed_at);
            if presses == 1 && untouched && self.has_read() {
                continue;
            }
            match self.vanishes(Instant::now() + PATIENCE).await {
                Vanished::Gone => return Ok(presses),
                Vanished::Shown => {}
                Vanished::NotKnown(error) => return Err(unseen(&error)),
            }
            return Err(if self.has_read() {
                "the key was pressed, and the same dialog is still shown, or again".to_owned()
            } else {
                UNREAD.to_owned()
            });
        }
    }

    /// Whether the agent has read all that was typed. It is said only when it is known.
    fn has_read(&self) -> bool {
        unread_input(self.child) == Some(0)
    }

    /// Moves to the choice and takes it; the output up to which the screen was known when the key was pressed.
    async fn take(&self) -> Result<u64, String> {
        let deadline = Instant::now() + PATIENCE * 2;
        while Instant::now() < deadline {
            let (sight, shown) = self.still().await?;
            let form = shown.form.and_then(|form| self.profile.dialogs.get(form));
            let form = form.ok_or("how to answer it is not known")?;
            let (keys, takes) = self.next_keys(form, &shown)?;
            if let Press::Again = self.press(&keys, sight.screen.output_seq).await? {
                continue;
            }
            if takes {
                return Ok(sight.screen.output_seq);
            }
            self.moved(shown.here).await?;
            if !self.has_read() {
                return Err(UNREAD.to_owned());
            }
        }
        Err("the choice could not be brought to the option".to_owned())
    }

    /// The next keys, and whether they take the choice.
    fn next_keys(&self, form: &Dialog, shown: &Shown) -> Result<(Vec<u8>, bool), String> {
        let wanted = match &self.choice {
            Choice::Cancel {} => {
                let cancel = form.cancel.as_ref().ok_or("it has no key that closes it")?;
                return Ok((keys::bytes(cancel), true));
            }
            Choice::Option { number, .. } => *number,
        };
        if let Some(pick) = &form.pick {
            return Ok((keys::bytes(&pick.replace("{number}", &wanted.to_string())), true));
        }
        let here = shown.here.ok_or("which option is chosen cannot be seen")?;
        Ok(match (here + 1).cmp(&wanted) {
            std::cmp::Ordering::Less => (keys::bytes(&form.next), false),
            std::cmp::Ordering::Greater => (keys::bytes(&form.previous), false),
            std::cmp::Ordering::Equal => (keys::bytes(&form.confirm), true),
        })
    }

    async fn press(&self, bytes: &[u8], output_seq: u64) -> Result<Press, String> {
        let keys = |seq| ToShim::Keys {
            seq,
            bytes: bytes.to_vec(),
            if_quiet_ms: Some(TYPING_MS),
            if_output_seq: Some(output_seq),
        };
        match self.link.call(keys).await {
            Ok(_) => Ok(Press::Done),
            Err(LinkError::Refused(Refusal::Changed | Refusal::AnotherInjection { .. })) => {
                tokio::time::sleep(LOOK).await;
                Ok(Press::Again)
            }
            Err(LinkError::Refused(Refusal::PersonTyping { .. })) => Err(PERSON.to_owned()),
            Err(LinkError::Refused(refusal)) => Err(format!("the shim refused the key: {refusal:?}")),
            Err(error) => Err(format!("whether the key was pressed is not known: {error}")),
        }
    }

    /// Waits until the dialog stands still and nobody types.
    async fn still(&self) -> Result<(Sight, Shown), String> {
        let start = Instant::now();
        loop {
            let sight = self.look().await.map_err(|e| e.to_string())?;
            if sight.person.last_key_ms_ago.is_some_and(|ms| ms < TYPING_MS) {
                return Err(PERSON.to_owned());
            }
            let still = sight.screen.quiet_ms >= STILL_MS || start.elapsed() >= SAME;
            match sight.shown.clone() {
                Some(shown) if still => return Ok((sight, shown)),
                // Half drawn, perhaps.
                None if start.elapsed() >= SAME => {
                    return Err("the dialog is not shown any more; nothing was typed".to_owned());
                }
                Some(_) | None => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Waits until another option is the chosen one; a key that was dropped is pressed again.
    async fn moved(&self, from: Option<usize>) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_millis(600);
        while Instant::now() < deadline {
            let sight = self.look().await.map_err(|e| e.to_string())?;
            if sight.shown.is_none_or(|shown| shown.here != from) {
                return Ok(());
            }
            tokio::time::sleep(LOOK / 2).await;
        }
        Ok(())
    }

    /// Whether the dialog vanishes by then.
    pub(super) async fn vanishes(&self, deadline: Instant) -> Vanished {
        let mut looks = Looks::default();
        loop {
            let shown = self.look().await.map(|sight| sight.shown.is_some()).map_err(|e| e.to_string());
            if let Some(answer) = looks.after(shown, Instant::now() >= deadline) {
                return answer;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The dialog as it was listed: without its secrets.
    fn listed(&self, mut shown: Shown) -> Shown {
        self.redactor.dialog(&mut shown);
        shown
    }

    async fn look(&self) -> Result<Sight, LinkError> {
        let shown = screen(&self.link).await?;
        let person = shown.person;
        let screen = to_core(shown);
        let open = (self.prompt.text.as_str(), self.prompt.options.as_slice());
        let is = |shown: &Shown| same(open, (&shown.text, &shown.options));
        let shown = self.detector.dialog(&screen).map(|shown| self.listed(shown)).filter(is);
        Ok(Sight { screen, person, shown })
    }
}

fn unseen(error: &str) -> String {
    format!("the key was pressed; whether the dialog is still shown is not known: {error}")
}

const UNREAD: &str = "the key was typed, and the agent has not read it: it may take it yet";
const PERSON: &str = "a person is typing in the agent's terminal; nothing was taken";

async fn screen(link: &Link) -> Result<orc_shim::protocol::Screen, LinkError> {
    link.screen().await
}

//! Answering one dialog: look, move the choice, look again, press the key that takes it, and see the dialog vanish.
//!
//! A key is pressed only on the screen that was looked at, with the very dialog on it that was listed and nobody typing.
//! Moving the choice changes nothing, so a key that the agent dropped is seen and pressed again. The key that takes it is
//! pressed a second time only when the agent has read the first and not written one byte since: then it was dropped. An agent
//! that does not read is not typed at again, because it would take both keys later, the second one in another dialog.

use std::sync::Arc;
use std::time::Duration;

use orc_core::detect::Detector;
use orc_core::dialog::{Shown, same};
use orc_core::ids::{AgentId, Generation, PromptId};
use orc_core::input::Input;
use orc_core::profile::{Dialog, Profile, keys};
use orc_core::prompt::{Choice, Closed, Prompt};
use orc_core::redact::Redactor;
use orc_core::screen::Screen;
use orc_core::team::Need;
use orc_shim::protocol::{Person, Refusal, ToShim};
use tokio::time::Instant;

use crate::link::{Link, LinkError};
use crate::observe::{TYPING_MS, profile_of, to_core};
use crate::run::Shell;
use crate::trust;

mod keyboard;
mod vanished;

use vanished::{Looks, Vanished};

/// A dialog that was drawn this recently may drop keys, or not be drawn to its end (milliseconds).
const STILL_MS: u64 = 200;
/// A dialog that is never still is taken when it has shown the same words for so long.
const SAME: Duration = Duration::from_millis(800);
/// A screen that is not drawn any further counts as read for opening a prompt (milliseconds).
const DRAWN_MS: u64 = 40;
/// A person whose last key is not older than this has answered what vanished (milliseconds).
const ANSWERED_MS: u64 = 5000;
/// Longest wait for the dialog to stand still, for the agent to show a moved choice, and for the dialog to vanish.
const PATIENCE: Duration = Duration::from_secs(5);
/// A dialog on which nothing was drawn for so long after the key has not got it.
const DROPPED: Duration = Duration::from_millis(1500);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(40);

/// An answer that is to be typed.
struct Task {
    link: Link,
    /// The agent's process.
    child: u32,
    profile: Arc<Profile>,
    detector: Arc<Detector>,
    redactor: Arc<Redactor>,
    prompt: Prompt,
    choice: Choice,
}

/// One look at the dialog.
struct Sight {
    screen: Screen,
    person: Person,
    /// The dialog, when it is the one that is to be answered.
    shown: Option<Shown>,
}

/// Types the answer to a prompt.
pub(crate) async fn answer(shell: Shell, agent: AgentId, generation: Generation, prompt: PromptId) {
    // Whatever becomes of this, it is not typed a second time by itself.
    shell.handle.live(agent, |live| live.answer = None).await;
    let Some(task) = task(&shell, agent, generation, prompt).await else { return };
    let looking = task.link.looking.lock().await;
    let typed = task.carry_out().await;
    finish(&shell, agent, generation, &task, typed).await;
    drop(looking);
}

/// Finds out what became of an answer that a killed supervisor left: the dialog is gone, or waits again.
pub(crate) async fn settle(shell: Shell, agent: AgentId, generation: Generation, prompt: PromptId) {
    let Some(task) = task(&shell, agent, generation, prompt).await else { return };
    let looking = task.link.looking.lock().await;
    let seen = match task.vanishes(Instant::now() + DROPPED).await {
        Vanished::Gone => "the dialog is gone, whether by this answer is not known".to_owned(),
        Vanished::Shown => "the dialog is still open, and nothing more was typed".to_owned(),
        Vanished::NotKnown(error) => format!("whether the dialog is still open is not known: {error}"),
    };
    let why = format!("the supervisor was restarted meanwhile; {seen}");
    finish(&shell, agent, generation, &task, Err(why)).await;
    drop(looking);
}

/// Records what became of the answer, and what is on the screen now.
async fn finish(
    shell: &Shell,
    agent: AgentId,
    generation: Generation,
    task: &Task,
    typed: Result<u32, String>,
) {
    shell.handle.report(Input::AnswerEnded { agent, prompt: task.prompt.id, typed }).await;
    if let Ok(shown) = task.link.screen().await {
        let person = shown.person;
        let screen = to_core(shown);
        tell_dialog(shell, agent, generation, &task.detector, &screen, person).await;
    }
}

async fn task(shell: &Shell, agent: AgentId, generation: Generation, prompt: PromptId) -> Option<Task> {
    let (profile, detector) = profile_of(&shell.handle, agent).await?;
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent).filter(|found| found.generation == generation)?;
        let open = found.prompt.clone().filter(|open| open.id == prompt)?;
        let choice = open.answering.as_ref()?.choice.clone();
        let link = at.links.get(&agent).cloned()?;
        Some((link, found.launch.as_ref()?.child.pid, open, choice))
    });
    let (link, child, prompt, choice) = look.await.ok().flatten()?;
    let redactor = shell.redactor.clone();
    Some(Task { link, child, profile, detector, redactor, prompt, choice })
}

/// Says which dialog is on the screen, and lets the person's policy answer it. One that is being drawn is not told yet:
/// another look follows when the output stops. The caller holds [`Link::looking`].
pub(crate) async fn tell_dialog(
    shell: &Shell,
    agent: AgentId,
    generation: Generation,
    detector: &Detector,
    screen: &Screen,
    person: Person,
) {
    let shown = detector.dialog(screen);
    if shown.is_some() && screen.quiet_ms < DRAWN_MS {
        return;
    }
    let look = shell.handle.look(move |at| at.state.agent(agent).is_some_and(|found| found.prompt.is_some()));
    if shown.is_none() && !matches!(look.await, Ok(true)) {
        return;
    }
    let typed = person.last_key_ms_ago.is_some_and(|ms| ms < ANSWERED_MS);
    let gone = if typed { Closed::AnsweredInTerminal } else { Closed::Gone };
    let trusting = shown.as_ref().filter(|shown| shown.kind == Need::Trust);
    let trusting = trusting.and_then(|shown| detector.trusting(shown));
    shell.handle.report(Input::DialogSeen { agent, generation, shown, gone }).await;
    if let Some(trusting) = trusting {
        trust::consider(shell, agent, trusting).await;
    }
}

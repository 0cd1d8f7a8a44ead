//! Watching one launch of an agent: its status, its screen, the person at it, its end. What is seen becomes
//! inputs; what is only felt (a person types) is noted beside the state.

use std::sync::Arc;
use std::time::Duration;

use orc_core::decide::Reply;
use orc_core::detect::{Detector, Says};
use orc_core::envelope::make_safe;
use orc_core::error::Refusal;
use orc_core::ids::{AgentId, Generation};
use orc_core::input::Input;
use orc_core::profile::{Profile, Region};
use orc_core::screen::Screen;
use orc_core::team::{AgentState, Exit, Launch, Need, Process, Source};
use orc_core::weigh::{CONFIRM_MS, CONFIRM_REST_MS, must_last};
use orc_shim::ExitRecord;
use orc_shim::protocol::{
    Exit as ShimExit, FromShim, Person, ProgramState, ProgramStatus, Screen as ShimScreen, Stage, ToShim,
};

use crate::answer;
use crate::clock;
use crate::deliver::attempt_name;
use crate::handle::{Command, Handle};
use crate::link::{Link, LinkError, News};
use crate::overhear::Ear;
use crate::run::Shell;
use crate::status_file::{self, Watched};
use crate::{kept, leftovers};

/// A person who pressed a key this recently is typing (milliseconds).
pub(crate) const TYPING_MS: u64 = 1500;
/// How often a screen that never stands still is read.
const WHILE_FLOWING: Duration = Duration::from_millis(500);
/// How long a screen must show no turn before that ends one which only the screen speaks of: the frames around the
/// beginning of a turn still look idle.
const CALM: Duration = Duration::from_millis(300);
/// The same for a turn that began by a hook. Its end comes by a hook too; this is for one that was lost. (OpenCode's
/// first turn can look idle for seconds.)
const CALM_AFTER_HOOK: Duration = Duration::from_secs(15);
/// Pause between attempts to reach a shim.
const RETRY: Duration = Duration::from_millis(200);

/// Keeps watching until the launch is over.
pub(crate) async fn watch(shell: Shell, agent: AgentId, generation: Generation) {
    let Some(launch) = launched(&shell.handle, agent, generation).await else {
        return;
    };
    let socket = shell.paths.shim_socket(&agent.to_string());
    loop {
        match Link::connect(&socket).await {
            Ok((link, hello)) if hello.generation == generation.0 => {
                give_keyboard_back(&shell.handle, agent, &link).await;
                shell.handle.send(Command::Link { agent, link: Some(link.clone()) }).await;
                let exit = follow(&shell, agent, generation, &link).await;
                shell.handle.send(Command::Link { agent, link: None }).await;
                if let Some(exit) = exit {
                    let end_leftovers = true;
                    drop(link.call(|seq| ToShim::Shutdown { seq, end_leftovers }).await);
                    return ended(&shell, agent, generation, exit).await;
                }
            }
            Ok(_) => return,
            Err(error) => tracing::debug!(%agent, %error, "no connection to the shim"),
        }
        if boot_is_over(&shell, &launch) || !alive(launch.shim) {
            let record = shell.paths.agent_dir(&agent.to_string()).join(exit_file(generation));
            let exit = ExitRecord::read(&record).ok().map(|record| record.exit);
            return match exit {
                None if boot_is_over(&shell, &launch) => host_restarted(&shell, agent, generation).await,
                exit => ended(&shell, agent, generation, exit.unwrap_or_default()).await,
            };
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Ends the hand-overs that a killed supervisor left open although their messages are settled: they would hold the
/// person's keys and every further message. The one that is still under way is finished by its executor.
async fn give_keyboard_back(handle: &Handle, agent: AgentId, link: &Link) {
    let look = handle.look(move |at| {
        let active = at.state.agent(agent)?.active?;
        Some(attempt_name(active.message, active.attempt))
    });
    let (Ok(active), Ok(FromShim::Injections { injections, .. })) =
        (look.await, link.call(|seq| ToShim::GetInjections { seq }).await)
    else {
        return;
    };
    for left in injections.into_iter().filter(|left| left.stage != Stage::Released) {
        if active.as_ref() != Some(&left.id) {
            drop(link.call(|seq| ToShim::Release { seq, id: left.id }).await);
        }
    }
}

/// The name of the file that tells how a launch ended.
pub(crate) fn exit_file(generation: Generation) -> String {
    format!("exit-{generation}.json")
}

/// After the host was started anew, its process numbers mean other processes.
fn boot_is_over(shell: &Shell, launch: &Launch) -> bool {
    !launch.boot.is_empty() && launch.boot != shell.boot_id
}

async fn host_restarted(shell: &Shell, agent: AgentId, generation: Generation) {
    drop(over(shell, agent, generation, Exit::HostRestarted, String::new()).await);
}

async fn launched(handle: &Handle, agent: AgentId, generation: Generation) -> Option<Launch> {
    let look = handle.look(move |at| {
        let found = at.state.agent(agent)?;
        (found.generation == generation).then(|| found.launch.clone()).flatten()
    });
    look.await.ok().flatten()
}

/// Whether exactly this process still runs.
fn alive(process: Process) -> bool {
    crate::launch::start_time(process.pid) == Some(process.start)
}

async fn ended(shell: &Shell, agent: AgentId, generation: Generation, exit: ShimExit) {
    let last_words = last_screen(shell, agent, generation);
    let exit = match (exit.code, exit.signal) {
        (Some(code), _) => Exit::Status(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unseen,
    };
    // Once the log has it, without the secrets that the screen may show, nobody needs the file.
    match over(shell, agent, generation, exit, last_words).await {
        Reply::Ok | Reply::Stale => {
            let record = shell.paths.agent_dir(&agent.to_string()).join(exit_file(generation));
            drop(std::fs::remove_file(record));
        }
        other => tracing::warn!(%agent, ?other, "the end of an agent is not in the log: its record is kept"),
    }
}

/// Reports an end and answers what became of that. With the last of a stopped team goes what was kept for it.
async fn over(
    shell: &Shell,
    agent: AgentId,
    generation: Generation,
    exit: Exit,
    last_words: String,
) -> Reply {
    let look = shell.handle.look(move |at| at.state.agent(agent).is_some_and(|found| found.stopping));
    let stopping = look.await.unwrap_or(false);
    if stopping {
        leftovers::end_marked(shell, agent).await;
    }
    let reply = shell.handle.report(Input::Ended { agent, generation, exit, last_words }).await;
    if stopping {
        kept::sweep(shell).await;
    }
    reply
}

fn last_screen(shell: &Shell, agent: AgentId, generation: Generation) -> String {
    let path = shell.paths.agent_dir(&agent.to_string()).join(exit_file(generation));
    ExitRecord::read(&path)
        .map(|record| record.screen.iter().rev().take(10).rev().cloned().collect::<Vec<_>>().join("\n"))
        .unwrap_or_default()
}

/// Follows what the shim tells until the agent ends (how it ended) or the connection does (nothing).
async fn follow(shell: &Shell, agent: AgentId, generation: Generation, link: &Link) -> Option<ShimExit> {
    let mut news = link.news.clone();
    let mut seen = News::default();
    let mut looked = tokio::time::Instant::now();
    let mut calm = None;
    let mut ear = Ear::default();
    // What the agent's own status says, and from when on it is believed.
    let mut told: Option<(tokio::time::Instant, AgentState, String)> = None;
    // What it says now may be told a moment after the connection stands.
    let mut opening = Some(tokio::time::Instant::now() + Duration::from_millis(CONFIRM_MS));
    shell.handle.live(agent, |live| live.ending = true).await;
    let mut file = status_file_of(shell, agent, generation).await;
    loop {
        let now = news.borrow_and_update().clone();
        if let Some(exit) = now.exit {
            return Some(exit);
        }
        if now.closed {
            return None;
        }
        if now.status != seen.status {
            told = match now.status.as_ref().and_then(of_status) {
                Some((state, detail)) => {
                    let confirm = match now.status.as_ref().map(|status| status.state) {
                        // It says that the turn is over, and not only that it rests.
                        Some(ProgramState::Done) => 0,
                        Some(ProgramState::Idle) => CONFIRM_REST_MS,
                        _ => CONFIRM_MS,
                    };
                    Some((believed_at(&shell.handle, agent, &state, confirm).await, state, detail))
                }
                None => None,
            };
            opening = None;
            let ending = told.as_ref().is_some_and(|(_, state, _)| *state == AgentState::Idle);
            shell.handle.live(agent, move |live| live.ending = ending).await;
        }
        if let Some((_, state, detail)) = told.take_if(|(at, ..)| *at <= tokio::time::Instant::now()) {
            see(shell, agent, generation, state, Source::Status, detail).await;
            shell.handle.live(agent, |live| live.ending = false).await;
        }
        if opening.take_if(|at| *at <= tokio::time::Instant::now()).is_some() {
            shell.handle.live(agent, |live| live.ending = false).await;
        }
        if now.person != seen.person {
            feel(shell, agent, now.person, now.person.draft).await;
        }
        let again = if now.flowing { Some(WHILE_FLOWING) } else { calm.map(|_| CALM).or(ear.again()) };
        let due = again.is_some_and(|pause| looked.elapsed() >= pause);
        if now.screens != seen.screens || due {
            looked = tokio::time::Instant::now();
            match look(shell, agent, generation, link, &mut calm, &mut ear).await {
                Ok(()) | Err(LinkError::Refused(_)) => {}
                Err(error) => tracing::debug!(%agent, %error, "the screen could not be read"),
            }
        }
        let said = match &mut file {
            Some(file) => file.look().await,
            None => None,
        };
        if let Some((state, detail)) = said {
            see(shell, agent, generation, state, Source::File, detail).await;
        }
        let again = if now.flowing { Some(WHILE_FLOWING) } else { calm.map(|_| CALM).or(ear.again()) };
        let again = again.or(file.as_ref().map(|_| status_file::PAUSE));
        let due = told.as_ref().map(|(at, ..)| *at).or(opening);
        let confirm = due.map(|at| at.saturating_duration_since(tokio::time::Instant::now()));
        let again = again.into_iter().chain(confirm).min();
        seen = now;
        tokio::select! {
            changed = news.changed() => if changed.is_err() {
                return None;
            },
            () = tokio::time::sleep(again.unwrap_or_default()), if again.is_some() => {}
        }
    }
}

/// The file in which this launch keeps its own status, if it has one.
async fn status_file_of(shell: &Shell, agent: AgentId, generation: Generation) -> Option<Watched> {
    let (profile, _) = profile_of(&shell.handle, agent).await?;
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent).filter(|found| found.generation == generation)?;
        found.launch.as_ref().map(|launch| launch.child)
    });
    Watched::of(&profile, look.await.ok().flatten()?)
}

/// From when on what the agent's own status says is believed: at once, unless it may be a blink.
async fn believed_at(
    handle: &Handle,
    agent: AgentId,
    state: &AgentState,
    confirm_ms: u64,
) -> tokio::time::Instant {
    let (state, now) = (state.clone(), clock::now().wall);
    let look =
        handle.look(move |at| at.state.agent(agent).is_some_and(|found| must_last(found, &state, now)));
    let pause = if look.await.unwrap_or(false) { confirm_ms } else { 0 };
    tokio::time::Instant::now() + Duration::from_millis(pause)
}

async fn see(
    shell: &Shell,
    agent: AgentId,
    generation: Generation,
    state: AgentState,
    source: Source,
    detail: String,
) {
    // A log that takes nothing for a while must not lose it: the next sign may be long in coming.
    shell.handle.report(Input::Seen { agent, generation, state, source, detail }).await;
}

/// What the agent's own status says. A status that means nothing to us is no evidence.
fn of_status(status: &ProgramStatus) -> Option<(AgentState, String)> {
    let msg = status.msg.as_deref().map(|msg| format!(": {msg}")).unwrap_or_default();
    let kind = status.kind.as_deref().unwrap_or("");
    let (state, word) = match status.state {
        ProgramState::Idle => (AgentState::Idle, "idle"),
        ProgramState::Done => (AgentState::Idle, "done"),
        ProgramState::Error => {
            (Says::FailedTurn.state(status.msg.as_deref().unwrap_or("error"), None), "error")
        }
        ProgramState::Working => (AgentState::Working, "working"),
        ProgramState::Blocked => {
            let need = Need::from_name(kind).unwrap_or(Need::Question);
            (AgentState::NeedsPerson { need }, "blocked")
        }
        ProgramState::Clear => (AgentState::Unknown, "clear"),
        ProgramState::Unknown => return None,
    };
    Some((state, format!("its own status: {word}{msg} (OSC 7501)")))
}

async fn feel(shell: &Shell, agent: AgentId, person: Person, draft: bool) {
    let typing = person.last_key_ms_ago.is_some_and(|ms| ms < TYPING_MS);
    shell
        .handle
        .live(agent, move |live| {
            live.typing = typing;
            live.draft = draft;
        })
        .await;
    if typing {
        // The shim tells when typing begins; when it has been over for a while only we can say.
        let handle = shell.handle.clone();
        let left = TYPING_MS.saturating_sub(person.last_key_ms_ago.unwrap_or(0)) + 50;
        shell.tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(left)).await;
            handle.live(agent, |live| live.typing = false).await;
        });
    }
}

/// Reads the screen. `calm` is since when it has shown no turn, while somebody else says that one runs.
async fn look(
    shell: &Shell,
    agent: AgentId,
    generation: Generation,
    link: &Link,
    calm: &mut Option<tokio::time::Instant>,
    ear: &mut Ear,
) -> Result<(), LinkError> {
    let Some((profile, detector)) = profile_of(&shell.handle, agent).await else {
        return Ok(());
    };
    let looking = link.looking.lock().await;
    let shown = link.screen().await?;
    let person = shown.person;
    let screen = to_core(shown);
    answer::tell_dialog(shell, agent, generation, &detector, &screen, person).await;
    drop(looking);
    let composer = detector.composer(&screen);
    let mut sighted = of_screen(&profile, &detector, &screen);
    let needed = calm_needed(&shell.handle, agent).await;
    if needed.is_some() && sighted.is_none() && composer.as_ref().is_some_and(|view| !view.text.is_empty()) {
        let detail = "no turn is shown, text stands in the composer".to_owned();
        sighted = Some((AgentState::Idle, Source::Screen, detail));
    }
    let ends = needed.is_some() && sighted.as_ref().is_some_and(|(state, ..)| state.takes_prompt());
    *calm = ends.then(|| calm.unwrap_or_else(tokio::time::Instant::now));
    if calm.zip(needed).is_some_and(|(since, needed)| since.elapsed() < needed) {
        sighted = None;
    }
    // The answer goes before the end of its turn, as a hook would tell it.
    let ended = ends && sighted.is_some();
    if let Some(text) = ear.hear(&profile, &detector, &screen, ended) {
        let (text, source) = (make_safe(&text).text, Source::Screen);
        shell.handle.report(Input::Said { agent, generation, text, source }).await;
    }
    if let Some((state, source, detail)) = sighted {
        see(shell, agent, generation, state, source, detail).await;
        *calm = None;
    }
    let free = composer.as_ref().is_some_and(|view| view.text.is_empty());
    shell.handle.live(agent, move |live| live.see_composer(free)).await;
    // An empty composer on the screen is better evidence than counting keys; a full one that nobody of us filled
    // is a person's draft, also after a restart of everything else.
    let draft = match &composer {
        Some(view) => person.draft && !view.text.is_empty(),
        None => person.draft,
    };
    feel(shell, agent, person, draft).await;
    Ok(())
}

/// How long the screen must show no turn to end the one that runs; nothing when none runs, or when the agent's own
/// status speaks of it.
async fn calm_needed(handle: &Handle, agent: AgentId) -> Option<Duration> {
    let look = handle.look(move |at| {
        let found = at.state.agent(agent).filter(|found| found.state.is_turn())?;
        match found.evidence.source {
            Source::Hook | Source::File => Some(CALM_AFTER_HOOK),
            Source::Status => None,
            Source::Screen | Source::Title | Source::Process | Source::None => Some(CALM),
        }
    });
    look.await.ok().flatten()
}

/// What the screen says by the profile's rules; for a program without rules, what its terminal says.
pub(crate) fn of_screen(
    profile: &Profile,
    detector: &Detector,
    screen: &Screen,
) -> Option<(AgentState, Source, String)> {
    if let Some(sighting) = detector.sight(screen) {
        let retry_at = sighting.retry_seconds.map(|seconds| clock::now().wall.plus_millis(seconds * 1000));
        let state = sighting.says.state(&sighting.matched, retry_at);
        let source = if sighting.region == Region::Title { Source::Title } else { Source::Screen };
        let row = if sighting.matched.is_empty() { "an empty row" } else { &sighting.matched };
        return Some((state, source, format!("rule {}: {row}", sighting.rule)));
    }
    let ruled = !profile.rules.is_empty();
    if !ruled && screen.line_mode {
        let detail = "terminal in line mode: the program reads lines".to_owned();
        return Some((AgentState::Idle, Source::Process, detail));
    }
    if !ruled && screen.bracketed_paste {
        let detail = "terminal has bracketed paste on: the program takes pastes".to_owned();
        return Some((AgentState::Idle, Source::Process, detail));
    }
    None
}

/// The profile that plays an agent, with its rules.
pub(crate) async fn profile_of(handle: &Handle, agent: AgentId) -> Option<(Arc<Profile>, Arc<Detector>)> {
    played_by(handle, agent).await.ok().flatten()
}

/// The same for who has to tell an agent that is not there from a supervisor that says nothing any more.
pub(crate) async fn played_by(
    handle: &Handle,
    agent: AgentId,
) -> Result<Option<(Arc<Profile>, Arc<Detector>)>, Refusal> {
    let look = handle.look(move |at| {
        let profile = &at.state.agent(agent)?.profile;
        let entry = at.catalog.profile(profile)?;
        Some((entry.profile.clone(), entry.detector()))
    });
    look.await
}

/// The shim's screen as the core's value.
pub(crate) fn to_core(shown: ShimScreen) -> Screen {
    let wide = |(from, to): (u16, u16)| (usize::from(from), usize::from(to));
    Screen {
        dim: shown.dim.into_iter().map(|row| row.into_iter().map(wide).collect()).collect(),
        marked: shown.marked.into_iter().map(|row| row.into_iter().map(wide).collect()).collect(),
        rows: shown.lines,
        title: shown.title,
        bracketed_paste: shown.bracketed_paste,
        line_mode: shown.line_mode,
        cursor: (shown.cursor_row, shown.cursor_col),
        output_seq: shown.output_seq,
        quiet_ms: shown.quiet_ms,
        draft: shown.person.draft,
    }
}

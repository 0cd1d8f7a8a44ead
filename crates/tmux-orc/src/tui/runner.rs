//! The one who acts: terminal, supervisor, clocks and signals become messages; commands become deeds.

use std::future::poll_fn;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream};
use futures_core::Stream as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep_until, timeout};

use super::message::{Command, Message};
use super::model::{Clock, Model, Scope};
use super::theme::Palette;
use super::update::update;
use crate::connect::paths;
use crate::error::CliError;

mod deeds;
mod outcome;
mod screen;
mod supervisor;

use deeds::Deeds;
use screen::Screen;

/// Frames for what others did come no closer than this; a key has its frame at once.
const CALM: Duration = Duration::from_millis(50);
/// The first frame waits so long for something to show.
const FIRST: Duration = Duration::from_millis(60);
/// Messages that wait to be taken in.
const WAITING: usize = 64;
/// Interrupted by a key or a signal.
const INTERRUPTED: u8 = 130;

/// Shows the dashboard until the person leaves it.
pub(crate) async fn run(scope: Scope, refresh: Duration) -> Result<ExitCode, CliError> {
    let (tell, told) = channel(WAITING);
    let began = Instant::now();
    let mut ticks = interval(refresh);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks.reset();
    let signals = Signals {
        ends: [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()]
            .into_iter()
            .map(signal)
            .collect::<Result<_, _>>()?,
    };
    let mut model = Model::new(scope.clone(), palette(), Clock::default(), (0, 0));
    model.zone = jiff::tz::TimeZone::system();
    let mut deeds = Deeds::new(paths()?, tell);
    deeds.follow(scope);
    let mut run = Run { model, began, deeds, told, ticks, signals, attach: None, over: None };
    run.take(Message::Tick);
    if let Ok(Some(message)) = timeout(FIRST, run.told.recv()).await {
        run.take(message);
    }
    let screen = Screen::enter()?;
    let status = run.until_over(screen).await?;
    run.deeds.finish().await;
    Ok(status)
}

/// Colours, unless the person wants none (<https://no-color.org>).
fn palette() -> Palette {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if unwanted { Palette::Plain } else { Palette::Colour }
}

/// Signals that end the dashboard.
struct Signals {
    ends: Vec<Signal>,
}

impl Signals {
    async fn recv(&mut self) {
        poll_fn(|context| {
            let any = self.ends.iter_mut().any(|one| one.poll_recv(context).is_ready());
            if any { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

/// A dashboard that runs.
struct Run {
    model: Model,
    began: Instant,
    deeds: Deeds,
    told: Receiver<Message>,
    ticks: Interval,
    signals: Signals,
    /// A terminal is to be shown.
    attach: Option<String>,
    /// The person has left.
    over: Option<ExitCode>,
}

/// What woke the dashboard.
enum Woken {
    By(Message),
    /// A frame is due.
    Frame,
    /// It is to end.
    End,
}

impl Run {
    async fn until_over(&mut self, mut screen: Screen) -> Result<ExitCode, CliError> {
        self.model.size = crossterm::terminal::size()?;
        self.take(Message::Resized(self.model.size.0, self.model.size.1));
        screen.draw(&self.model)?;
        let mut drawn = Instant::now();
        let mut due: Option<Instant> = None;
        let mut keys = EventStream::new();
        loop {
            let frame_at = due.unwrap_or(drawn + Duration::from_secs(3600));
            let woken = tokio::select! {
                event = next(&mut keys) => match event {
                    Some(Ok(event)) => {
                        due = Some(Instant::now());
                        of_terminal(event).map_or(Woken::Frame, Woken::By)
                    }
                    // The terminal is gone.
                    _ => Woken::End,
                },
                Some(message) = self.told.recv() => Woken::By(message),
                _ = self.ticks.tick() => Woken::By(Message::Tick),
                () = sleep_until(frame_at.into()) => Woken::Frame,
                () = self.signals.recv() => Woken::End,
            };
            match woken {
                Woken::By(message) => {
                    self.take(message);
                    due = due.or(Some(drawn + CALM));
                }
                Woken::Frame => {}
                Woken::End => return Ok(ExitCode::from(INTERRUPTED)),
            }
            if let Some(status) = self.over {
                return Ok(status);
            }
            if let Some(to) = self.attach.take() {
                // Nobody else reads the terminal meanwhile.
                drop(keys);
                let message = self.deeds.attach(&mut screen, to).await?;
                keys = EventStream::new();
                self.model.size = crossterm::terminal::size()?;
                self.take(message);
                due = Some(Instant::now());
            }
            if due.is_some_and(|due| due <= Instant::now()) {
                screen.draw(&self.model)?;
                drawn = Instant::now();
                due = None;
            }
        }
    }

    /// Takes a message in and does what follows from it.
    fn take(&mut self, message: Message) {
        let run = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let clock = Clock { wall: jiff::Timestamp::now().as_millisecond(), run };
        for command in update(&mut self.model, clock, message) {
            match command {
                Command::Read(scope, reading) => self.deeds.read(scope, reading),
                Command::ReadIncident(team, wait) => {
                    self.deeds.read_incident(team, Duration::from_millis(wait));
                }
                Command::Follow(scope) => self.deeds.follow(scope),
                Command::Act(request) => self.deeds.act(*request),
                Command::Attach(to) => self.attach = Some(to),
                Command::Quit => self.over = Some(ExitCode::SUCCESS),
                Command::Interrupt => self.over = Some(ExitCode::from(INTERRUPTED)),
            }
        }
    }
}

/// The next event of the terminal.
async fn next(keys: &mut EventStream) -> Option<std::io::Result<Event>> {
    poll_fn(|context| Pin::new(&mut *keys).poll_next(context)).await
}

fn of_terminal(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => Some(Message::Key(key)),
        Event::Mouse(mouse) => Some(Message::Mouse(mouse)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => Some(Message::Resized(columns, rows)),
        Event::FocusGained | Event::FocusLost => None,
    }
}

//! A connection that has said who is at the other end, and the loop that serves calls on it.

use tokio::sync::{broadcast, mpsc};

use crate::call::{Answers, Call, Reply};
use crate::control::{Item, Notice};
use crate::exchange::Answer;
use crate::line::Line;
use crate::options;
use crate::process::Process;
use crate::sessions::Sessions;
use crate::wire::{Lost, Wire};
use crate::{Event, ServerConfig, ServerIdentity, SessionId, TmuxError, WindowId};

/// Why the loop ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The connection broke or is hung.
    Lost,
    /// No handle is left.
    Stopped,
    /// The server is to be ended.
    Kill(Reply<()>),
}

/// Why no connection came about.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// It broke on the way: no holder session, or the server is ending.
    Lost,
    /// Anything that trying again does not mend.
    Failed(TmuxError),
}

impl From<Lost> for OpenError {
    fn from(_: Lost) -> Self {
        Self::Lost
    }
}

#[derive(Debug)]
enum Purpose {
    Call(Reply<Answers>),
    Sessions,
    Pulse,
}

/// A connection in use.
#[derive(Debug)]
pub(crate) struct Attached {
    wire: Wire<Purpose>,
    /// The server at the other end.
    pub(crate) identity: ServerIdentity,
    /// Its process.
    pub(crate) process: Option<Process>,
    sessions: Sessions,
}

impl Attached {
    /// Connects, asks who is there, and sets a new server up. The caller puts a time limit on it.
    pub(crate) async fn open(config: &ServerConfig) -> Result<Self, OpenError> {
        let mut wire = Wire::spawn(config).map_err(OpenError::Failed)?;
        // Before tmux 3.4 a line that comes before the end of attaching may run without a session.
        attached(&mut wire).await?;
        let who = Line::new("display-message").word("-p").arg("#{pid} #{start_time} #{@orc_options}");
        let answers = converse(&mut wire, &[who]).await?;
        let text = answers.first().and_then(|answer| answer.output.first()).map_or("", String::as_str);
        let Some((identity, set_up)) = identity(text) else {
            let answer = text.to_owned();
            return Err(OpenError::Failed(TmuxError::UnexpectedAnswer {
                command: "display-message",
                answer,
            }));
        };
        if set_up != options::MARK_VALUE {
            let lines = options::lines();
            for (line, answer) in lines.iter().zip(converse(&mut wire, &lines).await?) {
                if let Some(error) = answer.error {
                    tracing::warn!(line = line.text(), error, "tmux refused an option");
                }
            }
        }
        let sessions = Sessions::new(identity, &converse(&mut wire, &[Sessions::question()]).await?);
        let process = Process::look(identity.pid);
        Ok(Self { wire, identity, process, sessions })
    }

    /// Serves calls until something ends it.
    pub(crate) async fn serve(
        &mut self,
        calls: &mut mpsc::Receiver<Call>,
        events: &broadcast::Sender<Event>,
    ) -> End {
        loop {
            let check = self.wire.next_check();
            // Reading comes first: after a pause of our own, the answers that wait are read before the clock.
            tokio::select! {
                biased;
                moved = self.wire.pump() => {
                    if moved.and_then(|()| self.settle(events)).is_err() {
                        return End::Lost;
                    }
                }
                call = calls.recv(), if self.wire.has_room() => match call {
                    None => return End::Stopped,
                    Some(Call::Kill { reply }) => return End::Kill(reply),
                    Some(call) => self.accept(call),
                },
                () = tokio::time::sleep_until(check) => {
                    if self.wire.check(Purpose::Pulse).is_err() {
                        return End::Lost;
                    }
                }
            }
        }
    }

    /// Puts a call under way. Nothing to do for a kill, which ends the loop.
    pub(crate) fn accept(&mut self, call: Call) {
        match call {
            Call::Ask { reply, .. } if reply.is_closed() => {}
            Call::Ask { server: Some(server), reply, .. } if server != self.identity => {
                let target = format!("the server with pid {}", server.pid);
                drop(reply.send(Err(TmuxError::NotFound { target })));
            }
            Call::Ask { lines, reply, .. } => self.wire.ask(&lines, Purpose::Call(reply)),
            Call::Ensure { reply } => drop(reply.send(Ok(self.identity))),
            Call::Kill { .. } => {}
        }
    }

    /// Tells the server to end and reads on until it hangs up.
    pub(crate) async fn ask_to_end(&mut self) {
        self.wire.ask(&[Line::new("kill-server")], Purpose::Pulse);
        while self.wire.pump().await.is_ok() {
            drop(self.wire.items());
        }
    }

    fn settle(&mut self, events: &broadcast::Sender<Event>) -> Result<(), Lost> {
        for item in self.wire.items() {
            match item {
                Item::Block(block) => match self.wire.exchange.block(&block).map_err(|_| Lost)? {
                    Some((Purpose::Call(reply), answers)) => drop(reply.send(Ok((self.identity, answers)))),
                    Some((Purpose::Sessions, answers)) => {
                        let (news, question) = self.sessions.listed(self.identity, &answers);
                        for event in news {
                            tell(events, event);
                        }
                        self.ask_for_sessions(question);
                    }
                    Some((Purpose::Pulse, _)) | None => {}
                },
                Item::Notice(notice) => self.notice(notice, events),
            }
        }
        Ok(())
    }

    fn notice(&mut self, notice: Notice, events: &broadcast::Sender<Event>) {
        match notice {
            Notice::WindowClosed(id) => {
                if let Some(window) = WindowId::parse(self.identity, &id) {
                    tell(events, Event::WindowClosed { window });
                }
            }
            Notice::SessionRenamed(id, name) => {
                let session = SessionId::parse(self.identity, &id);
                if let Some(event) = session.and_then(|session| self.sessions.renamed(session, name)) {
                    tell(events, event);
                }
            }
            Notice::SessionsChanged => {
                let question = self.sessions.changed();
                self.ask_for_sessions(question);
            }
            Notice::Exit | Notice::Other => {}
        }
    }

    fn ask_for_sessions(&mut self, question: Option<Line>) {
        if let Some(line) = question {
            self.wire.ask(&[line], Purpose::Sessions);
        }
    }
}

/// Nobody listening is fine: events are hints.
fn tell(events: &broadcast::Sender<Event>, event: Event) {
    drop(events.send(event));
}

impl Drop for Attached {
    /// Tells every caller that its answer will not come.
    fn drop(&mut self) {
        for purpose in self.wire.exchange.abandon() {
            if let Purpose::Call(reply) = purpose {
                drop(reply.send(Err(TmuxError::ConnectionLost)));
            }
        }
    }
}

/// Waits for the end of attaching.
async fn attached(wire: &mut Wire<Purpose>) -> Result<(), Lost> {
    loop {
        wire.pump().await?;
        for item in wire.items() {
            if let Item::Block(block) = item {
                return if block.failed { Err(Lost) } else { Ok(()) };
            }
        }
    }
}

/// Asks and waits, before calls are served. Events meanwhile are dropped: nobody was promised any yet.
async fn converse(wire: &mut Wire<Purpose>, lines: &[Line]) -> Result<Vec<Answer>, Lost> {
    wire.ask(lines, Purpose::Pulse);
    loop {
        wire.pump().await?;
        for item in wire.items() {
            if let Item::Block(block) = item
                && let Some((_, answers)) = wire.exchange.block(&block).map_err(|_| Lost)?
            {
                return Ok(answers);
            }
        }
    }
}

fn identity(text: &str) -> Option<(ServerIdentity, &str)> {
    let mut words = text.splitn(3, ' ');
    let pid = words.next()?.parse().ok()?;
    let start_time = words.next()?.parse().ok()?;
    Some((ServerIdentity { pid, start_time }, words.next()?))
}

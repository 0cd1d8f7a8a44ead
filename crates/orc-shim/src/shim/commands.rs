//! What clients ask, and what they get.

use rustix::process::{Pid, Signal, kill_process};

use super::{Phase, Shim};
use crate::arbiter::{Outcome, Terminal, Wish};
use crate::client::{Client, Fate};
use crate::procfs;
use crate::protocol::{
    FromShim, MIN_PROTOCOL, PROTOCOL, Refusal, Role, Screen, ShimHello, ShimSignal, ToShim,
};

/// Input of the supervisor is refused while this much waits for the agent (bytes).
const MOST_QUEUED: usize = 32 << 20;

impl Shim {
    /// Does what the client's messages say.
    pub(super) fn obey(&mut self, index: usize) {
        while !self.clients[index].is_gone() {
            match self.clients[index].decoder.next_message::<ToShim>() {
                Ok(Some(message)) => self.message(index, message),
                Ok(None) => return,
                Err(_) => self.clients[index].fate = Fate::Gone,
            }
        }
    }

    fn message(&mut self, index: usize, message: ToShim) {
        match (self.clients[index].role, message) {
            (None, ToShim::Hello { protocol, min_protocol, role }) => {
                self.greet(index, protocol, min_protocol, role);
            }
            (None, _) => self.clients[index].fate = Fate::Gone,
            (Some(Role::View { .. }), ToShim::Input(bytes)) => self.view_input(index, &bytes),
            (Some(Role::View { .. }), ToShim::Resize { cols, rows }) => {
                self.clients[index].role = Some(Role::View { cols, rows });
                self.resize(cols, rows);
            }
            (Some(Role::Control), ToShim::Resize { cols, rows }) => self.resize(cols, rows),
            (Some(_), ToShim::Hello { .. } | ToShim::Input(_) | ToShim::Unknown) => {}
            (Some(role), message) => {
                if let Some(reply) = self.command(role, message) {
                    self.clients[index].send(&reply);
                }
                self.flush_input();
            }
        }
    }

    fn greet(&mut self, index: usize, protocol: u32, min_protocol: u32, role: Role) {
        if protocol < MIN_PROTOCOL || min_protocol > PROTOCOL {
            let client = &mut self.clients[index];
            client.send(&FromShim::Refused { seq: 0, refusal: Refusal::Protocol });
            client.fate = Fate::Leaves;
            client.flush();
            return;
        }
        if let Role::View { cols, rows } = role {
            self.resize(cols, rows);
        }
        let (cols, rows) = self.emulator.size();
        let hello = FromShim::Hello(ShimHello {
            protocol: PROTOCOL,
            min_protocol: MIN_PROTOCOL,
            agent: self.launch.agent.clone(),
            generation: self.launch.generation,
            shim_pid: std::process::id(),
            child_pid: self.child.id(),
            child_start: self.child_start,
            cols,
            rows,
            started_ms_ago: self.now(),
            title: self.emulator.title().to_owned(),
            status: self.status.clone(),
            flowing: self.active,
            opaque: self.launch.opaque.clone(),
        });
        let client = &mut self.clients[index];
        client.role = Some(role);
        client.send(&hello);
        if let Role::View { .. } = role {
            // Painted by the sweep of this very pass; nothing of the output comes before.
            client.stale = true;
        }
        if let Phase::Ended { exit, .. } = &self.phase {
            let exited = FromShim::Exited(exit.clone());
            self.sweep_and_send(index, &exited);
        }
    }

    /// A client that came after the end: the last screen, then the last word.
    fn sweep_and_send(&mut self, index: usize, exited: &FromShim) {
        let repaint = FromShim::Repaint(self.emulator.repaint());
        let client = &mut self.clients[index];
        if std::mem::take(&mut client.stale) {
            client.send(&repaint);
        }
        client.send(exited);
    }

    fn view_input(&mut self, index: usize, bytes: &[u8]) {
        if !matches!(self.phase, Phase::Running) {
            return;
        }
        if let Some((cols, rows)) = self.view_size(index) {
            self.resize(cols, rows);
        }
        let (line_mode, _) = self.pty.line_mode_and_echo();
        let now = self.now();
        let mut write = Vec::new();
        let arbiter = &mut self.arbiter;
        self.clients[index].classifier.pieces(bytes, line_mode, |piece, kind| {
            arbiter.view_input(piece, kind, now, &mut write);
        });
        self.write_input(&write);
    }

    /// Obeys a command that has a reply.
    fn command(&mut self, role: Role, message: ToShim) -> Option<FromShim> {
        let control = role == Role::Control;
        let now = self.now();
        let done = |seq, result: Result<(), Refusal>| match result {
            Ok(()) => FromShim::Done { seq },
            Err(refusal) => FromShim::Refused { seq, refusal },
        };
        Some(match message {
            ToShim::Ping { seq } => FromShim::Pong { seq },
            ToShim::GetScreen { seq } => FromShim::Screen { seq, screen: Box::new(self.screen()) },
            ToShim::GetInjections { seq } => {
                FromShim::Injections { seq, injections: self.arbiter.injections(now) }
            }
            ToShim::Inject { seq, .. }
            | ToShim::Submit { seq, .. }
            | ToShim::Release { seq, .. }
            | ToShim::Keys { seq, .. }
            | ToShim::Signal { seq, .. }
            | ToShim::Shutdown { seq, .. }
                if !control =>
            {
                FromShim::Refused { seq, refusal: Refusal::NotControl }
            }
            ToShim::Inject { seq, id, text, if_quiet_ms, allow_draft, if_output_seq } => {
                self.inject(seq, Wish { id: &id, text: &text, if_quiet_ms, allow_draft }, if_output_seq)
            }
            ToShim::Submit { seq, id, if_output_seq } => {
                let may = self.running().and_then(|()| self.unchanged(if_output_seq));
                match may.and_then(|()| self.arbiter.submit(&id, now)) {
                    Ok(injection) => {
                        self.write_input(b"\r");
                        FromShim::Submitted { seq, injection }
                    }
                    Err(refusal) => FromShim::Refused { seq, refusal },
                }
            }
            ToShim::Release { seq, id } => match self.arbiter.release(&id, now) {
                Ok((injection, keys, dropped)) => {
                    self.write_input(&keys);
                    FromShim::Released { seq, injection, dropped }
                }
                Err(refusal) => FromShim::Refused { seq, refusal },
            },
            ToShim::Keys { seq, bytes, if_quiet_ms, if_output_seq } => {
                let may = self.arbiter.quiet(if_quiet_ms, now).and_then(|()| self.unchanged(if_output_seq));
                done(seq, may.and_then(|()| self.keys(&bytes)))
            }
            ToShim::Signal { seq, signal, group } => done(seq, self.signal(&signal, group)),
            ToShim::Shutdown { seq, end_leftovers } => {
                let Phase::Ended { exit, .. } = &self.phase else {
                    return Some(FromShim::Refused { seq, refusal: Refusal::Running });
                };
                if end_leftovers {
                    exit.leftovers.iter().for_each(procfs::kill_exactly);
                }
                self.phase = Phase::Over;
                FromShim::Done { seq }
            }
            ToShim::Hello { .. } | ToShim::Input(_) | ToShim::Resize { .. } | ToShim::Unknown => return None,
        })
    }

    fn running(&self) -> Result<(), Refusal> {
        if !matches!(self.phase, Phase::Running) {
            return Err(Refusal::Exited);
        }
        if self.pty.backlog() > MOST_QUEUED {
            return Err(Refusal::Backlog);
        }
        Ok(())
    }

    /// Refuses when the agent has written anything since the screen that the caller saw. What it wrote before this
    /// pass has been read in this pass, before any command.
    fn unchanged(&self, if_output_seq: Option<u64>) -> Result<(), Refusal> {
        match if_output_seq {
            Some(seen) if seen != self.output_seq => Err(Refusal::Changed),
            Some(_) | None => Ok(()),
        }
    }

    fn inject(&mut self, seq: u64, wish: Wish<'_>, if_output_seq: Option<u64>) -> FromShim {
        let now = self.now();
        let terminal = Terminal { bracketed: self.emulator.bracketed_paste(), queued: self.pty.queued() };
        // A known id is answered even after the end.
        if let Err(refusal) = self.running().and_then(|()| self.unchanged(if_output_seq))
            && self.arbiter.injections(now).iter().all(|injection| injection.id != wish.id)
        {
            return FromShim::Refused { seq, refusal };
        }
        match self.arbiter.inject(wish, terminal, now) {
            Outcome::Write(bytes, injection) => {
                // Written after the reply, so that the reply comes before `Pasted`.
                self.pty.queue(&bytes);
                FromShim::Injected { seq, injection }
            }
            Outcome::Already(injection) => FromShim::AlreadyInjected { seq, injection },
            Outcome::Refused(refusal) => FromShim::Refused { seq, refusal },
        }
    }

    fn keys(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.running()?;
        if let Some(id) = self.arbiter.open() {
            return Err(Refusal::AnotherInjection { id: id.to_owned() });
        }
        self.write_input(bytes);
        Ok(())
    }

    /// Obeys a signal command.
    fn signal(&mut self, signal: &ShimSignal, group: bool) -> Result<(), Refusal> {
        if !matches!(self.phase, Phase::Running) {
            return Err(Refusal::Exited);
        }
        let signal = match signal {
            ShimSignal::Polite { bytes } => return self.keys(bytes),
            ShimSignal::Int => Signal::INT,
            ShimSignal::Term => Signal::TERM,
            ShimSignal::Kill => Signal::KILL,
        };
        let sent = if group {
            self.signal_group(signal)
        } else {
            kill_process(Pid::from_child(&self.child), signal)
        };
        sent.map_err(|errno| Refusal::System { message: errno.to_string() })
    }

    fn screen(&mut self) -> Screen {
        let (line_mode, echo) = self.pty.line_mode_and_echo();
        Screen {
            line_mode,
            echo,
            status: self.status.clone(),
            output_seq: self.output_seq,
            quiet_ms: self.now().saturating_sub(self.last_output),
            person: self.person(),
            ..self.emulator.snapshot()
        }
    }

    /// Sends an event to every client.
    pub(super) fn tell_all(&mut self, event: &FromShim) {
        self.clients
            .iter_mut()
            .filter(|client| client.role.is_some())
            .for_each(|client: &mut Client| client.send(event));
    }
}

//! The one `match` over everything that can be asked.

use std::time::Duration;

use orc_api::request::{Recipients, Request, Send};
use orc_api::response::{DaemonView, Explanation, Response, Said};
use orc_api::{CONTRACT, Envelope};
use orc_core::decide::Reply;
use orc_core::delivery::{MessageKind, Sender};
use orc_core::envelope::make_safe;
use orc_core::error::{Code, Refusal};
use orc_core::event::Event;
use orc_core::ids::{AgentId, MessageId, Seq, TeamName};
use orc_core::input::Input;
use orc_core::team::{AgentState, Evidence, Source};
use orc_core::transcript::{About, Transcript};
use orc_core::{target, view};

use crate::journal::{self, Origin};
use crate::run::Shell;
use crate::{catalog_files, clock, deploy, hooks, observe};

/// Longest that one request waits.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// Events read from the log at a time.
const PAGE: usize = 2000;

/// A person at the command line.
pub(crate) fn cli() -> Origin {
    Origin { actor: "human".to_owned(), door: "cli" }
}

/// Answers a request.
pub(crate) async fn answer(shell: &Shell, request: Request) -> Result<Response, Refusal> {
    match request {
        Request::Ping {} => {
            let version = env!("CARGO_PKG_VERSION").to_owned();
            Ok(Response::Pong { version, contract: CONTRACT, pid: std::process::id() })
        }
        Request::Deploy(request) => deploy::deploy(shell, request).await,
        Request::AddAgent(request) => deploy::add(shell, request).await,
        Request::ListTeams {} => {
            let teams = shell.handle.look(|at| {
                at.state
                    .teams
                    .values()
                    .map(|team| view::team(at.state, at.world, at.catalog, team, at.boot_millis))
                    .collect()
            });
            Ok(Response::Teams { teams: teams.await? })
        }
        Request::TeamStatus { team } => {
            let team = team_named(shell, team).await?;
            team_view(shell, &team).await
        }
        Request::AwaitReady { team, timeout_ms } => await_ready(shell, team, timeout_ms).await,
        Request::StopTeam { team } => stop_team(shell, team).await,
        Request::Send(send) => send_message(shell, send).await,
        Request::AwaitMessage { message, timeout_ms } => await_message(shell, &message, timeout_ms).await,
        Request::AgentStatus { agent } => {
            let id = agent_named(shell, agent).await?;
            agent_view(shell, id).await
        }
        Request::Screen { agent } => {
            let agent = agent_named(shell, agent).await?;
            let screen = screen_of(shell, agent).await?;
            Ok(Response::Screen { agent, screen })
        }
        Request::Explain { agent } => explain(shell, agent).await,
        Request::Messages { of, after, wait_ms } => messages(shell, of, after, wait_ms).await,
        Request::Events { after, team, limit, wait_ms } => {
            wait_past(shell, Seq(after), wait_ms).await;
            Ok(Response::Events { events: read_events(shell, after, limit.clamp(1, 10_000), team).await? })
        }
        Request::VerifyLog {} => verify(shell).await,
        Request::Attach { to } => attach(shell, &to).await,
        Request::Catalog {} => {
            let catalog = catalog_files::load(&shell.paths.config)
                .map_err(|e| Refusal::new(Code::Config, e.to_string(), "mend the file, or move it away"))?;
            Ok(Response::Catalog(catalog_files::view(&catalog)))
        }
        Request::Hook(hook) => {
            // What waited in a file comes first: hooks are told in order.
            hooks::take_spooled(shell, &shell.paths.agent_dir(&hook.agent)).await;
            hooks::take(shell, hook).await.map(|()| Response::Done {})
        }
        Request::DaemonStatus {} => daemon_status(shell).await,
        Request::Shutdown {} => {
            let stop = shell.asked_to_stop.clone();
            // The answer leaves first.
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                stop.cancel();
            });
            Ok(Response::Done {})
        }
    }
}

async fn team_named(shell: &Shell, name: String) -> Result<TeamName, Refusal> {
    shell.handle.look(move |at| target::team(at.state, &name).map(|team| team.name.clone())).await?
}

async fn agent_named(shell: &Shell, name: String) -> Result<AgentId, Refusal> {
    shell.handle.look(move |at| target::agent(at.state, &name)).await?
}

/// A team as shown.
pub(crate) async fn team_view(shell: &Shell, team: &TeamName) -> Result<Response, Refusal> {
    let name = team.clone();
    let look = shell.handle.look(move |at| {
        let team = target::team(at.state, name.as_str())?;
        Ok(Response::Team(view::team(at.state, at.world, at.catalog, team, at.boot_millis)))
    });
    look.await?
}

/// An agent as shown.
pub(crate) async fn agent_view(shell: &Shell, id: AgentId) -> Result<Response, Refusal> {
    let look = shell.handle.look(move |at| {
        let agent = at.state.agent(id)?;
        Some(Response::Agent(view::agent(at.world, at.catalog, agent, at.boot_millis)))
    });
    look.await?.ok_or_else(gone)
}

fn gone() -> Refusal {
    Refusal::new(Code::NotFound, "the agent is gone", "`tmux-orc team list` shows what there is")
}

async fn await_ready(shell: &Shell, team: String, timeout_ms: u64) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    let name = team.clone();
    // Over when every agent has been ready, or one cannot become it by itself.
    let look = move |at: &crate::handle::Look<'_>| {
        let team = at.state.teams.get(&name)?;
        let over = |agent: &orc_core::team::Agent| {
            agent.was_ready
                || matches!(agent.state, AgentState::NeedsPerson { .. } | AgentState::Exited { .. })
        };
        at.state.agents_of(team).all(over).then_some(())
    };
    let timeout = Duration::from_millis(timeout_ms).min(LONGEST_WAIT);
    shell.handle.wait_for(timeout, look).await?;
    team_view(shell, &team).await
}

async fn stop_team(shell: &Shell, team: String) -> Result<Response, Refusal> {
    let team = team_named(shell, team).await?;
    shell.handle.input(Input::StopTeam { team: team.clone() }, cli()).await?;
    let name = team.clone();
    let stopped = move |at: &crate::handle::Look<'_>| {
        let phase = at.state.teams.get(&name).map(|team| team.phase);
        (phase != Some(orc_core::team::TeamPhase::Stopping)).then_some(())
    };
    if shell.handle.wait_for(Duration::from_secs(60), stopped).await?.is_none() {
        return Err(Refusal::new(
            Code::TimedOut,
            format!("team `{team}` has not ended within 60 s"),
            format!("`tmux-orc team status {team}` shows who still runs; its end goes on"),
        ));
    }
    if let Err(error) = shell.views.restore().await {
        tracing::warn!(%error, "the windows of a stopped team could not be closed");
    }
    team_view(shell, &team).await
}

async fn send_message(shell: &Shell, send: Send) -> Result<Response, Refusal> {
    let Send { to, text, repaired, sender } = send;
    let looked = shell.handle.look(move |at| -> Result<_, Refusal> {
        let everybody =
            |name: &str| target::team(at.state, name).map(|team| (team.name.clone(), team.agents.clone()));
        let (team, to, kind) = match &to {
            Recipients::Agent(name) => {
                let id = target::agent(at.state, name)?;
                let team = at.state.agent(id).map(|agent| agent.team.clone()).ok_or_else(gone)?;
                (team, vec![id], MessageKind::Direct)
            }
            Recipients::Each(name) => everybody(name).map(|(team, all)| (team, all, MessageKind::Each))?,
            Recipients::Broadcast(name) => {
                everybody(name).map(|(team, all)| (team, all, MessageKind::Broadcast))?
            }
        };
        let from = sender.as_deref().and_then(|id| id.parse().ok()).and_then(|id| at.state.agent(id));
        let from = from.map_or(Sender::Operator, |agent| Sender::Agent {
            id: agent.id,
            label: format!("{}:{}", agent.team, agent.name),
        });
        // Nobody is told what they said themselves.
        let itself = match (&from, kind) {
            (Sender::Agent { id, .. }, MessageKind::Each | MessageKind::Broadcast) => Some(*id),
            _ => None,
        };
        let to = to.into_iter().filter(|id| Some(*id) != itself).collect::<Vec<_>>();
        Ok((team, to, kind, from))
    });
    let (team, to, kind, from) = looked.await??;
    let mut safe = make_safe(&text);
    if repaired > 0 {
        safe.notes.push(format!("{repaired} bytes were not valid UTF-8 and were replaced"));
    }
    let origin = match &from {
        Sender::Agent { label, .. } => Origin { actor: label.clone(), door: "cli" },
        Sender::Operator | Sender::System => cli(),
    };
    let notes = safe.notes.clone();
    let input = Input::Send { team, from, kind, to, text: safe.text, notes: safe.notes };
    match shell.handle.input(input, origin).await? {
        Reply::Accepted(message) => message_view(shell, message, notes).await,
        _ => Err(Refusal::new(Code::Internal, "the message was not accepted", "")),
    }
}

async fn message_view(shell: &Shell, message: MessageId, notes: Vec<String>) -> Result<Response, Refusal> {
    let look = shell
        .handle
        .look(move |at| view::recipients(at.state, at.world, at.catalog, message, at.boot_millis));
    Ok(Response::Message { message, recipients: look.await?, notes })
}

async fn await_message(shell: &Shell, message: &str, timeout_ms: u64) -> Result<Response, Refusal> {
    let id: MessageId = message
        .parse()
        .map_err(|e: orc_core::ids::InvalidId| Refusal::new(Code::BadRequest, e.to_string(), ""))?;
    let settled = move |at: &crate::handle::Look<'_>| {
        let open = at.state.messages.get(&id);
        open.is_none_or(|message| message.recipients.values().all(orc_core::delivery::Delivery::is_settled))
            .then_some(())
    };
    shell.handle.wait_for(Duration::from_millis(timeout_ms).min(LONGEST_WAIT), settled).await?;
    let live = message_view(shell, id, Vec::new()).await?;
    match &live {
        Response::Message { recipients, .. } if !recipients.is_empty() => Ok(live),
        _ => from_log(shell, id).await,
    }
}

/// What became of a message that is only in the log any more.
async fn from_log(shell: &Shell, id: MessageId) -> Result<Response, Refusal> {
    let mut names = std::collections::BTreeMap::new();
    let mut recipients = std::collections::BTreeMap::new();
    let mut after = 0;
    loop {
        let page = read_events(shell, after, PAGE, None).await?;
        for envelope in &page {
            after = envelope.seq.0;
            match &envelope.event {
                Event::AgentAdded { agent, team, name, .. } => {
                    names.insert(*agent, format!("{team}:{name}"));
                }
                Event::DeliverySettled { message, agent, outcome, door, evidence, .. } if *message == id => {
                    let (outcome, door, evidence) = (outcome.clone(), door.clone(), evidence.clone());
                    let delivery = orc_core::delivery::Delivery::Settled { outcome, door, evidence };
                    let target = names.get(agent).cloned().unwrap_or_else(|| agent.to_string());
                    let view = view::RecipientView { agent: *agent, target, delivery, hold: None };
                    recipients.insert(*agent, view);
                }
                _ => {}
            }
        }
        if page.len() < PAGE {
            break;
        }
    }
    if recipients.is_empty() {
        return Err(Refusal::new(Code::NotFound, format!("there is no message {id}"), ""));
    }
    Ok(Response::Message { message: id, recipients: recipients.into_values().collect(), notes: Vec::new() })
}

async fn screen_of(shell: &Shell, agent: AgentId) -> Result<orc_core::screen::Screen, Refusal> {
    let unreadable = |why: String| {
        Refusal::new(
            Code::Conflict,
            format!("the agent's screen cannot be read: {why}"),
            "`tmux-orc agent status` says whether it runs",
        )
    };
    let link = shell.handle.look(move |at| at.links.get(&agent).cloned()).await?;
    let link = link.ok_or_else(|| unreadable("it is not running".to_owned()))?;
    link.screen().await.map(observe::to_core).map_err(|e| unreadable(e.to_string()))
}

async fn explain(shell: &Shell, agent: String) -> Result<Response, Refusal> {
    let id = agent_named(shell, agent).await?;
    let Response::Agent(agent) = agent_view(shell, id).await? else {
        return Err(gone());
    };
    let (profile, detector) = observe::profile_of(&shell.handle, id).await.ok_or_else(gone)?;
    let now = clock::now().wall;
    let mut sources = vec![Said { state: agent.state.clone(), evidence: agent.evidence.clone() }];
    let (mut rules, mut composer, mut title) = (Vec::new(), None, String::new());
    if let Ok(screen) = screen_of(shell, id).await {
        rules = detector.trace(&screen);
        composer = detector.composer(&screen).map(|view| view.text);
        title.clone_from(&screen.title);
        if let Some((state, detail)) = observe::of_screen(&profile, &detector, &screen) {
            sources.push(Said { state, evidence: Evidence::new(Source::Screen, detail, now) });
        }
    }
    Ok(Response::Explanation(Box::new(Explanation { agent, sources, rules, composer, title })))
}

/// Waits until the log goes on past a position, at most so long.
async fn wait_past(shell: &Shell, after: Seq, wait_ms: u64) {
    if wait_ms > 0 {
        let timeout = Duration::from_millis(wait_ms).min(LONGEST_WAIT);
        let mut seq = shell.handle.seq.clone();
        let beyond = seq.wait_for(|seq| *seq > after);
        tokio::select! {
            _ = tokio::time::timeout(timeout, beyond) => {}
            () = shell.stop.cancelled() => {}
        }
    }
}

async fn read_events(
    shell: &Shell,
    after: u64,
    limit: usize,
    team: Option<String>,
) -> Result<Vec<Envelope>, Refusal> {
    let log = shell.log.clone();
    let read = tokio::task::spawn_blocking(move || journal::read(&log, after, limit, team));
    read.await
        .map_err(|e| Refusal::new(Code::Internal, e.to_string(), ""))?
        .map_err(|e| Refusal::new(Code::Storage, e.to_string(), "`tmux-orc log verify` checks the log"))
}

async fn messages(shell: &Shell, of: String, after: u64, wait_ms: u64) -> Result<Response, Refusal> {
    let about = if of.contains(':') {
        About::Agent(agent_named(shell, of).await?)
    } else {
        About::Team(team_named(shell, of).await?)
    };
    wait_past(shell, Seq(after), wait_ms).await;
    let (entries, seq) = transcript(shell, &about, after).await?;
    Ok(Response::Transcript { entries, seq })
}

async fn transcript(
    shell: &Shell,
    about: &About,
    after: u64,
) -> Result<(Vec<orc_core::transcript::Entry>, Seq), Refusal> {
    let mut fold = Transcript::default();
    let (mut entries, mut at) = (Vec::new(), 0);
    loop {
        let page = read_events(shell, at, PAGE, None).await?;
        for envelope in &page {
            at = envelope.seq.0;
            if let (About::Team(team), Event::TeamCreated { team: made, .. }) = (about, &envelope.event)
                && team == made
            {
                entries.clear(); // An earlier team of the same name has its own record.
            }
            let entry = fold.fold(envelope.seq, envelope.at, &envelope.event, about);
            entries.extend(entry.filter(|_| envelope.seq.0 > after));
        }
        if page.len() < PAGE {
            return Ok((entries, Seq(at)));
        }
    }
}

/// What was broadcast to a team so far.
pub(crate) async fn broadcasts(shell: &Shell, team: &TeamName) -> Result<Vec<String>, Refusal> {
    let (entries, _) = transcript(shell, &About::Team(team.clone()), 0).await?;
    let text = |entry: orc_core::transcript::Entry| match entry {
        orc_core::transcript::Entry::Sent { kind: MessageKind::Broadcast, from, text, .. } => {
            Some(format!("{from}: {text}"))
        }
        _ => None,
    };
    Ok(entries.into_iter().filter_map(text).collect())
}

async fn verify(shell: &Shell) -> Result<Response, Refusal> {
    let log = shell.log.clone();
    let done = tokio::task::spawn_blocking(move || journal::verify(&log));
    let found = done
        .await
        .map_err(|e| Refusal::new(Code::Internal, e.to_string(), ""))?
        .map_err(|e| Refusal::new(Code::Storage, e.to_string(), ""))?;
    Ok(Response::Verified {
        entries: found.entries,
        head: found.head_hash.to_string(),
        bad: found.first_bad.map(|bad| (bad.seq, bad.reason.to_string())),
    })
}

async fn attach(shell: &Shell, to: &str) -> Result<Response, Refusal> {
    let (team, agent) = if to.contains(':') {
        let id = agent_named(shell, to.to_owned()).await?;
        let team = shell.handle.look(move |at| at.state.agent(id).map(|agent| agent.team.clone())).await?;
        (team.ok_or_else(gone)?, Some(id))
    } else {
        (team_named(shell, to.to_owned()).await?, None)
    };
    let argv = shell.views.attach(&team, agent).await;
    let argv = argv.map_err(|why| {
        Refusal::new(Code::Conflict, why, "`tmux-orc team status` shows whether the team runs")
    })?;
    Ok(Response::Attach { argv })
}

async fn daemon_status(shell: &Shell) -> Result<Response, Refusal> {
    let (seq, agents, connected) = shell
        .handle
        .look(|at| {
            (at.state.seq, at.state.agents.values().filter(|a| a.launch.is_some()).count(), at.links.len())
        })
        .await?;
    Ok(Response::Daemon(DaemonView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        started_at: shell.started_at,
        seq,
        state_dir: shell.paths.state.display().to_string(),
        runtime_dir: shell.paths.runtime.display().to_string(),
        agents,
        connected,
        tmux_pid: shell.views.server_pid().await,
    }))
}

//! Opening many views in few writes. Sessions of new teams come first, with their first view in them; then all
//! other windows, pipelined. Each window is made and marked in one line, at an index that was free a moment ago;
//! whoever lost such an index to somebody else tries again.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{AGENT_MARK, OpenView, OpenedView};
use crate::exchange::Answer;
use crate::line::Line;
use crate::start::{COLUMNS, ROWS};
use crate::teams::{TEAM_MARK, TeamSession};
use crate::{PaneId, Server, ServerIdentity, SessionId, TmuxError, WindowId};

const ROUNDS: usize = 4;
/// Windows in one write: the server does nothing else meanwhile, not even answer.
const BATCH: usize = 64;
const NAME_SUFFIXES: u32 = 32;
const IDS: &str = "#{session_id} #{window_id} #{pane_id}";

type Opened = Result<OpenedView, TmuxError>;

pub(super) async fn open_views(server: &Server, views: Vec<OpenView>) -> Result<Vec<Opened>, TmuxError> {
    let _turn = server.inner.opening.lock().await;
    let identity = server.ensure_server().await?;
    let mut results: Vec<Option<Opened>> = views.iter().map(|view| view.check().err().map(Err)).collect();
    for round in 1..=ROUNDS {
        let mut waiting: Vec<usize> = (0..views.len()).filter(|at| results[*at].is_none()).collect();
        if waiting.is_empty() {
            break;
        }
        // Lower wishes first, so that whoever has none gets a place behind them.
        waiting.sort_by_key(|at| views[*at].index.unwrap_or(u32::MAX));
        let mut teams = server.team_sessions(Some(identity)).await?;
        let founders = founders(&views, &waiting, &teams);
        for (at, result) in found(server, identity, &views, &founders).await? {
            if let Ok(opened) = &result {
                let indices = BTreeSet::from([views[at].index.unwrap_or(0)]);
                teams.insert(views[at].team.clone(), TeamSession { session: opened.session, indices });
            }
            results[at] = Some(result);
        }
        waiting.retain(|at| results[*at].is_none() && teams.contains_key(&views[*at].team));
        for batch in waiting.chunks(BATCH) {
            let lines = batch.iter().filter_map(|at| {
                let team = teams.get_mut(&views[*at].team)?;
                Some(window_line(&views[*at], team))
            });
            let (_, answers) = server.ask(lines.collect(), Some(identity)).await?;
            for (at, answer) in batch.iter().zip(answers) {
                if round == ROUNDS || !lost_its_place(&answer) {
                    results[*at] = Some(opened(identity, "new-window", answer));
                }
            }
        }
    }
    let unopened = || Err(TmuxError::NotFound { target: "the session of the team".to_owned() });
    Ok(results.into_iter().map(|result| result.unwrap_or_else(unopened)).collect())
}

/// The first waiting view of each team that has no session.
fn founders(views: &[OpenView], waiting: &[usize], teams: &BTreeMap<String, TeamSession>) -> Vec<usize> {
    let mut first = BTreeMap::new();
    for at in waiting {
        let team = views[*at].team.as_str();
        if let (Entry::Vacant(entry), false) = (first.entry(team), teams.contains_key(team)) {
            entry.insert(*at);
        }
    }
    first.into_values().collect()
}

async fn found(
    server: &Server,
    identity: ServerIdentity,
    views: &[OpenView],
    founders: &[usize],
) -> Result<Vec<(usize, Opened)>, TmuxError> {
    let lines = founders.iter().map(|at| session_line(&views[*at])).collect();
    let (_, answers) = server.ask(lines, Some(identity)).await?;
    let mut results = Vec::new();
    for (at, mut answer) in founders.iter().zip(answers) {
        let taken = answer.error.as_deref().is_some_and(|error| error.starts_with("duplicate session"));
        if taken {
            answer.error = None;
        }
        let result = opened(identity, "new-session", answer);
        if let (Ok(opened), true) = (&result, taken) {
            name_apart(server, opened.session, &views[*at].team).await?;
        }
        results.push((*at, result));
    }
    Ok(results)
}

/// The name of the team is taken by a session that is not ours.
async fn name_apart(server: &Server, session: SessionId, team: &str) -> Result<(), TmuxError> {
    for suffix in 2..NAME_SUFFIXES {
        let line =
            rename_session(Line::new("rename-session"), &session.to_string(), &format!("{team}-{suffix}"));
        match server.run(line, Some(session.server())).await {
            Err(TmuxError::Refused { .. }) => {}
            done => return done.map(drop),
        }
    }
    Ok(())
}

/// Makes a session under a name that nobody has, marks it, and only then gives it its name: tmux may change
/// what it is given as a name, and the line must know what to call the session.
fn session_line(view: &OpenView) -> Line {
    let name = provisional_name();
    let target = format!("={name}:");
    let line = Line::new("new-session").word("-d").word("-P").word("-F").arg(IDS).word("-s").arg(&name);
    let line = program(line.word("-x").word(COLUMNS).word("-y").word(ROWS), view);
    let line = line.then("set-option").word("-t").arg(&target).word("--").word(TEAM_MARK).arg(&view.team);
    let line = mark(line, &target, view);
    // The first window of a session has index 0, also when the view for that index is only opened later.
    let line = match view.index.filter(|wish| *wish > 0) {
        Some(wish) => {
            line.then("move-window").word("-s").arg(&target).word("-t").arg(&format!("={name}:{wish}"))
        }
        None => line,
    };
    rename_session(line.then("rename-session"), &target, &view.team)
}

fn window_line(view: &OpenView, team: &mut TeamSession) -> Line {
    let after_last = team.indices.last().map_or(0, |last| last + 1);
    let index = view.index.filter(|wish| !team.indices.contains(wish)).unwrap_or(after_last);
    team.indices.insert(index);
    let target = format!("{}:{index}", team.session);
    let line = Line::new("new-window").word("-d").word("-P").word("-F").arg(IDS).word("-t").arg(&target);
    mark(program(line, view), &target, view)
}

fn program(line: Line, view: &OpenView) -> Line {
    let cwd = view.cwd.to_str().expect("a view is checked before it is opened");
    line.word("-n").literal(&view.window_name).word("-c").literal(cwd).program(&view.argv)
}

fn mark(line: Line, target: &str, view: &OpenView) -> Line {
    line.then("set-option").word("-p").word("-t").arg(target).word("--").word(AGENT_MARK).arg(&view.agent)
}

fn rename_session(line: Line, target: &str, name: &str) -> Line {
    line.word("-t").arg(target).word("--").literal(name)
}

/// A name that no session has: ours are numbered, and another process has another number of its own.
fn provisional_name() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    format!("orc-new-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// Somebody took the index, or closed the session, since we looked.
fn lost_its_place(answer: &Answer) -> bool {
    let told = |error: &str| error.contains("in use") || error.starts_with("can't find");
    answer.output.is_empty() && answer.error.as_deref().is_some_and(told)
}

fn opened(server: ServerIdentity, command: &'static str, answer: Answer) -> Opened {
    let lines = answer.succeeded(command)?;
    let text = lines.first().map_or("", String::as_str);
    let ids = || {
        let mut words = text.split(' ');
        Some(OpenedView {
            session: SessionId::parse(server, words.next()?)?,
            window: WindowId::parse(server, words.next()?)?,
            pane: PaneId::parse(server, words.next()?)?,
        })
    };
    ids().ok_or_else(|| TmuxError::UnexpectedAnswer { command, answer: text.to_owned() })
}

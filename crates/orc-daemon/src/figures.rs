//! What the log costs, for `tmux-orc bench`: the same code as a supervisor runs, without agents.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orc_core::catalog::Catalog;
use orc_core::delivery::{MessageKind, Sender};
use orc_core::envelope::make_safe;
use orc_core::event::Event;
use orc_core::ids::{AgentId, Seq, TeamName};
use orc_core::input::{Input, NewAgent};
use orc_core::redact::Redactor;
use orc_core::state::State;
use orc_core::time::Now;
use orc_store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::DaemonError;
use crate::handle::Handle;
use crate::journal::{self, Journal, Origin};
use crate::supervisor::Supervisor;

/// Writes a log of these events, a second apart, as a supervisor would have written them.
pub fn write_log(path: &Path, events: impl IntoIterator<Item = Event>) -> Result<(), DaemonError> {
    const GROUP: usize = 2000;
    let mut state = State::default();
    let mut store = Store::open(path)?;
    let mut entries = Vec::with_capacity(GROUP);
    let began = crate::clock::now();
    for event in events {
        let seq = Seq(state.seq.0 + 1);
        let now =
            Now { wall: began.wall.plus_millis(seq.0 * 1000), boot_millis: began.boot_millis + seq.0 * 1000 };
        let before = state.team_of(&event);
        state.apply(seq, now.wall, &event);
        let team = before.or_else(|| state.team_of(&event)).map(Into::into);
        entries.push(journal::entry(&event, team, &Origin::system(), now, "a boot"));
        if entries.len() == GROUP {
            store.append(None, &entries)?;
            entries.clear();
        }
    }
    store.append(None, &entries)?;
    Ok(())
}

/// Replays a log; how many events it has.
pub fn replay(path: &Path) -> Result<u64, DaemonError> {
    Ok(journal::replay(path)?.seq.0)
}

/// What came of appending.
#[derive(Debug, Clone, Copy)]
pub struct Appended {
    /// How many events.
    pub events: u64,
    /// How long it took until the last of them was on the disk and answered for.
    pub took: Duration,
}

/// Lets so many authors send messages, each as soon as its last one was made durable, until there are so many: through
/// the supervisor's task, with everything that it does for each. The log is at `path`, in a folder of its own.
pub async fn append(path: &Path, authors: usize, events: u64) -> Result<Appended, DaemonError> {
    let (journal, state) = Journal::open(path)?;
    let stop = CancellationToken::new();
    let (supervisor, handle) = Supervisor::new(
        Arc::new(journal),
        state,
        Catalog::default(),
        Arc::new(Redactor::new([0; 32])),
        TaskTracker::new(),
        stop.clone(),
        Box::new(|_, _| {}),
    );
    let owner = tokio::spawn(supervisor.run());
    let team: TeamName = "figures".parse().expect("a plain name");
    let deployed =
        Input::TeamDeployed { team: team.clone(), briefs: Vec::new(), broadcast: None, incident: None };
    for input in [team_of(&team, authors), deployed] {
        drop(handle.input(input, Origin::system()).await);
    }
    let before = handle.seq.borrow().0;
    let begun = Instant::now();
    let each = events.div_ceil(authors.max(1) as u64);
    let authors: Vec<_> = (1..=authors as u64)
        .map(|agent| tokio::spawn(send(handle.clone(), team.clone(), AgentId(agent), each)))
        .collect();
    for author in authors {
        drop(author.await);
    }
    let took = begun.elapsed();
    let events = handle.seq.borrow().0 - before;
    stop.cancel();
    drop(owner.await);
    Ok(Appended { events, took })
}

fn team_of(team: &TeamName, size: usize) -> Input {
    let plain = "figures that somebody asked for";
    let member = |number| NewAgent {
        name: format!("agent-{number}").parse().expect("a plain name"),
        title: plain.to_owned(),
        role: "backend".parse().expect("a plain name"),
        profile: "scripted".parse().expect("a plain name"),
        dir: "/".to_owned(),
    };
    let kind = "backend".parse().expect("a plain name");
    let members = (0..size).map(member).collect();
    Input::CreateTeam { team: team.clone(), kind, dir: "/".to_owned(), members }
}

async fn send(handle: Handle, team: TeamName, to: AgentId, count: u64) {
    const TEXT: &str = "Logins fail since 14:02. The log says `connection pool exhausted: active=20 idle=0 waiting=311`.\n\
                        Look where connections are not given back, and say what you find.";
    for number in 0..count {
        let input = Input::Send {
            team: team.clone(),
            from: Sender::Operator,
            kind: MessageKind::Direct,
            to: vec![to],
            text: make_safe(&format!("{TEXT} ({number})")),
            key: None,
        };
        // What is refused makes no event, and shows in the figure.
        drop(handle.input(input, Origin::system()).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_counted_as_appended_is_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let appended = append(&path, 8, 100).await.unwrap();
        assert_eq!(appended.events, 8 * 13);
        let of_the_team = 1 + 8 + 1;
        assert_eq!(replay(&path).unwrap(), appended.events + of_the_team);
        assert_eq!(journal::verify(&path).unwrap().first_bad, None);
    }

    #[test]
    fn a_log_that_was_written_is_replayed_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let events = (0..4321).map(|count| Event::ViewsRestored { count });
        write_log(&path, events).unwrap();
        assert_eq!(replay(&path).unwrap(), 4321);
        assert_eq!(journal::verify(&path).unwrap().first_bad, None);
    }
}

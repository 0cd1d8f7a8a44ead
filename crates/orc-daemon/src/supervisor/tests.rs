//! A supervisor over a log that somebody else writes to, which is how a commit fails without a broken disk.

use orc_core::input::Input;
use orc_store::{NewEntry, Store};

use super::*;
use crate::journal::Origin;

fn entry(kind: &str, body: &str) -> NewEntry {
    NewEntry {
        at_ms: 1,
        recorded_ms: 1,
        boot_id: String::new(),
        boottime_ms: 1,
        actor: "somebody else".to_owned(),
        door: "test".to_owned(),
        kind: kind.to_owned(),
        team: None,
        body: body.to_owned(),
    }
}

/// One that runs and starts nothing.
fn supervisor(
    journal: Arc<Journal>,
    state: State,
    catalog: Catalog,
) -> (Handle, CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let redactor = Arc::new(Redactor::new([0; 32]));
    let start = Box::new(|_, _: &Supervisor| {});
    let (supervisor, handle) =
        Supervisor::new(journal, state, catalog, redactor, TaskTracker::new(), stop.clone(), start);
    (handle, stop, tokio::spawn(supervisor.run()))
}

/// What is before the batch is not read again: here it cannot be read at all.
#[tokio::test]
async fn a_failed_commit_leaves_the_state_before_it_and_what_the_log_has_beyond_that() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.db");
    let mut other = Store::open(&path).unwrap();
    other.append(None, &[entry("unknown", "{}")]).unwrap();
    let journal = Arc::new(Journal::unread(&path).unwrap());
    let state = State { seq: Seq(1), ..State::default() };
    let (handle, stop, running) = supervisor(journal, state, Catalog::default());
    let started = |pid| Input::SupervisorStarted { pid, version: "1".to_owned() };
    handle.input(started(2), Origin::system()).await.unwrap();
    other.append(None, &[entry("supervisor_stopped", r#"{"event":"supervisor_stopped","pid":7}"#)]).unwrap();
    let create = Input::CreateTeam {
        team: "t".parse().unwrap(),
        kind: "backend".parse().unwrap(),
        dir: "/".to_owned(),
        members: Vec::new(),
    };
    let refused = handle.input(create.clone(), Origin::system()).await.unwrap_err();
    assert_eq!(refused.code, Code::Storage);
    let seen = handle.look(|at| (at.state.seq, at.state.teams.len())).await.unwrap();
    assert_eq!(seen, (Seq(3), 0), "nothing of the refused batch is left");
    handle.input(create, Origin::system()).await.unwrap();
    let seen = handle.look(|at| (at.state.seq, at.state.teams.len())).await.unwrap();
    assert_eq!(seen, (Seq(4), 1));
    stop.cancel();
    running.await.unwrap();
}

/// The user renames a profile while an agent is played by it, and deploys another team, which reads the files anew.
#[tokio::test]
async fn a_profile_that_is_played_outlives_its_file_until_its_team_has_stopped() {
    use orc_core::catalog::DataKind;
    use orc_core::input::NewAgent;

    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::unread(&folder.path().join("log.db")).unwrap());
    let mut catalog = Catalog::default();
    for id in ["played", "idle"] {
        let text = format!("id = \"{id}\"\nname = \"Own\"\nbinary = \"own\"\n");
        catalog.add(DataKind::Profile, id, &text, "own.toml").unwrap();
    }
    let (handle, stop, running) = supervisor(journal, State::default(), catalog);
    let member = NewAgent {
        name: "one".parse().unwrap(),
        title: "One".to_owned(),
        role: "backend".parse().unwrap(),
        profile: "played".parse().unwrap(),
        dir: "/".to_owned(),
    };
    let team: orc_core::ids::TeamName = "t".parse().unwrap();
    let create = Input::CreateTeam {
        team: team.clone(),
        kind: "backend".parse().unwrap(),
        dir: "/".to_owned(),
        members: vec![member],
    };
    handle.input(create, Origin::system()).await.unwrap();
    let known =
        || handle.look(|at| ["played", "idle"].map(|id| at.catalog.profile(&id.parse().unwrap()).is_some()));
    handle.send(Command::Catalog(Box::default())).await;
    assert_eq!(known().await.unwrap(), [true, false]);
    handle.input(Input::StopTeam { team }, Origin::system()).await.unwrap();
    handle.send(Command::Catalog(Box::default())).await;
    assert_eq!(known().await.unwrap(), [false, false]);
    stop.cancel();
    running.await.unwrap();
}

//! What happens when things are killed, frozen or deleted.

use orc_tmux::{Event, Observation, ServerIdentity, TmuxError};
use rustix::process::Signal;

use crate::fixture::{Fixture, event, kill, signal, wait_until};

fn pid(identity: ServerIdentity) -> i32 {
    i32::try_from(identity.pid).unwrap()
}

fn gone(event: &Event) -> Option<ServerIdentity> {
    match event {
        Event::ServerGone { server } => Some(*server),
        _ => None,
    }
}

fn reconnected(event: &Event) -> Option<ServerIdentity> {
    match event {
        Event::Reconnected { server } => Some(*server),
        _ => None,
    }
}

/// The control client of the fixture, by tmux's own list.
fn control_client(fixture: &Fixture) -> i32 {
    fixture.ask_by_hand(&["list-clients", "-F", "#{client_pid}"]).parse().unwrap()
}

#[tokio::test]
async fn a_killed_server_is_told_and_started_again_on_demand() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let old = fixture.server.server_identity().await.unwrap();
    kill(pid(old));
    assert_eq!(event(&mut events, "the server to go", gone).await, old);
    assert_eq!(fixture.server.observe().await.unwrap(), Observation::Absent);
    fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    assert_ne!(fixture.server.server_identity().await.unwrap(), old);
    assert_eq!(fixture.panes().await.len(), 1);
    assert_eq!(
        fixture.ask_by_hand(&["show-options", "-gv", "history-limit"]),
        "2000",
        "options are set again"
    );
}

#[tokio::test]
async fn a_killed_control_client_comes_back() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let identity = fixture.server.server_identity().await.unwrap();
    let before = fixture.panes().await;
    for _ in 0..3 {
        kill(control_client(&fixture));
        assert_eq!(event(&mut events, "the connection to return", reconnected).await, identity);
        assert_eq!(fixture.panes().await, before);
    }
}

#[tokio::test]
async fn a_closed_holder_session_is_made_anew() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let identity = fixture.server.server_identity().await.unwrap();
    fixture.ask_by_hand(&["kill-session", "-t", "=orc-hold"]);
    assert_eq!(event(&mut events, "the connection to return", reconnected).await, identity);
    assert_eq!(fixture.panes().await.len(), 1);
}

#[tokio::test]
async fn a_deleted_socket_is_recalled_instead_of_starting_a_second_server() {
    let fixture = Fixture::new();
    let identity = fixture.server.ensure_server().await.unwrap();
    fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let client = control_client(&fixture);
    let mut events = fixture.server.events();
    std::fs::remove_file(fixture.socket()).unwrap();
    kill(client);
    assert_eq!(event(&mut events, "the connection to return", reconnected).await, identity);
    assert_eq!(fixture.panes().await.len(), 1);
}

#[tokio::test]
async fn a_frozen_server_is_unknown_and_neither_absent_nor_present() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let identity = fixture.server.server_identity().await.unwrap();
    signal(pid(identity), Signal::STOP);
    let unknown = fixture.server.observe().await.unwrap_err();
    assert!(matches!(unknown, TmuxError::ConnectionLost) && unknown.outcome_unknown(), "{unknown:?}");
    let unreachable = |event: &Event| match event {
        Event::ServerUnreachable { server } => Some(*server),
        _ => None,
    };
    assert_eq!(event(&mut events, "the server to be reported", unreachable).await, identity);
    signal(pid(identity), Signal::CONT);
    wait_until("the server answers again", async || fixture.server.observe().await).await;
    assert_eq!(event(&mut events, "the connection to return", reconnected).await, identity);
    assert_eq!(fixture.panes().await.len(), 1);
}

#[tokio::test]
async fn a_frozen_server_can_be_killed() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    let identity = fixture.server.ensure_server().await.unwrap();
    signal(pid(identity), Signal::STOP);
    fixture.server.kill_server().await.unwrap();
    assert_eq!(event(&mut events, "the server to go", gone).await, identity);
    assert_eq!(fixture.server.observe().await.unwrap(), Observation::Absent);
}

#[tokio::test]
async fn the_server_outlives_its_handle() {
    let fixture = Fixture::new();
    let identity = fixture.server.ensure_server().await.unwrap();
    let (server, link) = orc_tmux::Server::open(orc_tmux::ServerConfig::new(fixture.socket())).unwrap();
    let link = tokio::spawn(link);
    assert_eq!(server.ensure_server().await.unwrap(), identity);
    drop(server);
    link.await.unwrap();
    assert_eq!(fixture.server.server_identity().await.unwrap(), identity);
}

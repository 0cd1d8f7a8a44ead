//! How the server is started and what it is set to.

use std::path::Path;

use orc_tmux::{FLOOR, Observation, Server, ServerConfig, TmuxError, probe};

use crate::fixture::{Fixture, wait_until};

#[tokio::test]
async fn the_installed_tmux_will_do() {
    let version = probe(Path::new("tmux")).await.expect("tmux is installed");
    assert!(version >= FLOOR);
    let missing = probe(Path::new("/nonexistent/tmux")).await;
    assert!(matches!(missing, Err(TmuxError::Exec { .. })), "{missing:?}");
    let other = probe(Path::new("true")).await;
    assert!(matches!(other, Err(TmuxError::UnknownVersion { .. })), "{other:?}");
}

#[tokio::test]
async fn nothing_is_started_before_it_is_needed() {
    let fixture = Fixture::new();
    assert_eq!(fixture.server.observe().await.unwrap(), Observation::Absent);
    assert_eq!(fixture.server.team_session("team").await.unwrap(), None);
    let identity = fixture.server.server_identity().await;
    assert!(matches!(identity, Err(TmuxError::ServerAbsent { .. })), "{identity:?}");
    fixture.server.kill_server().await.unwrap();
    assert!(!fixture.socket().exists());
}

#[tokio::test]
async fn ensuring_twice_gives_the_same_server() {
    let fixture = Fixture::new();
    let first = fixture.server.ensure_server().await.unwrap();
    assert_eq!(fixture.server.ensure_server().await.unwrap(), first);
    assert_eq!(fixture.server.server_identity().await.unwrap(), first);
    assert_eq!(fixture.ask_by_hand(&["display-message", "-p", "#{pid}"]), first.pid.to_string());
    assert!(fixture.panes().await.is_empty(), "the holder is nobody's view");
}

#[tokio::test]
async fn a_second_handle_finds_the_server_and_its_settings_as_they_are() {
    let fixture = Fixture::new();
    let first = fixture.server.ensure_server().await.unwrap();
    fixture.ask_by_hand(&["set-option", "-g", "mouse", "off"]);
    let (second, link) = Server::open(ServerConfig::new(fixture.socket())).unwrap();
    tokio::spawn(link);
    assert_eq!(second.ensure_server().await.unwrap(), first);
    assert_eq!(fixture.ask_by_hand(&["show-options", "-gv", "mouse"]), "off");
}

#[tokio::test]
async fn two_handles_that_start_at_once_get_one_server() {
    let fixture = Fixture::new();
    let (other, link) = Server::open(ServerConfig::new(fixture.socket())).unwrap();
    tokio::spawn(link);
    let (one, two) = tokio::join!(fixture.server.ensure_server(), other.ensure_server());
    assert_eq!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn the_options_are_set() {
    let fixture = Fixture::new();
    fixture.server.ensure_server().await.unwrap();
    for (scope, option, value) in [
        ("-sv", "exit-empty", "off"),
        ("-sv", "escape-time", "10"),
        ("-sv", "default-terminal", "tmux-256color"),
        ("-sv", "focus-events", "on"),
        ("-gv", "base-index", "0"),
        ("-gv", "history-limit", "2000"),
        ("-gv", "mouse", "on"),
        ("-gv", "bell-action", "none"),
        ("-gv", "destroy-unattached", "off"),
        ("-gwv", "window-size", "latest"),
        ("-gwv", "remain-on-exit", "off"),
        ("-gwv", "automatic-rename", "off"),
        ("-gwv", "allow-passthrough", "off"),
    ] {
        assert_eq!(fixture.ask_by_hand(&["show-options", scope, option]), value, "{option}");
    }
}

#[tokio::test]
async fn the_configuration_of_the_user_has_no_effect() {
    let conf = "set -g base-index 1\nset -g pane-base-index 1\nset -g prefix C-]\nset -g status off\n\
                set -g renumber-windows on\nset -g default-command 'exit 1'\nset -g window-size manual\n\
                set-hook -g session-created 'rename-session hooked'\n\
                set-hook -g after-new-window 'kill-window'\nset -g remain-on-exit on\n";
    let write = |home: &Path| {
        std::fs::write(home.join(".tmux.conf"), conf).unwrap();
        std::fs::create_dir_all(home.join(".config/tmux")).unwrap();
        std::fs::write(home.join(".config/tmux/tmux.conf"), conf).unwrap();
    };
    let fixture = Fixture::with(write, &[]);
    let views = vec![fixture.view("team", "a"), fixture.view("team", "b")];
    for opened in fixture.server.open_views(views).await.unwrap() {
        opened.unwrap();
    }
    let panes = fixture.panes().await;
    let seen: Vec<_> = panes.iter().map(|pane| (pane.session_name.as_str(), pane.window_index)).collect();
    assert_eq!(seen, [("team", 0), ("team", 1)]);
    assert_eq!(fixture.ask_by_hand(&["show-options", "-gv", "prefix"]), "C-b");
    assert_eq!(fixture.ask_by_hand(&["show-hooks", "-g", "session-created"]), "session-created");
}

#[tokio::test]
async fn a_locale_without_utf8_does_not_garble_names() {
    let fixture = Fixture::with(|_| {}, &[("LC_ALL", "C"), ("LANG", "C")]);
    fixture.server.open_view(fixture.view("équipe", "agent 🦀")).await.unwrap();
    let panes = fixture.panes().await;
    assert_eq!(panes[0].team.as_deref(), Some("équipe"));
    assert_eq!(panes[0].session_name, "équipe");
    assert_eq!(panes[0].agent.as_deref(), Some("agent 🦀"));
    assert_eq!(panes[0].window_name, "agent 🦀");
}

#[tokio::test]
async fn views_inherit_the_cleaned_environment() {
    let fixture = Fixture::with(|_| {}, &[("API_KEY", "secret"), ("LC_TIME", "C")]);
    let file = fixture.directory().join("environment");
    let mut view = fixture.view("team", "a");
    let script = "env > \"$1.new\" && mv \"$1.new\" \"$1\"; exec sleep 600";
    view.argv = ["sh", "-c", script, "sh", file.to_str().unwrap()].map(String::from).into();
    fixture.server.open_view(view).await.unwrap();
    let text = wait_until("the environment is written", async || std::fs::read_to_string(&file)).await;
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    assert_eq!(value("HOME"), fixture.home.to_str());
    assert_eq!(value("LC_TIME"), Some("C"));
    assert_eq!(value("TERM"), Some("tmux-256color"));
    assert_eq!(value("API_KEY"), None);
    assert_eq!(value("CARGO_PKG_NAME"), None);
}

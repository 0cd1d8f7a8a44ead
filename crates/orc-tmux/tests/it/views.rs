//! The life of views.

use orc_tmux::{Event, Observation, OpenView, PaneView, TmuxError};

use crate::fixture::{Fixture, event, wait_until};

fn agents(panes: &[PaneView]) -> Vec<(&str, u32)> {
    panes.iter().map(|pane| (pane.agent.as_deref().unwrap_or("-"), pane.window_index)).collect()
}

#[tokio::test]
async fn the_first_view_is_the_first_window_of_its_team() {
    let fixture = Fixture::new();
    let opened = fixture.server.open_view(fixture.view("team", "lead")).await.unwrap();
    let panes = fixture.panes().await;
    assert_eq!(panes.len(), 1, "no window but the view: {panes:?}");
    let pane = &panes[0];
    assert_eq!((pane.session, pane.window, pane.pane), (opened.session, opened.window, opened.pane));
    assert_eq!(pane.team.as_deref(), Some("team"));
    assert_eq!(pane.agent.as_deref(), Some("lead"));
    assert_eq!((pane.session_name.as_str(), pane.window_name.as_str()), ("team", "lead"));
    assert_eq!((pane.width, pane.height), (200, 50));
    assert!(pane.pid.is_some() && !pane.dead);
    assert_eq!(fixture.server.team_session("team").await.unwrap(), Some(opened.session));
}

#[tokio::test]
async fn views_of_several_teams_in_one_go() {
    let fixture = Fixture::new();
    let wish = |view: OpenView, index| OpenView { index, ..view };
    let views = vec![
        wish(fixture.view("red", "r2"), Some(2)),
        wish(fixture.view("blue", "b0"), None),
        wish(fixture.view("red", "r0"), Some(0)),
        wish(fixture.view("red", "r2 again"), Some(2)),
        wish(fixture.view("blue", "b1"), None),
    ];
    let opened = fixture.server.open_views(views).await.unwrap();
    let opened: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    assert_eq!(opened[0].session, opened[2].session);
    assert_ne!(opened[0].session, opened[1].session);
    let panes = fixture.panes().await;
    let of = |team: &str| {
        let mut panes: Vec<_> =
            panes.iter().filter(|pane| pane.team.as_deref() == Some(team)).cloned().collect();
        panes.sort_by_key(|pane| pane.window_index);
        panes
    };
    assert_eq!(agents(&of("red")), [("r0", 0), ("r2", 2), ("r2 again", 3)]);
    assert_eq!(agents(&of("blue")), [("b0", 0), ("b1", 1)]);
    let found = panes.iter().find(|pane| pane.agent.as_deref() == Some("r2")).unwrap();
    assert_eq!(found.pane, opened[0].pane, "results come in the order of the views");
}

#[tokio::test]
async fn a_view_that_cannot_be_opened_does_not_hinder_the_others() {
    let fixture = Fixture::new();
    let bad = OpenView { argv: Vec::new(), ..fixture.view("team", "bad") };
    let views = vec![bad, fixture.view("team", "tab\there"), fixture.view("team", "good")];
    let results = fixture.server.open_views(views).await.unwrap();
    assert!(matches!(results[0], Err(TmuxError::BadArgument { .. })));
    assert!(matches!(results[1], Err(TmuxError::BadArgument { .. })));
    assert!(results[2].is_ok());
    assert_eq!(agents(&fixture.panes().await), [("good", 0)]);
}

#[tokio::test]
async fn concurrent_openings_share_the_session_of_a_team() {
    let fixture = Fixture::new();
    let (one, two) = tokio::join!(
        fixture.server.open_view(fixture.view("team", "a")),
        fixture.server.open_view(fixture.view("team", "b")),
    );
    assert_eq!(one.unwrap().session, two.unwrap().session);
}

#[tokio::test]
async fn a_renamed_session_is_still_the_team() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    let opened = fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    // A session counts as new, and its renames as no news, until it has been listed once.
    wait_until("the rename is told", async || {
        fixture.ask_by_hand(&["rename-session", "-t", &opened.session.to_string(), "other"]);
        fixture.ask_by_hand(&["rename-session", "-t", &opened.session.to_string(), "mine #1"]);
        let told = std::iter::from_fn(|| events.try_recv().ok()).collect::<Vec<_>>();
        let wanted = Event::SessionRenamed { session: opened.session, name: "mine #1".into() };
        if told.contains(&wanted) { Ok(()) } else { Err(told) }
    })
    .await;
    let again = fixture.server.open_view(fixture.view("team", "b")).await.unwrap();
    assert_eq!(again.session, opened.session);
    let panes = fixture.panes().await;
    assert!(panes.iter().all(|pane| pane.session_name == "mine #1" && pane.team.as_deref() == Some("team")));
}

#[tokio::test]
async fn a_taken_name_gets_a_suffix() {
    let fixture = Fixture::new();
    fixture.server.ensure_server().await.unwrap();
    for name in ["team", "team-2"] {
        fixture.ask_by_hand(&["new-session", "-d", "-s", name, "sleep 600"]);
    }
    let opened = fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let panes = fixture.panes().await;
    assert_eq!(agents(&panes), [("a", 0)], "the sessions of the person are not ours");
    assert_eq!((panes[0].session, panes[0].session_name.as_str()), (opened.session, "team-3"));
    assert_eq!(fixture.server.team_session("team").await.unwrap(), Some(opened.session));
}

#[tokio::test]
async fn a_view_that_comes_first_leaves_the_lower_places_free() {
    let fixture = Fixture::new();
    for (agent, index) in [("b", 1), ("c", 2), ("a", 0)] {
        let view = OpenView { index: Some(index), ..fixture.view("team", agent) };
        fixture.server.open_view(view).await.unwrap();
    }
    let mut panes = fixture.panes().await;
    panes.sort_by_key(|pane| pane.window_index);
    assert_eq!(agents(&panes), [("a", 0), ("b", 1), ("c", 2)]);
}

#[tokio::test]
async fn a_window_closed_by_hand_is_told_and_seen() {
    let fixture = Fixture::new();
    let views = vec![fixture.view("team", "a"), fixture.view("team", "b")];
    let opened = fixture.server.open_views(views).await.unwrap();
    let first = *opened[0].as_ref().unwrap();
    let mut events = fixture.server.events();
    fixture.ask_by_hand(&["kill-window", "-t", &first.window.to_string()]);
    let closed = event(&mut events, "the window to close", |event| match event {
        Event::WindowClosed { window } => Some(*window),
        _ => None,
    });
    assert_eq!(closed.await, first.window);
    assert_eq!(agents(&fixture.panes().await), [("b", 1)]);
    fixture.server.open_view(OpenView { index: Some(0), ..fixture.view("team", "a") }).await.unwrap();
    assert_eq!(agents(&fixture.panes().await), [("b", 1), ("a", 0)]);
}

#[tokio::test]
async fn a_program_that_ends_closes_its_window_and_session() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    let view =
        OpenView { argv: vec!["sh".into(), "-c".into(), "read line".into()], ..fixture.view("team", "a") };
    let opened = fixture.server.open_view(view).await.unwrap();
    fixture.ask_by_hand(&["send-keys", "-t", &opened.pane.to_string(), "Enter"]);
    let wanted = |event: &Event| (*event == Event::WindowClosed { window: opened.window }).then_some(());
    event(&mut events, "the window to close", wanted).await;
    let wanted = |event: &Event| (*event == Event::SessionClosed { session: opened.session }).then_some(());
    event(&mut events, "the session to close", wanted).await;
    assert!(fixture.panes().await.is_empty());
    assert_eq!(fixture.server.team_session("team").await.unwrap(), None);
}

#[tokio::test]
async fn a_respawned_view_keeps_its_pane_and_marks() {
    let fixture = Fixture::new();
    let opened = fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let before = fixture.panes().await;
    fixture.server.respawn_view(opened.pane, &["sleep".into(), "601".into()]).await.unwrap();
    let after = fixture.panes().await;
    assert_ne!(before[0].pid, after[0].pid);
    assert_eq!(after, [PaneView { pid: after[0].pid, ..before[0].clone() }]);
    assert_eq!(
        fixture.ask_by_hand(&["list-panes", "-t", "=team:", "-F", "#{pane_start_command}"]),
        "sleep 601"
    );
}

#[tokio::test]
async fn closing_is_idempotent_and_other_calls_say_what_is_missing() {
    let fixture = Fixture::new();
    let views = vec![fixture.view("team", "a"), fixture.view("team", "b")];
    let opened: Vec<_> =
        fixture.server.open_views(views).await.unwrap().into_iter().map(Result::unwrap).collect();
    for _ in 0..2 {
        fixture.server.close_view(opened[0].pane).await.unwrap();
    }
    assert_eq!(agents(&fixture.panes().await), [("b", 1)]);
    let gone = fixture.server.respawn_view(opened[0].pane, &["sleep".into(), "600".into()]).await;
    assert!(matches!(gone, Err(TmuxError::NotFound { .. })), "{gone:?}");
    let gone = fixture.server.rename_window(opened[0].window, "x").await;
    assert!(matches!(gone, Err(TmuxError::NotFound { .. })), "{gone:?}");
    for _ in 0..2 {
        fixture.server.close_team(opened[0].session).await.unwrap();
    }
    assert!(fixture.panes().await.is_empty());
}

#[tokio::test]
async fn ids_of_an_earlier_server_reach_nothing() {
    let fixture = Fixture::new();
    let old = fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    fixture.server.kill_server().await.unwrap();
    fixture.server.close_view(old.pane).await.unwrap();
    let new = fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    assert_eq!(new.pane.to_string(), old.pane.to_string(), "the numbers do come again");
    assert_ne!(new.pane, old.pane);
    fixture.server.close_view(old.pane).await.unwrap();
    fixture.server.close_team(old.session).await.unwrap();
    let gone = fixture.server.respawn_view(old.pane, &["sleep".into(), "600".into()]).await;
    assert!(matches!(gone, Err(TmuxError::NotFound { .. })), "{gone:?}");
    assert_eq!(agents(&fixture.panes().await), [("a", 0)]);
}

#[tokio::test]
async fn killing_the_server_is_complete_and_idempotent() {
    let fixture = Fixture::new();
    let mut events = fixture.server.events();
    fixture.server.open_view(fixture.view("team", "a")).await.unwrap();
    let identity = fixture.server.server_identity().await.unwrap();
    for _ in 0..2 {
        fixture.server.kill_server().await.unwrap();
    }
    event(&mut events, "the server to go", |event| {
        (*event == Event::ServerGone { server: identity }).then_some(())
    })
    .await;
    assert_eq!(fixture.server.observe().await.unwrap(), Observation::Absent);
}

#[tokio::test]
async fn the_attach_command_shows_the_team() {
    let fixture = Fixture::new();
    let views = vec![fixture.view("team", "a"), fixture.view("team", "b")];
    let opened = fixture.server.open_views(views).await.unwrap();
    let second = *opened[1].as_ref().unwrap();
    let mut argv = fixture.server.attach_argv(second.session, Some(second.window)).into_iter();
    // A terminal for the person: a pane of the same server will do.
    let mut command: Vec<String> = ["env", "-u", "TMUX"].map(String::from).into();
    command.extend(argv.by_ref().map(|word| word.into_string().unwrap()));
    let person = OpenView { argv: command, ..fixture.view("person", "terminal") };
    fixture.server.open_view(person).await.unwrap();
    wait_until("the person sees the second view", async || {
        let seen = fixture.ask_by_hand(&["list-clients", "-F", "#{session_name} #{window_id}"]);
        let wanted = format!("team {}", second.window);
        if seen.lines().any(|line| line == wanted) { Ok(()) } else { Err(seen) }
    })
    .await;
}

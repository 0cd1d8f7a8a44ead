//! Fifty windows: complete, and about as fast as the bare protocol.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fixture::Fixture;

const WINDOWS: usize = 50;

#[tokio::test]
async fn fifty_windows_in_one_go() {
    let fixture = Fixture::new();
    fixture.server.ensure_server().await.unwrap();
    let views = (0..WINDOWS).map(|at| fixture.view("team", &format!("agent {at}"))).collect();
    let started = Instant::now();
    let opened = fixture.server.open_views(views).await.unwrap();
    println!("{WINDOWS} windows: {:?}", started.elapsed());
    let started = Instant::now();
    let panes = fixture.panes().await;
    println!("observing them: {:?}", started.elapsed());
    assert_eq!(panes.len(), WINDOWS);
    for (at, (opened, pane)) in opened.iter().zip(&panes).enumerate() {
        assert_eq!(pane.pane, opened.as_ref().unwrap().pane);
        assert_eq!(pane.agent, Some(format!("agent {at}")));
        assert_eq!(pane.window_index, u32::try_from(at).unwrap());
    }
}

#[tokio::test]
#[ignore = "a measurement, not a check: run it alone with --nocapture"]
async fn fifty_windows_against_the_bare_protocol() {
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..15 {
        let fixture = Fixture::new();
        fixture.server.ensure_server().await.unwrap();
        let views = (0..WINDOWS).map(|at| fixture.view("team", &format!("agent {at}"))).collect();
        let started = Instant::now();
        fixture.server.open_views(views).await.unwrap();
        ours.push(started.elapsed());
        let fixture = Fixture::new();
        fixture.server.ensure_server().await.unwrap();
        bare.push(bare_protocol(&fixture));
    }
    ours.sort();
    bare.sort();
    let show = |times: &[Duration]| format!("min {:?}, median {:?}, max {:?}", times[0], times[7], times[14]);
    println!("ours: {}\nbare: {}", show(&ours), show(&bare));
}

/// The same windows over a connection that pairs no answers with questions.
fn bare_protocol(fixture: &Fixture) -> Duration {
    let mut client = Command::new("tmux")
        .arg("-S")
        .arg(fixture.socket())
        .args(["-C", "attach", "-t", "=orc-hold", "-f", "ignore-size,no-output"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.starts_with("%end")).unwrap();
    let started = Instant::now();
    let window = |at| {
        format!("new-window -d -P -n agent{at} -- sleep 600 ; set-option -p -t =orc-hold:{at} @orc_agent agent{at}
")
    };
    stdin.write_all((1..=WINDOWS).map(window).collect::<String>().as_bytes()).unwrap();
    lines.filter(|line| line.starts_with("%end")).take(2 * WINDOWS).for_each(drop);
    let elapsed = started.elapsed();
    client.kill().unwrap();
    client.wait().unwrap();
    elapsed
}

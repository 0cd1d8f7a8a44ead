//! Names and arguments that try to be something else.

use orc_tmux::OpenView;

use crate::fixture::{Fixture, wait_until};

const NAMES: &[&str] = &[
    "#(touch PWNED)",
    "#{pid}",
    "a;b",
    ";",
    "it's \"quoted\"",
    "équipe 🦀 中文",
    "-d",
    "%begin 1 2 3",
    "~root",
    "=x",
    "{end}",
    "a } b , c",
    "%H:%M",
];

#[tokio::test]
async fn hostile_names_are_only_names() {
    let fixture = Fixture::new();
    let views = NAMES.iter().map(|name| OpenView { window_name: (*name).into(), ..fixture.view(name, name) });
    let again = NAMES.iter().map(|name| fixture.view(name, "second"));
    for result in fixture.server.open_views(views.chain(again).collect()).await.unwrap() {
        result.unwrap();
    }
    let panes = fixture.panes().await;
    assert_eq!(panes.len(), 2 * NAMES.len());
    for name in NAMES {
        let pane = panes.iter().find(|pane| pane.agent.as_deref() == Some(*name)).unwrap();
        assert_eq!(pane.team.as_deref(), Some(*name));
        assert_eq!(pane.window_name, *name);
        // Before tmux 3.7 a session name holds no colon.
        assert!(pane.session_name == *name || pane.session_name == name.replace(':', "_"), "{pane:?}");
        fixture.server.rename_window(pane.window, &format!("{name}!")).await.unwrap();
    }
    let panes = fixture.panes().await;
    for name in NAMES {
        let pane = panes.iter().find(|pane| pane.agent.as_deref() == Some(*name)).unwrap();
        assert_eq!(pane.window_name, format!("{name}!"));
    }
    for directory in [fixture.directory(), &fixture.home] {
        assert!(!directory.join("PWNED").exists());
    }
}

#[tokio::test]
async fn arguments_arrive_byte_for_byte() {
    let fixture = Fixture::new();
    let file = fixture.directory().join("words");
    let script = "f=$1; shift; printf '%s\\0' \"$@\" > \"$f.new\"; mv \"$f.new\" \"$f\"; exec sleep 600";
    let words = [
        "",
        ";",
        "a;",
        "\\;",
        "$HOME",
        "~",
        "#(touch x)",
        "a\nb\r\tc\x1b[0m",
        "\x01\x7f",
        "'\"`",
        "é🦀",
        "--",
        "%5",
    ];
    let mut argv: Vec<String> = ["sh", "-c", script, "sh", file.to_str().unwrap()].map(String::from).into();
    argv.extend(words.map(String::from));
    let check = async || {
        let text = wait_until("the words are written", async || std::fs::read_to_string(&file)).await;
        let seen: Vec<_> = text.strip_suffix('\0').unwrap().split('\0').collect();
        assert_eq!(seen, words);
        std::fs::remove_file(&file).unwrap();
    };
    let view = OpenView { argv: argv.clone(), ..fixture.view("team", "first") };
    fixture.server.open_view(view.clone()).await.unwrap();
    check().await;
    let opened = fixture.server.open_view(OpenView { agent: "second".into(), ..view }).await.unwrap();
    check().await;
    fixture.server.respawn_view(opened.pane, &argv).await.unwrap();
    check().await;
}

#[tokio::test]
async fn a_lone_program_is_not_shell_text() {
    let fixture = Fixture::new();
    let program = fixture.directory().join("my $(touch PWNED) program;");
    std::fs::write(&program, "#!/bin/sh\ntouch ran\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let argv = vec![program.to_str().unwrap().to_owned()];
    fixture.server.open_view(OpenView { argv, ..fixture.view("team", "a") }).await.unwrap();
    let ran = fixture.directory().join("ran");
    wait_until("the program runs in its directory", async || std::fs::metadata(&ran)).await;
    assert!(!fixture.directory().join("PWNED").exists());
}

#[tokio::test]
async fn a_directory_is_not_a_format() {
    let fixture = Fixture::new();
    let directory = fixture.directory().join("#(touch PWNED) #{pid} ;é");
    std::fs::create_dir(&directory).unwrap();
    let argv = ["sh", "-c", "touch here; exec sleep 600"].map(String::from).into();
    fixture
        .server
        .open_view(OpenView { argv, cwd: directory.clone(), ..fixture.view("team", "a") })
        .await
        .unwrap();
    wait_until("the program runs in its directory", async || std::fs::metadata(directory.join("here"))).await;
}

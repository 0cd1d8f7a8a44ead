//! What tests print: streamed, cut, without secrets and without control of the terminal.

use std::fs;

use super::lab::Lab;

#[test]
fn no_secret_and_no_control_of_the_terminal_gets_through() {
    let secret = "hunter2hunter2hunter2";
    let script = format!(
        "#!/bin/sh\nprintf 'password={secret}\\n'\nprintf '\\033]0;owned\\007\\033[2J\\033[31mred\\033[0m\\033c\\n'\n\
        printf 'running 1 test\\ntest smoke_token={secret} ... FAILED\\n\\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\\n'\n"
    );
    let lab = Lab::new(&[("Makefile", "test:\n\t@./t.sh\n"), ("t.sh", &script)]);
    let done = lab.check(&[]).exits(7);
    let said = done.stdout + &done.stderr;
    for bad in [secret, "\u{1b}", "\u{7}", "owned"] {
        assert!(!said.contains(bad), "{bad:?}: {said}");
    }
    assert!(said.contains("red") && said.contains("REDACTED"), "{said}");
    lab.wait_until_tidy();
    let state = lab.world.env.state_dir();
    let mut left = vec![state.clone()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().flatten().map(|entry| entry.path()));
        } else if let Ok(bytes) = fs::read(&path) {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "the secret is in {}", path.display());
        }
    }
}

#[test]
fn a_flood_is_cut_in_the_log_and_counted_whole() {
    let lab = Lab::new(&[(
        "Makefile",
        "test:\n\t@yes 'a line that a test prints again and again' | head -c 60000000\n\t@echo; echo '7 passed in 0.1s'\n",
    )]);
    let run = lab.comes_to("pass", &[]);
    assert_eq!(run["suites"][0]["counts"]["passed"], 7);
    let log = Lab::log(&run);
    assert!(
        log.len() < 6 << 20 && log.contains("bytes are left out here") && log.ends_with("7 passed in 0.1s\n"),
        "{}",
        log.len()
    );
}

#[test]
fn what_runs_is_seen_while_it_runs() {
    let lab = Lab::new(&[]);
    let go = lab.outside("go");
    let makefile = format!(
        "test:\n\t@echo first words\n\t@until [ -f '{}' ]; do :; done\n\t@echo '1 passed in 0.1s'\n",
        go.display()
    );
    lab.commit(&[("Makefile", &makefile)]);
    let mut check = lab.begin("t", &[]);
    let mut said = std::io::BufReader::new(check.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("first words") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut said, &mut line).unwrap() > 0, "it ended without a word");
    }
    fs::write(&go, "\n").unwrap();
    let (stdout, _, code) = super::lab::ended(check);
    assert_eq!(code, Some(0), "{stdout}");
    assert!(
        stdout.contains("pass") && !stdout.contains("first words"),
        "the verdict is data, the rest is talk: {stdout}"
    );
}

//! `docs/cli.md` is what the program says of itself, and this test keeps it so.
//!
//! `UPDATE=1 cargo test -p tmux-orc --bins reference` writes it anew.

use clap::{Command, CommandFactory};

use crate::cli::Cli;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
const HEAD: &str = "# Command line

<!-- Written by `UPDATE=1 cargo test -p tmux-orc --bins reference`; do not edit by hand. -->
";

#[test]
fn the_reference_is_what_the_program_says() {
    let mut root = Cli::command().term_width(110);
    root.build();
    let mut page = HEAD.to_owned();
    describe(&mut root, &mut page);
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(PATH, &page).unwrap();
    }
    let kept = std::fs::read_to_string(PATH).unwrap_or_default();
    let differs = page.lines().zip(kept.lines()).find(|(said, kept)| said != kept);
    assert!(
        page == kept,
        "docs/cli.md is out of date (first difference, now and kept: {differs:?}): \
         UPDATE=1 cargo test -p tmux-orc --bins reference"
    );
}

fn describe(command: &mut Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.extend(["\n## ", &name, "\n\n```text\n", help.join("\n").trim_end(), "\n```\n"]);
    for child in command.get_subcommands_mut().filter(|child| !child.is_hide_set()) {
        describe(child, page);
    }
}

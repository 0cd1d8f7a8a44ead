//! Faults, again and again, against the real binary: what dies is seen, comes back, and costs no message and no other
//! process. `TMUX_ORC_CHAOS_ROUNDS` says how often each is tried (2 without it; `make chaos`: 20). A table of the times
//! comes at the end. Words on the command line choose faults whose sentence holds one of them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is its own harness")]

#[path = "../e2e/pane.rs"]
#[expect(dead_code, reason = "shared with the end-to-end tests")]
mod pane;
#[path = "../e2e/truth.rs"]
#[expect(dead_code, reason = "shared with the end-to-end tests")]
mod truth;
#[path = "../e2e/world.rs"]
#[expect(dead_code, reason = "shared with the end-to-end tests")]
mod world;

mod faults;
mod ledger;
mod scene;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use table::{Row, Table};

/// How often each fault is tried.
fn rounds() -> u32 {
    let asked = std::env::var("TMUX_ORC_CHAOS_ROUNDS").ok();
    asked.map_or(2, |rounds| rounds.parse().expect("TMUX_ORC_CHAOS_ROUNDS is a number"))
}

fn main() -> ExitCode {
    let (flags, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with('-'));
    if flags.iter().any(|flag| flag == "--list") {
        for fault in faults::ALL {
            println!("{}: test", fault.name);
        }
        return ExitCode::SUCCESS;
    }
    if flags.iter().any(|flag| flag == "--ignored") {
        // None of them is.
        return ExitCode::SUCCESS;
    }
    let chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let rounds = rounds();
    let (mut table, mut failures) = (Table::default(), 0);
    for fault in faults::ALL.iter().filter(|fault| chosen(fault.name)) {
        eprintln!("chaos: {} ({rounds} rounds)", fault.name);
        let mut row = Row::new(fault.name);
        for round in 0..rounds {
            // Each round has a world of its own: what one leaves behind cannot help or hurt the next.
            let tried = catch_unwind(AssertUnwindSafe(|| (fault.round)(round)));
            if let Ok(outcome) = tried {
                row.add(outcome);
            } else {
                eprintln!("chaos: {}: round {round} FAILED", fault.name);
                row.failed += 1;
                failures += 1;
            }
        }
        table.rows.push(row);
    }
    println!("{table}");
    let wrong = table.rows.iter().map(Row::wrong).sum::<usize>();
    let missed = table.rows.iter().filter(|row| rounds >= 20 && row.missed().is_some()).count();
    if failures == 0 && wrong == 0 && missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

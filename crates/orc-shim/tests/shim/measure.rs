//! Numbers, on demand: `cargo test --release -p orc-shim --test shim -- measure`.

use std::io::Write;
use std::time::{Duration, Instant};

use orc_shim::protocol::ToShim;

use crate::rig::Rig;

const FLOOD: &str = "stty -echo MODE; read go; cat big.txt; printf 'the%s' -end; exec cat";

pub(crate) fn all() {
    let mut out = std::io::stdout();
    let big = tempfile::tempdir().unwrap();
    let line = "the quick brown fox jumps over the lazy dog 0123456789\r\n";
    std::fs::write(big.path().join("big.txt"), line.repeat(200_000_000 / line.len())).unwrap();
    let rich = "\u{1b}[32mthe quick\u{1b}[0m brown \u{1b}[1;34mfox\u{1b}[m jumps over the lazy dog\n";
    std::fs::write(big.path().join("rich.txt"), rich.repeat(50_000_000 / rich.len())).unwrap();
    for (what, file, mode, reading_view) in [
        ("plain, no view", "big.txt", "", false),
        ("plain, reading view", "big.txt", "", true),
        ("plain, unprocessed by the kernel, no view", "big.txt", "raw", false),
        ("colours, no view", "rich.txt", "", false),
        ("colours, reading view", "rich.txt", "", true),
    ] {
        let path = big.path().join(file);
        let rig = Rig::sh(&FLOOD.replace("big.txt", path.to_str().unwrap()).replace("MODE", mode));
        let mut control = rig.control();
        control.screen_until("the shell", |screen| !screen.echo);
        let start = Instant::now();
        control.say(&ToShim::Keys { seq: 0, bytes: b"\n".to_vec(), if_quiet_ms: None, if_output_seq: None });
        let mut received = 0;
        if reading_view {
            let mut view = rig.view(80, 24);
            let mut buffer = vec![0; 256 << 10];
            let mut tail = Vec::new();
            while !tail.windows(7).any(|window| window == b"the-end") {
                let count = std::io::Read::read(&mut view.stream, &mut buffer).unwrap();
                received += count;
                tail = [&tail[tail.len().saturating_sub(8)..], &buffer[count.saturating_sub(64)..count]]
                    .concat();
            }
        } else {
            control.until("silence", |message| {
                matches!(message, orc_shim::protocol::FromShim::Quiet { .. }).then_some(())
            });
        }
        let elapsed = start.elapsed().saturating_sub(if reading_view {
            Duration::ZERO
        } else {
            Duration::from_millis(150)
        });
        let bytes = control.screen().output_seq;
        let rate = u128::from(bytes) / elapsed.as_micros();
        writeln!(
            out,
            "{what}: {rate} MB/s of terminal output; the view read {} MB; shim {} KiB private, {} CPU ticks",
            received / 1_000_000,
            private(rig.shim.id()),
            ticks(rig.shim.id()),
        )
        .unwrap();
    }
    let rig = Rig::program(&["/bin/cat"]);
    let mut view = rig.view(200, 50);
    view.keys("x\r");
    view.output_until("x\r\nx");
    writeln!(out, "idle shim with one screen of 200x50: {} KiB private", private(rig.shim.id())).unwrap();
    let pane = crate::views::Pane::new(&rig);
    rig.control().screen_until("the view", |screen| screen.person.views == 2);
    writeln!(out, "idle view: {} KiB private", private(pane.view.id())).unwrap();
    let before = ticks(rig.shim.id()) + ticks(pane.view.id());
    std::thread::park_timeout(Duration::from_secs(3));
    let after = ticks(rig.shim.id()) + ticks(pane.view.id());
    writeln!(out, "CPU ticks of both in 3 idle seconds: {}", after - before).unwrap();
}

fn private(pid: u32) -> u64 {
    let smaps = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    smaps
        .lines()
        .filter(|line| line.starts_with("Private_"))
        .map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap())
        .sum()
}

fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

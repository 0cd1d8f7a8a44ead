//! What the host is short of, from samples.

use orc_core::performance::findings::{Figure, analyze};
use orc_core::performance::{Finding, Host, HostSample, Kind};

/// A host on which there is enough of everything.
fn healthy() -> HostSample {
    HostSample {
        cores: 4,
        load: Some(3.0),
        cpu_pressure: Some(20.0),
        memory_pressure: Some(0.0),
        io_pressure: Some(1.0),
        memory_bytes: Some(16 << 30),
        available_bytes: Some(8 << 30),
        swapped_bytes: Some(1 << 30),
        disk_bytes: Some(100 << 30),
        disk_free_bytes: Some(40 << 30),
    }
}

fn named(before: &HostSample, after: &HostSample) -> Vec<Finding> {
    analyze(&Host::between(before, after.clone(), 250, "/state".into()), &[])
}

fn one(after: HostSample) -> Finding {
    let found = named(&healthy(), &after);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

#[test]
fn a_host_with_enough_of_everything_has_no_finding_and_one_that_tells_nothing_neither() {
    assert_eq!(named(&healthy(), &healthy()), []);
    assert_eq!(named(&HostSample::default(), &HostSample::default()), []);
    // What it swapped since it came up is past.
    let swapped = HostSample { swapped_bytes: Some(1 << 40), ..healthy() };
    assert_eq!(named(&swapped, &swapped), []);
}

#[test]
fn a_host_that_swaps_is_named_with_the_rate() {
    let found = one(HostSample { swapped_bytes: Some((1 << 30) + (2 << 20)), ..healthy() });
    assert_eq!(found.kind, Kind::MemoryShort);
    assert_eq!(found.figure, Figure::Bytes { bytes: 8 << 20 });
    assert_eq!(found.text, "the host swaps 8.0 MiB each second");
}

#[test]
fn memory_that_is_waited_for_or_hardly_left_is_named() {
    let waits = one(HostSample { memory_pressure: Some(31.4), ..healthy() });
    assert_eq!(waits.text, "something waited for memory in 31 % of the last 10 seconds");
    let left = one(HostSample { available_bytes: Some(300 << 20), ..healthy() });
    assert_eq!((left.kind, left.figure), (Kind::MemoryShort, Figure::Percent { percent: 1 }));
}

#[test]
fn processors_that_too_much_wants_are_named() {
    let found = one(HostSample { load: Some(17.25), cpu_pressure: Some(88.0), ..healthy() });
    assert_eq!(found.kind, Kind::CpuShort);
    assert!(found.text.starts_with("17.2 processes want the 4 processors"), "{}", found.text);
    let disks = HostSample { load: Some(17.25), cpu_pressure: Some(5.0), ..healthy() };
    assert_eq!(named(&healthy(), &disks), [], "they wait for something else");
    let silent = HostSample { load: Some(17.25), cpu_pressure: None, ..healthy() };
    assert_eq!(one(silent).kind, Kind::CpuShort, "an old kernel tells the load alone");
}

#[test]
fn a_disk_that_is_nearly_full_comes_first() {
    let after = HostSample {
        disk_free_bytes: Some(200 << 20),
        memory_pressure: Some(50.0),
        load: Some(40.0),
        cpu_pressure: Some(99.0),
        ..healthy()
    };
    let kinds: Vec<Kind> = named(&healthy(), &after).into_iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::DiskNearlyFull, Kind::MemoryShort, Kind::CpuShort]);
}

//! What processes and the host cost and have, from two looks at the kernel a moment apart.

use serde::{Deserialize, Serialize};

/// One look at an agent's process and all its descendants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// How many processes.
    pub processes: usize,
    /// Processor time of all of them so far, ended children included (milliseconds).
    pub cpu_ms: u64,
    /// Memory of all of them that is in RAM; what several share counts for each.
    pub memory_bytes: u64,
    /// The name of the process with the most memory.
    pub largest: String,
    /// Its memory.
    pub largest_bytes: u64,
}

/// What an agent's process tree uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time between the looks: 100 is one processor.
    pub cpu_percent: u64,
    /// The later look.
    #[serde(flatten)]
    pub now: Sample,
}

impl Usage {
    /// From two looks that lie `passed_ms` apart.
    pub fn between(before: &Sample, after: Sample, passed_ms: u64) -> Self {
        let used = after.cpu_ms.saturating_sub(before.cpu_ms);
        Self { cpu_percent: used * 100 / passed_ms.max(1), now: after }
    }
}

/// One look at the host. What the kernel does not tell is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HostSample {
    /// How many processors.
    pub cores: usize,
    /// Processes that run or want to, over the last minute.
    pub load: Option<f64>,
    /// Share of the last 10 seconds in which something waited for a processor (per cent).
    pub cpu_pressure: Option<f64>,
    /// The same for memory.
    pub memory_pressure: Option<f64>,
    /// The same for disks.
    pub io_pressure: Option<f64>,
    /// Memory of the host.
    pub memory_bytes: Option<u64>,
    /// Memory that programs can have without swapping.
    pub available_bytes: Option<u64>,
    /// Bytes swapped in and out since boot: two looks make a rate of it, alone it says nothing.
    #[serde(skip)]
    pub swapped_bytes: Option<u64>,
    /// Size of the disk of the state directory.
    pub disk_bytes: Option<u64>,
    /// What is left on it for us.
    pub disk_free_bytes: Option<u64>,
}

/// How the host is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// The later look.
    #[serde(flatten)]
    pub now: HostSample,
    /// Swapped in and out each second.
    pub swap_bytes_per_second: Option<u64>,
    /// The state directory.
    pub state_dir: String,
}

impl Host {
    /// From two looks that lie `passed_ms` apart.
    pub fn between(before: &HostSample, after: HostSample, passed_ms: u64, state_dir: String) -> Self {
        let swapped = before.swapped_bytes.zip(after.swapped_bytes);
        let per_second = |bytes: u64| bytes.saturating_mul(1000) / passed_ms.max(1);
        Self {
            swap_bytes_per_second: swapped.map(|(before, after)| per_second(after.saturating_sub(before))),
            now: after,
            state_dir,
        }
    }
}

/// A number of bytes for people, in powers of 1024: `512 B`, `3.4 MiB`, `12 GiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut size = count;
    let mut rest = 0;
    while size >= 1024 && unit + 1 < UNITS.len() {
        rest = size % 1024;
        size /= 1024;
        unit += 1;
    }
    if unit > 0 && size < 10 {
        format!("{size}.{} {}", rest * 10 / 1024, UNITS[unit])
    } else {
        format!("{size} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_looks_make_a_rate() {
        let before = Sample { cpu_ms: 1000, ..Sample::default() };
        let after = Sample { cpu_ms: 1500, processes: 2, memory_bytes: 7, ..Sample::default() };
        let usage = Usage::between(&before, after, 250);
        assert_eq!((usage.cpu_percent, usage.now.cpu_ms, usage.now.processes), (200, 1500, 2));
        // A child that ended and was not waited for takes its time along.
        assert_eq!(Usage::between(&before, Sample::default(), 250).cpu_percent, 0);
        let swapped = |bytes| HostSample { swapped_bytes: bytes, ..HostSample::default() };
        let rate = |before, after| Host::between(&swapped(before), swapped(after), 250, String::new());
        assert_eq!(rate(Some(0), Some(4096)).swap_bytes_per_second, Some(16_384));
        assert_eq!(rate(None, Some(4096)).swap_bytes_per_second, None, "not measured is not 0");
    }

    #[test]
    fn bytes_read_well() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(3 * 1024 * 1024 + 512 * 1024), "3.5 MiB");
        assert_eq!(bytes(12 << 30), "12 GiB");
    }
}

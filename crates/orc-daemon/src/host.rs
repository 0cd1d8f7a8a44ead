//! One look at how the host is: load, pressure, memory, swap, and the disk of the state directory.

use std::fs;
use std::path::Path;

use orc_core::performance::HostSample;

/// Looks. What the kernel does not tell (an old one, a container without it) is absent.
pub(crate) fn sample(state_dir: &Path) -> HostSample {
    let proc = |name: &str| fs::read_to_string(Path::new("/proc").join(name)).unwrap_or_default();
    let page = rustix::param::page_size() as u64;
    let (meminfo, vmstat) = (proc("meminfo"), proc("vmstat"));
    let swapped = counter(&vmstat, "pswpin").zip(counter(&vmstat, "pswpout"));
    let disk = rustix::fs::statvfs(state_dir).ok();
    HostSample {
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        load: load(&proc("loadavg")),
        cpu_pressure: pressure(&proc("pressure/cpu")),
        memory_pressure: pressure(&proc("pressure/memory")),
        io_pressure: pressure(&proc("pressure/io")),
        memory_bytes: kibibytes(&meminfo, "MemTotal:"),
        available_bytes: kibibytes(&meminfo, "MemAvailable:"),
        swapped_bytes: swapped.map(|(came, went)| (came + went) * page),
        disk_bytes: disk.as_ref().map(|disk| disk.f_blocks * disk.f_frsize),
        disk_free_bytes: disk.as_ref().map(|disk| disk.f_bavail * disk.f_frsize),
    }
}

/// The first figure of `proc_loadavg(5)`.
fn load(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

/// The share of the last 10 seconds in which something waited (per cent): `some avg10=` of the kernel's `psi.rst`.
fn pressure(text: &str) -> Option<f64> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    some.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?.parse().ok()
}

/// A row of `proc_meminfo(5)`, in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|count| count * 1024)
}

/// A row of `/proc/vmstat`.
fn counter(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_read() {
        assert_eq!(load("0.52 0.58 0.59 1/467 12345\n"), Some(0.52));
        let cpu = "some avg10=12.50 avg60=7.18 avg300=3.02 total=157622151\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(pressure(cpu), Some(12.5));
        let meminfo =
            "MemTotal:       24683944 kB\nMemFree:        12966852 kB\nMemAvailable:   23624352 kB\n";
        assert_eq!(kibibytes(meminfo, "MemAvailable:"), Some(23_624_352 * 1024));
        let vmstat = "pgpgout 99\npswpin 7\npswpout 8\npswpin_zero 1000\n";
        assert_eq!((counter(vmstat, "pswpin"), counter(vmstat, "pswpout")), (Some(7), Some(8)));
    }

    #[test]
    fn what_is_not_told_is_absent() {
        assert_eq!(
            (load(""), pressure(""), kibibytes("", "MemTotal:"), counter("", "pswpin")),
            (None, None, None, None)
        );
    }

    #[test]
    fn this_host_has_memory_and_a_disk() {
        let sample = sample(Path::new("/"));
        assert!(sample.cores > 0 && sample.load.is_some());
        assert!(
            sample.memory_bytes > sample.available_bytes && sample.disk_bytes > sample.disk_free_bytes,
            "{sample:?}"
        );
    }
}

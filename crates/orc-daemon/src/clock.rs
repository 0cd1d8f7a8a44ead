//! The only place that reads clocks.

use std::path::PathBuf;
use std::sync::OnceLock;

use orc_core::time::{Moment, Now, Timestamp};
use rustix::time::{ClockId, clock_gettime};

static WALL_OFFSET: OnceLock<PathBuf> = OnceLock::new();
static BOOT: OnceLock<String> = OnceLock::new();

/// From here on the wall clock is off by as many milliseconds as this file says: a clock that jumps, for tests, which
/// must leave the machine's own alone.
pub(crate) fn offset_by(file: PathBuf) {
    drop(WALL_OFFSET.set(file));
}

fn wall_offset() -> i64 {
    let text = WALL_OFFSET.get().and_then(|file| std::fs::read_to_string(file).ok());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Both clocks, now.
pub(crate) fn now() -> Now {
    let wall = clock_gettime(ClockId::Realtime);
    let boot = clock_gettime(ClockId::Boottime);
    Now {
        wall: Timestamp(wall.tv_sec * 1000 + wall.tv_nsec / 1_000_000 + wall_offset()),
        boot_millis: u64::try_from(boot.tv_sec * 1000 + boot.tv_nsec / 1_000_000).unwrap_or(0),
    }
}

/// From here on this is the boot: in a container the kernel's goes on when everything was started anew. Before any look
/// at the boot.
pub(crate) fn boot_is(id: String) {
    drop(BOOT.set(id));
}

/// The id of this boot: the one that was given, or the kernel's; empty where that cannot be read.
pub(crate) fn boot_id() -> String {
    let kernels = || {
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|id| id.trim().to_owned())
            .unwrap_or_default()
    };
    BOOT.get_or_init(kernels).clone()
}

/// Now by the boot clock, with the boot that it belongs to.
pub(crate) fn moment() -> Moment {
    Moment { boot: boot_id(), millis: now().boot_millis }
}

/// A fresh random UUID from the kernel.
pub(crate) fn fresh_uuid() -> std::io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/uuid")?.trim().to_owned())
}

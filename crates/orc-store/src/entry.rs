//! The values of the log: an entry before and after it was appended, its hash, and the head of the chain.

use std::fmt;

use serde::{Serialize, Serializer};

/// An entry as its author hands it in. The log adds the position and the links of the chain.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct NewEntry {
    /// When it happened: milliseconds since the Unix epoch (may be long before it was recorded).
    pub at_ms: i64,
    /// When it was recorded: milliseconds since the Unix epoch, by the wall clock of the host.
    pub recorded_ms: i64,
    /// The kernel's boot id when it was recorded; orders `boottime_ms` of different boots.
    pub boot_id: String,
    /// `CLOCK_BOOTTIME` when it was recorded: milliseconds since boot, suspend included.
    pub boottime_ms: i64,
    /// Who did it: a person, an agent, the system, something outside.
    pub actor: String,
    /// The door it came through: `cli`, `mcp`, `hook`, `monitor`, `git`, `forge`, `runner`.
    pub door: String,
    /// The name of the event. The store gives it no meaning.
    pub kind: String,
    /// The team it belongs to; `None` for an entry of the host.
    pub team: Option<String>,
    /// The event itself: one JSON value. Checked to be JSON, never looked into.
    pub body: String,
}

/// An entry of the log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// Position in the log: 1 for the first entry, without gaps.
    pub seq: u64,
    /// The hash of the entry before; [`Hash::GENESIS`] for the first.
    pub prev_hash: Hash,
    /// SHA-256 over `prev_hash`, `seq` and every field of `fact`.
    pub hash: Hash,
    /// What was appended.
    #[serde(flatten)]
    pub fact: NewEntry,
}

/// A SHA-256 of the chain; shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first entry links to.
    pub const GENESIS: Self = Self([0; 32]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The end of a log. Whoever keeps a head elsewhere (a report, a pull request) can prove later that nothing before
/// it was changed: see [`crate::Reader::verify_against`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Head {
    /// Position of the last entry; 0 when the log is empty.
    pub seq: u64,
    /// Hash of the last entry; [`Hash::GENESIS`] when the log is empty.
    pub hash: Hash,
}

impl Head {
    /// The head of an empty log.
    pub const EMPTY: Self = Self { seq: 0, hash: Hash::GENESIS };
}

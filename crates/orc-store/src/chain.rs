//! The link of the chain: one SHA-256 over an unambiguous encoding of everything that an entry says.
//!
//! The encoding is part of the file format: a change needs a new tag and a migration that keeps the old one readable.

use sha2::{Digest, Sha256};

use crate::{Hash, NewEntry};

/// Names the encoding, so that no other SHA-256 of ours can be mistaken for a link.
const TAG: &[u8] = b"tmux-orc log entry 1";

/// Hashes the entry at `seq` whose predecessor has the hash `prev`. Integers are 8 bytes big-endian; a text is its
/// length in bytes and its bytes; the team is preceded by one byte that says whether there is one.
pub(crate) fn link(prev: &Hash, seq: u64, fact: &NewEntry) -> Hash {
    // Destructured, so that a new field cannot be forgotten here.
    let NewEntry { at_ms, recorded_ms, boot_id, boottime_ms, actor, door, kind, team, body } = fact;
    let mut hash = Sha256::new();
    text(&mut hash, TAG);
    hash.update(prev.0);
    hash.update(seq.to_be_bytes());
    hash.update(at_ms.to_be_bytes());
    hash.update(recorded_ms.to_be_bytes());
    text(&mut hash, boot_id.as_bytes());
    hash.update(boottime_ms.to_be_bytes());
    text(&mut hash, actor.as_bytes());
    text(&mut hash, door.as_bytes());
    text(&mut hash, kind.as_bytes());
    hash.update([u8::from(team.is_some())]);
    if let Some(team) = team {
        text(&mut hash, team.as_bytes());
    }
    text(&mut hash, body.as_bytes());
    Hash(hash.finalize().into())
}

fn text(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(actor: &str, door: &str, team: Option<&str>) -> NewEntry {
        NewEntry {
            at_ms: 1,
            recorded_ms: 2,
            boot_id: "b".into(),
            boottime_ms: 3,
            actor: actor.into(),
            door: door.into(),
            kind: "k".into(),
            team: team.map(Into::into),
            body: "{}".into(),
        }
    }

    #[test]
    fn neighbouring_fields_cannot_trade_bytes() {
        let link = |fact: &NewEntry| link(&Hash::GENESIS, 1, fact);
        assert_ne!(link(&fact("ab", "c", None)), link(&fact("a", "bc", None)));
        assert_ne!(link(&fact("a", "b", None)), link(&fact("a", "b", Some(""))));
    }

    #[test]
    fn the_encoding_of_format_1_stays_as_it_is() {
        let hash = link(&Hash::GENESIS, 1, &fact("human:ada", "cli", Some("auth")));
        assert_eq!(hash.to_string(), "e73720a2641c59b2af474c62ff76707024b546c32040c1981136e9e9ed66821b");
    }
}

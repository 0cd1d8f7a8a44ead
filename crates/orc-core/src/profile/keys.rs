//! Key names as tmux writes them, for the keys that end an agent or answer its dialogs.

/// The bytes of a key: `C-c`, `Enter`, `Escape`, `Tab`, `Up`, `Down`, `Left`, `Right`, or literal text.
pub fn bytes(key: &str) -> Vec<u8> {
    match key {
        "Enter" => b"\r".to_vec(),
        "Escape" => b"\x1b".to_vec(),
        "Tab" => b"\t".to_vec(),
        "Up" => b"\x1b[A".to_vec(),
        "Down" => b"\x1b[B".to_vec(),
        "Right" => b"\x1b[C".to_vec(),
        "Left" => b"\x1b[D".to_vec(),
        other => match other.strip_prefix("C-").map(str::as_bytes) {
            Some([letter]) if letter.is_ascii_alphabetic() => vec![letter.to_ascii_lowercase() & 0x1f],
            _ => other.as_bytes().to_vec(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn control_keys_are_one_byte() {
        assert_eq!(bytes("C-c"), [3]);
        assert_eq!(bytes("Enter"), b"\r");
        assert_eq!(bytes("Down"), b"\x1b[B");
        assert_eq!(bytes("/quit"), b"/quit");
    }
}

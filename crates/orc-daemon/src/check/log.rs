//! What the runners print, as it is kept: without secrets, without control characters, and of a bounded size.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use orc_core::envelope::make_safe;
use orc_core::redact::Redactor;

/// So much is kept from the beginning (bytes).
const HEAD: usize = 4 << 20;
/// And so much from the end.
const TAIL: usize = 256 << 10;
/// A key of several lines is held back until its end is there, up to this size (bytes).
const HELD: usize = 64 << 10;

/// A log that is written.
pub(super) struct Log {
    file: File,
    redactor: Arc<Redactor>,
    written: usize,
    pending: String,
    /// After the head: the last lines, and how many bytes were left out before them.
    tail: String,
    left_out: usize,
}

impl Log {
    /// Makes it.
    pub(super) fn open(path: &Path, redactor: Arc<Redactor>) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let (pending, tail) = (String::new(), String::new());
        Ok(Self { file, redactor, written: 0, pending, tail, left_out: 0 })
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: &str) {
        if self.written >= HEAD {
            self.tail.push_str(line);
            self.tail.push('\n');
            if self.tail.len() > 2 * TAIL {
                let at = (self.tail.len() - TAIL..self.tail.len()).find(|at| self.tail.is_char_boundary(*at));
                let at = at.unwrap_or(self.tail.len());
                self.left_out += at;
                self.tail.drain(..at);
            }
            return;
        }
        self.pending.push_str(line);
        self.pending.push('\n');
        if self.pending.len() >= HELD {
            self.write();
        }
    }

    /// Writes what is complete; how many bytes are in the file.
    pub(super) fn flush(&mut self) -> u64 {
        // A key that goes over several lines is only known as a whole.
        let begun = self.pending.rfind("-----BEGIN ");
        let open = begun.is_some_and(|at| !self.pending[at..].contains("-----END "));
        if !open {
            self.write();
        }
        self.written as u64
    }

    /// Writes the end of it; how many bytes are in the file.
    pub(super) fn finish(&mut self) -> u64 {
        self.write();
        if !self.tail.is_empty() {
            let note = format!("\n[… {} bytes are left out here …]\n", self.left_out);
            let tail = std::mem::take(&mut self.tail);
            self.put(&note);
            let text = self.cleaned(&tail);
            self.put(&text);
        }
        self.written as u64
    }

    fn write(&mut self) {
        if !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            let text = self.cleaned(&pending);
            self.put(&text);
        }
    }

    fn cleaned(&self, text: &str) -> String {
        let safe = make_safe(text).text;
        self.redactor.redact(&safe).map_or(safe, |redacted| redacted.text)
    }

    fn put(&mut self, text: &str) {
        match self.file.write_all(text.as_bytes()) {
            Ok(()) => self.written += text.len(),
            // What a test prints is no evidence that is needed: the check goes on without it.
            Err(error) => tracing::warn!(%error, "the log of a check cannot be written"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(lines: impl Iterator<Item = String>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/C1.log");
        let mut log = Log::open(&path, Arc::new(Redactor::new([7; 32]))).unwrap();
        for (index, line) in lines.enumerate() {
            log.line(&line);
            if index % 3 == 0 {
                log.flush();
            }
        }
        let written = log.finish();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(written, text.len() as u64);
        text
    }

    #[test]
    fn no_secret_and_no_control_character_is_kept() {
        let key: Vec<String> = [
            "-----BEGIN RSA PRIVATE KEY-----",
            "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf",
            "-----END RSA PRIVATE KEY-----",
        ]
        .map(str::to_owned)
        .into();
        let lines =
            [vec!["x".into(), "password=hunter2hunter2".into(), "a\u{7}\u{1b}c".into()], key].concat();
        let text = logged(lines.into_iter());
        for bad in ["hunter2", "MIIBOgIB", "\u{1b}", "\u{7}"] {
            assert!(!text.contains(bad), "{bad:?} in {text}");
        }
    }

    #[test]
    fn of_a_flood_the_beginning_and_the_end_are_kept() {
        let flood = (0..400_000).map(|number| format!("line {number} of a test that prints very much"));
        let text = logged(flood);
        assert!(text.len() < HEAD + 2 * TAIL + 2 * HELD, "{}", text.len());
        assert!(
            text.starts_with("line 0 ") && text.ends_with("line 399999 of a test that prints very much\n")
        );
        assert!(text.contains("bytes are left out here"));
    }
}

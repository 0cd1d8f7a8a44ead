//! The session: an id and the messages so far, kept in a file so that `--resume` finds them again.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::error::ScriptedError;

/// Who said a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
}

/// An open session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) path: PathBuf,
    /// The messages it had when it was resumed.
    pub(crate) resumed: Option<usize>,
    /// There from the first message on: who has said nothing leaves nothing.
    file: Option<File>,
}

/// Where sessions are: `$TMUX_ORC_SCRIPTED_HOME`, or `.scripted-agent` in the home directory.
pub(crate) fn home_from_environment() -> Result<PathBuf, ScriptedError> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("TMUX_ORC_SCRIPTED_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".scripted-agent")))
        .ok_or(ScriptedError::NoHome)
}

impl Session {
    /// Opens the session `id` (made up when absent) under `home`.
    pub(crate) fn create(home: &Path, id: Option<String>) -> Result<Self, ScriptedError> {
        let id = id.unwrap_or_else(made_up);
        Ok(Self { path: place(home, &id)?, id, resumed: None, file: None })
    }

    /// Opens the earlier session `id`.
    pub(crate) fn resume(home: &Path, id: String) -> Result<Self, ScriptedError> {
        let path = place(home, &id)?;
        let text = std::fs::read_to_string(&path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => ScriptedError::NoSession(id.clone()),
            _ => ScriptedError::File { what: "session", path, source },
        })?;
        Ok(Self { resumed: Some(text.lines().count()), ..Self::create(home, Some(id))? })
    }

    /// Writes the prompt beside the session, for the commands of its turn, and says where.
    pub(crate) fn keep_prompt(&self, text: &str) -> Result<PathBuf, ScriptedError> {
        let path = self.path.with_extension("prompt");
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        match folder.and_then(|()| std::fs::write(&path, text)) {
            Ok(()) => Ok(path),
            Err(source) => Err(ScriptedError::File { what: "prompt", path, source }),
        }
    }

    /// Appends one message.
    pub(crate) fn append(&mut self, role: Role, text: &str) -> Result<(), ScriptedError> {
        let role = match role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let line = format!("{}\n", json!({"role": role, "text": text}));
        self.write(line.as_bytes()).map_err(|source| ScriptedError::File {
            what: "session",
            path: self.path.clone(),
            source,
        })
    }

    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        if self.file.is_none() {
            self.path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        }
        let open = || OpenOptions::new().append(true).create(true).open(&self.path);
        let file = self.file.take().map_or_else(open, Ok)?;
        self.file.insert(file).write_all(line)
    }
}

fn place(home: &Path, id: &str) -> Result<PathBuf, ScriptedError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty() || id.len() > 128 || id.starts_with('.') || !id.chars().all(plain) {
        return Err(ScriptedError::SessionId(id.to_owned()));
    }
    Ok(home.join("sessions").join(format!("{id}.jsonl")))
}

/// A random id in the shape of a UUID; the randomness is that of the standard hash keys.
fn made_up() -> String {
    let random = || std::hash::RandomState::new().build_hasher().finish();
    let (a, b) = (random(), random());
    let variant = 0x8000 | (b >> 48) & 0x3fff;
    format!(
        "{:08x}-{:04x}-4{:03x}-{variant:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_found_again() {
        let home = tempfile::tempdir().unwrap();
        let mut session = Session::create(home.path(), None).unwrap();
        assert_eq!((session.id.len(), session.resumed), (36, None));
        session.append(Role::User, "a\nb").unwrap();
        session.append(Role::Assistant, "ok").unwrap();
        let again = Session::resume(home.path(), session.id).unwrap();
        assert_eq!(again.resumed, Some(2));
    }

    #[test]
    fn unknown_and_unsafe_ids_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let code = |id: &str| Session::resume(home.path(), id.to_owned()).unwrap_err().exit_code();
        assert_eq!((code("nobody"), code("../x"), code(""), code(".hidden")), (3, 2, 2, 2));
    }
}

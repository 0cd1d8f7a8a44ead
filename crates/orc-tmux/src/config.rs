//! Where our server lives and what it inherits.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::TmuxError;

/// The greatest length of a socket path, in bytes. A socket address holds 107 on Linux and 103 on macOS.
pub const SOCKET_PATH_LIMIT: usize = 99;

/// How to reach our own server.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The socket, in a directory that only its owner may enter.
    pub socket: PathBuf,
    /// The tmux program; looked up in `PATH` when it has no slash.
    pub program: PathBuf,
    /// What the server and everything in its panes inherits.
    pub environment: Environment,
}

impl ServerConfig {
    /// The `tmux` in `PATH` on this socket, with the cleaned environment of this process.
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self {
            socket: socket.into(),
            program: PathBuf::from("tmux"),
            environment: Environment::clean(std::env::vars_os()),
        }
    }

    pub(crate) fn check(&self) -> Result<(), TmuxError> {
        check_socket(&self.socket)
    }
}

fn check_socket(path: &Path) -> Result<(), TmuxError> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.len() > SOCKET_PATH_LIMIT {
        return Err(TmuxError::SocketPathTooLong {
            path: path.to_owned(),
            length: bytes.len(),
            limit: SOCKET_PATH_LIMIT,
        });
    }
    if !path.is_absolute() || path.to_str().is_none_or(|text| text.chars().any(char::is_control)) {
        return Err(TmuxError::BadArgument {
            what: "the socket path",
            value: path.to_string_lossy().into_owned(),
        });
    }
    Ok(())
}

/// The environment of the server: `PATH`, `HOME`, `TERM`, `LANG` and `LC_*`, and nothing else. tmux keeps it
/// readable for ever and hands it to every pane, so no secret may be in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// Keeps what is allowed of these variables.
    pub fn clean(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().filter(|(name, _)| allowed(name.as_bytes())).collect())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

fn allowed(name: &[u8]) -> bool {
    matches!(name, b"PATH" | b"HOME" | b"TERM" | b"LANG") || name.starts_with(b"LC_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_carries_no_secrets_and_no_outer_tmux() {
        let given =
            ["PATH", "HOME", "TERM", "LANG", "LC_ALL", "TMUX", "API_KEY", "TMUX_PANE", "LCX", "SHELL"];
        let kept = Environment::clean(given.map(|name| (name.into(), "x".into())));
        let names: Vec<_> = kept.pairs().map(|(name, _)| name.to_str().unwrap()).collect();
        assert_eq!(names, ["PATH", "HOME", "TERM", "LANG", "LC_ALL"]);
    }

    #[test]
    fn a_socket_path_must_fit_and_be_plain() {
        let fits = format!("/{}", "s".repeat(SOCKET_PATH_LIMIT - 1));
        assert!(check_socket(Path::new(&fits)).is_ok());
        let long = format!("{fits}s");
        assert!(matches!(
            check_socket(Path::new(&long)),
            Err(TmuxError::SocketPathTooLong { length: 100, limit: 99, .. })
        ));
        for bad in ["relative/socket", "", "/with\nnewline"] {
            assert!(matches!(check_socket(Path::new(bad)), Err(TmuxError::BadArgument { .. })), "{bad:?}");
        }
    }
}

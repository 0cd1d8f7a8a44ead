//! Where things are. XDG directories, each overridable by a `TMUX_ORC_*` variable.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The directories of one supervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// What must survive: the event log, launch folders, message files.
    pub state: PathBuf,
    /// Sockets: gone after a reboot.
    pub runtime: PathBuf,
    /// The user's configuration and data files.
    pub config: PathBuf,
}

/// A directory cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathsError {
    /// Neither `HOME` nor the variable that overrides is set.
    #[error("HOME is not set")]
    NoHome,
    /// A unix socket in it would have a path longer than the system allows.
    #[error("the runtime directory {path} is too long for a socket ({length} bytes, {most} at most)")]
    TooLong {
        /// The directory.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The longest that works.
        most: usize,
    },
}

/// Longest runtime directory, so that `<runtime>/s/a18446744073709551615.sock` stays below 100 bytes.
const LONGEST_RUNTIME: usize = 70;

impl Paths {
    /// Finds the directories by the environment that `var` reads. `uid` is the user's id.
    pub fn resolve(var: impl Fn(&str) -> Option<OsString>, uid: u32) -> Result<Self, PathsError> {
        let path = |name: &str| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || path("HOME").ok_or(PathsError::NoHome);
        let under = |own: &str, xdg: &str, fallback: &str| -> Result<PathBuf, PathsError> {
            match (path(own), path(xdg).filter(|dir| dir.is_absolute())) {
                (Some(dir), _) => Ok(dir),
                (None, Some(dir)) => Ok(dir.join("tmux-orc")),
                (None, None) => Ok(home()?.join(fallback).join("tmux-orc")),
            }
        };
        let state = under("TMUX_ORC_STATE_DIR", "XDG_STATE_HOME", ".local/state")?;
        let config = under("TMUX_ORC_CONFIG_DIR", "XDG_CONFIG_HOME", ".config")?;
        let base = || match path("XDG_RUNTIME_DIR").filter(|dir| dir.is_absolute()) {
            Some(dir) => dir.join("tmux-orc"),
            None => PathBuf::from(format!("/tmp/tmux-orc-{uid}")),
        };
        // One supervisor per state directory: whatever moves that, another one has other sockets.
        let usual = home().is_ok_and(|home| state == home.join(".local/state/tmux-orc"));
        let own = || if usual { base() } else { base().join(format!("{:08x}", fingerprint(&state))) };
        let runtime = path("TMUX_ORC_RUNTIME_DIR").unwrap_or_else(own);
        let length = runtime.as_os_str().len();
        if length > LONGEST_RUNTIME {
            return Err(PathsError::TooLong { path: runtime, length, most: LONGEST_RUNTIME });
        }
        Ok(Self { state, runtime, config })
    }

    /// The event log.
    pub fn log(&self) -> PathBuf {
        self.state.join("log.db")
    }

    /// Held by the one supervisor of this state directory.
    pub fn lock(&self) -> PathBuf {
        self.state.join("supervisor.lock")
    }

    /// Held by the one supervisor that uses these sockets.
    pub fn runtime_lock(&self) -> PathBuf {
        self.runtime.join("supervisor.lock")
    }

    /// The supervisor's own messages.
    pub fn daemon_log(&self) -> PathBuf {
        self.state.join("supervisor.log")
    }

    /// The supervisor's socket.
    pub fn api_socket(&self) -> PathBuf {
        self.runtime.join("api.sock")
    }

    /// The socket of the tmux server that shows the views.
    pub fn tmux_socket(&self) -> PathBuf {
        self.runtime.join("tmux.sock")
    }

    /// The socket of an agent's shim.
    pub fn shim_socket(&self, agent: &str) -> PathBuf {
        self.runtime.join("s").join(format!("{agent}.sock"))
    }

    /// The folder of an agent: launch files, exit records, hooks that found no supervisor.
    pub fn agent_dir(&self, agent: &str) -> PathBuf {
        self.state.join("agents").join(agent)
    }

    /// The folder of a team: what its agents were started with, its long messages.
    pub fn team_dir(&self, team: &str) -> PathBuf {
        self.state.join("teams").join(team)
    }
}

/// FNV-1a: stable across versions, which a hasher of the standard library is not.
fn fingerprint(path: &Path) -> u32 {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(vars: &[(&str, &str)]) -> Result<Paths, PathsError> {
        let find = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        Paths::resolve(find, 1000)
    }

    #[test]
    fn own_variables_win_over_xdg_and_home() {
        let paths =
            resolve(&[("HOME", "/h"), ("XDG_STATE_HOME", "/x"), ("TMUX_ORC_CONFIG_DIR", "/c")]).unwrap();
        assert_eq!(paths.state, PathBuf::from("/x/tmux-orc"));
        assert_eq!(paths.config, PathBuf::from("/c"));
    }

    #[test]
    fn the_usual_state_directory_has_the_usual_sockets_whoever_names_it() {
        let usual = resolve(&[("HOME", "/h")]).unwrap();
        assert_eq!(usual.runtime, PathBuf::from("/tmp/tmux-orc-1000"));
        let named = resolve(&[("HOME", "/h"), ("XDG_STATE_HOME", "/h/.local/state")]).unwrap();
        assert_eq!(named, usual);
        let given = [("HOME", "/h"), ("XDG_STATE_HOME", "/x"), ("TMUX_ORC_RUNTIME_DIR", "/r")];
        assert_eq!(resolve(&given).unwrap().runtime, PathBuf::from("/r"));
    }

    #[test]
    fn another_state_directory_has_other_sockets() {
        let one = resolve(&[("HOME", "/h"), ("TMUX_ORC_STATE_DIR", "/one")]).unwrap();
        let two = resolve(&[("HOME", "/h"), ("TMUX_ORC_STATE_DIR", "/two")]).unwrap();
        let three = resolve(&[("HOME", "/h"), ("XDG_STATE_HOME", "/three")]).unwrap();
        let four = resolve(&[("HOME", "/h"), ("XDG_STATE_HOME", "/four")]).unwrap();
        let usual = resolve(&[("HOME", "/h")]).unwrap();
        let all: std::collections::BTreeSet<_> =
            [one, two, three, four, usual].into_iter().map(|paths| paths.runtime).collect();
        assert_eq!(all.len(), 5, "{all:?}");
    }

    #[test]
    fn a_socket_path_that_cannot_work_is_refused() {
        let long = format!("/{}", "x".repeat(100));
        assert!(matches!(
            resolve(&[("HOME", "/h"), ("TMUX_ORC_RUNTIME_DIR", &long)]),
            Err(PathsError::TooLong { .. })
        ));
    }
}

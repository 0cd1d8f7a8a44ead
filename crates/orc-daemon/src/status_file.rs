//! The file in which an agent keeps its own status, where its profile names one: looked at now and then, by its time of
//! change, and read only when that is new.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use orc_core::detect::Says;
use orc_core::profile::{Profile, StatusFile};
use orc_core::team::{AgentState, Process};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::door::environment_of;
use crate::plain_file;

/// Pause between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(500);
/// What the file says must stand so long: it is written a little after the fact, and the quicker sources have told the
/// next one by then.
const SETTLED: Duration = Duration::from_secs(1);
/// A look takes no longer than this. A disk that does not answer is asked no second time before it has.
const PATIENCE: Duration = Duration::from_millis(100);
/// No status is longer (bytes); a larger file is something else.
const LONGEST: u64 = 64 << 10;

/// The status file of one launch.
pub(crate) struct Watched {
    path: PathBuf,
    what: StatusFile,
    /// A look that is under way: the file is the agent's own, and the disk below it may be anywhere.
    looking: Option<JoinHandle<Found>>,
    modified: Option<SystemTime>,
    read: Option<(AgentState, String)>,
    since: Instant,
    told: bool,
}

/// When the file was changed, and what is in it if that is not the time that was known.
type Found = (Option<SystemTime>, Option<Vec<u8>>);

impl Watched {
    /// The file of this process; nothing when its profile names none, or the process is gone.
    pub(crate) fn of(profile: &Profile, process: Process) -> Option<Self> {
        let what = profile.status_file.clone()?;
        let mut values = environment_of(process)?;
        values.push(("pid".to_owned(), process.pid.to_string()));
        let path = what.paths.iter().find_map(|path| filled(path, &values))?.into();
        Some(Self {
            path,
            what,
            looking: None,
            modified: None,
            read: None,
            since: Instant::now(),
            told: true,
        })
    }

    /// What it says, once that has settled; each time once.
    pub(crate) async fn look(&mut self) -> Option<(AgentState, String)> {
        if let Some((modified, bytes)) = self.found().await
            && modified != self.modified
        {
            self.modified = modified;
            // A file that is just being written is read again when it changes again.
            let said = bytes.and_then(|bytes| said(&self.what, &bytes));
            if said != self.read {
                self.told = said.is_none();
                self.read = said;
                self.since = Instant::now();
            }
        }
        if self.told || self.since.elapsed() < SETTLED {
            return None;
        }
        self.told = true;
        self.read.clone()
    }

    /// What a look at the file has found; nothing while it is under way.
    async fn found(&mut self) -> Option<Found> {
        let patience = if self.looking.is_some() { Duration::ZERO } else { PATIENCE };
        let looking = self.looking.get_or_insert_with(|| {
            let (path, known) = (self.path.clone(), self.modified);
            tokio::task::spawn_blocking(move || read(&path, known))
        });
        let found = tokio::time::timeout(patience, looking).await.ok()?;
        self.looking = None;
        found.ok()
    }
}

fn read(path: &Path, known: Option<SystemTime>) -> Found {
    let Ok((file, about)) = plain_file::open(path) else { return (None, None) };
    let modified = about.modified().ok().filter(|_| about.len() <= LONGEST);
    if modified.is_none() || modified == known {
        return (modified, None);
    }
    let mut bytes = Vec::new();
    let read = file.take(LONGEST).read_to_end(&mut bytes);
    (modified, read.is_ok().then_some(bytes))
}

/// The state that the file names.
fn said(what: &StatusFile, bytes: &[u8]) -> Option<(AgentState, String)> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let word = value.pointer(&what.state)?.as_str()?;
    let says = what.states.get(word).and_then(|word| Says::from_word(word))?;
    let text = what.text.as_deref().and_then(|text| value.pointer(text)?.as_str());
    let detail = match text {
        Some(text) => format!("its status file: {word}: {text}"),
        None => format!("its status file: {word}"),
    };
    let detail = orc_core::envelope::make_safe(&detail).text;
    Some((says.state(text.unwrap_or(word), None), detail))
}

/// The path with its placeholders, when each has a value.
fn filled(path: &str, values: &[(String, String)]) -> Option<String> {
    let mut text = path.to_owned();
    while let Some((before, rest)) = text.split_once('{') {
        let (name, after) = rest.split_once('}')?;
        let value = values.iter().find(|(known, _)| known == name).map(|(_, value)| value)?;
        // A value is not searched for placeholders: such a path is not used.
        if value.contains('{') || value.is_empty() {
            return None;
        }
        text = format!("{before}{value}{after}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_needs_all_its_values() {
        let values = [("HOME".to_owned(), "/h".to_owned()), ("pid".to_owned(), "7".to_owned())];
        assert_eq!(filled("{HOME}/s/{pid}.json", &values).as_deref(), Some("/h/s/7.json"));
        assert_eq!(filled("{OTHER}/s/{pid}.json", &values), None);
        assert_eq!(filled("{HOME", &values), None);
    }

    #[tokio::test]
    async fn a_pipe_in_its_place_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let what = "paths = []\nstate = '/status'\nstates = { busy = 'working' }";
        let (what, since) = (toml::from_str(what).unwrap(), Instant::now());
        let (modified, read, told) = (None, None, true);
        let mut watched = Watched { path: path.clone(), what, looking: None, modified, read, since, told };
        assert_eq!(watched.look().await, None);
        assert!(watched.looking.is_none(), "the look has ended");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, r#"{"status": "busy"}"#).unwrap();
        while watched.read.is_none() {
            assert_eq!(watched.look().await, None, "it must stand for a while");
        }
        watched.since -= SETTLED;
        let said = (AgentState::Working, "its status file: busy".to_owned());
        assert_eq!(watched.look().await, Some(said));
    }

    /// A disk that does not answer.
    #[tokio::test]
    async fn a_look_that_stands_still_is_alone_and_holds_nobody_up() {
        let what = toml::from_str("paths = []\nstate = '/status'\nstates = {}").unwrap();
        let (modified, read, told, since) = (None, None, true, Instant::now());
        let looking = Some(tokio::spawn(std::future::pending()));
        let mut watched = Watched { path: "/".into(), what, looking, modified, read, since, told };
        for _ in 0..3 {
            assert_eq!(watched.look().await, None);
            assert!(watched.looking.is_some(), "no other look has begun");
        }
    }

    #[test]
    fn a_word_that_means_nothing_is_no_evidence() {
        let what: StatusFile =
            toml::from_str("paths = []\nstate = '/status'\nstates = { busy = 'working' }\ntext = '/why'")
                .unwrap();
        let told = said(&what, br#"{"status": "busy", "why": "a tool"}"#);
        assert_eq!(told, Some((AgentState::Working, "its status file: busy: a tool".to_owned())));
        assert_eq!(said(&what, br#"{"status": "odd"}"#), None);
        assert_eq!(said(&what, b"{"), None);
    }
}

//! The file in which an agent keeps its own status, where its profile names one: looked at now and then, by its time of
//! change, and read only when that is new.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use orc_core::detect::Says;
use orc_core::profile::{Profile, StatusFile};
use orc_core::team::{AgentState, Process};
use serde_json::Value;
use tokio::time::Instant;

use crate::door::environment_of;

/// Pause between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(500);
/// What the file says must stand so long: it is written a little after the fact, and the quicker sources have told the
/// next one by then.
const SETTLED: Duration = Duration::from_secs(1);
/// No status is longer (bytes); a larger file is something else.
const LONGEST: u64 = 64 << 10;

/// The status file of one launch.
pub(crate) struct Watched {
    path: PathBuf,
    what: StatusFile,
    modified: Option<SystemTime>,
    read: Option<(AgentState, String)>,
    since: Instant,
    told: bool,
}

impl Watched {
    /// The file of this process; nothing when its profile names none, or the process is gone.
    pub(crate) fn of(profile: &Profile, process: Process) -> Option<Self> {
        let what = profile.status_file.clone()?;
        let mut values = environment_of(process)?;
        values.push(("pid".to_owned(), process.pid.to_string()));
        let path = what.paths.iter().find_map(|path| filled(path, &values))?.into();
        Some(Self { path, what, modified: None, read: None, since: Instant::now(), told: true })
    }

    /// What it says, once that has settled; each time once.
    pub(crate) fn look(&mut self) -> Option<(AgentState, String)> {
        let known = std::fs::metadata(&self.path).ok().filter(|file| file.len() <= LONGEST);
        let modified = known.and_then(|file| file.modified().ok());
        if modified != self.modified {
            self.modified = modified;
            // A file that is just being written is read again when it changes again.
            let said = std::fs::read(&self.path).ok().and_then(|bytes| said(&self.what, &bytes));
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

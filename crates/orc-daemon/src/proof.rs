//! Whether an agent's own session can be gone on with: its transcript must exist.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use orc_core::envelope::closing;
use orc_core::ids::MessageId;
use orc_core::profile::Resume;

/// A session with its transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) transcript: PathBuf,
}

/// The newest of these sessions (oldest first) whose transcript exists. Blocking.
pub(crate) fn newest(
    resume: &Resume,
    sessions: &[String],
    environment: &BTreeMap<String, String>,
) -> Option<Session> {
    let transcript = |id: &String| {
        let found = resume.transcripts.iter().find_map(|place| {
            let pattern = filled(place, id, environment)?;
            matches(&pattern).into_iter().find(|path| match &resume.contains {
                Some(text) => holds(path, &text.replace("{native_session}", id)),
                None => std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0),
            })
        });
        found.map(|transcript| Session { id: id.clone(), transcript })
    };
    sessions.iter().rev().filter(|id| is_plain(id)).find_map(transcript)
}

/// Of these messages, those that the transcript of this one session holds whole. A store of many sessions proves
/// nothing: the same message may have gone to another agent. Blocking.
pub(crate) fn taken(resume: &Resume, session: &Session, messages: &[MessageId]) -> Vec<MessageId> {
    if resume.contains.is_some() || messages.is_empty() {
        return Vec::new();
    }
    let text = std::fs::read(&session.transcript).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let held =
        |id: &&MessageId| text.contains(&format!("Message {id} from ")) && text.contains(&closing(**id));
    messages.iter().filter(held).copied().collect()
}

/// Of these messages, those that the transcript of this one session surely does not hold: it was read. Nothing is sure of
/// a store of many sessions, which may keep a text in pieces. Blocking.
pub(crate) fn missing(resume: &Resume, session: &Session, messages: &[MessageId]) -> Vec<MessageId> {
    if resume.contains.is_some() {
        return Vec::new();
    }
    let Ok(text) = std::fs::read(&session.transcript) else { return Vec::new() };
    let text = String::from_utf8_lossy(&text);
    let absent = |id: &&MessageId| !text.contains(&closing(**id));
    messages.iter().filter(absent).copied().collect()
}

/// A session's id comes from the agent: it must not lead anywhere else.
fn is_plain(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !id.is_empty() && id.len() <= 128 && id.chars().all(plain)
}

/// The place with `{native_session}` and a leading `$NAME` filled in; nothing when the variable is not set.
fn filled(place: &str, id: &str, environment: &BTreeMap<String, String>) -> Option<String> {
    let place = place.replace("{native_session}", id);
    let Some(rest) = place.strip_prefix('$') else { return Some(place) };
    let (name, rest) = rest.split_once('/')?;
    let value = environment.get(name).filter(|value| value.starts_with('/'))?;
    Some(format!("{value}/{rest}"))
}

/// The existing files that match, `*` standing for any characters within one name; the newest name first.
fn matches(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for segment in pattern.split('/').filter(|segment| !segment.is_empty()) {
        found = found.into_iter().flat_map(|folder| step(&folder, segment)).collect();
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

fn step(folder: &Path, segment: &str) -> Vec<PathBuf> {
    if !segment.contains('*') {
        let path = folder.join(segment);
        return if path.exists() { vec![path] } else { Vec::new() };
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let fits = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| fits(segment, name));
    entries.flatten().filter(|entry| fits(&entry.file_name())).map(|entry| entry.path()).collect()
}

/// Whether a name fits a pattern with `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(first) else { return false };
    let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    ends.into_iter().any(|at| fits(rest, &name[at..]))
}

/// Whether a file, or the log that a data base keeps beside it, holds a text.
fn holds(path: &Path, text: &str) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    [path.to_owned(), PathBuf::from(log)]
        .iter()
        .any(|file| std::fs::File::open(file).is_ok_and(|file| flows_by(file, text.as_bytes())))
}

/// Bytes of a store that are looked at together: it may hold years of sessions.
const PORTION: usize = 1 << 20;

/// Whether the text is in what is read, looked at in portions. What cannot be read holds nothing.
fn flows_by(mut from: impl Read, text: &[u8]) -> bool {
    let finder = memchr::memmem::Finder::new(text);
    let mut held = Vec::with_capacity(PORTION + text.len());
    loop {
        let kept = held.len();
        let portion = PORTION as u64;
        match from.by_ref().take(portion).read_to_end(&mut held) {
            Ok(0) | Err(_) => return false,
            Ok(_) if finder.find(&held).is_some() => return true,
            // What begins at the end of this portion may end in the next.
            Ok(read) => drop(held.drain(..(kept + read).saturating_sub(text.len()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(home: &Path) -> BTreeMap<String, String> {
        BTreeMap::from([("HOME".to_owned(), home.to_string_lossy().into_owned())])
    }

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn resume(places: &[&str], contains: Option<&str>) -> Resume {
        Resume {
            args: Vec::new(),
            transcripts: places.iter().map(|place| (*place).to_owned()).collect(),
            contains: contains.map(str::to_owned),
        }
    }

    #[test]
    fn the_newest_session_with_a_transcript_is_found_and_none_without() {
        let home = tempfile::tempdir().unwrap();
        let place =
            resume(&["$ELSEWHERE/{native_session}.jsonl", "$HOME/p/*/r-*-{native_session}.jsonl"], None);
        write(&home.path().join("p/x/r-1-old.jsonl"), "{}");
        write(&home.path().join("p/x/r-1-empty.jsonl"), "");
        let sessions = ["old", "empty", "never", "../old"].map(str::to_owned);
        let found = newest(&place, &sessions, &environment(home.path())).unwrap();
        assert_eq!((found.id.as_str(), found.transcript), ("old", home.path().join("p/x/r-1-old.jsonl")));
        assert_eq!(newest(&place, &sessions[1..], &environment(home.path())), None);
    }

    #[test]
    fn a_store_of_many_sessions_must_hold_the_id_and_proves_no_message() {
        let home = tempfile::tempdir().unwrap();
        let place = resume(&["$HOME/all.db"], Some("{native_session}"));
        write(&home.path().join("all.db"), "other Message m1 from x (end of message m1)");
        write(&home.path().join("all.db-wal"), "mine");
        let found = |id: &str| newest(&place, &[id.to_owned()], &environment(home.path()));
        let mine = found("mine").unwrap();
        assert!(found("nobody").is_none());
        assert!(taken(&place, &mine, &[MessageId(1)]).is_empty());
        assert!(missing(&place, &mine, &[MessageId(2)]).is_empty(), "it may be there in pieces");
    }

    #[test]
    fn a_text_across_two_portions_is_found() {
        let across = |at: usize| {
            let mut bytes = vec![b'.'; 3 * PORTION];
            bytes[at..at + 4].copy_from_slice(b"mine");
            flows_by(bytes.as_slice(), b"mine")
        };
        for at in [0, PORTION - 4, PORTION - 3, PORTION - 1, PORTION, 2 * PORTION - 2, 3 * PORTION - 4] {
            assert!(across(at), "at {at}");
        }
        assert!(!flows_by(vec![b'.'; PORTION + 7].as_slice(), b"mine"));
    }

    #[test]
    fn a_message_is_taken_when_the_transcript_holds_it_whole() {
        let home = tempfile::tempdir().unwrap();
        let place = resume(&["$HOME/{native_session}.jsonl"], None);
        let text =
            r#"{"text":"Message m1 from operator:\nhi\n(end of message m1)"} Message m2 from operator:"#;
        write(&home.path().join("s.jsonl"), text);
        let session = newest(&place, &["s".to_owned()], &environment(home.path())).unwrap();
        let asked = [1, 2, 3].map(MessageId);
        assert_eq!(taken(&place, &session, &asked), [MessageId(1)]);
        assert_eq!(missing(&place, &session, &asked), [MessageId(2), MessageId(3)]);
    }

    #[test]
    fn a_transcript_that_cannot_be_read_misses_nothing() {
        let home = tempfile::tempdir().unwrap();
        let place = resume(&["$HOME/{native_session}.jsonl"], None);
        let session = Session { id: "s".to_owned(), transcript: home.path().join("s.jsonl") };
        assert!(missing(&place, &session, &[MessageId(1)]).is_empty());
    }
}

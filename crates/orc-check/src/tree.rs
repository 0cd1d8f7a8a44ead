//! The files of the code that is tested.

/// The files of the code that is tested, as the commit or the directory has them.
pub trait Tree {
    /// Every file, by its path from the repository's directory, in order.
    fn files(&self) -> &[String];

    /// A file's text; nothing when it is none or is not there.
    fn read(&self, path: &str) -> Option<String>;

    /// Whether there is such a file.
    fn has(&self, path: &str) -> bool {
        self.files().binary_search_by(|file| file.as_str().cmp(path)).is_ok()
    }
}

/// The folder of a file; empty for the repository's own.
pub(crate) fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// The last part of a path.
pub(crate) fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The ending of a file's name, without its dot.
pub(crate) fn ending_of(path: &str) -> &str {
    name_of(path).rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Whether a file is in a folder, however deep.
pub(crate) fn is_in(path: &str, dir: &str) -> bool {
    dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// A path as seen from a folder above it.
pub(crate) fn from_dir<'a>(path: &'a str, dir: &str) -> &'a str {
    if dir.is_empty() {
        path
    } else {
        path.strip_prefix(dir).map_or(path, |rest| rest.trim_start_matches('/'))
    }
}

/// A file in a folder.
pub(crate) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

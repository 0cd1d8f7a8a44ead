//! The rules that find secrets, with this installation's own key.

use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use orc_core::redact::Redactor;

use crate::error::DaemonError;

/// Bytes of the key.
const KEY: usize = 32;

/// The rules with the key in a file of the state directory, which is made when it is missing or not whole: from then on equal
/// values look otherwise than before.
pub(crate) fn redactor(state: &Path) -> Result<Arc<Redactor>, DaemonError> {
    let path = state.join("redact.key");
    let known = std::fs::read(&path).ok().and_then(|bytes| <[u8; KEY]>::try_from(bytes).ok());
    let key = match known {
        Some(key) => key,
        None => fresh(&path).map_err(DaemonError::io("making", &path))?,
    };
    Ok(Arc::new(Redactor::new(key)))
}

fn fresh(path: &Path) -> std::io::Result<[u8; KEY]> {
    let mut key = [0; KEY];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_nobody_elses() {
        use std::os::unix::fs::MetadataExt;
        let dir = tempfile::tempdir().unwrap();
        let text = "password=hunter2xyz";
        let first = redactor(dir.path()).unwrap().redact(text).unwrap();
        assert_eq!(redactor(dir.path()).unwrap().redact(text).unwrap(), first);
        assert_eq!(std::fs::metadata(dir.path().join("redact.key")).unwrap().mode() & 0o777, 0o600);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(redactor(other.path()).unwrap().redact(text).unwrap(), first);
    }
}

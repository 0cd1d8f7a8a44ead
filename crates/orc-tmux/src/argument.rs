//! What may be handed to tmux at all, checked once at the edge of the crate.

use std::path::Path;

use crate::TmuxError;

/// A name or mark: not empty and without control characters. Our listings are separated by tabs and
/// newlines, so a mark with one in it would be read as something else.
pub(crate) fn name(what: &'static str, value: &str) -> Result<(), TmuxError> {
    if value.is_empty() || value.chars().any(char::is_control) {
        return Err(bad(what, value));
    }
    Ok(())
}

/// The words of a program to run. Any text is fine but NUL, which ends a word early.
pub(crate) fn argv(words: &[String]) -> Result<(), TmuxError> {
    match words.first() {
        None => Err(bad("the program of a view", "")),
        Some(program) if program.is_empty() => Err(bad("the program of a view", "")),
        Some(_) => match words.iter().find(|word| word.contains('\0')) {
            Some(word) => Err(bad("an argument of a view", word)),
            None => Ok(()),
        },
    }
}

/// A directory, which tmux takes as UTF-8 text only.
pub(crate) fn directory(path: &Path) -> Result<&str, TmuxError> {
    let rejected = || bad("the working directory", &path.to_string_lossy());
    let text = path.to_str().ok_or_else(rejected)?;
    if path.is_absolute() && !text.contains('\0') { Ok(text) } else { Err(rejected()) }
}

fn bad(what: &'static str, value: &str) -> TmuxError {
    TmuxError::BadArgument { what, value: value.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn marks_cannot_break_a_listing() {
        for good in ["a", "#(touch x)", "a;b'\"c", "équipe 🦀", "$HOME ~"] {
            assert!(name("mark", good).is_ok(), "{good:?}");
        }
        for wrong in ["", "a\tb", "a\nb", "a\u{1b}[0m", "a\0", "\u{9b}"] {
            assert!(name("mark", wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn programs_and_directories() {
        assert!(argv(&[]).is_err());
        assert!(argv(&[String::new()]).is_err());
        assert!(argv(&["a".into(), String::new()]).is_ok());
        assert!(argv(&["a".into(), "b\0".into()]).is_err());
        assert!(directory(Path::new("/a b")).is_ok());
        assert!(directory(Path::new("a")).is_err());
        assert!(directory(Path::new(OsStr::from_bytes(b"/\xff"))).is_err());
    }
}

//! The text of a message: an argument, a file or standard input, whatever bytes it holds.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::error::CliError;

/// A text and how many of its bytes had to be replaced to make it UTF-8.
pub(crate) struct GivenText {
    pub(crate) text: String,
    pub(crate) repaired: usize,
}

/// Reads it from wherever it is.
pub(crate) fn read(argument: Option<OsString>, file: Option<&Path>) -> Result<GivenText, CliError> {
    let bytes = match (argument, file) {
        (_, Some(path)) if path == "-" => standard_input()?,
        (_, Some(path)) => {
            std::fs::read(path).map_err(|e| CliError::Usage(format!("{}: {e}", path.display())))?
        }
        (Some(word), None) if word == "-" => standard_input()?,
        (Some(word), None) => word.into_vec(),
        (None, None) => return Err(CliError::Usage("a text is needed".to_owned())),
    };
    Ok(repair(&bytes))
}

fn standard_input() -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn repair(bytes: &[u8]) -> GivenText {
    let repaired = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    GivenText { text: String::from_utf8_lossy(bytes).into_owned(), repaired }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_counted() {
        let given = repair(b"ok \xff\xfe \xc3\xa4");
        assert_eq!(given.repaired, 2);
        assert_eq!(given.text, "ok \u{fffd}\u{fffd} ä");
    }
}

//! A text, and where it comes from.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCandidates;

use crate::duration::Wait;
use crate::names;

pub(super) const TEXT_HELP: &str = "The text arrives as written: several lines, quotes, $(), unicode, a leading -, /, ! or #.\n\
An argument over 128 KiB fails in the shell before this program starts: use --file FILE, or `-` and standard input.\n\
It returns when the message is durable; --wait returns when every recipient has it, exit 8 when only some have.";

/// A text and where it comes from.
#[derive(Debug, Args)]
pub(crate) struct Text {
    /// The text, or `-` for standard input.
    #[arg(allow_hyphen_values = true, required_unless_present = "file")]
    #[arg(value_name = "TEXT")]
    pub(crate) words: Option<OsString>,
    /// Read the text from a file.
    #[arg(long, value_name = "FILE", conflicts_with = "words")]
    pub(crate) file: Option<PathBuf>,
    /// Your own name of this message, for scripts: repeated with it, the command sends nothing twice.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Wait until every recipient has it.
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "10m")]
    pub(crate) wait: Option<Wait>,
}

/// A text to a team.
#[derive(Debug, Args)]
pub(crate) struct TeamText {
    /// The team.
    #[arg(add = ArgValueCandidates::new(names::teams))]
    pub(crate) team: String,
    #[command(flatten)]
    pub(crate) text: Text,
}

//! Errors are interface: a stable code, a sentence, a hint; the exit status follows from the code.

use std::path::Path;
use std::process::ExitCode;

use orc_api::ClientError;
use orc_core::error::{Code, Problem, Refusal};

use crate::output;

/// What is said of a failure.
pub(crate) struct Told {
    pub(crate) status: u8,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) hint: String,
    pub(crate) problems: Vec<String>,
    /// The same with a code and a hint each, where there are some.
    pub(crate) found: Vec<Problem>,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum CliError {
    /// The arguments make no sense together.
    Usage(String),
    /// The supervisor refused.
    Refused(Refusal),
    /// No supervisor could be reached or started.
    Unreachable(String),
    /// The supervisor went away in the middle: what became of the request is not known.
    Broken(String),
    /// A configuration file is wrong.
    Config(String),
    /// Something failed on this side.
    Failed(String),
    /// The reader of our output went away: not an error.
    ClosedPipe,
}

impl CliError {
    /// A wrong configuration file.
    pub(crate) fn config(path: &Path, reason: &str) -> Self {
        Self::Config(format!("{}: {}", path.display(), reason.trim()))
    }

    /// What is said of it; nothing when the reader went away.
    pub(crate) fn told(self) -> Option<Told> {
        let found = match &self {
            Self::Refused(refusal) => refusal.found.clone(),
            _ => Vec::new(),
        };
        let (status, code, message, hint, problems) = match self {
            Self::ClosedPipe => return None,
            Self::Usage(message) => (2, "usage".to_owned(), message, "see --help".to_owned(), Vec::new()),
            Self::Refused(refusal) => {
                let code = serde_json::to_value(refusal.code).ok();
                let code = code.and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
                (status_of(refusal.code), code, refusal.message, refusal.hint, refusal.problems)
            }
            Self::Unreachable(message) => {
                let hint = "`tmux-orc daemon run` in another terminal shows why it does not start".to_owned();
                (5, "unreachable".to_owned(), message, hint, Vec::new())
            }
            Self::Config(message) => {
                (78, "config".to_owned(), message, "mend the file".to_owned(), Vec::new())
            }
            Self::Broken(message) => {
                let message = format!("{message}; whether it was done is not known");
                let hint = "`tmux-orc events` shows what was done; a message sent with --key may be repeated"
                    .to_owned();
                (5, "broken_off".to_owned(), message, hint, Vec::new())
            }
            Self::Failed(message) => (1, "failed".to_owned(), message, String::new(), Vec::new()),
        };
        Some(Told { status, code, message, hint, problems, found })
    }

    /// Says it, as text or JSON, and answers the exit status.
    pub(crate) fn report(self, json: bool) -> ExitCode {
        let Some(Told { status, code, message, hint, problems, found }) = self.told() else {
            return ExitCode::SUCCESS;
        };
        if json {
            let error = serde_json::json!({
                "error": { "code": code, "message": message, "hint": hint, "problems": problems, "found": found }
            });
            drop(output::line(&error.to_string()));
            return ExitCode::from(status);
        }
        output::talk(&format!("error: {}", output::plain(&message)));
        if found.len() > 1 {
            for problem in &found {
                output::talk(&format!("  - {} [{}]", output::plain(&problem.message), problem.code));
                if !problem.hint.is_empty() {
                    output::talk(&format!("    hint: {}", output::plain(&problem.hint)));
                }
            }
        }
        let several = if problems.len() > 1 && found.is_empty() { problems } else { Vec::new() };
        for problem in several {
            output::talk(&format!("  - {}", output::plain(&problem)));
        }
        if !hint.is_empty() {
            output::talk(&format!("hint: {}", output::plain(&hint)));
        }
        ExitCode::from(status)
    }
}

/// The exit status of a refusal.
fn status_of(code: Code) -> u8 {
    match code {
        Code::BadRequest => 2,
        Code::NotFound => 3,
        Code::Conflict | Code::Preflight | Code::Limited => 4,
        Code::ShuttingDown => 5,
        Code::TimedOut => 6,
        Code::Partial => 8,
        Code::Denied => 9,
        Code::Storage => 1,
        Code::Internal => 70,
        Code::Config => 78,
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(refusal) => Self::Refused(refusal),
            ClientError::Unreachable { .. } => Self::Unreachable(error.to_string()),
            ClientError::Broken(_) => Self::Broken(error.to_string()),
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Failed(error.to_string()),
        }
    }
}

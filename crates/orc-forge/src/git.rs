//! git, asked in one repository.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::program::{Call, Caller, Done, Ended, ProgramError};

/// Longest that a question to git may take: a large repository on a slow disk.
const LIMIT: Duration = Duration::from_secs(60);

/// A repository, or a directory that may be in one.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    pub(crate) caller: Caller,
    pub(crate) dir: PathBuf,
}

impl Git {
    pub(crate) fn new(caller: &Caller, dir: &Path) -> Self {
        Self { caller: caller.clone(), dir: dir.to_owned() }
    }

    /// Runs it, whatever its exit status.
    pub(crate) async fn run(&self, words: &[&str], limit: Duration) -> Result<Done, ProgramError> {
        let args = with_options(words);
        self.caller.run(Call { program: "git", args: &args, dir: &self.dir, limit }).await
    }

    /// Runs it and hands on what it prints; its exit status must be 0.
    pub(crate) async fn stream(&self, words: &[&str], sink: impl FnMut(&[u8])) -> Result<(), ProgramError> {
        let args = with_options(words);
        let call = Call { program: "git", args: &args, dir: &self.dir, limit: LIMIT };
        match self.caller.stream(call, sink).await? {
            Ended { code: Some(0), .. } => Ok(()),
            Ended { stderr, .. } => Err(failed(words, &stderr)),
        }
    }

    /// What it prints; its exit status must be 0.
    pub(crate) async fn text(&self, words: &[&str]) -> Result<String, ProgramError> {
        match self.run(words, LIMIT).await? {
            done @ Done { code: Some(0), .. } => Ok(done.text()),
            done => Err(failed(words, &done.stderr)),
        }
    }

    /// Its first line, if it succeeds and prints one.
    pub(crate) async fn line(&self, words: &[&str]) -> Option<String> {
        let text = self.text(words).await.ok()?;
        text.lines().next().map(str::to_owned).filter(|line| !line.is_empty())
    }

    /// The commit that a name stands for.
    pub(crate) async fn commit(&self, name: &str) -> Option<String> {
        self.line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])
            .await
    }
}

/// Options that the user's configuration must not change.
fn with_options<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let own =
        ["--no-pager", "-c", "core.quotePath=false", "-c", "color.ui=false", "-c", "core.fsmonitor=false"];
    own.into_iter().chain(words.iter().copied()).collect()
}

pub(crate) fn failed(words: &[&str], stderr: &str) -> ProgramError {
    let what = format!("git {}", words.first().unwrap_or(&""));
    ProgramError::Failed { what, said: complaint(stderr) }
}

/// The line of a program's complaints that says most, without a password in an address.
pub(crate) fn complaint(stderr: &str) -> String {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let telling =
        |line: &&str| line.starts_with("fatal:") || line.starts_with("error:") || line.starts_with("remote:");
    let line = lines.clone().find(telling).or_else(|| lines.next_back()).unwrap_or("it says nothing");
    without_password(line)
}

/// An address in a text without the user and password in it.
pub(crate) fn without_password(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out += before;
        let end = after.find(|c: char| c == '/' || c.is_whitespace() || c == '\'').unwrap_or(after.len());
        rest = after[..end].rfind('@').map_or(after, |at| &after[at + 1..]);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_said_without_its_password() {
        for (given, said) in [
            (
                "fatal: unable to access 'https://u:s3cret@host/x/': no",
                "fatal: unable to access 'https://host/x/': no",
            ),
            ("ssh://git@host/x and https://a@b/c", "ssh://host/x and https://b/c"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(without_password(given), said);
        }
    }
}

//! Pushing a commit to a branch of the remote: exactly that commit, by an explicit refspec, never by force.

use std::path::Path;
use std::time::Duration;

use crate::git::{Git, complaint};
use crate::program::{Caller, ProgramError};

/// Longest that it may take: the person's own hooks may run tests.
const LIMIT: Duration = Duration::from_secs(300);

/// What the remote made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is new there.
    New,
    /// It was moved on.
    Moved,
    /// It was there already.
    There,
}

impl Pushed {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::New => "the branch is new there",
            Self::Moved => "the branch was moved on",
            Self::There => "the branch was there already",
        }
    }
}

/// Pushes it.
pub async fn push(
    caller: &Caller,
    dir: &Path,
    remote: &str,
    commit: &str,
    branch: &str,
) -> Result<Pushed, ProgramError> {
    let git = Git::new(caller, dir);
    let refspec = format!("{commit}:refs/heads/{branch}");
    // What the configuration could add is switched off: tags, submodules; a push option that forces does not exist.
    let words = ["push", "--porcelain", "--no-follow-tags", "--no-force", "--", remote, &refspec];
    let done = git.run(&words, LIMIT).await?;
    let text = done.text();
    // A line for the reference: a sign, from:to, what happened (git-push(1)).
    let line = text.lines().find(|line| line.contains(&format!(":refs/heads/{branch}\t")));
    let sign = line.and_then(|line| line.chars().next());
    match (done.code, sign) {
        (Some(0), Some('*')) => Ok(Pushed::New),
        (Some(0), Some('=')) => Ok(Pushed::There),
        (Some(0), _) => Ok(Pushed::Moved),
        _ => {
            let rejected =
                line.filter(|line| line.starts_with('!')).and_then(|line| line.rsplit('\t').next());
            let said = match (rejected, complaint(&done.stderr)) {
                (Some(rejected), said) if said.contains("failed to push") => rejected.to_owned(),
                (Some(rejected), said) => format!("{rejected}: {said}"),
                (None, said) => said,
            };
            Err(ProgramError::Failed { what: "git push".to_owned(), said })
        }
    }
}

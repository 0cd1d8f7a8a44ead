//! A forge's REST interface through its own tool: `gh api` and `glab api`, which know logins, hosts and proxies. Bodies go by
//! file, answers come with their status and headers.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use orc_core::change::Forge;
use serde_json::Value;

use crate::git::complaint;
use crate::program::{Call, Caller, ProgramError};

mod answer;
mod github;
mod gitlab;
mod shape;

pub(crate) use answer::Answer;
pub(crate) use shape::{Draft, Pull, Shape};

/// Longest that one answer may take.
const LIMIT: Duration = Duration::from_secs(20);
/// So often a question is asked that changes nothing when it is asked again.
const TRIES: u32 = 3;
/// Before asking again.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest that a forge is waited for that says when it will answer again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the forge did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RestError {
    /// It said no.
    #[error("it answered {status}: {said}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        said: String,
    },
    /// It wants to be left alone for longer than we wait.
    #[error("it answered {status} and wants no request for {seconds} s: {said}")]
    Later {
        /// The HTTP status.
        status: u16,
        /// How long, by its own word.
        seconds: u64,
        /// What it says.
        said: String,
    },
    /// No whole answer came: whether it did what was asked is not known.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// Its tool does not run.
    #[error(transparent)]
    Tool(#[from] ProgramError),
}

/// The interface for one repository.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    caller: Caller,
    tool: &'static str,
    pub(crate) shape: &'static dyn Shape,
    host: String,
    pub(crate) repository: String,
    scratch: PathBuf,
}

/// What a forge says of a repository.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) default_branch: Option<String>,
    pub(crate) may_push: bool,
    pub(crate) archived: bool,
}

impl Api {
    pub(crate) fn new(
        caller: &Caller,
        forge: Forge,
        host: &str,
        repository: &str,
        scratch: &Path,
    ) -> Option<Self> {
        let (tool, shape): (_, &'static dyn Shape) = match forge {
            Forge::Github => ("gh", &github::Github),
            Forge::Gitlab => ("glab", &gitlab::Gitlab),
            Forge::None => return None,
        };
        let (caller, host, repository) = (caller.clone(), host.to_owned(), repository.to_owned());
        Some(Self { caller, tool, shape, host, repository, scratch: scratch.to_owned() })
    }

    /// What the forge says of the repository.
    pub(crate) async fn repository(&self) -> Result<Repository, RestError> {
        let answer = self.read(&self.shape.repository(&self.repository)).await?;
        Ok(self.shape.repository_of(&answer))
    }

    /// Whether the forge protects a branch; one that is not there is not protected.
    pub(crate) async fn is_protected(&self, branch: &str) -> Result<bool, RestError> {
        match self.read(&self.shape.branch(&self.repository, branch)).await {
            Ok(answer) => Ok(answer["protected"] == true),
            Err(RestError::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Asks for something, again if no whole answer comes.
    pub(crate) async fn read(&self, endpoint: &str) -> Result<Value, RestError> {
        self.again("GET", endpoint, None).await
    }

    /// Asks for something that does no more when it is asked twice, again if no whole answer comes.
    pub(crate) async fn again(
        &self,
        method: &str,
        endpoint: &str,
        body: Option<&Value>,
    ) -> Result<Value, RestError> {
        let mut waited = Duration::ZERO;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once(method, endpoint, body).await {
                Err(RestError::Later { seconds, .. })
                    if waited + Duration::from_secs(seconds) <= PATIENCE =>
                {
                    // That was no try: it has not been looked at.
                    let pause = Duration::from_secs(seconds);
                    waited += pause.max(PAUSE);
                    tokio::time::sleep(pause).await;
                    tries -= 1;
                }
                Err(RestError::NoAnswer(_)) if tries < TRIES => tokio::time::sleep(PAUSE * tries).await,
                other => return other,
            }
        }
    }

    /// Asks once.
    pub(crate) async fn once(
        &self,
        method: &str,
        endpoint: &str,
        body: Option<&Value>,
    ) -> Result<Value, RestError> {
        // Away from the repository, whose own configuration of the tool must not matter.
        let failed = |error| RestError::Tool(ProgramError::Start("making a folder".to_owned(), error));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.scratch).map_err(failed)?;
        let input = match body {
            Some(body) => Some(Input::write(&self.scratch, body)?),
            None => None,
        };
        let mut args = vec!["api", "--hostname", &self.host, "--include", "--method", method];
        for header in self.shape.headers() {
            args.extend(["--header", header]);
        }
        if let Some(input) = &input {
            args.extend(["--input", input.path.to_str().unwrap_or_default()]);
        }
        args.push(endpoint);
        let call = Call { program: self.tool, args: &args, dir: &self.scratch, limit: LIMIT };
        let done = match self.caller.run(call).await {
            Ok(done) => done,
            Err(error @ ProgramError::TooSlow(..)) => return Err(RestError::NoAnswer(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let Some(answer) = Answer::read(&done.text()) else {
            return Err(RestError::NoAnswer(complaint(&done.stderr)));
        };
        answer.result(done.code == Some(0))
    }
}

/// A body in a file that only we can read, there as long as the tool runs.
struct Input {
    path: PathBuf,
}

impl Input {
    fn write(scratch: &Path, body: &Value) -> Result<Self, RestError> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let failed = |error| RestError::Tool(ProgramError::Start("writing the request".to_owned(), error));
        let name = format!("request-{}-{}.json", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let input = Self { path: scratch.join(name) };
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&input.path)
            .map_err(failed)?;
        file.write_all(body.to_string().as_bytes()).map_err(failed)?;
        Ok(input)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

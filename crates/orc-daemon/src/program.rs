//! The one way to run an external program: an argument array, a time limit, capped output, gone when dropped.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;

/// Kept of what it says on each stream, in bytes.
const KEPT: u64 = 64 << 10;

/// A program to run.
pub(crate) struct Program<'a> {
    pub(crate) path: &'a Path,
    pub(crate) args: Vec<String>,
    pub(crate) dir: &'a str,
    /// The whole environment; nothing is inherited.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) limit: Duration,
}

/// What it did and said, each stream up to its limit.
pub(crate) struct Done {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Why it did not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error("it cannot be started: {0}")]
    Start(std::io::Error),
    #[error("it did not end within {0:?}")]
    TooSlow(Duration),
}

/// Runs it to its end.
pub(crate) async fn run(program: Program<'_>) -> Result<Done, ProgramError> {
    run_keeping(program, KEPT).await
}

/// The same, and keeps so many bytes of what it says on each stream.
#[expect(clippy::disallowed_methods, reason = "this is the one function")]
pub(crate) async fn run_keeping(program: Program<'_>, kept: u64) -> Result<Done, ProgramError> {
    let mut child = tokio::process::Command::new(program.path)
        .args(&program.args)
        .env_clear()
        .envs(program.environment)
        .current_dir(program.dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(ProgramError::Start)?;
    let (answer, said) = (child.stdout.take(), child.stderr.take());
    let ended = async {
        let (stdout, stderr, status) = tokio::join!(capped(answer, kept), capped(said, KEPT), child.wait());
        Ok(Done { status: status.map_err(ProgramError::Start)?, stdout, stderr })
    };
    tokio::time::timeout(program.limit, ended).await.map_err(|_| ProgramError::TooSlow(program.limit))?
}

async fn capped(stream: Option<impl tokio::io::AsyncRead + Unpin>, most: u64) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept = Vec::new();
    let _what_was_read_counts = (&mut stream).take(most).read_to_end(&mut kept).await;
    // The rest is read and thrown away: a full pipe must not hold the program up.
    let _nothing_more = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}

/// A program on a path, as `execvp` would find it.
pub(crate) fn find(name: &str, path: Option<&str>) -> Option<PathBuf> {
    let runs = |file: &Path| file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok();
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|file| runs(file));
    }
    path.unwrap_or("/usr/local/bin:/usr/bin:/bin")
        .split(':')
        .map(|dir| Path::new(dir).join(name))
        .find(|file| runs(file))
}

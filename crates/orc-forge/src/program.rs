//! The one way to run an external program here: an argument array, the caller's environment, a time limit, capped output, and
//! with its end the end of everything that it started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Kept of what a program says on each stream, in bytes.
const KEPT: usize = 4 << 20;
/// Kept of its complaints.
const KEPT_COMPLAINTS: usize = 16 << 10;
/// After its end its output may stay open so long: an ssh connection that is kept for later holds it.
const GRACE: Duration = Duration::from_millis(500);

/// Who asks: the environment that the programs get, and what they have taken so far.
#[derive(Debug, Clone)]
pub struct Caller {
    environment: Arc<BTreeMap<String, String>>,
    /// Microseconds.
    spent: Arc<AtomicU64>,
}

impl Caller {
    /// With this environment. What would lead git to another repository, or make a program ask or print more, is left out.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        const OUT: [&str; 16] = [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_COMMON_DIR",
            "GIT_NAMESPACE",
            "GIT_PREFIX",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_EXTERNAL_DIFF",
            "GIT_DIFF_OPTS",
            "GIT_PAGER",
            "GH_DEBUG",
            "GH_FORCE_TTY",
            "GLAB_DEBUG",
            "DEBUG",
            "CLICOLOR_FORCE",
        ];
        let mut environment: BTreeMap<String, String> = environment
            .into_iter()
            .filter(|(name, _)| !OUT.contains(&name.as_str()) && !name.starts_with("GIT_TRACE"))
            .collect();
        for (name, value) in [
            ("LC_ALL", "C"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GH_PROMPT_DISABLED", "1"),
            ("GH_NO_UPDATE_NOTIFIER", "1"),
            ("NO_PROMPT", "1"),
            ("NO_COLOR", "1"),
        ] {
            environment.insert(name.to_owned(), value.to_owned());
        }
        Self { environment: Arc::new(environment), spent: Arc::default() }
    }

    /// A variable of the environment, if it says something.
    pub(crate) fn var(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// How long programs have run for it so far.
    pub fn spent(&self) -> Duration {
        Duration::from_micros(self.spent.load(Ordering::Relaxed))
    }

    /// A program on the caller's path, as `execvp` would find it.
    pub(crate) fn find(&self, name: &str) -> Option<PathBuf> {
        let runs =
            |file: &Path| file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok();
        self.var("PATH")
            .unwrap_or("/usr/local/bin:/usr/bin:/bin")
            .split(':')
            .map(|dir| Path::new(dir).join(name))
            .find(|file| runs(file))
    }

    /// Runs a program to its end and keeps what it prints.
    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Done, ProgramError> {
        let mut kept = Vec::new();
        let ended = self
            .stream(call, |bytes| {
                let room = KEPT.saturating_sub(kept.len());
                kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
            })
            .await?;
        Ok(Done { code: ended.code, stdout: kept, stderr: ended.stderr })
    }

    /// The same, with what it prints handed on as it comes.
    #[expect(clippy::disallowed_methods, reason = "this is the one function")]
    pub(crate) async fn stream(
        &self,
        call: Call<'_>,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<Ended, ProgramError> {
        let name = call.program.to_owned();
        let program = self.find(call.program).ok_or_else(|| ProgramError::Missing(name.clone()))?;
        let began = Instant::now();
        let mut child = tokio::process::Command::new(program)
            .args(call.args)
            .env_clear()
            .envs(self.environment.iter())
            .current_dir(call.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| ProgramError::Start(name.clone(), error))?;
        let mut group = Group::of(&child);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let mut stderr = Vec::new();
        let status = {
            let complaints = |bytes: &[u8]| {
                let room = KEPT_COMPLAINTS.saturating_sub(stderr.len());
                stderr.extend_from_slice(&bytes[..bytes.len().min(room)]);
            };
            let read = async { tokio::join!(pump(out, &mut sink), pump(err, complaints)) };
            tokio::pin!(read);
            let ended = async {
                tokio::select! {
                    biased;
                    _all = &mut read => child.wait().await,
                    status = child.wait() => {
                        drop(tokio::time::timeout(GRACE, &mut read).await);
                        status
                    }
                }
            };
            tokio::time::timeout(call.limit, ended).await
        };
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.spent.fetch_add(micros, Ordering::Relaxed);
        // At the time limit the group is ended by the guard.
        let status = status.map_err(|_| ProgramError::TooSlow(name.clone(), call.limit))?;
        group.over();
        let status = status.map_err(|error| ProgramError::Start(name, error))?;
        Ok(Ended { code: status.code(), stderr: String::from_utf8_lossy(&stderr).into_owned() })
    }
}

async fn pump(stream: Option<impl AsyncRead + Unpin>, mut sink: impl FnMut(&[u8])) {
    let Some(mut stream) = stream else { return };
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        sink(&buffer[..length]);
    }
}

/// The process group of a program that has not ended: it ends with this value, and whatever it started.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    fn over(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Its leader was not waited for, so the number is still its own.
            let _it_may_have_ended = kill_process_group(group, Signal::KILL);
        }
    }
}

/// A program to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) program: &'a str,
    pub(crate) args: &'a [&'a str],
    pub(crate) dir: &'a Path,
    pub(crate) limit: Duration,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Nothing when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

/// What a program did and said, each stream up to its limit.
#[derive(Debug)]
pub(crate) struct Done {
    /// Nothing when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// Why a program did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not on the path.
    #[error("`{0}` is not on the PATH")]
    Missing(String),
    /// The system does not start it.
    #[error("`{0}` cannot be started: {1}")]
    Start(String, std::io::Error),
    /// It was ended.
    #[error("`{0}` did not end within {1:?}")]
    TooSlow(String, Duration),
    /// It says that it failed.
    #[error("`{what}` failed: {said}")]
    Failed {
        /// The program and its verb.
        what: String,
        /// Its complaint, in a line.
        said: String,
    },
}

#[cfg(test)]
mod tests {
    use orc_testkit::wait_until;

    use super::*;

    fn caller() -> Caller {
        Caller::new([("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())])
    }

    fn call<'a>(args: &'a [&'a str], dir: &'a Path, limit: Duration) -> Call<'a> {
        Call { program: "sh", args, dir, limit }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_a_program_started_ends_with_it_when_its_time_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let words = ["-c", "sleep 600 & echo $! > child; wait"];
        let limit = Duration::from_millis(300);
        let slow = caller().run(call(&words, dir.path(), limit)).await.unwrap_err();
        assert!(matches!(slow, ProgramError::TooSlow(..)), "{slow}");
        let child = std::fs::read_to_string(dir.path().join("child")).unwrap();
        wait_until("the program that it started has ended", Duration::from_secs(30), || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
            let gone =
                stat.is_empty() || stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'));
            if gone { Ok(()) } else { Err(stat) }
        });
    }

    #[tokio::test(flavor = "current_thread")]
    async fn output_that_something_holds_open_does_not_hold_up() {
        let dir = tempfile::tempdir().unwrap();
        let words = ["-c", "sleep 30 & echo done"];
        let done = caller().run(call(&words, dir.path(), Duration::from_secs(20))).await.unwrap();
        assert_eq!(done.text(), "done\n");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn output_is_capped_and_the_rest_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let words = ["-c", "head -c 9000000 /dev/zero; echo much >&2; exit 3"];
        let done = caller().run(call(&words, dir.path(), Duration::from_secs(20))).await.unwrap();
        assert_eq!((done.stdout.len(), done.code, done.stderr.trim()), (KEPT, Some(3), "much"));
    }
}

//! The machine that a check is driven on: it runs programs in the tree under test, each in a process group of its own, until
//! their end or that of the check's time. It blocks: a check has a thread of its own.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use orc_check::judge::Cut;
use orc_check::read::go_text;
use orc_check::{End, Finished, Invocation, Machine, Shown};
use orc_core::check::{Begun, Counts};
use tokio::runtime::Handle;

use super::lines::Lines;
use super::live::Live;
use super::log::Log;
use super::{Wanted, processes, tree};

/// Between two looks at the clock and at who wants the end.
const LOOK: Duration = Duration::from_millis(50);
/// What a program says after its end is waited for so long: somebody it started may hold its pipe.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Kept of the answer to a question (bytes).
const ANSWER: usize = 32 << 20;
/// Kept of the last lines (bytes).
const TAIL: usize = 8 << 10;
/// A larger file is no file of results (bytes).
const RESULTS: u64 = 256 << 20;

/// Variables of who asked that say something about their own terminal, repository or agent, and nothing about a check.
const FOREIGN: [&str; 6] = ["TMUX", "TMUX_PANE", "PWD", "OLDPWD", "TERM", "COLUMNS"];

enum News {
    Out(Vec<u8>),
    Err(Vec<u8>),
    Ended(std::io::Result<ExitStatus>),
}

/// The machine.
pub(super) struct Shell {
    root: PathBuf,
    repository: PathBuf,
    scratch: PathBuf,
    files: usize,
    environment: Vec<(String, String)>,
    mark: String,
    live: Arc<Live>,
    log: Log,
    deadline: Instant,
    cut: Option<Cut>,
    runtime: Handle,
    counts: Counts,
    before: Counts,
}

impl Shell {
    pub(super) fn new(
        shell: &crate::run::Shell,
        wanted: &Wanted,
        begun: &Begun,
        live: Arc<Live>,
        root: PathBuf,
        log: Log,
        deadline: Instant,
    ) -> Self {
        let foreign =
            |name: &str| FOREIGN.contains(&name) || name.starts_with("GIT_") || name.starts_with("TMUX_ORC_");
        let mut environment: Vec<(String, String)> =
            wanted.environment.iter().filter(|(name, _)| !foreign(name)).cloned().collect();
        let own = |name: &str| wanted.environment.iter().any(|(known, _)| known == name);
        let target = tree::target(shell, begun).to_string_lossy().into_owned();
        let mut add = |name: &str, value: String| environment.push((name.to_owned(), value));
        for (name, value) in
            [("CI", "true"), ("NO_COLOR", "1"), ("CARGO_TERM_COLOR", "never"), ("TERM", "dumb")]
        {
            add(name, value.to_owned());
        }
        if !begun.tested.dirty && !own("CARGO_TARGET_DIR") {
            add("CARGO_TARGET_DIR", target);
        }
        add(processes::MARK, begun.log.clone());
        let mark = processes::mark(&begun.log);
        let (repository, scratch) = (PathBuf::from(&begun.tested.repository), tree::scratch(begun));
        let runtime = Handle::current();
        let (counts, before) = (Counts::default(), Counts::default());
        let (files, cut) = (0, None);
        Self {
            root,
            repository,
            scratch,
            files,
            environment,
            mark,
            live,
            log,
            deadline,
            cut,
            runtime,
            counts,
            before,
        }
    }

    /// Closes the log; why the check ended before its end, if it did.
    pub(super) fn finish(mut self) -> Option<Cut> {
        let written = self.log.finish();
        self.live.show(|progress| progress.written = written);
        self.cut
    }

    fn dir(&self, invocation: &Invocation) -> PathBuf {
        self.root.join(&invocation.dir)
    }

    #[expect(clippy::disallowed_methods, reason = "its output streams, and its whole group has one deadline")]
    fn spawn(&self, invocation: &Invocation) -> std::io::Result<Child> {
        let dir = self.dir(invocation);
        let (program, arguments) = invocation.argv.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        // A program with a path is one of the tree; another one is on the path of who asked.
        let program = if program.contains('/') && !program.starts_with('/') {
            tree::program(&self.root, &dir, program)
        } else {
            let path =
                self.environment.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.as_str());
            crate::program::find(program, path).ok_or_else(|| {
                std::io::Error::new(std::io::ErrorKind::NotFound, format!("there is no `{program}`"))
            })?
        };
        Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(invocation.environment.iter().map(|(name, value)| (name, value)))
            .env("PWD", &dir)
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
    }

    /// Follows a program to its end.
    fn follow(
        &mut self,
        invocation: &Invocation,
        mut child: Child,
        line: &mut dyn FnMut(&str) -> Option<Counts>,
    ) -> Finished {
        let began = Instant::now();
        let limit = invocation.limit_ms.map(|limit| began + Duration::from_millis(limit));
        let pid = child.id();
        let (sender, news) = sync_channel(64);
        let readers = [
            child.stdout.take().map(|stream| read(stream, sender.clone(), News::Out)),
            child.stderr.take().map(|stream| read(stream, sender.clone(), News::Err)),
        ];
        let waiter = std::thread::spawn(move || drop(sender.send(News::Ended(child.wait()))));
        let mut follower = Follower::new(invocation.shown);
        let mut end = None;
        while end.is_none() {
            match news.recv_timeout(LOOK) {
                Ok(News::Ended(status)) => end = Some(ended(status)),
                Ok(said) => self.take(&mut follower, said, line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    end = Some(End::NotStarted("nobody waits for it".to_owned()));
                }
            }
            self.tell();
            if end.is_none()
                && let Some(cut) = self.due(limit)
            {
                end = Some(End::Cut(cut));
            }
        }
        // Nothing that it started outlives it, and nothing keeps its port.
        self.end_group(pid, &news, &mut follower, line);
        let patience = Instant::now() + LAST_WORDS;
        loop {
            match news.recv_timeout(patience.saturating_duration_since(Instant::now())) {
                Ok(News::Ended(_)) => {}
                Ok(said) => self.take(&mut follower, said, line),
                Err(_) => break,
            }
        }
        drop(news);
        readers
            .into_iter()
            .flatten()
            .chain([waiter])
            .filter(std::thread::JoinHandle::is_finished)
            .for_each(|it| drop(it.join()));
        follower.finish(&mut |said, shown| self.said(said, shown, line));
        let end = end.unwrap_or(End::Exit(0));
        if invocation.shown == Shown::OnFailure && end != End::Exit(0) {
            follower.tail.lines().for_each(|said| self.log.line(said));
        }
        self.tell();
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Finished { end, stdout: follower.stdout, tail: follower.tail, took_ms }
    }

    /// Ends the group of a program while what it still says is read: a full pipe must not keep it alive.
    fn end_group(
        &mut self,
        pid: u32,
        news: &Receiver<News>,
        follower: &mut Follower,
        line: &mut dyn FnMut(&str) -> Option<Counts>,
    ) {
        let mark = self.mark.clone();
        let ending = self.runtime.spawn(async move { processes::end_group(pid, &mark).await });
        while !ending.is_finished() {
            match news.recv_timeout(Duration::from_millis(2)) {
                Ok(News::Ended(_)) | Err(RecvTimeoutError::Timeout) => {}
                Ok(said) => self.take(follower, said, line),
                Err(RecvTimeoutError::Disconnected) => {
                    drop(self.runtime.block_on(ending));
                    return;
                }
            }
        }
    }

    fn take(&mut self, follower: &mut Follower, news: News, line: &mut dyn FnMut(&str) -> Option<Counts>) {
        follower.take(news, &mut |said, shown| self.said(said, shown, line));
    }

    fn said(&mut self, said: &str, shown: Shown, line: &mut dyn FnMut(&str) -> Option<Counts>) {
        match shown {
            Shown::All => self.log.line(said),
            Shown::GoJson => {
                if let Some(text) = go_text(said) {
                    self.log.line(text.trim_end_matches('\n'));
                }
            }
            Shown::OnFailure => {}
        }
        if let Some(counts) = line(said) {
            self.counts = counts;
        }
    }

    /// Tells who watches.
    fn tell(&mut self) {
        let (written, counts) = (self.log.flush(), self.before.plus(self.counts));
        self.live.progress.send_if_modified(|progress| {
            let changed = progress.written != written || progress.counts != counts;
            progress.written = written;
            progress.counts = counts;
            changed
        });
    }

    /// Whether it must end now, and why.
    fn due(&mut self, limit: Option<Instant>) -> Option<Cut> {
        if let Some(cut) = self.cut() {
            self.cut = Some(cut);
            return Some(cut);
        }
        limit.filter(|limit| Instant::now() >= *limit).map(|_| Cut::Deadline)
    }
}

impl Machine for Shell {
    fn run(&mut self, invocation: &Invocation, line: &mut dyn FnMut(&str) -> Option<Counts>) -> Finished {
        let nothing = |end| Finished { end, stdout: String::new(), tail: String::new(), took_ms: 0 };
        if let Some(cut) = self.due(None) {
            return nothing(End::Cut(cut));
        }
        for (from, to) in &invocation.copies {
            if let Err(error) = std::fs::copy(from, to) {
                return nothing(End::NotStarted(format!("{from} cannot be copied: {error}")));
            }
        }
        if invocation.shown != Shown::OnFailure {
            self.log.line(&format!("$ {}", invocation.argv.join(" ")));
        }
        match self.spawn(invocation) {
            Ok(child) => self.follow(invocation, child, line),
            Err(error) => nothing(End::NotStarted(error.to_string())),
        }
    }

    fn suite(&mut self, name: &str) {
        self.before = self.before.plus(self.counts);
        self.counts = Counts::default();
        self.live.show(|progress| name.clone_into(&mut progress.doing));
    }

    fn root(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    fn local(&self, path: &str) -> Option<String> {
        let path = self.repository.join(path);
        path.exists().then(|| path.to_string_lossy().into_owned())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn scratch(&mut self, name: &str) -> String {
        self.files += 1;
        self.scratch.join(format!("{}-{name}", self.files)).to_string_lossy().into_owned()
    }

    fn write(&mut self, name: &str, text: &str) -> String {
        let path = self.scratch(name);
        if let Err(error) = std::fs::write(&path, text) {
            tracing::warn!(%error, %path, "a file for a runner cannot be written");
        }
        path
    }

    fn read(&mut self, path: &str) -> Option<String> {
        let size = std::fs::metadata(path).ok()?.len();
        let text = if size <= RESULTS { std::fs::read(path).ok() } else { None };
        text.map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    fn stamp(&mut self, path: &str) -> Option<String> {
        let file = std::fs::metadata(Path::new(path)).ok()?;
        Some(format!("{}.{} {} {}", file.mtime(), file.mtime_nsec(), file.len(), file.ino()))
    }

    fn cut(&self) -> Option<Cut> {
        if self.cut.is_some() {
            self.cut
        } else if self.live.cancel.is_cancelled() {
            Some(Cut::Cancelled)
        } else {
            (Instant::now() >= self.deadline).then_some(Cut::Deadline)
        }
    }
}

/// What a program has said so far.
struct Follower {
    shown: Shown,
    out: Lines,
    err: Lines,
    stdout: String,
    tail: String,
}

impl Follower {
    fn new(shown: Shown) -> Self {
        Self {
            shown,
            out: Lines::default(),
            err: Lines::default(),
            stdout: String::new(),
            tail: String::new(),
        }
    }

    fn take(&mut self, news: News, line: &mut dyn FnMut(&str, Shown)) {
        let Self { shown, out, err, stdout, tail } = self;
        match news {
            News::Out(bytes) => out.take(&bytes, |said| {
                if *shown == Shown::OnFailure && stdout.len() < ANSWER {
                    stdout.push_str(said);
                    stdout.push('\n');
                }
                keep(tail, said);
                line(said, *shown);
            }),
            News::Err(bytes) => err.take(&bytes, |said| {
                keep(tail, said);
                // What `go test` says beside its JSON is no JSON.
                line(said, if *shown == Shown::GoJson { Shown::All } else { *shown });
            }),
            News::Ended(_) => {}
        }
    }

    fn finish(&mut self, line: &mut dyn FnMut(&str, Shown)) {
        let Self { shown, out, err, stdout, tail } = self;
        out.finish(|said| {
            if *shown == Shown::OnFailure {
                stdout.push_str(said);
            }
            keep(tail, said);
            line(said, *shown);
        });
        err.finish(|said| {
            keep(tail, said);
            line(said, *shown);
        });
    }
}

fn keep(tail: &mut String, said: &str) {
    tail.push_str(said);
    tail.push('\n');
    if tail.len() > 2 * TAIL {
        let at = (tail.len() - TAIL..tail.len()).find(|at| tail.is_char_boundary(*at)).unwrap_or(tail.len());
        tail.drain(..at);
    }
}

fn read(
    mut stream: impl Read + Send + 'static,
    sender: SyncSender<News>,
    news: fn(Vec<u8>) -> News,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(count) = stream.read(&mut bytes) {
            if count == 0 || sender.send(news(bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    })
}

fn ended(status: std::io::Result<ExitStatus>) -> End {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => End::Exit(code),
            (None, signal) => End::Signal(signal.unwrap_or(0)),
        },
        Err(error) => End::NotStarted(error.to_string()),
    }
}

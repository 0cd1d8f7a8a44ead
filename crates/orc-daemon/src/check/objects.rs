//! The files of a commit, by one conversation with git; and those of a directory as it is.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use orc_check::Tree;

/// Larger files are not read: no manifest and no test is so large (bytes).
const LARGEST: usize = 4 << 20;

/// The files of a commit.
pub(super) struct Objects {
    commit: String,
    files: Vec<String>,
    git: RefCell<Conversation>,
}

struct Conversation {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    /// Begins the conversation. Blocking.
    #[expect(
        clippy::disallowed_methods,
        reason = "a conversation, which a program that is run to its end is not"
    )]
    pub(super) fn open(dir: &str, commit: &str, files: Vec<String>) -> std::io::Result<Self> {
        let mut command = Command::new("git");
        command.args(["cat-file", "--batch"]).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
            command.env_remove(name);
        }
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let gone = || std::io::Error::other("git has no pipes");
        let questions = child.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        let git = RefCell::new(Conversation { child, questions, answers });
        Ok(Self { commit: commit.to_owned(), files, git })
    }
}

impl Conversation {
    fn ask(&mut self, object: &str) -> std::io::Result<Option<Vec<u8>>> {
        writeln!(self.questions, "{object}")?;
        self.questions.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        // `HASH blob 123`, or `… missing`
        let mut words = head.trim_end().rsplitn(3, ' ');
        let (size, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let Ok(size) = size.parse::<usize>() else { return Ok(None) };
        let mut bytes = Vec::new();
        (&mut self.answers).take(size as u64 + 1).read_to_end(&mut bytes)?;
        bytes.pop();
        Ok((kind == "blob" && size <= LARGEST).then_some(bytes))
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Tree for Objects {
    fn files(&self) -> &[String] {
        &self.files
    }

    fn read(&self, path: &str) -> Option<String> {
        // Such a name would be two questions.
        if path.contains('\n') || !self.has(path) {
            return None;
        }
        let asked = self.git.borrow_mut().ask(&format!("{}:{path}", self.commit));
        String::from_utf8(asked.ok()??).ok()
    }
}

/// The files of a directory as it is.
pub(super) struct Directory {
    root: PathBuf,
    files: Vec<String>,
}

impl Directory {
    pub(super) fn new(root: &str, files: Vec<String>) -> Self {
        let there = |file: &String| Path::new(root).join(file).is_file();
        Self { root: PathBuf::from(root), files: files.into_iter().filter(there).collect() }
    }
}

impl Tree for Directory {
    fn files(&self) -> &[String] {
        &self.files
    }

    fn read(&self, path: &str) -> Option<String> {
        let file = self.root.join(path);
        let size = file.metadata().ok()?.len();
        if usize::try_from(size).is_ok_and(|size| size <= LARGEST) {
            std::fs::read_to_string(file).ok()
        } else {
            None
        }
    }
}

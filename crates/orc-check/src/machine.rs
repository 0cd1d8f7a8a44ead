//! What runs programs and reads files, given by who drives a check.

use orc_core::check::Counts;

use crate::judge::Cut;

/// A program to run in the tree under test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The folder, from the repository's directory.
    pub dir: String,
    /// What its environment has besides that of who asked.
    pub environment: Vec<(String, String)>,
    /// Which of what it prints is shown and kept.
    pub shown: Shown,
    /// It may take so long by itself (milliseconds).
    pub limit_ms: Option<u64>,
    /// Files that are copied before it starts: from where, to where, absolute.
    pub copies: Vec<(String, String)>,
}

/// Which of what a program prints is shown and kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    #[default]
    All,
    /// Nothing, unless it fails: it was only asked something.
    OnFailure,
    /// The text in the JSON that `go test -json` prints.
    GoJson,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With this status.
    Exit(i32),
    /// By this signal, which is not ours.
    Signal(i32),
    /// We ended it.
    Cut(Cut),
    /// It could not be started.
    NotStarted(String),
}

/// What a program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub end: End,
    /// Its standard output, if it was only asked something.
    pub stdout: String,
    /// The last lines of what it printed.
    pub tail: String,
    /// How long it took (milliseconds).
    pub took_ms: u64,
}

/// Runs programs and reads files.
pub trait Machine {
    /// Runs a program to its end, in a process group of its own, and gives every line that it prints; what was counted so far
    /// comes back, for who watches.
    fn run(&mut self, invocation: &Invocation, line: &mut dyn FnMut(&str) -> Option<Counts>) -> Finished;

    /// What runs from here on belongs to this suite.
    fn suite(&mut self, name: &str);

    /// The absolute path of the tree under test.
    fn root(&self) -> String;

    /// The absolute path of something in the person's own directory that no commit has, for example an interpreter.
    fn local(&self, path: &str) -> Option<String>;

    /// A variable of the environment of who asked.
    fn variable(&self, name: &str) -> Option<String>;

    /// The absolute path of a file of this name, not there yet, that is thrown away after the check.
    fn scratch(&mut self, name: &str) -> String;

    /// Writes a scratch file; its path.
    fn write(&mut self, name: &str, text: &str) -> String;

    /// The text of a file by its absolute path.
    fn read(&mut self, path: &str) -> Option<String>;

    /// What tells one state of a file from another; nothing when it is not there.
    fn stamp(&mut self, path: &str) -> Option<String>;

    /// Whether the check is over before its end, and why.
    fn cut(&self) -> Option<Cut>;
}

/// A machine on paper, for saying what would run: it runs nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paper;

impl Machine for Paper {
    fn run(&mut self, _: &Invocation, _: &mut dyn FnMut(&str) -> Option<Counts>) -> Finished {
        let end = End::NotStarted("nothing is run on paper".to_owned());
        Finished { end, stdout: String::new(), tail: String::new(), took_ms: 0 }
    }

    fn root(&self) -> String {
        String::new()
    }

    fn local(&self, _: &str) -> Option<String> {
        None
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn scratch(&mut self, name: &str) -> String {
        name.to_owned()
    }

    fn write(&mut self, name: &str, _: &str) -> String {
        name.to_owned()
    }

    fn read(&mut self, _: &str) -> Option<String> {
        None
    }

    fn stamp(&mut self, _: &str) -> Option<String> {
        None
    }

    fn suite(&mut self, _: &str) {}

    fn cut(&self) -> Option<Cut> {
        None
    }
}

/// Asks a program something; its standard output, if it answers.
pub(crate) fn ask(machine: &mut dyn Machine, dir: &str, argv: &[&str]) -> Option<String> {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    let invocation =
        Invocation { argv, dir: dir.to_owned(), shown: Shown::OnFailure, ..Invocation::default() };
    let done = machine.run(&invocation, &mut |_| None);
    (done.end == End::Exit(0)).then_some(done.stdout)
}

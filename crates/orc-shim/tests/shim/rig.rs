//! One shim in a private folder, and clients of it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use orc_shim::protocol::{Decoder, FromShim, MIN_PROTOCOL, PROTOCOL, Role, Screen, ToShim, encode};
use orc_shim::{ExitRecord, Launch, StartReport};
use tempfile::TempDir;

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Rig {
    pub(crate) dir: TempDir,
    pub(crate) launch: Launch,
    pub(crate) shim: Child,
    pub(crate) report: StartReport,
}

impl Rig {
    /// A shim around a shell script; `$LOG` is a file for its ground truth.
    pub(crate) fn sh(script: &str) -> Self {
        Self::program(&["/bin/sh", "-c", script])
    }

    pub(crate) fn program(argv: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let launch = launch(&dir, argv);
        Self::start(dir, launch)
    }

    pub(crate) fn start(dir: TempDir, launch: Launch) -> Self {
        let mut shim = Command::new(std::env::current_exe().unwrap())
            .arg("shim")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        shim.stdin.take().unwrap().write_all(&serde_json::to_vec(&launch).unwrap()).unwrap();
        let mut line = String::new();
        BufReader::new(shim.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let report = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { dir, launch, shim, report }
    }

    pub(crate) fn log(&self) -> Vec<u8> {
        std::fs::read(self.dir.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn control(&self) -> Client {
        Client::new(&self.launch.socket, Role::Control)
    }

    pub(crate) fn view(&self, cols: u16, rows: u16) -> Client {
        Client::new(&self.launch.socket, Role::View { cols, rows })
    }

    pub(crate) fn record(&self) -> ExitRecord {
        ExitRecord::read(&self.launch.exit_record).unwrap()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // Its agent gets a hangup with the terminal.
        let _gone_already = self.shim.kill();
        let _reaped = self.shim.wait();
    }
}

pub(crate) fn launch(dir: &TempDir, argv: &[&str]) -> Launch {
    let path = |name: &str| dir.path().join(name);
    Launch {
        agent: "team:0".into(),
        generation: 7,
        socket: path("sock"),
        argv: argv.iter().map(|arg| (*arg).to_owned()).collect(),
        env: vec![
            ("PATH".into(), "/usr/bin:/bin".into()),
            ("LOG".into(), path("log").to_str().unwrap().into()),
            ("TMUX".into(), "must not get through".into()),
        ],
        cwd: PathBuf::from("/"),
        cols: 80,
        rows: 24,
        exit_record: path("exit.json"),
        opaque: "the words of whoever started it".into(),
    }
}

/// Waits for a level; panics with what was seen last.
pub(crate) fn wait_until<T: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(value) => return value,
            Err(last) if start.elapsed() > DEADLINE => panic!("waited for {what}; last seen: {last}"),
            Err(_) => std::thread::park_timeout(Duration::from_millis(5)),
        }
    }
}

pub(crate) struct Client {
    pub(crate) stream: UnixStream,
    decoder: Decoder,
    waiting: VecDeque<FromShim>,
    seq: u64,
    /// All output so far.
    pub(crate) output: Vec<u8>,
}

impl Client {
    pub(crate) fn new(socket: &std::path::Path, role: Role) -> Self {
        let mut client = Self::connect(socket);
        client.say(&ToShim::Hello { protocol: PROTOCOL, min_protocol: MIN_PROTOCOL, role });
        client
    }

    /// Without a hello.
    pub(crate) fn connect(socket: &std::path::Path) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self { stream, decoder: Decoder::default(), waiting: VecDeque::new(), seq: 0, output: Vec::new() }
    }

    pub(crate) fn say(&mut self, message: &ToShim) {
        self.stream.write_all(&encode(message)).unwrap();
    }

    pub(crate) fn keys(&mut self, keys: &str) {
        self.say(&ToShim::Input(keys.as_bytes().to_vec()));
    }

    /// Reads once; `None` when the shim hung up.
    fn read(&mut self) -> Option<()> {
        let mut buffer = vec![0; 65536];
        let count = self.stream.read(&mut buffer).unwrap_or(0);
        self.decoder.push(&buffer[..count]);
        while let Some(message) = self.decoder.next_message().unwrap() {
            if let FromShim::Output(bytes) | FromShim::Repaint(bytes) = &message {
                self.output.extend_from_slice(bytes);
            }
            self.waiting.push_back(message);
        }
        (count > 0).then_some(())
    }

    /// The next message that fits; the others before it are dropped.
    pub(crate) fn until<T>(&mut self, what: &str, fits: impl Fn(&FromShim) -> Option<T>) -> T {
        let mut seen = Vec::new();
        loop {
            while let Some(message) = self.waiting.pop_front() {
                if let Some(value) = fits(&message) {
                    return value;
                }
                seen.push(format!("{message:.200?}"));
            }
            let more = self.read();
            let last = seen.len().saturating_sub(5);
            assert!(more.is_some(), "waited for {what}; seen: {:#?}", &seen[last..]);
        }
    }

    /// Reads until the output holds a text.
    pub(crate) fn output_until(&mut self, text: &str) {
        while !self.output.windows(text.len()).any(|window| window == text.as_bytes()) {
            let more = self.read();
            assert!(more.is_some(), "waited for {text:?} in {:?}", String::from_utf8_lossy(&self.output));
        }
        self.waiting.clear();
    }

    /// Asks with the next sequence number; gives the reply to it.
    pub(crate) fn ask(&mut self, make: impl FnOnce(u64) -> ToShim) -> FromShim {
        self.seq += 1;
        let seq = self.seq;
        self.say(&make(seq));
        self.until("a reply", |message| (message.seq() == Some(seq)).then(|| message.clone()))
    }

    pub(crate) fn screen(&mut self) -> Screen {
        match self.ask(|seq| ToShim::GetScreen { seq }) {
            FromShim::Screen { screen, .. } => *screen,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn screen_until(&mut self, what: &str, fits: impl Fn(&Screen) -> bool) -> Screen {
        wait_until(what, || {
            let screen = self.screen();
            if fits(&screen) { Ok(screen) } else { Err(format!("{screen:?}")) }
        })
    }

    pub(crate) fn inject(&mut self, id: &str, text: &str) -> FromShim {
        self.ask(|seq| ToShim::Inject {
            seq,
            id: id.into(),
            text: text.into(),
            if_quiet_ms: None,
            allow_draft: false,
            if_output_seq: None,
        })
    }

    pub(crate) fn exited(&mut self) -> orc_shim::protocol::Exit {
        self.until("the exit", |message| match message {
            FromShim::Exited(exit) => Some(exit.clone()),
            _ => None,
        })
    }
}

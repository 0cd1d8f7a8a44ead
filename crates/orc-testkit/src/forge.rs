//! A forge on loopback: as much of the REST interfaces of GitHub and GitLab as publishing a change needs, over a real bare
//! repository. Like a real one it has one open pull request for a branch and a base, and none for a branch that was not pushed.
//!
//! Faults are scripted by method and path; what arrived is the ground truth. `gh` reaches it through `HTTP_PROXY` as
//! `github.localhost`, which it speaks plain HTTP with; in place of `glab`, for which Debian has no package, stands
//! [`StubForge::fake_glab`], a script of the same arguments and output.

mod fault;
mod github;
mod gitlab;
mod shelf;

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use crate::stub::http::{HttpRequest, Wire};

pub use fault::{Fault, Kind};
use shelf::Shelf;

/// A request as it arrived, and what was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The body.
    pub body: Value,
    /// The status; 0 when nothing was answered.
    pub status: u16,
}

/// A running forge. It stops when the value is dropped.
#[derive(Debug)]
pub struct StubForge {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    stop: Arc<AtomicBool>,
    shelf: Mutex<Shelf>,
    faults: Mutex<Vec<Fault>>,
    calls: Mutex<Vec<Call>>,
    /// Requests that hang now go on.
    released: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StubForge {
    /// Starts one over the bare repository at `bare`, which it calls `acme/auth`.
    #[track_caller]
    pub fn start(bare: &Path) -> Self {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let port = socket.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared {
            stop: Arc::default(),
            shelf: Mutex::new(Shelf::new(bare)),
            faults: Mutex::default(),
            calls: Mutex::default(),
            released: AtomicBool::new(false),
        });
        let listener = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || listen(&socket, &shared))
        };
        Self { port, shared, listener: Some(listener) }
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next requests that it fits meet this fault.
    pub fn fault(&self, fault: Fault) {
        locked(&self.shared.faults).push(fault);
    }

    /// No request meets a fault any more; those that hang are answered.
    pub fn mend(&self) {
        locked(&self.shared.faults).clear();
        self.shared.released.store(true, Ordering::SeqCst);
    }

    /// Every request so far.
    pub fn calls(&self) -> Vec<Call> {
        locked(&self.shared.calls).clone()
    }

    /// Every pull request that was ever opened, with its labels, as GitHub shows it.
    pub fn pulls(&self) -> Vec<Value> {
        locked(&self.shared.shelf).pulls.clone()
    }

    /// A person edits a pull request.
    pub fn edit(&self, number: usize, change: impl FnOnce(&mut Value)) {
        change(&mut locked(&self.shared.shelf).pulls[number - 1]);
    }

    /// Somebody opens one by hand.
    pub fn open_by_hand(&self, branch: &str, base: &str, body: &str) {
        let new = json!({ "title": "By hand", "body": body, "head": branch, "base": base, "draft": false });
        locked(&self.shared.shelf).open(&new).expect("a branch that was pushed");
    }

    /// What it says of the repository.
    pub fn repository(&self, change: impl FnOnce(&mut Value)) {
        change(&mut locked(&self.shared.shelf).repository);
    }

    /// It protects a branch.
    pub fn protect(&self, branch: &str) {
        locked(&self.shared.shelf).protected.push(branch.to_owned());
    }

    /// Writes a `glab` into a folder that talks to this forge.
    #[track_caller]
    pub fn fake_glab(&self, folder: &Path) -> PathBuf {
        std::fs::create_dir_all(folder).expect("a folder");
        let path = folder.join("glab");
        let script = include_str!("forge/fake-glab.sh").replace("@PORT@", &self.port.to_string());
        std::fs::write(&path, script).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a file of ours");
        path
    }
}

impl Drop for StubForge {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
        if let Some(listener) = self.listener.take() {
            drop(listener.join());
        }
    }
}

fn listen(socket: &TcpListener, shared: &Arc<Shared>) {
    for stream in socket.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        // Whoever asks may hang up whenever it likes.
        thread::spawn(move || drop(converse(stream, &shared)));
    }
}

fn converse(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut wire = Wire::new(stream, Arc::clone(&shared.stop))?;
    while let Some(request) = wire.request()? {
        answer(&request, &mut wire, shared)?;
        if request.wants_close() {
            break;
        }
    }
    Ok(())
}

fn answer(request: &HttpRequest, wire: &mut Wire, shared: &Shared) -> io::Result<()> {
    let path = path_of(&request.target);
    let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let place = {
        let mut calls = locked(&shared.calls);
        calls.push(Call {
            method: request.method.clone(),
            path: path.clone(),
            body: body.clone(),
            status: 0,
        });
        calls.len() - 1
    };
    let fault = fault::take(&mut locked(&shared.faults), &request.method, &path);
    let effect = || {
        let mut shelf = locked(&shared.shelf);
        match path.strip_prefix("/api/v4/") {
            Some(path) => gitlab::answer(&mut shelf, &request.method, path, &body),
            None => github::answer(&mut shelf, &request.method, path.trim_start_matches('/'), &body),
        }
    };
    let (status, reply, headers) = match fault {
        None => with_no_headers(effect()),
        Some(Kind::Answer { status, said, headers }) => (status, json!({ "message": said }), headers),
        Some(Kind::AnswerAfter { status }) => {
            effect();
            (status, json!({ "message": "Server Error" }), Vec::new())
        }
        Some(Kind::Hang) => {
            until_released(wire, shared)?;
            with_no_headers(effect())
        }
        Some(Kind::HangAfter) => {
            let done = effect();
            until_released(wire, shared)?;
            with_no_headers(done)
        }
        Some(Kind::Cut) => return Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
        Some(Kind::CutAfter) => {
            effect();
            return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
        }
        Some(Kind::Overtaken) => {
            // GitHub's names of the branches, else GitLab's.
            let named = |ours: &str, theirs: &str| body.get(ours).unwrap_or(&body[theirs]).clone();
            let (head, base) = (named("head", "source_branch"), named("base", "target_branch"));
            let other = json!({ "title": "By hand", "body": "Theirs.", "head": head, "base": base });
            locked(&shared.shelf).open(&other).expect("a branch that was pushed");
            with_no_headers(effect())
        }
    };
    locked(&shared.calls)[place].status = status;
    wire.json(status, &reply, &headers)
}

type Reply = (u16, Value);

fn with_no_headers((status, reply): Reply) -> (u16, Value, Vec<(&'static str, String)>) {
    (status, reply, Vec::new())
}

/// Stands still until the forge is mended, or who asked has gone.
fn until_released(wire: &mut Wire, shared: &Shared) -> io::Result<()> {
    while !shared.released.load(Ordering::SeqCst) {
        wire.pause(Duration::from_millis(50))?;
    }
    Ok(())
}

/// The path and query of a target, which a proxy gets with its host.
fn path_of(target: &str) -> String {
    match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]).to_owned(),
        None => target.to_owned(),
    }
}

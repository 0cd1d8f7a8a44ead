//! What a forge keeps: a repository, its pull requests, its labels.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

#[derive(Debug)]
pub(crate) struct Shelf {
    bare: PathBuf,
    pub(crate) repository: Value,
    pub(crate) pulls: Vec<Value>,
    pub(crate) labels: Vec<String>,
    pub(crate) protected: Vec<String>,
}

impl Shelf {
    pub(crate) fn new(bare: &Path) -> Self {
        let repository = json!({
            "full_name": "acme/auth", "default_branch": "main", "archived": false, "permissions": { "push": true },
        });
        let (pulls, labels, protected) = (Vec::new(), vec!["incident".to_owned()], vec!["main".to_owned()]);
        Self { bare: bare.to_owned(), repository, pulls, labels, protected }
    }

    /// The commit of a branch that was pushed.
    pub(crate) fn commit(&self, branch: &str) -> Option<String> {
        let reference = format!("refs/heads/{branch}");
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.bare).args(["rev-parse", "--verify", "--quiet", &reference]);
        let out = git.output().expect("git runs");
        out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// The open pull requests of a branch for a base.
    pub(crate) fn open_of(&self, branch: &str, base: &str) -> Vec<Value> {
        let is = |pull: &&Value| {
            pull["state"] == "open" && pull["head"]["ref"] == branch && pull["base"]["ref"] == base
        };
        self.pulls.iter().filter(is).cloned().collect()
    }

    /// Opens one; the reason why not.
    pub(crate) fn open(&mut self, new: &Value) -> Result<Value, String> {
        let text = |name: &str| new[name].as_str().unwrap_or_default().to_owned();
        let (branch, base) = (text("head"), text("base"));
        let Some(commit) = self.commit(&branch) else { return Err("head is invalid".to_owned()) };
        if self.commit(&base).is_none() {
            return Err("base is invalid".to_owned());
        }
        if !self.open_of(&branch, &base).is_empty() {
            return Err(format!("A pull request already exists for acme:{branch}."));
        }
        let number = self.pulls.len() + 1;
        let pull = json!({
            "number": number, "html_url": format!("https://github.localhost/acme/auth/pull/{number}"),
            "state": "open", "title": text("title"), "body": text("body"), "draft": new["draft"] == true,
            "head": { "ref": branch, "sha": commit }, "base": { "ref": base }, "labels": [],
        });
        self.pulls.push(pull.clone());
        Ok(pull)
    }

    /// One of them.
    pub(crate) fn pull(&mut self, number: &str) -> Option<&mut Value> {
        self.pulls.get_mut(number.parse::<usize>().ok()?.checked_sub(1)?)
    }
}

/// Puts a label on.
pub(crate) fn put_on(pull: &mut Value, label: &str) {
    let labels = pull["labels"].as_array_mut().expect("a list");
    if !labels.iter().any(|it| it["name"] == label) {
        labels.push(json!({ "name": label }));
    }
}

/// Takes a label off; whether it was on.
pub(crate) fn take_off(pull: &mut Value, label: &str) -> bool {
    let labels = pull["labels"].as_array_mut().expect("a list");
    let before = labels.len();
    labels.retain(|it| it["name"] != label);
    labels.len() < before
}

/// A part of a path without its escapes.
pub(crate) fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = (*first == b'%').then(|| std::str::from_utf8(more.get(..2)?).ok()).flatten();
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value of a query.
pub(crate) fn query(path: &str, name: &str) -> String {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    plain(pair.unwrap_or_default())
}

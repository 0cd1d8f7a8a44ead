//! Chromium without a window, spoken to by its own protocol over two pipes.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// The longest that an answer may take: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser of this test alone.
pub(crate) struct Browser {
    child: Child,
    to: File,
    from: Receiver<Value>,
    last: u64,
    /// What it told of itself.
    told: Vec<Value>,
    _folder: tempfile::TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (to, from) = (folder.path().join("to"), folder.path().join("from"));
        let made = Command::new("mkfifo").args([&to, &from]).status().expect("mkfifo");
        assert!(made.success(), "two pipes");
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        let mut command = Command::new("sh");
        // The protocol wants its pipes as descriptors 3 and 4.
        command
            .args(["-c", r#"exec chromium "$@" 3<"$TO" 4>"$FROM""#, "sh"])
            .env("TO", &to)
            .env("FROM", &from);
        command.args(["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"]);
        command.args(["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"]);
        command.args(["--disable-component-update", "--hide-scrollbars", profile.as_str(), "about:blank"]);
        command.env("HOME", folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("Chromium: `make test-page` installs it");
        let to = OpenOptions::new().write(true).open(to).unwrap();
        let from = BufReader::new(File::open(from).unwrap());
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for message in from.split(0).map_while(Result::ok) {
                let parsed = serde_json::from_slice(&message).expect("the browser speaks JSON");
                if sender.send(parsed).is_err() {
                    return;
                }
            }
        });
        Self { child, to, from: receiver, last: 0, told: Vec::new(), _folder: folder }
    }

    fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser listens");
        loop {
            let next = self.next(method);
            if next["id"] == self.last {
                assert!(next.get("error").is_none(), "{method}: {next}");
                return next["result"].clone();
            }
            self.told.push(next);
        }
    }

    fn next(&mut self, what: &str) -> Value {
        self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// A new page.
    pub(crate) fn page(&mut self) -> Page<'_> {
        let made = self.call(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let target = made["targetId"].as_str().unwrap().to_owned();
        let attached =
            self.call(None, "Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let mut page = Page { browser: self, session, target };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A page in it.
pub(crate) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    target: String,
}

impl Page<'_> {
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.browser.call(Some(&self.session), method, params)
    }

    /// How wide and high the window is, and which colours the person likes.
    pub(crate) fn looks(&mut self, width: u32, height: u32, scheme: &str) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// As it would be on paper of this width.
    pub(crate) fn prints(&mut self, width: u32) {
        let metrics = json!({ "width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        self.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    }

    /// Opens a file and waits until all of it is there.
    pub(crate) fn go(&mut self, path: &Path) {
        self.call("Page.navigate", json!({ "url": format!("file://{}", path.display()) }));
        while !self.told("Page.loadEventFired").any(|_| true) {
            let next = self.browser.next("the page is loaded");
            self.browser.told.push(next);
        }
    }

    fn told<'b>(&'b self, method: &'b str) -> impl Iterator<Item = &'b Value> {
        self.browser.told.iter().filter(move |it| it["method"] == method && it["sessionId"] == *self.session)
    }

    /// Every address that it asked for.
    pub(crate) fn requests(&self) -> Vec<String> {
        let asked = self.told("Network.requestWillBeSent");
        asked.filter_map(|it| it["params"]["request"]["url"].as_str().map(str::to_owned)).collect()
    }

    /// Everything that the browser or a script said about it.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // What is on its way arrives before the answer to this.
        self.evaluate("0");
        ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"]
            .iter()
            .flat_map(|method| self.told(method))
            .map(|it| it["params"].to_string())
            .collect()
    }

    /// What an expression comes to.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let done = self.call("Runtime.evaluate", asked);
        assert!(done.get("exceptionDetails").is_none(), "{done}");
        done["result"]["value"].clone()
    }

    /// The page as a PDF, in base64.
    pub(crate) fn pdf(&mut self) -> String {
        let done =
            self.call("Page.printToPDF", json!({ "preferCSSPageSize": true, "printBackground": true }));
        done["data"].as_str().unwrap().to_owned()
    }

    /// Closes it.
    pub(crate) fn close(self) {
        self.browser.call(None, "Target.closeTarget", json!({ "targetId": self.target }));
    }
}

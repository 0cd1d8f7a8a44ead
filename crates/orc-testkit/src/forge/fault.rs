//! Faults of a forge.

/// A fault, for requests by method and a part of their path.
#[derive(Debug, Clone)]
pub struct Fault {
    method: &'static str,
    path: &'static str,
    kind: Kind,
    times: usize,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Kind {
    /// It is refused.
    Answer {
        /// The status.
        status: u16,
        /// The message.
        said: &'static str,
        /// Further headers.
        headers: Vec<(&'static str, String)>,
    },
    /// It is done, and an error is answered.
    AnswerAfter {
        /// The status.
        status: u16,
    },
    /// It stands still before it is done.
    Hang,
    /// It is done and then stands still.
    HangAfter,
    /// The connection breaks before it is done.
    Cut,
    /// The connection breaks when it was done.
    CutAfter,
    /// Somebody opens a pull request by hand at that moment.
    Overtaken,
}

impl Fault {
    /// For the next request with this method whose path ends so or has it before its query.
    pub fn on(method: &'static str, path: &'static str, kind: Kind) -> Self {
        Self { method, path, kind, times: 1 }
    }

    /// A refusal.
    pub fn refuse(method: &'static str, path: &'static str, status: u16) -> Self {
        Self::on(method, path, Kind::Answer { status, said: "not now", headers: Vec::new() })
    }

    /// For so many requests.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }
}

/// The fault that a request meets.
pub(super) fn take(faults: &mut Vec<Fault>, method: &str, path: &str) -> Option<Kind> {
    let bare = path.split('?').next().unwrap_or_default();
    let at = faults.iter().position(|fault| fault.method == method && bare.ends_with(fault.path))?;
    faults[at].times -= 1;
    let kind = faults[at].kind.clone();
    if faults[at].times == 0 {
        faults.remove(at);
    }
    Some(kind)
}

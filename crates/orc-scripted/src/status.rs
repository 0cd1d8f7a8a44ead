//! The program status protocol: `ESC ] 7501 ; state=…:app=… ST` (public specification of October 2026).

use crate::base64;

/// The question whether the terminal knows the protocol. One that does answers with the same bytes.
pub(crate) const QUERY: &str = "\x1b]7501;?\x1b\\";

/// The query's body, as the key parser hands it out.
pub(crate) const QUERY_BODY: &str = "7501;?";

/// What the agent says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Idle,
    Working,
    /// A person must answer; the words say what kind of dialog, and what to.
    Blocked(&'static str, String),
    Done,
    Error(String),
    /// The program leaves.
    Clear,
}

impl Status {
    /// The bytes for the terminal.
    pub(crate) fn sequence(&self) -> String {
        let (state, extra) = match self {
            Self::Idle => ("idle", String::new()),
            Self::Working => ("working", String::new()),
            Self::Blocked(kind, what) => {
                ("blocked", format!(":kind={kind}:msg={}", base64::encode(what.as_bytes())))
            }
            Self::Done => ("done", String::new()),
            Self::Error(what) => ("error", format!(":msg={}", base64::encode(what.as_bytes()))),
            Self::Clear => ("clear", String::new()),
        };
        format!("\x1b]7501;state={state}:app=scripted{extra}\x1b\\")
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn blocked_says_what_for() {
        assert_eq!(Status::Idle.sequence(), "\x1b]7501;state=idle:app=scripted\x1b\\");
        assert_eq!(
            Status::Blocked("permission", "run: ls".into()).sequence(),
            "\x1b]7501;state=blocked:app=scripted:kind=permission:msg=cnVuOiBscw==\x1b\\"
        );
    }
}

//! Names that tmux gives to things. Numbers restart at 0 in every new server, so each id carries the server
//! it belongs to: a call with an id of a server that is gone never reaches a stranger in its successor.

use std::fmt;

/// One life of a tmux server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerIdentity {
    /// Its process id.
    pub pid: u32,
    /// When it started, by its own word: seconds since the Unix epoch.
    pub start_time: u64,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $sigil:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            server: ServerIdentity,
            number: u32,
        }

        impl $name {
            /// Reads what tmux prints, such as
            #[doc = concat!("`", $sigil, "7`.")]
            pub fn parse(server: ServerIdentity, text: &str) -> Option<Self> {
                let digits = text.strip_prefix($sigil)?;
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                Some(Self { server, number: digits.parse().ok()? })
            }

            /// The server that gave the number.
            pub fn server(&self) -> ServerIdentity {
                self.server
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($sigil, "{}"), self.number)
            }
        }
    };
}

id!(
    /// A session: `$3`. Survives renames.
    SessionId,
    "$"
);
id!(
    /// A window: `@3`. Survives moves between sessions.
    WindowId,
    "@"
);
id!(
    /// A pane: `%3`. Survives respawns.
    PaneId,
    "%"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_made_by_parsing_only() {
        let server = ServerIdentity { pid: 1, start_time: 2 };
        assert_eq!(PaneId::parse(server, "%12").unwrap().to_string(), "%12");
        for bad in ["", "%", "12", "@12", "%-1", "%+1", "%1 ", "%99999999999"] {
            assert_eq!(PaneId::parse(server, bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_same_number_in_another_server_is_another_pane() {
        let one = ServerIdentity { pid: 1, start_time: 2 };
        let two = ServerIdentity { pid: 1, start_time: 3 };
        assert_ne!(PaneId::parse(one, "%0"), PaneId::parse(two, "%0"));
    }
}

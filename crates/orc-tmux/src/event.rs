//! What the control connection tells without being asked.

use crate::{ServerIdentity, SessionId, WindowId};

/// A hint that the world changed. Hints can be missed (a lagging receiver, a lost connection): after a
/// [`Event::Reconnected`] or a lag, observe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A window is gone, and with it its panes; by a person, by us or because its program ended.
    WindowClosed {
        /// Which.
        window: WindowId,
    },
    /// A session is gone.
    SessionClosed {
        /// Which.
        session: SessionId,
    },
    /// Somebody renamed a session. Its id and its team mark stay.
    SessionRenamed {
        /// Which.
        session: SessionId,
        /// Its name now.
        name: String,
    },
    /// The server ended; every view went with it. It is started again on demand only.
    ServerGone {
        /// The one that ended.
        server: ServerIdentity,
    },
    /// The server is there but does not answer. The next call tries again.
    ServerUnreachable {
        /// The one that was connected last.
        server: ServerIdentity,
    },
    /// The control connection was lost and is back.
    Reconnected {
        /// The server at the other end now.
        server: ServerIdentity,
    },
}

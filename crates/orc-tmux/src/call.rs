//! What a handle asks of the task that owns the connection.

use tokio::sync::oneshot;

use crate::exchange::Answer;
use crate::line::Line;
use crate::{ServerIdentity, TmuxError};

/// Answers, one per line, with the server that gave them.
pub(crate) type Answers = (ServerIdentity, Vec<Answer>);

/// Where the result of a call goes; closed when the caller has given up.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, TmuxError>>;

/// One call.
#[derive(Debug)]
pub(crate) enum Call {
    /// Run these lines; when `server` is given, in that life of the server only.
    Ask { lines: Vec<Line>, server: Option<ServerIdentity>, reply: Reply<Answers> },
    /// Be connected, starting the server if there is none.
    Ensure { reply: Reply<ServerIdentity> },
    /// End the server.
    Kill { reply: Reply<()> },
}

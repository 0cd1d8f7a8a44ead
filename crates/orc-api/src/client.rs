//! The client: one request, one answer, over the unix socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use orc_core::error::Refusal;
use tokio::net::UnixStream;

use crate::request::Request;
use crate::response::{Answer, Response};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens on the socket.
    #[error("no supervisor answers on {path}: {source}")]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The supervisor went away in the middle.
    #[error("the supervisor broke off: {0}")]
    Broken(String),
    /// The supervisor refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// After this a supervisor that stands still is not waited for.
fn patience(request: &Request) -> Duration {
    const MARGIN: Duration = Duration::from_secs(120);
    let own = match request {
        Request::Ping {} => return Duration::from_secs(5),
        Request::AwaitReady { timeout_ms: ms, .. }
        | Request::AwaitMessage { timeout_ms: ms, .. }
        | Request::Messages { wait_ms: ms, .. }
        | Request::Events { wait_ms: ms, .. } => Duration::from_millis(*ms),
        // Many agents are started one after the other, from a large repository.
        // A push may run the person's hooks, and a forge may want to be asked later.
        Request::Deploy(_) | Request::AddAgent(_) | Request::VerifyLog {} | Request::CreatePr(_) => {
            Duration::from_secs(3600)
        }
        Request::StopTeam { .. } => Duration::from_secs(60),
        _ => Duration::ZERO,
    };
    own.saturating_add(MARGIN)
}

/// A client of the supervisor that listens on one socket.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// A client for the socket at `path`. Nothing is opened yet.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { socket: path.as_ref().to_owned() }
    }

    /// The socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Asks and waits for the answer, a good while longer than the request itself may take.
    pub async fn ask(&self, request: &Request) -> Result<Response, ClientError> {
        let patience = patience(request);
        let late = |_| {
            let seconds = patience.as_secs();
            ClientError::Broken(format!(
                "it has not answered within {seconds} s; `tmux-orc daemon status` asks again"
            ))
        };
        tokio::time::timeout(patience, self.exchange(request)).await.map_err(late)?
    }

    async fn exchange(&self, request: &Request) -> Result<Response, ClientError> {
        let unreachable = |source| ClientError::Unreachable { path: self.socket.clone(), source };
        let stream = UnixStream::connect(&self.socket).await.map_err(unreachable)?;
        let broken = |e: &dyn std::fmt::Display| ClientError::Broken(e.to_string());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
        let exchange = async {
            let body = serde_json::to_vec(request).map_err(|e| broken(&e))?;
            let post = hyper::Request::post("/v1/request")
                .header("host", "tmux-orc")
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from(body)))
                .map_err(|e| broken(&e))?;
            let answer = sender.send_request(post).await.map_err(|e| broken(&e))?;
            let bytes = answer.into_body().collect().await.map_err(|e| broken(&e))?.to_bytes();
            serde_json::from_slice::<Answer>(&bytes).map_err(|e| broken(&e))
        };
        // It ends by itself when the exchange is over and `sender` is dropped.
        let connection = tokio::spawn(connection);
        let answer = exchange.await;
        connection.abort();
        match answer? {
            Answer::Ok(response) => Ok(*response),
            Answer::Error(refusal) => Err(ClientError::Refused(refusal)),
        }
    }
}

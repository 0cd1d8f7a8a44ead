//! The door: HTTP/1.1 on a unix socket that only our own user gets through.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use axum::serve::IncomingStream;
use axum::{Json, Router};
use orc_api::{Answer, Request};
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};

use crate::error::DaemonError;
use crate::requests;
use crate::run::Shell;

/// Largest request in bytes: a message may be long, nothing may fill the memory.
const LARGEST: usize = 64 << 20;

/// Listens on the socket; the caller holds the lock, so whatever is there is left over from a dead supervisor.
pub(crate) fn listen(path: &Path) -> Result<UnixListener, DaemonError> {
    drop(std::fs::remove_file(path));
    let listener = UnixListener::bind(path).map_err(DaemonError::io("binding", path))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(DaemonError::io("protecting", path))?;
    Ok(listener)
}

/// Serves until the supervisor stops.
pub(crate) async fn serve(shell: Shell, listener: UnixListener) {
    let stop = shell.stop.clone();
    let router = Router::new()
        .route("/v1/request", post(answer))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(shell);
    let service = router.into_make_service_with_connect_info::<Peer>();
    let served = axum::serve(OwnUser { listener }, service).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(%error, "the socket is not served any more");
    }
}

/// The process at the other end of a connection, as the kernel says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Its process id, when it made the connection.
    pub(crate) pid: Option<u32>,
    /// Its user id.
    pub(crate) uid: u32,
}

impl Connected<IncomingStream<'_, OwnUser>> for Peer {
    fn connect_info(stream: IncomingStream<'_, OwnUser>) -> Self {
        let peer = stream.io().peer_cred();
        Self {
            pid: peer.as_ref().ok().and_then(|peer| u32::try_from(peer.pid()?).ok()),
            uid: peer.map_or_else(|_| rustix::process::geteuid().as_raw(), |peer| peer.uid()),
        }
    }
}

async fn answer(
    State(shell): State<Shell>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Json(request): Json<Request>,
) -> Json<Answer> {
    // A task of its own: a client that goes away in the middle must not cut a request in half.
    let tasks = shell.tasks.clone();
    let work = tasks.spawn(async move { requests::answer(&shell, request, peer).await });
    Json(match work.await {
        Ok(Ok(response)) => Answer::Ok(Box::new(response)),
        Ok(Err(refusal)) => Answer::Error(refusal),
        Err(_) => Answer::Error(orc_core::error::Refusal::new(
            orc_core::error::Code::Internal,
            "the request failed inside the supervisor",
            "`tmux-orc daemon logs` says more",
        )),
    })
}

/// Accepts connections of our own user only, whatever the permissions of the directory became.
struct OwnUser {
    listener: UnixListener,
}

impl axum::serve::Listener for OwnUser {
    type Io = UnixStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let own = rustix::process::geteuid().as_raw();
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => match stream.peer_cred() {
                    Ok(peer) if peer.uid() == own => return (stream, address),
                    Ok(peer) => {
                        tracing::warn!(uid = peer.uid(), "another user was turned away from the socket");
                    }
                    Err(error) => tracing::warn!(%error, "a peer without credentials was turned away"),
                },
                Err(error) => {
                    tracing::error!(%error, "accepting a connection failed");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

//! The only crate that knows tmux.
//!
//! tmux shows *views*: each pane runs a program that relays one agent's terminal to the person who looks.
//! Messages do not travel through tmux and screens are not read from it, so this crate is small: one
//! private server on our own socket, one control-mode connection to it, a handful of idempotent calls about
//! sessions, windows and panes, and a stream of hints that something changed.
//!
//! It must not decide anything (whether a view is wanted, whether a server is restarted), must never touch
//! the user's default server or configuration, and never kills by name.
//!
//! ```no_run
//! # async fn example() -> Result<(), orc_tmux::TmuxError> {
//! use orc_tmux::{OpenView, Server, ServerConfig};
//!
//! let (server, link) = Server::open(ServerConfig::new("/run/user/1000/tmux-orc/tmux.sock"))?;
//! tokio::spawn(link);
//! let opened = server
//!     .open_views(vec![OpenView {
//!         team: "auth-hotfix".into(),
//!         agent: "auth-hotfix:0".into(),
//!         window_name: "0 lead".into(),
//!         argv: vec!["tmux-orc".into(), "view".into(), "auth-hotfix:0".into()],
//!         cwd: "/srv/repo".into(),
//!         index: Some(0),
//!     }])
//!     .await?;
//! # drop(opened);
//! # Ok(())
//! # }
//! ```

mod argument;
mod attached;
mod call;
mod config;
mod control;
mod error;
mod event;
mod exchange;
mod ids;
mod line;
mod link;
mod observe;
mod options;
mod process;
mod quote;
mod server;
mod sessions;
mod start;
mod teams;
mod terminate;
mod version;
mod views;
mod wire;

#[cfg(test)]
mod fuzz;

pub use config::{Environment, SOCKET_PATH_LIMIT, ServerConfig};
pub use error::TmuxError;
pub use event::Event;
pub use ids::{PaneId, ServerIdentity, SessionId, WindowId};
pub use observe::{Observation, PaneView};
pub use server::Server;
pub use version::{FLOOR, Version, probe};
pub use views::{OpenView, OpenedView};

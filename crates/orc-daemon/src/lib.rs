//! The supervisor: the imperative shell around the core.
//!
//! One task owns the state ([`supervisor`]); everything else is an observer that reports to it or an executor that
//! carries out what the plan says. Facts go to the log before anybody is told of them. This room prints nothing on
//! stdout, knows no command line types, and changes state only by `State::apply`.

mod answer;
mod catalog_files;
mod check;
mod clock;
mod deliver;
mod deploy;
mod door;
mod error;
pub mod figures;
mod handle;
mod hooks;
mod host;
mod http;
mod journal;
mod kept;
mod launch;
mod leftovers;
mod link;
mod litter;
mod lock;
mod observe;
mod overhear;
mod plain_file;
mod probe;
mod procfs;
mod program;
mod proof;
mod rehydrate;
mod requests;
mod restart;
mod run;
mod secrets;
mod ship;
mod status_file;
mod stop;
mod supervisor;
mod template;
mod trust;
mod views;
mod worktree;

pub use check::runners::{Suite, repository_suites, runners};
pub use error::DaemonError;
pub use run::{Settings, run};
pub use trust::trusted_dirs;

//! Publishing a change: looking at a repository and its forge before anything is done, pushing, the pull request, and files in
//! its place. Everything goes through the person's own `git`, `gh` and `glab`, with the environment of who asks.
//!
//! This room knows no teams and no log: what is to be published and said is given to it, and what happened is answered.

mod block;
mod files;
mod git;
mod preflight;
mod program;
mod propose;
mod push;
mod remote;
mod rest;

pub use block::Block;
pub use files::{folder, write_change, write_text};
pub use preflight::{
    Commit, FileStat, Finding, Ground, Places, Preflight, Wish, preflight, shared_repository,
};
pub use program::{Caller, ProgramError};
pub use propose::{Place, Proposed, Wanted};
pub use push::{Pushed, push};
pub use remote::Remote;
pub use rest::RestError;

impl Place {
    /// The place where a change is proposed; nothing without a forge.
    pub fn of(caller: &Caller, ground: &Ground, places: &Places) -> Option<Self> {
        preflight::api(caller, ground.forge, ground.remote.as_ref(), &places.scratch).map(Self)
    }
}

//! The terminal dashboard, in the shape of Elm: a `model`, `update` (what happened → model and commands), `view` (model
//! → cells), and one `runner` that has the terminal, the socket and the clocks. Nothing in `view` reads or writes;
//! nothing but `update` changes the model.
//!
//! Facts come from the log by its cursor; a fact that touches what is shown makes it be read anew. Whatever the
//! supervisor does, keys are answered: each question to it is a task of its own.

mod attention;
mod clocks;
mod edit;
mod layout;
mod measure;
mod message;
mod model;
mod print;
mod read;
mod runner;
mod stream;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod theme;
mod update;
mod view;
mod work;

pub(crate) use measure::frame_times;
pub(crate) use model::Scope;
pub(crate) use print::{data, frame};
pub(crate) use runner::run;

//! End to end: the real binary, the real tmux, the scripted agent. What is claimed is checked on the other side: the
//! agent's own log of what reached it, `/proc`, git, files; never the product's word alone.

mod dialogs;
mod hooks;
mod kills;
mod pane;
mod person;
mod senders;
mod stopped;
mod texts;
mod truth;
mod window;
mod world;

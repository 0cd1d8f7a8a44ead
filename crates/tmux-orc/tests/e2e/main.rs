//! End to end: the real binary, the real tmux, the scripted agent. What is claimed is checked on the other side: the
//! agent's own log of what reached it, `/proc`, git, files; never the product's word alone.

mod checks;
mod context;
mod coordination;
mod dashboard;
mod deploy;
mod dialogs;
mod door;
mod drill;
mod errors;
mod hooks;
mod incident;
mod kills;
mod litter;
mod load;
mod mcp;
mod pane;
mod performance;
mod person;
mod prompts;
mod record;
mod recovery;
mod report;
mod restart;
mod secrets;
mod seed;
mod senders;
mod ship;
mod stop;
mod stopped;
mod surroundings;
mod texts;
mod truth;
mod wait;
mod window;
mod world;

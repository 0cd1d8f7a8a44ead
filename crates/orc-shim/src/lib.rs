//! The process around one agent, and the view of it in a tmux pane.

//! The domain of tmux-orc: values, decisions and plans without I/O.

//! How our server is set up. Done once per server over the control connection, so that what a person changes
//! later in the running server stays changed.

use crate::line::Line;

/// The global user option that says which of these lists a server has had.
pub(crate) const MARK: &str = "@orc_options";
/// Changes whenever the list does.
pub(crate) const MARK_VALUE: &str = "1";

/// Server options.
const SERVER: &[(&str, &str)] = &[
    ("exit-empty", "off"),
    ("default-terminal", "tmux-256color"),
    ("escape-time", "10"),
    ("focus-events", "on"),
];

/// Session options. Never a global `window-size manual`: it crashes tmux 3.3a to 3.6b at the next new window.
const SESSION: &[(&str, &str)] = &[
    ("base-index", "0"),
    ("renumber-windows", "off"),
    ("history-limit", "2000"),
    ("default-size", "200x50"),
    ("destroy-unattached", "off"),
    ("mouse", "on"),
    ("set-titles", "off"),
    ("visual-bell", "off"),
    ("bell-action", "none"),
    ("status-interval", "0"),
    ("status-style", "bg=colour236,fg=colour252"),
    ("status-left", "#[bold] #{session_name} #[default] "),
    ("status-left-length", "40"),
    ("status-right", ""),
];

/// Window options. `allow-passthrough` exists since tmux 3.3.
const WINDOW: &[(&str, &str)] = &[
    ("remain-on-exit", "off"),
    ("automatic-rename", "off"),
    ("allow-rename", "off"),
    ("allow-passthrough", "off"),
    ("window-status-format", " #{window_index} #{window_name} "),
    ("window-status-current-format", " #{window_index} #{window_name} "),
    ("window-status-current-style", "bg=colour252,fg=colour234,bold"),
];

/// The lines that set a server up, the mark last. Unknown options of other versions are passed over (`-q`).
pub(crate) fn lines() -> Vec<Line> {
    let scopes = [("-s", SERVER), ("-g", SESSION), ("-wg", WINDOW), ("-g", &[(MARK, MARK_VALUE)])];
    scopes
        .into_iter()
        .flat_map(|(scope, options)| options.iter().map(move |(name, value)| set(scope, name, value)))
        .collect()
}

fn set(scope: &'static str, name: &'static str, value: &'static str) -> Line {
    Line::new("set-option").word("-q").word(scope).word(name).arg(value)
}

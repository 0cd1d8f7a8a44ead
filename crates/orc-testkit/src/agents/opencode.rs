//! `OpenCode`.

use std::path::Path;

use serde_json::json;

use super::{Variables, variables, write};
use crate::StubModel;

/// Writes the configuration that points `OpenCode` at the stub and makes it ask before commands and edits into
/// `home` (as `.config/opencode/opencode.json`: `XDG_CONFIG_HOME` must be `home/.config` or unset), and answers the
/// variables that it needs.
#[track_caller]
pub fn opencode_home(home: &Path, _projects: &[&Path], stub: &StubModel) -> Variables {
    let limit = json!({"context": 400_000, "output": 8192});
    let provider = json!({
        "npm": "@ai-sdk/openai-compatible", "name": "Stub",
        "options": {"baseURL": format!("{}/v1", stub.url()), "apiKey": "dummy"},
        "models": {"stub-model": {"name": "Stub Model", "limit": limit}},
    });
    let config = json!({
        "$schema": "https://opencode.ai/config.json",
        "provider": {"stub": provider}, "enabled_providers": ["stub"],
        "model": "stub/stub-model", "small_model": "stub/stub-model",
        "autoupdate": false, "share": "disabled", "snapshot": false,
        "permission": {"bash": "ask", "edit": "ask"},
    });
    write(&home.join(".config/opencode/opencode.json"), &config.to_string());
    variables([
        ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
        ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
        ("OPENCODE_DISABLE_SHARE", "1"),
    ])
}

/// The arguments of a launch: none.
pub fn opencode_arguments() -> &'static [&'static str] {
    &[]
}

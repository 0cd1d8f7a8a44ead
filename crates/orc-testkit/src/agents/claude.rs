//! Claude Code.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Variables, real, variables, write};
use crate::StubModel;

/// A key of the right shape. Claude Code asks once whether to use a key from the environment; it remembers the answer
/// by the last 20 characters.
const KEY: &str = "sk-ant-api03-dummydummydummydummydummydummydummydummy-DUMMYKEY0000000AA";

/// Writes the configuration that takes Claude Code past its first steps (theme, key, trust in the projects) into
/// `home`, and answers the variables that point it at the stub.
#[track_caller]
pub fn claude_home(home: &Path, projects: &[&Path], stub: &StubModel) -> Variables {
    let trust = |project: &&Path| {
        let trusted = json!({"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true,
                             "allowedTools": [], "history": []});
        (real(project), trusted)
    };
    let projects: Map<String, Value> = projects.iter().map(trust).collect();
    let config = json!({
        "numStartups": 5, "installMethod": "npm", "theme": "dark",
        "hasCompletedOnboarding": true, "lastOnboardingVersion": "99.0.0", "hasSeenTasksHint": true,
        "bypassPermissionsModeAccepted": true,
        "customApiKeyResponses": {"approved": [&KEY[KEY.len() - 20..]], "rejected": []},
        "projects": projects,
    });
    write(&home.join(".claude.json"), &config.to_string());
    let settings = json!({"skipDangerousModePermissionPrompt": true, "theme": "dark", "env": {"DISABLE_AUTOUPDATER": "1"},
                          "permissions": {"defaultMode": "default", "disableAutoMode": "disable"}});
    write(&home.join(".claude/settings.json"), &settings.to_string());
    variables([
        ("ANTHROPIC_BASE_URL", &stub.url()),
        ("ANTHROPIC_API_KEY", KEY),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
        ("DISABLE_AUTOUPDATER", "1"),
        ("DISABLE_BUG_COMMAND", "1"),
        ("DISABLE_ERROR_REPORTING", "1"),
        ("DISABLE_TELEMETRY", "1"),
    ])
}

/// The arguments of a launch that asks before each command.
pub fn claude_arguments() -> &'static [&'static str] {
    &["--permission-mode", "manual"]
}

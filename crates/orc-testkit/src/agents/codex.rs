//! Codex.

use std::fmt::Write as _;
use std::path::Path;

use super::{Variables, real, variables, write};
use crate::StubModel;

/// Writes the configuration that points Codex at the stub and trusts the projects into `home`, and answers the
/// variables that it needs.
#[track_caller]
pub fn codex_home(home: &Path, projects: &[&Path], stub: &StubModel) -> Variables {
    let mut config = format!(
        r#"model = "gpt-5.1-codex"
model_provider = "stub"
check_for_update_on_startup = false
approval_policy = "on-request"
sandbox_mode = "workspace-write"

[model_providers.stub]
name = "stub"
base_url = "{url}/v1"
env_key = "STUB_API_KEY"
wire_api = "responses"
requires_openai_auth = false
supports_websockets = false

[analytics]
enabled = false

[otel]
exporter = "none"

[notice]
hide_full_access_warning = true
hide_rate_limit_model_nudge = true
"#,
        url = stub.url()
    );
    for project in projects {
        // A basic string of TOML is written as one of JSON is.
        let project = serde_json::Value::from(real(project));
        let _ = write!(config, "\n[projects.{project}]\ntrust_level = \"trusted\"\n");
    }
    let codex_home = home.join(".codex");
    write(&codex_home.join("config.toml"), &config);
    variables([("STUB_API_KEY", "dummy"), ("CODEX_HOME", codex_home.to_str().expect("a path in UTF-8"))])
}

/// The arguments of a launch that leaves no daemon behind: without them one outlives the terminal.
pub fn codex_arguments() -> &'static [&'static str] {
    &["--no-daemon"]
}

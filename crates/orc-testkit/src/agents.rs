//! Real agent command line tools, pinned, installed by `scripts/install-agents.sh`, and set up so that they talk to the
//! model stub and to nothing else.
//!
//! A missing agent fails the test that wants it: it never skips.

mod claude;
mod codex;
mod opencode;

use std::path::{Path, PathBuf};
use std::{env, fs};

pub use claude::{claude_arguments, claude_home};
pub use codex::{codex_arguments, codex_home};
pub use opencode::{opencode_arguments, opencode_home};

/// An agent command line tool as it is on the npm registry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Agent {
    /// Its folder in the cache, and its program.
    pub name: &'static str,
    /// The npm package.
    pub package: &'static str,
    /// The one version that the tests are written for.
    pub version: &'static str,
}

/// Claude Code.
pub const CLAUDE: Agent = Agent { name: "claude", package: "@anthropic-ai/claude-code", version: "2.1.330" };
/// Codex.
pub const CODEX: Agent = Agent { name: "codex", package: "@openai/codex", version: "0.169.0" };
/// OpenCode.
pub const OPENCODE: Agent = Agent { name: "opencode", package: "opencode-ai", version: "1.18.33" };

/// The client of the official MCP SDK: a library, no agent.
pub const MCP_CLIENT: Agent =
    Agent { name: "mcp-client", package: "@modelcontextprotocol/sdk", version: "1.32.2" };

/// All agents.
pub const ALL: [Agent; 3] = [CLAUDE, CODEX, OPENCODE];

/// Where the agents are installed: `TMUX_ORC_AGENT_CACHE`, else `target/agents` of this workspace.
pub fn cache_dir() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/agents");
    env::var_os("TMUX_ORC_AGENT_CACHE").map_or_else(default, PathBuf::from)
}

impl Agent {
    /// The program. Panics when it is not installed, or in another version than the pinned one.
    #[track_caller]
    pub fn program(&self) -> PathBuf {
        let program = cache_dir().join(self.name).join("node_modules/.bin").join(self.name);
        self.package();
        program.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", program.display()))
    }

    /// The folder of the package. Panics when it is not installed, or in another version than the pinned one.
    #[track_caller]
    pub fn package(&self) -> PathBuf {
        let Self { name, package, version } = self;
        let modules = cache_dir().join(name).join("node_modules");
        let folder = modules.join(package);
        let manifest = fs::read_to_string(folder.join("package.json")).unwrap_or_default();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
        let found = manifest["version"].as_str().unwrap_or("nothing");
        assert!(
            found == *version,
            "{package}@{version} is wanted and {found} is in {}: run scripts/install-agents.sh {name}",
            modules.display()
        );
        folder.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    }

    /// The folder to put on a path so that the program is found by its name. Panics as [`Agent::program`] does.
    #[track_caller]
    pub fn folder(&self) -> PathBuf {
        self.program();
        let folder = cache_dir().join(self.name).join("node_modules/.bin");
        folder.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    }
}

/// Variables for the environment of an agent.
pub type Variables = Vec<(String, String)>;

fn variables<const N: usize>(pairs: [(&str, &str); N]) -> Variables {
    let both = ("NO_PROXY", "127.0.0.1,localhost");
    pairs.into_iter().chain([both]).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[track_caller]
fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The path as agents look it up in their configuration: absolute, links resolved.
#[track_caller]
fn real(project: &Path) -> String {
    let path = project.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", project.display()));
    path.into_os_string().into_string().expect("a path in UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_install_script_has_the_same_pins() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/install-agents.sh");
        let script = fs::read_to_string(script).unwrap();
        for Agent { name, package, version } in ALL.into_iter().chain([MCP_CLIENT]) {
            let pin = format!("[{name}]={package}@{version}\n");
            assert!(script.contains(&pin), "{pin} is not in scripts/install-agents.sh");
        }
    }
}

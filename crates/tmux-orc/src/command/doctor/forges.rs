//! The tools by which a pull request is opened. A team works without them: the change is then pushed and written to files.

use orc_core::profile::{Login, Sign};

use super::login;
use super::program::version;
use super::{Finding, Group, Verdict};

/// What is known of a forge's tool.
struct Tool {
    name: &'static str,
    forge: &'static str,
    env: &'static [&'static str],
    files: &'static [&'static str],
    /// A token, or the user whose token is in a keyring.
    has: &'static str,
}

const TOOLS: [Tool; 2] = [
    Tool {
        name: "gh",
        forge: "GitHub",
        env: &["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"],
        files: &["$GH_CONFIG_DIR/hosts.yml", "$XDG_CONFIG_HOME/gh/hosts.yml", "$HOME/.config/gh/hosts.yml"],
        has: r"(?m)^[ \t]+(?:oauth_token|user):[ \t]*\S",
    },
    Tool {
        name: "glab",
        forge: "GitLab",
        env: &["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN"],
        files: &[
            "$GLAB_CONFIG_DIR/config.yml",
            "$XDG_CONFIG_HOME/glab-cli/config.yml",
            "$HOME/.config/glab-cli/config.yml",
        ],
        has: r#"(?m)^[ \t]+token:[ \t]*(?:!!null[ \t]+)?[^\s"'!#]"#,
    },
];

pub(super) fn findings() -> Vec<Finding> {
    let versions = TOOLS.map(|tool| (version(tool.name, &["--version"]), tool));
    let mut findings: Vec<Finding> =
        versions.into_iter().map(|(version, tool)| finding(&tool, version)).collect();
    if findings.iter().all(|finding| finding.verdict == Verdict::Notice) {
        let found = "neither gh nor glab is installed";
        let remedy = "install the one of your forge: without it a change is pushed, and its pull request written to a file";
        findings.push(Finding::new(Group::PullRequests, Verdict::Warning, "forge", found, remedy));
    }
    findings
}

fn finding(tool: &Tool, version: Option<String>) -> Finding {
    let found = |verdict, found: String, remedy: &str| {
        Finding::new(Group::PullRequests, verdict, tool.name, found, remedy)
    };
    let Some(version) = version else {
        let remedy = format!("install `{}` to open pull requests on {}", tool.name, tool.forge);
        return found(Verdict::Notice, "not found".to_owned(), &remedy);
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let sign = |path| Sign { path, has: tool.has.to_owned() };
    let files = owned(tool.files).into_iter().map(sign).collect();
    let login = Login { env: owned(tool.env), files, ..Login::default() };
    if let Some(place) = login::seen(&login) {
        return found(Verdict::Ok, format!("{version}; login: {place}"), "");
    }
    let remedy = format!("`{} auth login`, or set {}", tool.name, tool.env[0]);
    found(Verdict::Warning, format!("{version}; no login found"), &remedy)
}

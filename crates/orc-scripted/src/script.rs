//! The script: what the agent does with which prompt.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::error::ScriptedError;
use crate::step::{Step, StepError};

/// A script: what the agent does with which prompt.
///
/// A script is TOML. Unknown keys are errors.
///
/// ```toml
/// busy = "queue"                # what Enter does while busy: "queue" (default) or "steer"
///
/// [[rule]]                      # the first rule that matches wins
/// match = "deploy"              # a substring; with `*` or `?` a pattern for the whole prompt
/// steps = ["work 2", "ask make deploy", "reply deployed"]
/// ```
///
/// Where the path is a directory, an agent called `TEAM:NAME` (or `NAME`) plays its `NAME.toml`; without such a file it
/// has no script.
///
/// Steps are the lines that [`Step`] documents. A prompt may bring its own: each line of it that begins
/// with `DO: ` is a step, and then no rule is asked. Without rule and directive the agent works for 50 ms
/// and replies `ok: ` and the first 60 characters of the prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// What Enter does while a turn runs.
    pub busy: Busy,
    /// The rules in their order.
    pub rules: Vec<Rule>,
}

/// What Enter does with a prompt while a turn runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Busy {
    /// The prompt waits for the end of the turn, as in most agents.
    #[default]
    Queue,
    /// The turn is aborted and the prompt runs at once, as in Codex.
    Steer,
}

/// One rule of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A substring of the prompt or, with `*` or `?`, a pattern for all of it.
    pub pattern: String,
    /// What to do.
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScript {
    #[serde(default)]
    busy: Busy,
    #[serde(default)]
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    r#match: String,
    steps: Vec<String>,
}

impl Script {
    /// Reads and parses the script at `path`; in a directory, the one of the agent called `name`.
    pub fn load_for(path: &Path, name: &str) -> Result<Self, ScriptedError> {
        if !path.is_dir() {
            return Self::load(path);
        }
        let name = name.rsplit(':').next().unwrap_or(name);
        let own = path.join(format!("{name}.toml"));
        if own.exists() { Self::load(&own) } else { Ok(Self::default()) }
    }

    /// Reads and parses the script at `path`.
    pub fn load(path: &Path) -> Result<Self, ScriptedError> {
        let text = std::fs::read_to_string(path).map_err(|source| ScriptedError::File {
            what: "script",
            path: path.to_owned(),
            source,
        })?;
        let raw: RawScript = toml::from_str(&text)
            .map_err(|source| ScriptedError::Script { path: path.to_owned(), source: Box::new(source) })?;
        let rules = raw.rule.into_iter().map(RawRule::parse).collect::<Result<_, _>>()?;
        Ok(Self { busy: raw.busy, rules })
    }

    /// The steps for `prompt`: its own directives, else the first rule that matches, else the default.
    pub fn steps(&self, prompt: &str) -> Vec<Step> {
        let directives: Vec<Step> = prompt
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("DO: "))
            .map(|line| line.parse().unwrap_or_else(|error: StepError| Step::Fail(error.to_string())))
            .collect();
        if !directives.is_empty() {
            return directives;
        }
        if let Some(rule) = self.rules.iter().find(|rule| matches(&rule.pattern, prompt)) {
            return rule.steps.clone();
        }
        let start: String = prompt.chars().take(60).map(|c| if c == '\n' { ' ' } else { c }).collect();
        vec![Step::Work(Duration::from_millis(50)), Step::Reply(format!("ok: {start}"))]
    }
}

impl RawRule {
    fn parse(self) -> Result<Rule, StepError> {
        let steps = self.steps.iter().map(|line| line.parse()).collect::<Result<_, _>>()?;
        Ok(Rule { pattern: self.r#match, steps })
    }
}

fn matches(pattern: &str, prompt: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return prompt.contains(pattern);
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut star) = (0, None);
    let prompt: Vec<char> = prompt.chars().collect();
    let mut next = 0;
    while next < prompt.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, next));
                at += 1;
            }
            Some(&c) if c == '?' || c == prompt[next] => {
                at += 1;
                next += 1;
            }
            _ => {
                // Let the last star take one character more.
                let Some((star_at, from)) = star else { return false };
                star = Some((star_at, from + 1));
                at = star_at + 1;
                next = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_substrings_or_globs() {
        assert!(matches("deploy", "please deploy it"));
        assert!(!matches("deploy*", "please deploy it"));
        assert!(matches("*deploy*it", "please\ndeploy it"));
        assert!(matches("a?c*", "abc"));
        assert!(!matches("*ab", "abc"));
        assert!(matches("*aab", "aaaab"));
    }

    #[test]
    fn directives_win_over_rules_and_rules_over_the_default() {
        let rules = vec![Rule { pattern: "boom".into(), steps: vec![Step::QuietExit] }];
        let script = Script { rules, ..Script::default() };
        assert_eq!(script.steps("boom\nDO: reply hi\n"), [Step::Reply("hi".into())]);
        assert_eq!(script.steps("a boom"), [Step::QuietExit]);
        assert_eq!(script.steps("plain\ntext")[1], Step::Reply("ok: plain text".into()));
        assert!(matches!(script.steps("DO: dance")[0], Step::Fail(_)));
    }

    #[test]
    fn a_file_with_an_unknown_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("script.toml");
        std::fs::write(&path, "busy = 'steer'\n[[rule]]\nmatch = 'a'\nsteps = ['work 1']\n").unwrap();
        let script = Script::load(&path).unwrap();
        assert_eq!((script.busy, script.rules.len()), (Busy::Steer, 1));
        let of = |name| Script::load_for(dir.path(), name).unwrap().rules.len();
        assert_eq!((of("team:script"), of("script"), of("team:other")), (1, 1, 0));
        std::fs::write(&path, "bussy = 'steer'\n").unwrap();
        assert_eq!(Script::load(&path).unwrap_err().exit_code(), 78);
    }
}

//! The person's policy for questions of trust: `trust.toml` beside the configuration. Without it every such question
//! waits for the person.

use std::path::{Path, PathBuf};

use orc_core::ids::AgentId;
use orc_core::prompt::{Answerer, Wanted};
use serde::Deserialize;

use crate::requests::give;
use crate::run::Shell;

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustFile {
    #[serde(default)]
    trust: Vec<Rule>,
}

/// One directory that is trusted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// The directory, absolute or with `~/` in front; what is below it is trusted too.
    dir: String,
    /// Only these profiles ask in vain; without it all.
    #[serde(default)]
    agents: Option<Vec<String>>,
}

/// What is known of the question.
struct Question {
    dir: String,
    profile: String,
    text: String,
}

/// Answers the question of trust that is open, if the policy says so. `trusting` is the option that trusts, from 0.
pub(crate) async fn consider(shell: &Shell, agent: AgentId, trusting: usize) {
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent).filter(|found| !found.by_policy)?;
        let open = found.prompt.as_ref().filter(|open| open.answering.is_none())?;
        let question =
            Question { dir: found.dir.clone(), profile: found.profile.to_string(), text: open.text.clone() };
        Some((open.id, question))
    });
    let Ok(Some((prompt, question))) = look.await else { return };
    let rules = match read(&shell.paths.config) {
        Ok(rules) => rules,
        Err(error) => {
            tracing::warn!(%error, "the policy of trust cannot be read: the person is asked");
            return;
        }
    };
    let Some(dir) = trusted_by(&rules, &question, shell.home.as_deref()) else { return };
    let wanted = Wanted::Option((trusting + 1).to_string());
    // Another answer, or the end of the dialog, may have come first.
    if let Err(refusal) = give(shell, agent, Some(prompt), wanted, Answerer::Policy { dir }).await {
        tracing::debug!(%agent, %refusal, "the policy of trust came too late");
    }
}

/// Reads the policy of trust in a configuration directory and answers the directories that it names, or what is wrong.
pub fn trusted_dirs(config: &Path) -> Result<Vec<String>, String> {
    Ok(read(config)?.into_iter().map(|rule| rule.dir).collect())
}

fn read(config: &Path) -> Result<Vec<Rule>, String> {
    let path = config.join("trust.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str::<TrustFile>(&text)
            .map(|file| file.trust)
            .map_err(|e| format!("{}: {}", path.display(), e.message())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// The directory of the rule that trusts where the agent works. The dialog must name the very directory: some agents
/// ask about another one, such as the root of the repository.
fn trusted_by(rules: &[Rule], question: &Question, home: Option<&Path>) -> Option<String> {
    let real = real(Path::new(&question.dir));
    if !names(&question.text, Path::new(&question.dir)) && !names(&question.text, &real) {
        return None;
    }
    let fits = |rule: &&Rule| {
        let dir = match (rule.dir.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(&rule.dir),
        };
        let wanted = rule.agents.as_ref().is_none_or(|agents| agents.contains(&question.profile));
        wanted && dir.is_absolute() && real.starts_with(self::real(&dir))
    };
    rules.iter().find(fits).map(|rule| rule.dir.clone())
}

/// Whether a dialog names this very directory: not one whose path only begins or ends with the same characters. A path
/// may be broken over rows anywhere, so one that the next row may continue is not surely this one.
fn names(text: &str, dir: &Path) -> bool {
    let dir: String = dir.to_string_lossy().split_whitespace().collect();
    let begins = |before: &str| before.ends_with(|c: char| c.is_whitespace() || "\"'`([<:=".contains(c));
    let ends = |rest: &str| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let after = rest.trim_start_matches(['"', '\'', '`', ')', ']', '>', '.', ',', ':', ';', '?', '!']);
        let next = after.trim_start();
        let gap = &after[..after.len() - next.len()];
        let closed = after.len() < rest.len() && !gap.is_empty();
        next.is_empty() || closed || gap.matches('\n').count() > 1
    };
    let named = |(at, _): (usize, char)| {
        let (before, from) = text.split_at(at);
        let rest = dir.chars().try_fold(from, |rest, c| rest.trim_start().strip_prefix(c));
        (before.is_empty() || begins(before)) && rest.is_some_and(ends)
    };
    text.char_indices().any(named)
}

/// The path without symbolic links, or as it is when it does not exist.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(dir: &str, agents: Option<&[&str]>) -> Vec<Rule> {
        let agents = agents.map(|agents| agents.iter().map(|&agent| agent.to_owned()).collect());
        vec![Rule { dir: dir.to_owned(), agents }]
    }

    fn question(dir: &str, text: &str) -> Question {
        Question { dir: dir.into(), profile: "x".into(), text: text.into() }
    }

    #[test]
    fn a_directory_and_what_is_below_it_is_trusted_and_nothing_beside_it() {
        let asks = |dir: &str| question(dir, &format!("Do you trust\n{dir}?"));
        let rules = rule("/no/such/place", None);
        let trusts = |rules: &[Rule], dir: &str| trusted_by(rules, &asks(dir), Some(Path::new("/no/such")));
        assert_eq!(trusts(&rules, "/no/such/place/a").as_deref(), Some("/no/such/place"));
        assert!(trusts(&rules, "/no/such/place").is_some());
        assert!(trusts(&rules, "/no/such/place-2").is_none());
        assert!(trusts(&rules, "/no/such").is_none());
        assert!(trusts(&rule("~/place", None), "/no/such/place/a").is_some());
        assert!(trusts(&rule("place", None), "/no/such/place/a").is_none(), "not absolute");
        assert!(trusts(&rule("/no/such/place", Some(&["y"])), "/no/such/place").is_none(), "another profile");
        assert!(trusts(&rule("/no/such/place", Some(&["x"])), "/no/such/place").is_some());
    }

    #[test]
    fn only_the_very_path_is_named_also_when_it_is_broken_over_rows() {
        let named = |text: &str| names(text, Path::new("/srv/app"));
        let same =
            ["/srv/app", "Trust\n/srv/app\n\nQuick check", "Trust '/srv/app'? Then", "in /srv/a\npp/.\nMore"];
        for text in same {
            assert!(named(text), "{text}");
        }
        let others = [
            "Trust /srv/app-evil?",
            "/srv/app.evil",
            "/srv/app/below",
            "/srv/app\n-evil\n\nQuick check",
            "/srv/app evil?",
            "/srv/app?evil",
            "/mnt/srv/app",
            "/srv/app…",
        ];
        for text in others {
            assert!(!named(text), "{text}");
        }
    }

    #[test]
    fn a_question_about_another_directory_is_the_persons() {
        let rules = rule("/no/such", None);
        assert!(trusted_by(&rules, &question("/no/such/place", "Do you trust /elsewhere?"), None).is_none());
    }
}

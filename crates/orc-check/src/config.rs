//! `.tmux-orc/checks.toml`. What is unknown in it is an error with its line and column: a misspelt key must not widen or
//! narrow what is tested.

use orc_core::check::Tier;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::suite::{ResultOf, Runner, Suite, Tag};

/// Where it is, from the repository's directory.
pub const PATH: &str = ".tmux-orc/checks.toml";

/// It cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{PATH}, line {line}, column {column}: {reason}")]
pub struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
}

/// What is configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The branch that changes are meant for.
    pub base: Option<String>,
    /// What a test that passes only when tried again comes to.
    pub flaky: Flaky,
    /// What a changed file without a test leads to.
    pub unmapped: Unmapped,
    /// Which tests changed files lead to.
    pub map: Vec<Rule>,
    /// The suites; none: they are found.
    pub suites: Vec<Suite>,
    tiers: Tiers,
}

/// What a flaky test comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaky {
    /// It is green and shown, unless the change touches what it tests.
    #[default]
    Warn,
    /// It has failed.
    Fail,
}

/// What a changed file without a test leads to. It is never ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmapped {
    /// The critical tests; where there are none, all of the suite.
    #[default]
    Widen,
    /// All of the suite.
    Full,
}

/// What a tier is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// Tests that the change can have broken.
    Impacted,
    /// Tests marked so.
    Critical,
    /// Tests marked so.
    Smoke,
}

/// Which tests changed files lead to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Patterns of paths.
    pub files: Vec<String>,
    /// `critical`, `full`, a suite's name, or `suite:path` for a part of it.
    pub run: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    defaults: Defaults,
    tiers: Tiers,
    impact: Impact,
    suite: Vec<Spanned<SuiteEntry>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Defaults {
    base: Option<String>,
    flaky: Flaky,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Tiers {
    full: TierEntry,
    fast: FastEntry,
    critical: TierEntry,
    smoke: TierEntry,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TierEntry {
    #[serde(deserialize_with = "duration")]
    budget: Option<u64>,
    min_tests: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FastEntry {
    #[serde(deserialize_with = "duration")]
    budget: Option<u64>,
    min_tests: Option<u64>,
    include: Option<Vec<Include>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Impact {
    unmapped: Unmapped,
    map: Vec<Spanned<Rule>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SuiteEntry {
    name: String,
    runner: Runner,
    #[serde(default)]
    dir: String,
    critical: Option<Vec<String>>,
    smoke: Option<Vec<String>>,
    #[serde(default)]
    tiers: Vec<Tier>,
    #[serde(default)]
    command: Vec<String>,
    result: Option<String>,
    #[serde(default, deserialize_with = "duration")]
    timeout: Option<u64>,
}

impl Config {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            at_offset(text, at, error.message().to_owned())
        })?;
        let mut suites: Vec<Suite> = Vec::new();
        for entry in file.suite {
            let at = entry.span().start;
            let wrong = |reason| at_offset(text, at, reason);
            let suite = suite(entry.into_inner()).map_err(wrong)?;
            if suites.iter().any(|known| known.name == suite.name) {
                return Err(wrong(format!("there are two suites `{}`", suite.name)));
            }
            suites.push(suite);
        }
        let mut map = Vec::new();
        for rule in file.impact.map {
            let at = rule.span().start;
            let rule = rule.into_inner();
            for run in &rule.run {
                let name = run.split(':').next().unwrap_or_default();
                let known = matches!(run.as_str(), "critical" | "full")
                    || suites.iter().any(|suite| suite.name == name);
                if !known {
                    let reason =
                        format!("`{run}` is neither `critical`, `full` nor one of the suites of this file");
                    return Err(at_offset(text, at, reason));
                }
            }
            map.push(rule);
        }
        let (base, flaky) = (file.defaults.base, file.defaults.flaky);
        Ok(Self { base, flaky, unmapped: file.impact.unmapped, map, suites, tiers: file.tiers })
    }

    /// How long a tier may take (milliseconds).
    pub fn budget_ms(&self, tier: Tier) -> u64 {
        self.entry(tier).0.unwrap_or(tier.budget_ms())
    }

    /// How many tests must be executed at least.
    pub fn min_tests(&self, tier: Tier) -> u64 {
        self.entry(tier).1.unwrap_or(1).max(1)
    }

    /// What the fast tier is made of.
    pub fn fast(&self) -> Vec<Include> {
        let all = || vec![Include::Impacted, Include::Critical, Include::Smoke];
        self.tiers.fast.include.clone().unwrap_or_else(all)
    }

    fn entry(&self, tier: Tier) -> (Option<u64>, Option<u64>) {
        let of = |entry: &TierEntry| (entry.budget, entry.min_tests);
        match tier {
            Tier::Full => of(&self.tiers.full),
            Tier::Fast => (self.tiers.fast.budget, self.tiers.fast.min_tests),
            Tier::Critical => of(&self.tiers.critical),
            Tier::Smoke => of(&self.tiers.smoke),
        }
    }
}

fn suite(entry: SuiteEntry) -> Result<Suite, String> {
    let SuiteEntry { name, runner, dir, critical, smoke, tiers, command, result, timeout } = entry;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        return Err(format!("`{name}` is no name of a suite: letters, digits, `-`, `_` and `.`"));
    }
    let dir = dir.trim_matches('/').trim_start_matches("./").to_owned();
    if dir.split('/').any(|part| part == "..") {
        return Err(format!("`{dir}` is not in the repository"));
    }
    let dir = if dir == "." { String::new() } else { dir };
    if runner == Runner::Command {
        if command.is_empty() || command[0].is_empty() {
            return Err(format!("suite `{name}` needs a `command`, for example [\"just\", \"smoke\"]"));
        }
        if tiers.is_empty() {
            return Err(format!("suite `{name}` needs `tiers`, for example [\"smoke\"]"));
        }
        if critical.is_some() || smoke.is_some() {
            return Err(format!("suite `{name}` is one program: say its `tiers`, not `critical` or `smoke`"));
        }
    } else if !command.is_empty() || !tiers.is_empty() || result.is_some() {
        return Err(format!(
            "suite `{name}`: only a suite of runner `command` has `command`, `tiers` and `result`"
        ));
    }
    let result = match result.as_deref() {
        None | Some("text") => ResultOf::Text,
        Some("exit-code") => ResultOf::ExitCode,
        Some(other) => match other.strip_prefix("junit:").filter(|path| !path.is_empty()) {
            Some(path) => ResultOf::Junit(path.to_owned()),
            None => return Err(format!("`{other}` is no result: `junit:PATH`, `text` or `exit-code`")),
        },
    };
    let why = PATH.to_owned();
    let timeout_ms = timeout;
    Ok(Suite {
        name,
        runner,
        dir,
        configured: true,
        why,
        tiers,
        critical,
        smoke,
        command,
        result,
        timeout_ms,
    })
}

impl Include {
    /// The mark, if it is one.
    pub fn tag(self) -> Option<Tag> {
        match self {
            Self::Impacted => None,
            Self::Critical => Some(Tag::Critical),
            Self::Smoke => Some(Tag::Smoke),
        }
    }
}

/// `90s`, `20m`, `1h`, in milliseconds.
fn duration<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(input)?;
    let unit = text.char_indices().next_back().map_or(0, |(at, _)| at);
    let factor = match &text[unit..] {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let millis = text[..unit].parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match millis.filter(|millis| *millis > 0) {
        Some(millis) => Ok(Some(millis)),
        None => Err(serde::de::Error::custom(format!("`{text}` is no duration: `90s`, `20m`, `1h`"))),
    }
}

fn at_offset(text: &str, offset: usize, reason: String) -> ConfigError {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ConfigError { line, column, reason }
}

#[cfg(test)]
mod tests;

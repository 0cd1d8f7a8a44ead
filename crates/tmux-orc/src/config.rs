//! `config.toml`: few keys, each with a reader.

use std::path::Path;

use orc_core::digest::Pace;
use serde::Deserialize;

use crate::duration::Wait;
use crate::error::CliError;

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The profile that plays when nobody says which.
    pub(crate) agent: Option<String>,
    /// How soon after something happened in a team its manager is told, as `3s`; `off`: never.
    pub(crate) digests: Option<String>,
}

/// A setting as it is in force.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    /// Nothing: it is not set.
    pub(crate) value: Option<String>,
    /// `default`, the file, or the variable of the environment.
    pub(crate) origin: String,
    pub(crate) about: &'static str,
}

/// The variable that goes before `agent`.
const AGENT: &str = "TMUX_ORC_AGENT";
/// The variable that goes before `digests`.
pub(crate) const DIGESTS: &str = "TMUX_ORC_DIGESTS";

impl Config {
    /// Every key with its value in force: the environment goes before the file.
    pub(crate) fn settings(
        self,
        dir: &Path,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Setting>, CliError> {
        let set = |name: &str| environment(name).filter(|text| !text.is_empty());
        self.pace(set(DIGESTS))?;
        let file = dir.join("config.toml").display().to_string();
        let setting = |key, variable: &str, written: Option<String>, default: Option<&str>, about| {
            let by_file = written.map(|value| (Some(value), file.clone()));
            let (value, origin) = set(variable)
                .map(|value| (Some(value), variable.to_owned()))
                .or(by_file)
                .unwrap_or_else(|| (default.map(str::to_owned), "default".to_owned()));
            Setting { key, value, origin, about }
        };
        Ok(vec![
            setting(
                "agent",
                AGENT,
                self.agent,
                None,
                "who plays in a new team; not set: the first agent CLI found",
            ),
            setting(
                "digests",
                DIGESTS,
                self.digests,
                Some("3s"),
                "how soon a manager is told what happens; `off`: never",
            ),
        ])
    }

    /// How soon managers are told: as the environment says, else the file.
    pub(crate) fn pace(&self, environment: Option<String>) -> Result<Option<Pace>, CliError> {
        match environment.as_ref().or(self.digests.as_ref()).map(String::as_str) {
            None => Ok(Some(Pace::default())),
            Some("off") => Ok(None),
            Some(text) => text.parse::<Wait>().map(|after| Some(Pace::after(after.millis()))).map_err(|e| {
                CliError::Config(format!(
                    "`{text}` does not say when managers are told: {e}; say `3s`, or `off`"
                ))
            }),
        }
    }

    /// Reads the file; without one everything has its default.
    pub(crate) fn read(dir: &Path) -> Result<Self, CliError> {
        let path = dir.join("config.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|e| CliError::config(&path, e.message())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(CliError::config(&path, &error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(config: &str, variable: Option<&str>) -> Vec<(Option<String>, String)> {
        let config: Config = toml::from_str(config).expect("a configuration");
        let environment = |name: &str| variable.filter(|_| name == AGENT).map(str::to_owned);
        let settings = config.settings(Path::new("/etc/orc"), environment).expect("settings");
        settings.into_iter().map(|setting| (setting.value, setting.origin)).collect()
    }

    #[test]
    fn the_environment_goes_before_the_file_and_the_file_before_the_default() {
        let (file, some) = ("/etc/orc/config.toml".to_owned(), |text: &str| Some(text.to_owned()));
        let default = || (some("3s"), "default".to_owned());
        assert_eq!(origins("", None), [(None, "default".to_owned()), default()]);
        assert_eq!(
            origins("agent = 'codex'", Some("")),
            [(some("codex"), file), default()],
            "empty is not set"
        );
        let by_variable = [(some("claude"), AGENT.to_owned()), default()];
        assert_eq!(origins("agent = 'codex'", Some("claude")), by_variable);
    }

    #[test]
    fn the_default_that_is_shown_is_the_one_in_force() {
        let shown: Wait = "3s".parse().expect("a duration");
        assert_eq!(Pace::after(shown.millis()), Pace::default());
    }
}

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

impl Config {
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

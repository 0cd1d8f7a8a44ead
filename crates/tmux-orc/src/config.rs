//! `config.toml`: few keys, each with a reader.

use std::path::Path;

use serde::Deserialize;

use crate::error::CliError;

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The profile that plays when nobody says which.
    pub(crate) agent: Option<String>,
}

impl Config {
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

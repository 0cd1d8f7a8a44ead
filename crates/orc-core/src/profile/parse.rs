//! Reading a profile and checking it whole: an unusable pattern is found when the file is read, not at 3 a.m.

use crate::detect::Detector;
use crate::profile::Profile;

/// A profile file that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProfileError {
    /// It is not the TOML that is expected.
    #[error("{0}")]
    Syntax(String),
    /// A pattern does not compile.
    #[error("in {place}: pattern `{pattern}`: {reason}")]
    Pattern {
        /// Which rule or list.
        place: String,
        /// The pattern.
        pattern: String,
        /// What the regex library says.
        reason: String,
    },
    /// A rule says something that no state is.
    #[error("rule `{rule}` says `{says}`, which is no state")]
    UnknownState {
        /// The rule.
        rule: String,
        /// What it says.
        says: String,
    },
}

impl Profile {
    /// Reads a profile from TOML and compiles its patterns.
    pub fn parse(text: &str) -> Result<(Profile, Detector), ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|e| ProfileError::Syntax(e.to_string()))?;
        let detector = Detector::compile(&profile)?;
        Ok((profile, detector))
    }
}

//! Reading a profile and checking it whole: an unusable pattern is found when the file is read, not at 3 a.m.

use crate::detect::Detector;
use crate::profile::{Profile, Sign};

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
    /// A door through the composer, and no hook that tells what came of it.
    #[error(
        "door `{door}` fills the composer: the profile needs a `receipt.hook` that proves what was entered"
    )]
    NoReceipt {
        /// The door.
        door: String,
    },
}

impl Profile {
    /// Reads a profile from TOML and compiles its patterns.
    pub fn parse(text: &str) -> Result<(Profile, Detector), ProfileError> {
        let profile = Self::read(text)?;
        let detector = Detector::compile(&profile)?;
        let mut signs = profile.login.iter().flat_map(|login| &login.files).chain(&profile.hooks_off);
        signs.try_for_each(Sign::check)?;
        Ok((profile, detector))
    }

    /// Reads a profile from TOML.
    pub(crate) fn read(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|e| ProfileError::Syntax(e.to_string()))?;
        if let Some(door) = profile.doors.iter().find(|door| door.fills_composer() && !profile.has_receipt())
        {
            return Err(ProfileError::NoReceipt { door: door.name.clone() });
        }
        Ok(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_through_the_composer_needs_a_hook_that_proves_what_was_entered() {
        let step = r#"{ url = "http://127.0.0.1:{port}/", body = "{}" }"#;
        let profile = |receipt: &str| {
            format!(
                "id = \"a\"\nname = \"A\"\nbinary = \"a\"\n{receipt}\n[[doors]]\nname = \"d\"\nmax_bytes = 1\n\
                 [doors.post]\nput = {step}\nenter = {step}\nuser = \"u\"\npassword_env = \"P\"\n"
            )
        };
        let refused = Profile::parse(&profile("")).map(drop);
        assert!(matches!(refused, Err(ProfileError::NoReceipt { .. })), "{refused:?}");
        Profile::parse(&profile("[receipt]\nhook = \"Prompt\"")).map(drop).unwrap();
    }
}

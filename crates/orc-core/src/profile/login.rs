//! Where a login of an agent CLI shows, without asking anybody: in variables and in files. Nothing of what they hold is kept.

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::profile::ProfileError;

/// Signs of a login, of which one is enough.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// Variables that hold a key or choose a paid service.
    pub env: Vec<String>,
    /// Files that hold a key.
    pub files: Vec<Sign>,
    /// The program does something useful without one.
    pub optional: bool,
    /// What a person should do where there is none.
    pub hint: String,
}

/// A file that says something.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Where it is; a leading `$NAME` stands for a variable (the place is left out when it is not set).
    pub path: String,
    /// Pattern of what says it.
    pub has: String,
}

impl Sign {
    /// Whether a text says it.
    pub fn is_in(&self, text: &str) -> bool {
        Regex::new(&self.has).is_ok_and(|pattern| pattern.is_match(text))
    }

    /// Its path, with the variable in front filled in.
    pub fn place(&self, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
        let Some(rest) = self.path.strip_prefix('$') else { return Some(self.path.clone()) };
        let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        variable(name).filter(|value| !value.is_empty()).map(|value| format!("{value}{rest}"))
    }

    pub(super) fn check(&self) -> Result<(), ProfileError> {
        match Regex::new(&self.has) {
            Ok(_) => Ok(()),
            Err(error) => Err(ProfileError::Pattern {
                place: self.path.clone(),
                pattern: self.has.clone(),
                reason: error.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_when_its_variable_is() {
        let sign = |path: &str| Sign { path: path.to_owned(), has: "key".to_owned() };
        let home = |name: &str| (name == "HOME").then(|| "/ada".to_owned());
        assert_eq!(sign("$HOME/.x/key.json").place(home).as_deref(), Some("/ada/.x/key.json"));
        assert_eq!(sign("$X_HOME/key.json").place(home), None);
        assert_eq!(sign("$HOME/key.json").place(|_| Some(String::new())), None);
        assert_eq!(sign("/etc/x").place(home).as_deref(), Some("/etc/x"));
    }

    #[test]
    fn a_file_without_a_key_is_no_login() {
        let sign = Sign { path: String::new(), has: r#""key"\s*:\s*"[^"]"#.to_owned() };
        assert!(sign.is_in(r#"{"key": "k"}"#));
        assert!(!sign.is_in(r#"{"key": ""}"#) && !sign.is_in("{}"));
    }
}

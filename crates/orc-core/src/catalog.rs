//! All data files together: agent profiles, team compositions, roles. The built-in ones are part of the program;
//! a user's file of the same id takes their place.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::composition::Composition;
use crate::detect::Detector;
use crate::ids::{CompositionId, InvalidId, ProfileId, RoleId};
use crate::profile::{Profile, ProfileError};
use crate::role::Role;

/// Something with the place that it was read from.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// The thing.
    pub value: T,
    /// `built-in` or the file's path.
    pub origin: String,
}

/// A profile with its compiled rules. Copies share both: a copy of a compiled rule would have to warm up anew.
#[derive(Debug, Clone)]
pub struct ProfileEntry {
    /// The profile.
    pub profile: Arc<Profile>,
    /// `built-in` or the file's path.
    pub origin: String,
    /// Compiled when somebody plays it: the rules of all profiles together take megabytes.
    detector: Arc<OnceLock<Arc<Detector>>>,
}

impl ProfileEntry {
    /// Its compiled rules.
    pub fn detector(&self) -> Arc<Detector> {
        // A user's file was compiled when it was read, a built-in one by the tests: rules that know nothing are for neither.
        let compile = || Arc::new(Detector::compile(&self.profile).unwrap_or_default());
        self.detector.get_or_init(compile).clone()
    }
}

/// Every data file that is in force.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    profiles: BTreeMap<ProfileId, ProfileEntry>,
    compositions: BTreeMap<CompositionId, Entry<Composition>>,
    roles: BTreeMap<RoleId, Entry<Role>>,
}

/// A data file that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{origin}: {reason}")]
pub struct BadDataFile {
    /// The file.
    pub origin: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What kind of data file a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKind {
    /// `agents/*.toml`
    Profile,
    /// `teams/*.toml`
    Composition,
    /// `roles/*.md`
    Role,
}

const BUILT_IN: &str = "built-in";

// `PROFILES`, `COMPOSITIONS` and `ROLES`: name and text of every file in `agents/`, `teams/` and `roles/`.
include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

impl Catalog {
    /// The built-in data files, read once.
    pub fn built_in() -> Result<Self, BadDataFile> {
        static READ: OnceLock<Result<Catalog, BadDataFile>> = OnceLock::new();
        READ.get_or_init(Self::read_built_in).clone()
    }

    fn read_built_in() -> Result<Self, BadDataFile> {
        let mut catalog = Self::default();
        let files =
            [(DataKind::Profile, PROFILES), (DataKind::Composition, COMPOSITIONS), (DataKind::Role, ROLES)];
        for (kind, files) in files {
            for (name, text) in files {
                catalog.add(kind, name, text, BUILT_IN)?;
            }
        }
        Ok(catalog)
    }

    /// Adds a data file, in place of one with the same id. `stem` is the file's name without its ending.
    pub fn add(&mut self, kind: DataKind, stem: &str, text: &str, origin: &str) -> Result<(), BadDataFile> {
        let bad = |reason: String| BadDataFile { origin: origin.to_owned(), reason };
        let misnamed = |id: &str| bad(format!("its id is `{id}`, but the file is named `{stem}`"));
        let origin = origin.to_owned();
        match kind {
            DataKind::Profile => {
                let refused = |e: ProfileError| bad(e.to_string());
                let detector = OnceLock::new();
                let profile = if origin == BUILT_IN {
                    Profile::read(text).map_err(refused)?
                } else {
                    let (profile, compiled) = Profile::parse(text).map_err(refused)?;
                    detector.get_or_init(|| Arc::new(compiled));
                    profile
                };
                if profile.id.as_str() != stem {
                    return Err(misnamed(profile.id.as_str()));
                }
                self.profiles.insert(
                    profile.id.clone(),
                    ProfileEntry {
                        profile: Arc::new(profile),
                        origin: origin.clone(),
                        detector: Arc::new(detector),
                    },
                );
            }
            DataKind::Composition => {
                let value: Composition = toml::from_str(text).map_err(|e| bad(e.to_string()))?;
                if value.id.as_str() != stem {
                    return Err(misnamed(value.id.as_str()));
                }
                self.compositions.insert(value.id.clone(), Entry { value, origin: origin.clone() });
            }
            DataKind::Role => {
                let id: RoleId = stem.parse().map_err(|e: InvalidId| bad(e.to_string()))?;
                let value = Role::parse(id.clone(), text)
                    .ok_or_else(|| bad("it must begin with a line `# Title`".to_owned()))?;
                self.roles.insert(id, Entry { value, origin: origin.clone() });
            }
        }
        Ok(())
    }

    /// Keeps the profiles of `earlier` that are played now and are not here any more: without its profile nobody could
    /// talk to an agent or understand it.
    pub fn keep_played<'a>(&mut self, earlier: &Self, played: impl Iterator<Item = &'a ProfileId>) {
        for id in played {
            if let (None, Some(entry)) = (self.profiles.get(id), earlier.profiles.get(id)) {
                self.profiles.insert(id.clone(), entry.clone());
            }
        }
    }

    /// The profile of this id.
    pub fn profile(&self, id: &ProfileId) -> Option<&ProfileEntry> {
        self.profiles.get(id)
    }

    /// The composition of this id.
    pub fn composition(&self, id: &CompositionId) -> Option<&Entry<Composition>> {
        self.compositions.get(id)
    }

    /// The role of this id.
    pub fn role(&self, id: &RoleId) -> Option<&Entry<Role>> {
        self.roles.get(id)
    }

    /// All profiles by id.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileEntry> {
        self.profiles.values()
    }

    /// The profiles that may be chosen by themselves when their program is installed, the preferred first.
    pub fn preferred(&self) -> Vec<&ProfileEntry> {
        let mut found: Vec<&ProfileEntry> =
            self.profiles.values().filter(|entry| entry.profile.preference.is_some()).collect();
        found.sort_by_key(|entry| entry.profile.preference);
        found
    }

    /// All compositions by id.
    pub fn compositions(&self) -> impl Iterator<Item = &Entry<Composition>> {
        self.compositions.values()
    }

    /// All roles by id.
    pub fn roles(&self) -> impl Iterator<Item = &Entry<Role>> {
        self.roles.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_every_built_in_profile_compile() {
        for entry in Catalog::built_in().unwrap().profiles() {
            Detector::compile(&entry.profile).unwrap_or_else(|error| panic!("{}: {error}", entry.profile.id));
        }
    }

    #[test]
    fn a_users_rule_that_does_not_compile_is_refused_when_it_is_read() {
        let text = "id = \"own\"\nname = \"Own\"\nbinary = \"own\"\n\
                    [[rules]]\nname = \"broken\"\nsays = \"idle\"\nregion = \"all\"\nall = [\"(\"]\n";
        let refused = Catalog::default().add(DataKind::Profile, "own", text, "own.toml").unwrap_err();
        assert!(refused.reason.contains("rule `broken`"), "{refused}");
    }
}
